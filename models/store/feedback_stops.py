"""Stops of numbers that texts of feedback meet: those of the whole installation, and those that a provider tells."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.consent import StopReason
from models.rules.messages import Channel
from models.sealing import INSTALLATION, Keys
from models.store.contact import Contact
from models.store.keys import keys_of
from models.store.message_stops import Cause, Place, stop
from models.store.patients import blind
from models.tables.consent import StopRow

_OF_ALL: Final = (StopRow.practice_id == INSTALLATION, StopRow.channel == Channel.TEXT, StopRow.lifted_at.is_(None))
_ANY_OF_ALL: Final = select(StopRow.id).where(*_OF_ALL).limit(1)
REFUSALS: Final[Mapping[str, StopReason]] = {
    "twilio_21610": StopReason.PROVIDER,  # opted out there
    "twilio_21211": StopReason.UNDELIVERABLE,  # no number
    "twilio_21614": StopReason.UNDELIVERABLE,  # takes no texts
    "twilio_30005": StopReason.UNDELIVERABLE,  # nobody has it
    "twilio_30006": StopReason.UNDELIVERABLE,  # a landline
}
"""What a refusal says about the number itself: no further text goes to it, whichever visit it is about."""


def are_stops_of_all(session: Session) -> bool:
    """Say whether any number has a stop that holds for every practice."""
    return session.scalar(_ANY_OF_ALL) is not None


def copy_stops_of_all(
    session: Session, contacts: Collection[Contact], keys: Mapping[int, Keys], *, as_of: datetime
) -> None:
    """Make stops that hold for every practice the practices' own, for these patients' numbers (F-205).

    Practices whose texts come from the same number share a stop: the text that asked for it named none of them.
    """
    if not contacts or not are_stops_of_all(session):
        return
    shared = keys_of(session)
    places = defaultdict[str, set[Place]](set)
    for contact in contacts:
        if contact.phone:
            own = blind(keys[contact.practice_id], contact.phone, "phone")
            places[blind(shared, contact.phone, "phone")].add(Place(contact.practice_id, own))
    for row in session.scalars(select(StopRow).where(*_OF_ALL, StopRow.address_index.in_(places))).all():
        cause = Cause(row.reason, row.event_id, row.is_doubtful, row.is_flagged)
        for place in sorted(places[row.address_index]):
            stop(session, place, cause, as_of=as_of)
