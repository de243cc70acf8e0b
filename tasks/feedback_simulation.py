"""Past visits played again under other settings, beside the present ones: messages, shifts, cost (F-014, F-040)."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from prefect.artifacts import create_markdown_artifact
from sqlalchemy.orm import Session

from models.db import read
from models.inputs.answers import Answer
from models.reports.feedback_past import Past, load_past
from models.rules.feedback import Policy, faults_of
from models.rules.feedback_replay import Played, replay
from models.rules.feedback_windows import USUAL, Window
from models.store import practices
from models.store.acting import UNKNOWN_PRACTICE
from models.store.feedback_policies import present_policies
from tasks.artifacts import begin_progress, go_on
from tasks.policy import effect
from templates import charts
from templates.charts_feedback import messages_by_side
from templates.feedback_simulation import Compared, compared_markdown, kinds_of

Other = Callable[[Policy], Policy]
"""Makes the other settings from the present ones."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be compared: other settings and another window, over so many days, with what a text costs (USD)."""

    other: Other
    window: Window
    days: int
    price_per_text: float


@effect()
def simulate(practice: str, question: Question, *, as_of: datetime) -> Answer:
    """Play the visits of the last days under other settings and show both sides; nothing is changed."""
    loaded = read(partial(_load, practice=practice, days=question.days, as_of=as_of))
    if isinstance(loaded, str):
        return Answer.refused(loaded)
    past, present = loaded
    other = question.other(present)
    if faults := faults_of(other):
        return Answer.refused(" ".join(faults))
    if not past.visits:
        return Answer.refused(f"{practice} checked out no visit within {question.days} days; there is nothing to play.")
    progress = begin_progress(f"simulate-cadence-{practice}", f"Visits of {practice} played twice")
    sides = (
        _play(past, present, USUAL, partial(_show, progress, 0, len(past.visits))),
        _play(past, other, question.window, partial(_show, progress, len(past.visits), len(past.visits))),
    )
    go_on(progress, 1, of=1)
    compared = Compared(practice, question.days, question.price_per_text, *sides)
    _show_compared(compared, as_of)
    return Answer(is_done=True, sentence=_told(compared))


def _load(session: Session, *, practice: str, days: int, as_of: datetime) -> tuple[Past, Policy] | str:
    found = practices.find_practice(session, practice)
    if found is None:
        return UNKNOWN_PRACTICE.format(practice)
    past = load_past(session, found.id, since=as_of - timedelta(days=days), until=as_of)
    return past, present_policies(session, [found.id])[found.id].policy


def _play(past: Past, policy: Policy, window: Window, tell: Callable[[int], None]) -> Played:
    visits = [replace(one, visit=one.visit._replace(window=window)) for one in past.visits]
    return replay(visits, policy, asked_before=past.asked_before, tell=tell)


def _show(progress: UUID, before: int, of: int, done: int) -> None:
    go_on(progress, before + done, of=2 * of)


def _show_compared(compared: Compared, as_of: datetime) -> None:
    picture = charts.png(messages_by_side(kinds_of(compared.present), kinds_of(compared.other)))
    image = f"![Messages by attempt and way](data:image/png;base64,{b64encode(picture).decode()})"
    create_markdown_artifact(
        f"{compared_markdown(compared)}\n\n{image}\n",
        key=f"feedback-simulation-{compared.practice}",
        description=f"Another cadence for {compared.practice}, over {compared.days} days until {as_of:%Y-%m-%d}",
    )


def _told(compared: Compared) -> str:
    present, other = compared.present, compared.other
    return (
        f"{present.visits} visits: {sum(other.messages.values())} messages to {len(other.asked)} people instead of "
        f"{sum(present.messages.values())} to {len(present.asked)}, for {compared.cost(other):.2f} USD instead of "
        f"{compared.cost(present):.2f}. Nothing was changed."
    )
