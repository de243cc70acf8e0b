"""Keeping both systems in step: writes, looks at requests, changes and whole windows, and what went wrong."""

from collections import Counter
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import MessageIds, OptionalPracticeKey, PracticeKey, numbers_of
from tasks import appointments, practice_system, sync, sync_failures, system_setup
from tasks.artifacts import show_counts, show_rows
from tasks.commands import refuse, state_of
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined

AT_ONCE = 1_000


@flow(flow_run_name="push-appointments")
@unless_quarantined
def push_appointments(as_of: str = "", limit: int = AT_ONCE) -> dict[str, int]:
    """Write what was decided to the practice systems, beside the standing dispatch.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most writes that this run makes.
    """
    at = moment(as_of)
    counts = practice_system.recover_pushes(as_of=at)
    for claim in practice_system.claims_of_pushes(as_of=at, limit=limit):
        counts.update(practice_system.push_appointments(claim, as_of=at))
    show_counts(counts, key="push-appointments", as_of=at)
    return dict(counts)


@flow(flow_run_name="look-for-changes")
@unless_quarantined
def look_for_changes(practice: OptionalPracticeKey = "", as_of: str = "") -> dict[str, int] | State[Any]:
    """Ask practice systems for what changed, beside the standing dispatch.

    Args:
        practice: Short name of a practice that is asked at once; empty: all that are due.
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    if practice and (missing := appointments.unknown_practice(practice)):
        return refuse(missing)
    at, counts = moment(as_of), Counter[str]()
    sync.bring_forward(practice, whole=False, as_of=at)
    for looks in sync.looks_of_changes(as_of=at, limit=AT_ONCE):
        counts.update(sync.look_for_changes(looks, as_of=at))
    show_counts(counts, key="look-for-changes", as_of=at)
    return dict(counts)


@flow(flow_run_name="compare-calendars")
@unless_quarantined
def compare_calendars(practice: OptionalPracticeKey = "", as_of: str = "") -> dict[str, int] | State[Any]:
    """Compare the whole window of each practice system that is due, at night: only this finds what was deleted.

    Args:
        practice: Short name of a practice that is compared at once; empty: all that are due.
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    if practice and (missing := appointments.unknown_practice(practice)):
        return refuse(missing)
    at, counts = moment(as_of), Counter[str]()
    sync.bring_forward(practice, whole=True, as_of=at)
    for looks in sync.looks_of_whole(as_of=at, limit=AT_ONCE):
        counts.update(sync.compare_whole(looks, as_of=at))
    show_counts(counts, key="compare-calendars", as_of=at)
    return dict(counts)


@flow(flow_run_name="show-freshness")
def show_freshness(as_of: str = "") -> int:
    """Show when each practice system was last heard of.

    Args:
        as_of: Moment to look at, ISO 8601 with offset; empty means now.
    """
    rows = appointments.freshness_rows(as_of=moment(as_of))
    show_rows(rows, key="freshness", description="When each practice system was last heard of")
    return len(rows)


@flow(flow_run_name="show-failed-sync")
def show_failed_sync() -> int:
    """List writes that the practice systems refused or never answered, and changes that could not be taken in."""
    rows = sync_failures.failed_rows()
    show_rows(rows, key="failed-sync", description="Writes and changes that need a person")
    return len(rows)


@flow(flow_run_name="replay-writes")
def replay_writes(ids: MessageIds) -> list[int]:
    """Make refused writes once more, as a person decided; what may have happened is looked up first.

    Args:
        ids: Numbers from the list of failed writes, separated by commas.
    """
    return sync_failures.replay_writes(numbers_of(ids), as_of=now())


@flow(flow_run_name="replay-changes")
def replay_changes(ids: MessageIds) -> dict[str, int]:
    """Take changes in once more that could not be taken in before.

    Args:
        ids: Numbers from the list of failed changes, separated by commas.
    """
    return dict(sync_failures.replay_changes(numbers_of(ids), as_of=now()))


@flow(flow_run_name="use-built-in-calendar {practice}")
def use_built_in_calendar(practice: PracticeKey) -> State[Any]:
    """Let a practice without Kareo use the built-in practice calendar, with its providers and locations.

    Args:
        practice: Short name of the practice.
    """
    return state_of(system_setup.use_built_in_calendar(practice, as_of=now()))


@flow(flow_run_name="check-practice-system {practice}")
@unless_quarantined
def check_practice_system(practice: PracticeKey) -> State[Any]:
    """Ask a practice's system what its account may do, and learn its providers and locations anew.

    Args:
        practice: Short name of the practice.
    """
    return state_of(system_setup.check_practice_system(practice, as_of=now()))
