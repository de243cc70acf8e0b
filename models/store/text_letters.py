"""Answers to texts with what they need to be written: the number, the practice, the words; or why they are not sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.inputs.letters import FeedbackLetter, Reader
from models.inputs.text_hooks import IncomingText
from models.rules.feedback_texts import read
from models.rules.messages import MessageKind
from models.rules.texting import CONFIRMED_WITHIN
from models.sealing import KeyDestroyedError, SealBrokenError
from models.store import message_stops, provider_events, threads
from models.store.feedback_policies import present_policies
from models.store.messages import ClaimedMessage
from models.store.threads import Thread
from models.tables.patients import PatientRow
from models.tables.practices import Practice

STALE: Final = "stale"
STOPPED: Final = "address_stopped"
UNREADABLE: Final = "unreadable"
NOT_WANTED: Final = frozenset({STALE, STOPPED})
"""Reasons for which an answer is cancelled; for any other it is refused."""


def load_text_letters(
    session: Session, chosen: Sequence[ClaimedMessage], *, as_of: datetime
) -> dict[int, FeedbackLetter | str]:
    """Load answers to texts, or the reason why one is not sent any more, by message (F-206)."""
    found = dict[int, FeedbackLetter | str]()
    for message in chosen:
        try:
            found[message.id] = _letter(session, message, as_of=as_of)
        except (KeyDestroyedError, SealBrokenError):
            found[message.id] = UNREADABLE
    return found


def _letter(session: Session, message: ClaimedMessage, *, as_of: datetime) -> FeedbackLetter | str:
    thread = threads.find_thread(session, message.process_id)
    if thread is None:
        return UNREADABLE
    if message.kind is MessageKind.TEXT_REPLY:
        return _reply(session, message, thread)
    event = provider_events.look_at(session, int(message.subject))
    if event is None:
        return UNREADABLE
    if as_of - event.received_at > CONFIRMED_WITHIN:
        return STALE
    text = IncomingText.read(event.content)
    return _addressed(session, message, thread, locale=read(text.body).locale if text else "en")


def _reply(session: Session, message: ClaimedMessage, thread: Thread) -> FeedbackLetter | str:
    """Load what a person wrote; nobody is answered who asked for no more texts meanwhile."""
    if message_stops.is_stopped(session, thread.practice_id, thread.address):
        return STOPPED
    words = threads.words_of(session, message.id)
    return _addressed(session, message, thread, words=words) if words else UNREADABLE


def _addressed(
    session: Session, message: ClaimedMessage, thread: Thread, *, locale: str = "en", words: str = ""
) -> FeedbackLetter:
    patient = session.get(PatientRow, thread.patient) if thread.patient is not None else None
    policy = present_policies(session, [thread.practice_id])[thread.practice_id].policy
    return FeedbackLetter(
        message.message_id,
        message.kind,
        Reader(thread.address, patient.locale if locale == "en" and patient else locale),
        session.get_one(Practice, thread.practice_id).name,
        is_sensitive=policy.is_sensitive,
        words=words,
    )
