"""Letters that answer private feedback: looked at once more before they go out, and put off to an allowed hour."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.inputs.letters import FeedbackLetter, Reader
from models.rules.feedback_windows import NoCommonWindowError
from models.rules.reputation_private import AnswerState
from models.sealing import KeyDestroyedError, SealBrokenError
from models.store import events, messages
from models.store.feedback_changes import tokens_of
from models.store.feedback_letters import WITHDRAWN
from models.store.feedback_policies import present_policies
from models.store.keys import keys_of
from models.store.letters import UNREADABLE
from models.store.messages import ClaimedMessage
from models.store.private_answers import NO_WINDOW, opened
from models.store.private_reach import Reached, address_of, reached
from models.tables.feedback import PrivateAnswerRow
from models.tables.practices import Practice

TAKEN_BACK: Final = "taken_back"


def load_private_letters(
    session: Session, chosen: Sequence[ClaimedMessage], *, address: str, as_of: datetime
) -> dict[int, FeedbackLetter | str]:
    """Load answers that may go out now, or why one is not sent; it writes, and locks the practices.

    Consent and stops count as they are now (F-201, F-205); one that came outside the hours is due again when they
    begin (F-203). `address` is the public address of the web site, without a slash at its end.
    """
    events.lock_practices(session, {message.practice_id for message in chosen})
    found = dict[int, FeedbackLetter | str]()
    for message in chosen:
        try:
            found[message.id] = _letter(session, message, address=address, as_of=as_of)
        except (KeyDestroyedError, SealBrokenError):
            found[message.id] = UNREADABLE
        except NoCommonWindowError:
            found[message.id] = NO_WINDOW.code
    return found


def _letter(session: Session, message: ClaimedMessage, *, address: str, as_of: datetime) -> FeedbackLetter | str:
    row = session.get(PrivateAnswerRow, message.process_id, populate_existing=True)
    if row is None or row.state is not AnswerState.RELEASED or row.message_id != message.id:
        return TAKEN_BACK
    way = reached(session, row.request_id, as_of=as_of)
    if barrier := way.barriers[message.channel]:
        return barrier.value
    if way.allowed_at > as_of:
        messages.put_back(session, message, until=way.allowed_at)
        return WITHDRAWN
    return _addressed(session, message, row, way, address)


def _addressed(
    session: Session, message: ClaimedMessage, row: PrivateAnswerRow, way: Reached, address: str
) -> FeedbackLetter | str:
    if way.contact is None:
        return UNREADABLE
    keys, contact = keys_of(session, row.practice_id), way.contact
    _, stop = tokens_of(keys, row.request_id)
    return FeedbackLetter(
        message.message_id,
        message.kind,
        Reader(address_of(contact, message.channel), contact.locale, contact.first, contact.first),
        session.get_one(Practice, row.practice_id).name,
        is_sensitive=present_policies(session, [row.practice_id])[row.practice_id].policy.is_sensitive,
        stop_link=f"{address}/s/{stop}",
        words=opened(keys, row),
    )
