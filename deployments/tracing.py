"""Traces of flow and task runs, as Prefect makes them, handed to a collector; loaded only where one is configured."""

from collections.abc import Sequence
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status
from opentelemetry.util.types import Attributes

from deployments.log_lines import redact
from models.settings import settings

_ALLOWED: Final = frozenset(
    {
        "exception.type",
        "prefect.run.id",
        "prefect.run.name",
        "prefect.run.type",
        "prefect.state.id",
        "prefect.state.name",
        "prefect.state.type",
        "prefect.tags",
    }
)
"""What a span and its events may hold; messages of states and errors, and whatever a later Prefect adds, may not."""


def make_provider() -> TracerProvider:
    """Make the provider that OpenTelemetry asks for by the name `golive`; spans go to `GOLIVE_TRACES_ENDPOINT`."""
    provider = TracerProvider(resource=Resource.create({"service.name": "golive"}))
    exporter = OTLPSpanExporter(endpoint=settings().traces_endpoint)
    provider.add_span_processor(BatchSpanProcessor(Scrubbed(exporter)))
    return provider


class Scrubbed(SpanExporter):
    """Hands on spans that hold nothing but what is allowed."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Scrub each span and hand all of them on."""
        return self._exporter.export([_scrubbed(span) for span in spans])

    def shutdown(self) -> None:
        """Let go of the collector."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Hand on what waits."""
        return self._exporter.force_flush(timeout_millis)


def _scrubbed(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=redact(span.name),
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_allowed(span.attributes),
        events=[Event(one.name, _allowed(one.attributes), one.timestamp) for one in span.events],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _allowed(attributes: Attributes) -> Attributes:
    held = (attributes or {}).items()
    return {name: redact(value) if isinstance(value, str) else value for name, value in held if name in _ALLOWED}
