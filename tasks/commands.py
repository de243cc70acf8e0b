"""How a person's command ends: recorded and shown, or refused in plain words as the state of the run."""

from datetime import datetime
from typing import Any

from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from models.db import read
from models.inputs.answers import Answer
from models.inputs.forms import moment_of
from models.rules.onboarding_events import Event
from models.store import practices
from tasks import moment
from tasks.artifacts import show_journeys
from tasks.onboarding import record
from tasks.policy import safe


def command(practice: str, event: Event, *, by: str) -> State[Any]:
    """Record one event of a practice's journey, show the journey as it is now, and answer.

    The key is the run's own id, so that a run tried again records nothing twice.
    """
    as_of = moment.now()
    answer = record(practice, event, by=by, key=f"run:{flow_run.id or as_of.isoformat()}", as_of=as_of)
    if answer.is_done:
        show_journeys([practice], as_of=as_of)
    return state_of(answer)


def state_of(answer: Answer) -> State[Any]:
    """Turn an answer into the state in which the run ends."""
    if answer.is_done:
        return Completed(message=answer.sentence)
    return Failed(name="Refused", message=answer.sentence)


def refuse(sentence: str) -> State[Any]:
    """End a run with a refusal."""
    return state_of(Answer.refused(sentence))


@safe
def local_moment(practice: str, words: str) -> datetime | None:
    """Read a local date and time of a practice's form as UTC; none when the field is empty or there is no such one."""
    found = read(lambda session: practices.find_practice(session, practice))
    return moment_of(words, found.zone if found else "UTC")
