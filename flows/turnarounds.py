"""How long payers take: figures of an installation's own, and the nightly learning from its history."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import FileName, StaffKey
from models.inputs.turnaround_forms import (
    Days,
    OptionalDays,
    OwnFigures,
    Source,
    TurnaroundPayer,
    TurnaroundTransaction,
    Unit,
)
from tasks import turnarounds
from tasks.artifacts import show_counts, show_rows
from tasks.commands import refuse, state_of
from tasks.moment import moment, now


@flow(flow_run_name="set-turnaround {payer} {transaction}")
def set_turnaround(  # noqa: PLR0913, PLR0917 - the fields of the form
    payer: TurnaroundPayer,
    typical: Days,
    source: Source,
    by: StaffKey,
    transaction: TurnaroundTransaction = "any",
    low: OptionalDays = 0,
    high: OptionalDays = 0,
    unit: Unit = "calendar",
) -> State[Any]:
    """Set how long a payer takes here, in place of the shipped figure; a history of eight cases goes before it.

    Args:
        payer: Key of the payer, a class like class:medicare, or any.
        typical: Days after which half of the cases are decided.
        source: Where the figures come from; no person's name.
        by: Key of the member of staff who sets it.
        transaction: What the enrollment is for.
        low: Days before which one case in ten is decided; 0 is not known.
        high: Days before which nine cases in ten are decided; 0 is not known.
        unit: Calendar days or business days.
    """
    figures = OwnFigures(typical=typical, low=low, high=high, unit=unit, source=source)
    override = turnarounds.override_of(payer, transaction, figures)
    if isinstance(override, str):
        return refuse(override)
    answer = turnarounds.set_turnaround(override, by=by, as_of=now())
    return _shown(state_of(answer))


@flow(flow_run_name="forget-turnaround {payer} {transaction}")
def forget_turnaround(payer: TurnaroundPayer, by: StaffKey, transaction: TurnaroundTransaction = "any") -> State[Any]:
    """Take a figure of your own away: history and shipped figures count again.

    Args:
        payer: Key of the payer, a class like class:medicare, or any.
        by: Key of the member of staff who takes it away.
        transaction: What the enrollment is for.
    """
    answer = turnarounds.forget_turnaround(turnarounds.Place(payer, transaction), by=by)
    return _shown(state_of(answer))


@flow(flow_run_name="load-turnarounds {file}")
def load_turnarounds(file: FileName, by: StaffKey) -> State[Any]:
    """Load figures of your own from a CSV file: payer, transaction, low, typical, high, unit, source.

    Good lines are taken, faulty ones are named by line and field; the same file again changes nothing.

    Args:
        file: Name of a CSV file in the intake folder.
        by: Key of the member of staff who loads it.
    """
    answer = turnarounds.load_turnarounds(file, by=by, as_of=now())
    return _shown(state_of(answer))


@flow(flow_run_name="learn-turnarounds")
def learn_turnarounds(as_of: str = "") -> None:
    """Learn how long payers take from this installation's own history; open enrollments count as not decided yet.

    Args:
        as_of: Moment up to which is learned, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    counts = turnarounds.learn_turnarounds_now(as_of=at)
    show_counts(counts, key="learn-turnarounds", as_of=at)


@flow(flow_run_name="list-turnarounds")
def list_turnarounds() -> None:
    """List how long payers take: own figures, histories, and what ships with the product, with sources."""
    _show()


def _shown(state: State[Any]) -> State[Any]:
    if state.is_completed():
        _show()
    return state


def _show() -> None:
    show_rows(turnarounds.turnaround_rows(), key="turnarounds", description="How long payers take, and how it is known")
