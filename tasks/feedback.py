"""Requests for feedback: due ones acted upon in batches, told of in lists and sentences, test appointments marked."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.reports import feedback as report
from models.rules.decisions import Refusal
from models.rules.feedback import RequestState
from models.settings import settings
from models.store import appointment_tests, feedback_sweep, feedback_trials, feedback_why, practices
from models.store.acting import UNKNOWN_PRACTICE
from models.store.appointment_tests import Wanted
from models.store.feedback_trials import Trial
from tasks.policy import effect, safe
from templates import charts
from templates.charts_feedback import reasons_why

__all__ = ["Trial"]

Row = dict[str, str]
MARKED: Final = "Recorded: it is a test appointment; nobody is asked for feedback about it."
WAS_MARKED: Final = "This is a test appointment already; nothing was changed."


def batches_of_requests(*, as_of: datetime, limit: int) -> Iterator[int]:
    """Give the size of one batch after the other while somebody is to be asked, or a request to be closed."""
    batch = settings().dispatch_timer_batch
    for start in range(0, limit, batch):
        if not _is_due(as_of=as_of):
            return
        yield min(batch, limit - start)


@safe
def _is_due(*, as_of: datetime) -> bool:
    return transaction(lambda session: feedback_sweep.is_due(session, as_of=as_of))  # it locks, so it is no read


@effect()
def ask_for_feedback(size: int, *, as_of: datetime) -> Counter[str]:
    """Act upon a batch of due timers in one transaction; gives counts by what became of them (F-003, F-010, F-011)."""
    return transaction(lambda session: feedback_sweep.fire_timers(session, as_of=as_of, limit=size))


@effect()
def why(appointment: int, *, as_of: datetime) -> Answer:
    """Say in sentences why an appointment's patient was asked or not (F-213)."""
    told = read(lambda session: feedback_why.explain(session, appointment, as_of=as_of))
    if not told:
        return Answer.refused(appointment_tests.unknown_appointment(appointment).sentence)
    return Answer(is_done=True, sentence=" ".join(told))


@effect()
def request_rows(practice: str, state: str = "", *, limit: int) -> list[Row]:
    """List a practice's requests, newest check-outs first: numbers, states, dates and reasons."""

    def rows(session: Session) -> list[Row]:
        found = practices.find_practice(session, practice)
        wanted = RequestState(state) if state else None
        return [] if found is None else report.request_rows(session, found, wanted, limit=limit)

    return read(rows)


@effect()
def show_overview(practice: str, *, days: int, as_of: datetime) -> Answer:
    """Show what became of a practice's requests of the last days, and why others were not asked."""

    def counted(session: Session) -> report.Overview | None:
        found = practices.find_practice(session, practice)
        since = as_of - timedelta(days=days)
        return report.overview(session, found.id, since=since, until=as_of) if found else None

    found = read(counted)
    if found is None:
        return Answer.refused(UNKNOWN_PRACTICE.format(practice))
    words = f"Feedback of {practice}, {days} days until {as_of:%Y-%m-%d}"
    create_table_artifact(report.overview_rows(found), key=f"feedback-overview-{practice}", description=words)
    if found.reasons:
        picture = b64encode(charts.png(reasons_why({why.value: n for why, n in found.reasons.items()}))).decode()
        page = f"## {words}\n\n![Why nobody was asked](data:image/png;base64,{picture})\n"
        create_markdown_artifact(page, key=f"feedback-reasons-{practice}", description=words)
    asked = found.requests - found.states[RequestState.SUPPRESSED]
    return Answer(is_done=True, sentence=f"{practice}: {found.requests} visits checked out, {asked} asked or planned.")


@effect()
def mark_test(appointment: int, *, by: str, key: str, as_of: datetime) -> Answer:
    """Mark an appointment as a test: nobody is asked about it (F-163)."""
    wanted = Wanted(appointment, by, key)
    done = transaction(lambda session: appointment_tests.mark_test(session, wanted, as_of=as_of))
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    return Answer(is_done=True, sentence=MARKED) if done else Answer.repeated(WAS_MARKED)


@effect()
def send_test(practice: str, trial: Trial, *, by: str, key: str, as_of: datetime) -> Answer:
    """Queue one attempt's message for whoever asks for it, marked as a test; once per key."""
    done = transaction(lambda session: feedback_trials.queue(session, practice, trial, by=by, key=key, as_of=as_of))
    return Answer.refused(done.sentence) if isinstance(done, Refusal) else Answer(is_done=True, sentence=done)
