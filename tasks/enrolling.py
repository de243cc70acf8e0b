"""How a decision about an enrollment ends: recorded and shown, or refused in plain words as the state of the run."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from models.inputs.answers import Answer
from models.inputs.forms import FormError
from models.rules.enrollment_events import Command
from models.rules.onboarding_facts import Transaction
from tasks import enrollment
from tasks.artifacts import show_journeys, show_rows
from tasks.commands import refuse
from tasks.commands import state_of as answered
from tasks.enrollment import Which
from tasks.moment import now

__all__ = ["answered", "enrolled", "named", "refuse", "run_key", "shown"]


def named(practice: str, payer: str, transaction: Transaction, billing: str = "") -> Which:
    """Name an enrollment as forms do; an empty billing means the only one."""
    return Which(practice, payer, transaction, billing)


def run_key(as_of: datetime) -> str:
    """Give the key under which a run records: its own id, so that a run tried again records nothing twice."""
    return f"run:{flow_run.id or as_of.isoformat()}"


def enrolled(which: Which, event: Callable[[], Command], *, by: str) -> State[Any]:
    """Record one decision about an enrollment, show its row as it is now, and answer."""
    as_of = now()
    try:
        made = event()
    except FormError as error:
        return refuse(error.sentence)
    return shown(which, enrollment.record(which, made, by=by, key=run_key(as_of), as_of=as_of), as_of=as_of)


def shown(which: Which, answer: Answer, *, as_of: datetime) -> State[Any]:
    """Show an enrollment's row and the journey that it belongs to, and answer."""
    if answer.is_done:
        found = enrollment.row(which)
        key = f"enrollment-{which.practice}-{which.payer}-{which.transaction}"
        show_rows(found, key=key, description=f"{which.payer} {which.transaction} of {which.practice}")
        show_journeys([which.practice], as_of=as_of)
    return answered(answer)
