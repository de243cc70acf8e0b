"""What an attempt of a text handed over, sealed until its outcome is known: whoever looks asks for that (F-221)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from pydantic import ValidationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.inputs.outgoing import OutgoingText
from models.rules.messages import Channel
from models.sealing import KeyDestroyedError, SealBrokenError
from models.store.keys import keys_of_many
from models.store.messages import ClaimedMessage
from models.store.sets import among, insert_rows
from models.tables.messages import HandedTextRow

TABLE: Final = HandedTextRow.__tablename__
_COLUMNS: Final = ("message_id", "practice_id", "attempt", "content")


def keep(session: Session, texts: Sequence[tuple[ClaimedMessage, OutgoingText]]) -> None:
    """Keep what is about to be handed over, instead of what earlier attempts of the same messages were."""
    if not texts:
        return
    forget(session, [message.id for message, _ in texts])
    keys = keys_of_many(session, {message.practice_id for message, _ in texts})
    rows = []
    for message, text in texts:
        seal = keys[message.practice_id].seal
        content = seal(text.model_dump_json(), table=TABLE, column="content", row_id=message.id)
        rows.append((message.id, message.practice_id, message.attempt, content))
    insert_rows(session, HandedTextRow, _COLUMNS, rows)


def forget(session: Session, messages: Collection[int]) -> None:
    """Erase what was kept of messages."""
    gone = delete(HandedTextRow).where(among(session, HandedTextRow.message_id, messages))
    session.execute(gone.execution_options(synchronize_session=False))


def forget_known(session: Session, messages: Collection[ClaimedMessage]) -> None:
    """Erase what was kept of messages whose outcome is known; only texts have something."""
    if texts := [message.id for message in messages if message.channel is Channel.TEXT]:
        forget(session, texts)


def handed_over(session: Session, messages: Sequence[ClaimedMessage]) -> Mapping[int, OutgoingText]:
    """Give what attempts handed over, by message; one that nobody can read any more is left out.

    Whatever the patient, the practice or its words have become since: the provider knows what it was given.
    """
    attempts = {message.id: message.attempt for message in messages}
    query = select(HandedTextRow).where(among(session, HandedTextRow.message_id, attempts))
    rows = [row for row in session.scalars(query) if row.attempt == attempts[row.message_id]]
    keys = keys_of_many(session, {row.practice_id for row in rows}) if rows else {}
    found = dict[int, OutgoingText]()
    for row in rows:
        try:
            plain = keys[row.practice_id].unseal(row.content, table=TABLE, column="content", row_id=row.message_id)
            found[row.message_id] = OutgoingText.model_validate_json(plain)
        except (KeyDestroyedError, SealBrokenError, ValidationError):
            continue
    return found
