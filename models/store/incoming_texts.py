"""Texts that came in: stopped, opened again or answered at once, and kept for the practice to read (F-100, F-205)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.inputs.text_hooks import IncomingText
from models.rules.consent import STOP_WORDING
from models.rules.decisions import Ask, Effect, Note, Process, Say, Settle
from models.rules.feedback_texts import Reading, read
from models.rules.messages import Channel, MessageKind
from models.rules.roles import Role
from models.rules.text_answers import DOUBT_TASK, TextAnswer, answer_to
from models.rules.texting import CONFIRMED_WITHIN
from models.store import number_stops, provider_events, threads
from models.store.effects import Outcome, carry_out
from models.store.message_stops import Cause
from models.store.number_stops import Reach
from models.store.provider_events import ProviderEvent
from models.store.threads import NewText, Thread

UNREADABLE: Final = "unreadable"


def take_in_text(session: Session, event: ProviderEvent, *, provider_confirms: bool, as_of: datetime) -> str:
    """Act upon one text; gives what it was taken for, or that it belongs to no practice."""
    text = IncomingText.read(event.content)
    if text is None:
        return UNREADABLE
    reading = read(text.body)
    answer = answer_to(reading, text.body, provider_confirms=provider_confirms, is_confirmed=text.is_answered)
    reach = number_stops.reach_of(session, text.sender, to=text.to)
    is_changed = _stopped_or_started(session, reach, answer, reading, event, as_of=as_of)
    if reach.home is None:
        return provider_events.UNATTRIBUTED if answer.is_kept else reading.meaning.value
    patients = reach.known.get(reach.home, ())
    thread = threads.open_thread(session, reach.home, text.sender, line=reach.line, patients=patients, as_of=as_of)
    if answer.is_kept:
        threads.keep_text(session, thread, NewText(text.body, event.id, meaning=reading.meaning), as_of=as_of)
    is_fresh = as_of - event.received_at <= CONFIRMED_WITHIN
    effects = tuple(_effects(answer, event, is_said=is_fresh and (is_changed or not _changes(answer)), as_of=as_of))
    note = Note("text_received", str(event.id), reading.meaning.value)
    _write(session, thread, f"text:{event.id}", note, effects, as_of=as_of)
    return reading.meaning.value


def _changes(answer: TextAnswer) -> bool:
    return answer.starts or answer.stops is not None


def _stopped_or_started(
    session: Session, reach: Reach, answer: TextAnswer, reading: Reading, event: ProviderEvent, *, as_of: datetime
) -> bool:
    """Do at once what the text asks for; False when all was so before. A doubt about a stranger holds nobody."""
    if answer.starts:
        return number_stops.start_number(session, reach, locale=reading.locale, as_of=as_of) > 0
    if answer.stops is None or (answer.is_doubtful and not reach.known):
        return False
    cause = Cause(answer.stops, event.id, answer.is_doubtful, answer.is_flagged)
    return number_stops.stop_number(session, reach, cause, wording=STOP_WORDING, locale=reading.locale, as_of=as_of)


def _effects(answer: TextAnswer, event: ProviderEvent, *, is_said: bool, as_of: datetime) -> Iterator[Effect]:
    """Answer the person, each stop and start once and a call for help once a day, and ask ours to look."""
    if answer.says is not None and is_said:
        is_help = answer.says is MessageKind.TEXT_HELP  # machines may answer each other for ever
        key = f"{answer.says}:{as_of.date() if is_help else event.id}"
        yield Say(answer.says, Role.PATIENT, key=key, subject=str(event.id), channel=Channel.TEXT)
    if _changes(answer) and not answer.is_doubtful:
        yield Settle(DOUBT_TASK, "texted_again")
    if answer.task:
        yield Ask(answer.task, Role.FRONT_OFFICE, as_of)


def _write(
    session: Session, thread: Thread, key: str, note: Note, effects: tuple[Effect, ...], *, as_of: datetime
) -> None:
    outcome = Outcome(thread.practice_id, Process.TEXTING, thread.id, key, "golive", (note,), effects)
    carry_out(session, [outcome], as_of=as_of)
