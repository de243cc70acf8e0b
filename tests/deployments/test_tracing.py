"""Spans of runs: made by Prefect's own support, scrubbed, and taken by a collector over HTTP."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from deployments import tracing
from deployments.environment import child_environment, prefect_environment
from deployments.tracing import Scrubbed
from models import settings as settings_module
from models.settings import Settings

PERSON = "Rosa Marsh"
PLAYED = """
from datetime import UTC, datetime
from prefect.client.schemas import FlowRun, TaskRun
from prefect.client.schemas.objects import State, StateType
from prefect.telemetry.run_telemetry import RunTelemetry

class Client:
    def update_flow_run_labels(self, run, labels):
        pass

flow = FlowRun(flow_id="0191b5a0-0000-7000-8000-000000000001", name="dispatch", tags=["standing"])
task = TaskRun(task_key="deliver", dynamic_key="0", name="deliver_messages-0")
for run in (flow, task):
    telemetry = RunTelemetry()
    telemetry.start_span(run, Client(), parameters={"as_of": "x"})
    telemetry.update_state(State(type=StateType.FAILED, message="no answer of Rosa Marsh"))
    telemetry.record_exception(ValueError("Rosa Marsh"))
    telemetry.end_span_on_failure("Rosa Marsh")
"""


@pytest.fixture
def collected() -> Iterator[tuple[str, list[bytes]]]:
    """Give the address of a collector and what it has taken."""
    taken: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", taken
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_spans_of_runs_arrive_at_the_collector_and_hold_nothing_of_anybody(
    tmp_path: Path, collected: tuple[str, list[bytes]]
) -> None:
    address, taken = collected
    chosen = Settings(home=tmp_path, traces_endpoint=address)
    places = {"GOLIVE_HOME": str(tmp_path), "GOLIVE_TRACES_ENDPOINT": address}
    environment = {**child_environment(chosen, os.environ), **places}
    done = subprocess.run([sys.executable, "-c", PLAYED], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    spans = [
        span
        for body in taken
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert sorted(span.name for span in spans) == ["deliver_messages-0", "dispatch"]
    kinds = {one.value.string_value for span in spans for one in span.attributes if one.key == "prefect.run.type"}
    assert kinds == {"flow", "task"}
    assert all(PERSON.encode() not in body for body in taken)


def test_a_span_keeps_what_is_allowed_and_nothing_else() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Scrubbed(kept)))
    attributes = {"prefect.run.id": "4f", "prefect.run.parameter.name": "str", "patient": PERSON}
    with provider.get_tracer("prefect").start_as_current_span("call 202-555-0143", attributes=attributes) as span:
        span.record_exception(ValueError(PERSON))
        span.set_status(StatusCode.ERROR, PERSON)
    provider.shutdown()
    [told] = kept.get_finished_spans()
    assert (told.name, dict(told.attributes or {})) == ("call [removed]", {"prefect.run.id": "4f"})
    assert [dict(one.attributes or {}) for one in told.events] == [{"exception.type": "ValueError"}]
    assert (told.status.status_code, told.status.description) == (StatusCode.ERROR, None)
    assert PERSON not in told.to_json()


def test_without_a_collector_no_spans_are_made(tmp_path: Path) -> None:
    told = prefect_environment(Settings(home=tmp_path))
    assert told["PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY"] == "false"
    assert "OTEL_PYTHON_TRACER_PROVIDER" not in told
    assert tracing.make_provider.__module__ == "deployments.tracing"


@pytest.mark.parametrize("address", ["collector:4318", "ftp://collector"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="must be an address like"):
        Settings(traces_endpoint=address)


def test_without_the_extra_the_refusal_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_module, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match="uv sync --frozen --extra traces"):
        Settings(traces_endpoint="http://127.0.0.1:4318/v1/traces")
