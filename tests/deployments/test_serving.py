"""A schedule of prefect.yaml really fires: the versions that we pin have a server that schedules."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName, FlowRunFilter, FlowRunFilterState
from prefect.client.schemas.filters import FlowRunFilterStateType as StateTypes
from prefect.client.schemas.objects import StateType

from deployments.children import Child, Children
from deployments.environment import child_environment
from models.settings import Settings
from tests.deployments.conftest import SAMPLE, Asking, runner_command, wait_until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("server")]


@pytest.fixture
def served(server: Settings, tmp_path: Path) -> Iterator[Path]:
    """Serve the sample's `tick` on the session's server."""
    listed = tmp_path / "prefect.yaml"
    listed.write_text(SAMPLE.read_text(encoding="utf-8").partition("  - name: linger")[0], encoding="utf-8")
    ready = tmp_path / "ready"
    children = Children(tmp_path)
    environment = child_environment(server, os.environ)
    children.start(Child("runner", runner_command(ready, listed), environment, tmp_path / "runner.log", 30))
    wait_until(ready.exists, "the runner")
    yield tmp_path
    children.stop()


def test_a_schedule_fires_again_and_again(served: Path, ask: Asking[int]) -> None:
    async def completed(client: PrefectClient) -> int:
        state = FlowRunFilterState(type=StateTypes(any_=[StateType.COMPLETED]))
        tick = DeploymentFilter(name=DeploymentFilterName(any_=["tick"]))
        runs = await client.read_flow_runs(flow_run_filter=FlowRunFilter(state=state), deployment_filter=tick)
        return sum(run.auto_scheduled for run in runs)

    wait_until(lambda: ask(completed) >= 3, "the third scheduled run")
