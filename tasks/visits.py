"""How a decision about an appointment ends: recorded and shown, or refused in plain words as the state of the run."""

from datetime import datetime
from typing import Any

from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from models.rules.appointment_events import Command
from tasks.appointments import practice_of, record, waiting_rows
from tasks.artifacts import show_rows
from tasks.commands import refuse, state_of

__all__ = ["decided", "refuse"]


def decided(appointment: int, event: Command, *, by: str, as_of: datetime) -> State[Any]:
    """Record one decision, show what still waits, and answer; a run tried again records nothing twice."""
    answer = record(appointment, event, by=by, key=f"run:{flow_run.id or as_of.isoformat()}", as_of=as_of)
    if answer.is_done:
        practice = practice_of(appointment)
        rows = waiting_rows(practice, as_of=as_of)
        show_rows(rows, key=f"requests-{practice}", description=f"Requests of {practice} that wait for review")
    return state_of(answer)
