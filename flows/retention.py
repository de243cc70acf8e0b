"""How long words and files are kept: the nightly purge, what it would take, and legal holds that stop it."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from models.inputs.forms import MatterKey, PracticeKey, StaffKey
from tasks import retention
from tasks.artifacts import show_counts, show_rows
from tasks.commands import state_of
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined


@flow(flow_run_name="purge-outlived")
@unless_quarantined
def purge_outlived(as_of: str = "") -> dict[str, int]:
    """Purge words and files whose period is over; what an open matter or a legal hold needs stays.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    counts = retention.purge(as_of=at)
    show_counts(counts, key="purged", as_of=at)
    return dict(counts)


@flow(flow_run_name="count-outlived")
def count_outlived(as_of: str = "") -> dict[str, int]:
    """Count what a purge would take at a moment, by class, and change nothing.

    Args:
        as_of: Moment to look from, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    counts = retention.count_outlived(as_of=at)
    show_counts(counts, key="outlived", as_of=at)
    return dict(counts)


@flow(flow_run_name="set-legal-hold {practice}")
def set_legal_hold(practice: PracticeKey, matter: MatterKey, by: StaffKey) -> State[Any]:
    """Keep everything of a practice from being purged or destroyed, until the hold is lifted.

    Args:
        practice: Short name of the practice.
        matter: Short name of the matter, as counsel files it; never a person's name.
        by: Key of whoever of our staff sets it.
    """
    as_of = now()
    answer = retention.set_hold(practice, matter, by=by, key=f"run:{flow_run.id or as_of.isoformat()}", as_of=as_of)
    _show()
    return state_of(answer)


@flow(flow_run_name="lift-legal-hold {practice}")
def lift_legal_hold(practice: PracticeKey, matter: MatterKey, by: StaffKey) -> State[Any]:
    """Lift a legal hold; what is outlived goes with the next purge.

    Args:
        practice: Short name of the practice.
        matter: Short name of the matter, as it was set.
        by: Key of whoever of our staff lifts it.
    """
    as_of = now()
    answer = retention.lift_hold(practice, matter, by=by, key=f"run:{flow_run.id or as_of.isoformat()}", as_of=as_of)
    _show()
    return state_of(answer)


@flow(flow_run_name="list-legal-holds")
def list_legal_holds() -> int:
    """Show the legal holds that stand: of which practice, for which matter, by whom, since when."""
    return _show()


def _show() -> int:
    rows = retention.hold_rows()
    show_rows(rows, key="legal-holds", description="Legal holds that stand, the oldest first")
    return len(rows)
