"""What a Prefect server needs before the first run: automations, limits, a look for orphans. Safe to apply twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import DeploymentSort
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.states import Crashed

from deployments.declared import SWEEP

ZOMBIES = "golive: crash runs that stopped breathing"
SILENCE = timedelta(seconds=90)  # three heartbeats of 30 seconds
LATE_SWEEPS = "golive: cancel sweeps that nobody has started for half an hour"
LATE = timedelta(minutes=30)
LIMITS: Mapping[str, int] = {"google": 2, "kareo": 4, "smtp": 4, "stedi": 2, "twilio": 4}
"""Batches at one vendor at a time, for flows of your own beside ours; ours keep their pace in SQL (decision 12)."""
PAGE = 200
"""The server gives no more at a time."""
_ALIVE = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
_HEARTBEAT = "prefect.flow-run.heartbeat"
_ENDS = ("Completed", "Failed", "Cancelled", "Crashed")


def zombie_automation() -> AutomationCore:
    """Build the automation that marks a run Crashed when its heartbeat has been silent for 90 seconds."""
    return AutomationCore(
        name=ZOMBIES,
        enabled=True,  # said, since what is not said is not sent, and one that was switched off would stay off
        description="A run whose process died without a word stays Running for ever unless somebody says so.",
        trigger=EventTrigger(
            after={_HEARTBEAT},
            expect={_HEARTBEAT, *(f"prefect.flow-run.{end}" for end in _ENDS)},
            match={"prefect.resource.id": ["prefect.flow-run.*"]},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENCE,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="The process of this run stopped breathing.")],
    )


def late_automation() -> AutomationCore:
    """Build the automation that cancels a late run of a sweep: the next one catches up, and nothing else expires it.

    Only runs of deployments that start at least each hour carry the tag.
    """
    late = "prefect.flow-run.Late"
    return AutomationCore(
        name=LATE_SWEEPS,
        enabled=True,
        description="Late runs of sweeps pile up while no worker is there, and each does what one of them does.",
        trigger=EventTrigger(
            after={late},
            expect={f"prefect.flow-run.{state}" for state in ("Pending", "Running", *_ENDS)},
            match={"prefect.resource.id": ["prefect.flow-run.*"]},
            match_related={"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{SWEEP}"},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=LATE,
        ),
        actions=[ChangeFlowRunState(state=StateType.CANCELLED, message="Late; the next run catches up.")],
    )


async def apply_bootstrap(client: PrefectClient) -> None:
    """Create or update the automations and the limits; a second time changes nothing."""
    for automation in (zombie_automation(), late_automation()):
        await _apply_automation(client, automation)
    found = {one.name: one.limit for one in await client.read_global_concurrency_limits(limit=PAGE)}
    for name, limit in LIMITS.items():
        if found.get(name) != limit:
            await client.upsert_global_concurrency_limit_by_name(name, limit)


async def _apply_automation(client: PrefectClient, wanted: AutomationCore) -> None:
    found = await client.read_automations_by_name(wanted.name)
    if not found:
        await client.create_automation(wanted)
        return
    if not is_same(found[0], wanted):
        await client.update_automation(found[0].id, wanted)
    for extra in found[1:]:
        await client.delete_automation(extra.id)


def is_same(found: AutomationCore, wanted: AutomationCore) -> bool:
    """Say whether an automation of the server is what it should be, so that it need not be written."""
    fields = set(AutomationCore.model_fields)
    return found.model_dump(include=fields) == wanted.model_dump(include=fields)


async def reap_orphans(client: PrefectClient, deployments: Sequence[UUID]) -> int:
    """Mark as Crashed what an earlier launcher left behind; call before this one has started any run.

    Runs of work pools are left alone: their workers live elsewhere.
    """
    if not deployments:
        return 0
    runs = await _runs(client, deployments, _ALIVE)
    orphans = [run for run in runs if run.work_pool_name is None]
    for run in orphans:
        crashed: State[object] = Crashed(message="The launcher that ran it is gone.")
        await client.set_flow_run_state(run.id, crashed, force=True)
    return len(orphans)


async def forget_missed(client: PrefectClient, deployments: Sequence[UUID], *, as_of: datetime) -> int:
    """Delete what was scheduled before `as_of` (UTC) and missed, but for the last run of each deployment.

    Every sweep catches up from the database, so one late run does the work of all of them.
    """
    if not deployments:
        return 0
    missed = [
        run
        for run in await _runs(client, deployments, [StateType.SCHEDULED])
        if run.auto_scheduled and run.expected_start_time is not None and run.expected_start_time < as_of
    ]
    missed.sort(key=lambda run: run.expected_start_time or as_of)
    kept = {run.deployment_id: run.id for run in missed}
    for run in missed:
        if run.id not in kept.values():
            await client.delete_flow_run(run.id)
    return len(missed) - len(kept)


async def retire(client: PrefectClient, known: Sequence[DeploymentResponse], *, keep: Sequence[UUID]) -> None:
    """Delete deployments that prefect.yaml no longer lists; those of work pools belong to somebody else."""
    for one in known:
        if one.id not in keep and one.work_pool_name is None:
            await client.delete_deployment(one.id)


async def start_standing(client: PrefectClient, deployment: UUID, *, as_of: datetime) -> bool:
    """Start a standing deployment now unless a run of it is alive or due at `as_of` (UTC)."""
    runs = await _runs(client, [deployment], [*_ALIVE, StateType.SCHEDULED])
    if any(run.next_scheduled_start_time is None or run.next_scheduled_start_time <= as_of for run in runs):
        return False
    await client.create_flow_run_from_deployment(deployment)
    return True


async def known_deployments(client: PrefectClient, *, page: int = PAGE) -> list[DeploymentResponse]:
    """List every deployment that the server remembers from earlier starts, however many pages that takes."""
    known: list[DeploymentResponse] = []
    while True:
        more = await client.read_deployments(limit=page, offset=len(known), sort=DeploymentSort.NAME_ASC)
        known += more
        if len(more) < page:
            return known


async def _runs(client: PrefectClient, deployments: Sequence[UUID], states: list[StateType]) -> list[FlowRun]:
    return await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=states))),
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=list(deployments))),
    )
