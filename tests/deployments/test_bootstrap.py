"""A Prefect server is prepared once, however often golive starts, and orphans are laid to rest."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import FlowRun
from prefect.states import Running, Scheduled

from deployments.bootstrap import (
    LATE_SWEEPS,
    LIMITS,
    ZOMBIES,
    apply_bootstrap,
    forget_missed,
    is_same,
    known_deployments,
    late_automation,
    reap_orphans,
    retire,
    start_standing,
    zombie_automation,
)
from tests.deployments.conftest import Asking
from tests.deployments.sample_flows import tick

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("server")]
NOW = datetime.now(tz=UTC)


async def _deployment(client: PrefectClient, name: str) -> UUID:
    return await client.create_deployment(await client.create_flow(tick), name=name, entrypoint="somewhere.tick")


async def _runs(client: PrefectClient, deployment: UUID) -> list[FlowRun]:
    chosen = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment]))
    return await client.read_flow_runs(flow_run_filter=chosen)


def test_applied_twice_there_is_one_of_each_automation_and_limit(
    ask: Asking[tuple[list[int], dict[str, int]]],
) -> None:
    async def twice(client: PrefectClient) -> tuple[list[int], dict[str, int]]:
        await apply_bootstrap(client)
        await client.create_automation(zombie_automation())  # what an impatient person adds by hand
        await apply_bootstrap(client)
        await apply_bootstrap(client)
        limits = await client.read_global_concurrency_limits()
        automations = [len(await client.read_automations_by_name(one)) for one in (ZOMBIES, LATE_SWEEPS)]
        return automations, {one.name: one.limit for one in limits if one.name in LIMITS}

    assert ask(twice) == ([1, 1], dict(LIMITS))


def test_what_stands_is_not_written_again_and_what_was_changed_is_set_right(ask: Asking[list[bool]]) -> None:
    async def written(client: PrefectClient) -> list[bool]:
        await apply_bootstrap(client)
        (stands,) = await client.read_automations_by_name(ZOMBIES)
        switched_off = zombie_automation().model_copy(update={"enabled": False})
        await client.update_automation(stands.id, switched_off)
        await client.upsert_global_concurrency_limit_by_name("kareo", 1)
        (off,) = await client.read_automations_by_name(ZOMBIES)
        await apply_bootstrap(client)
        (again,) = await client.read_automations_by_name(ZOMBIES)
        kareo = await client.read_global_concurrency_limit_by_name("kareo")
        wanted = zombie_automation()
        return [
            is_same(stands, wanted),
            not is_same(off, wanted),
            is_same(again, wanted),
            kareo.limit == LIMITS["kareo"],
        ]

    assert ask(written) == [True] * 4


def test_every_vendor_has_a_limit() -> None:
    assert sorted(LIMITS) == ["google", "kareo", "smtp", "stedi", "twilio"]


def test_zombies_are_judged_after_three_heartbeats() -> None:
    written = json.loads(zombie_automation().model_dump_json())
    assert written["trigger"]["within"] == 90
    assert written["trigger"]["posture"] == "Proactive"
    assert written["actions"][0]["state"] == "CRASHED"


def test_a_late_run_of_a_sweep_is_cancelled_and_no_other() -> None:
    written = json.loads(late_automation().model_dump_json())
    assert written["trigger"]["match_related"] == {
        "prefect.resource.role": "tag",
        "prefect.resource.id": "prefect.tag.sweep",
    }
    assert "prefect.flow-run.Running" in written["trigger"]["expect"]
    assert written["actions"][0]["state"] == "CANCELLED"


def test_an_orphan_is_marked_crashed_and_a_finished_run_is_not_touched(ask: Asking[list[str]]) -> None:
    async def orphaned(client: PrefectClient) -> list[str]:
        deployment = await _deployment(client, "orphan")
        for _ in range(2):
            run = await client.create_flow_run_from_deployment(deployment)
            await client.set_flow_run_state(run.id, Running(), force=True)
        await client.create_flow_run_from_deployment(
            deployment, state=Scheduled(scheduled_time=NOW + timedelta(days=1))
        )
        assert await reap_orphans(client, [deployment]) == 2
        assert await reap_orphans(client, [deployment]) == 0
        return sorted(run.state_name or "" for run in await _runs(client, deployment))

    assert ask(orphaned) == ["Crashed", "Crashed", "Scheduled"]


def test_a_standing_deployment_is_started_once(ask: Asking[tuple[bool, bool, int]]) -> None:
    async def started(client: PrefectClient) -> tuple[bool, bool, int]:
        deployment = await _deployment(client, "standing")
        later = NOW + timedelta(hours=1)
        await client.create_flow_run_from_deployment(
            deployment, state=Scheduled(scheduled_time=NOW + timedelta(days=1))
        )
        first = await start_standing(client, deployment, as_of=later)
        second = await start_standing(client, deployment, as_of=later)
        return first, second, len(await _runs(client, deployment))

    assert ask(started) == (True, False, 2)


def test_of_missed_runs_only_a_run_that_people_asked_for_or_the_last_one_stays(ask: Asking[int]) -> None:
    async def missed(client: PrefectClient) -> int:
        deployment = await _deployment(client, "missed")
        await client.create_flow_run_from_deployment(
            deployment, state=Scheduled(scheduled_time=NOW - timedelta(days=1))
        )
        assert await forget_missed(client, [deployment], as_of=NOW) == 0
        return len(await _runs(client, deployment))

    assert ask(missed) == 1


def test_a_deployment_that_is_no_longer_listed_is_retired(ask: Asking[tuple[bool, bool]]) -> None:
    async def retired(client: PrefectClient) -> tuple[bool, bool]:
        old = await _deployment(client, "old")
        before = await known_deployments(client)
        assert await known_deployments(client, page=1) == before  # more than the server gives at a time
        kept = [one.id for one in before if one.id != old]
        await retire(client, before, keep=kept)
        known = {one.id for one in await known_deployments(client)}
        return old in known, set(kept) <= known

    assert ask(retired) == (False, True)
