"""Opting out of feedback mails by the link in one of them, without a login (F-207)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.consent import StopReason
from models.rules.messages import Channel
from models.sealing import KeyDestroyedError
from models.store import events, message_stops
from models.store.contact import load_contacts
from models.store.keys import keys_of
from models.store.message_stops import Cause
from models.store.practices import hash_of_token
from models.tables.feedback import FeedbackRequestRow


def stop_mails(session: Session, token: str, *, as_of: datetime) -> bool:
    """Stop feedback mails of one practice to the address that a request uses; False when that was so, or unknown.

    The address is the one in use now, the practice system's first (F-162). What waits to be sent is taken back.
    """
    row = FeedbackRequestRow
    query = select(row.practice_id, row.patient_id).where(row.stop_hash == hash_of_token(token))
    found = session.execute(query).first()
    if found is None or found.patient_id is None:
        return False
    practice, patient = found
    events.lock_practices(session, [practice])
    contact = load_contacts(session, [patient], {practice: keys_of(session, practice)}).get(patient)
    if contact is None or not contact.email:
        return False
    try:
        place = message_stops.places_of(session, contact.email, Channel.EMAIL, [practice])[practice]
    except (KeyDestroyedError, KeyError):
        return False
    is_new = message_stops.stop(session, place, Cause(StopReason.LINK), as_of=as_of)
    mine = message_stops.patients_at(session, practice, [place.address_index], Channel.EMAIL)
    message_stops.take_back(session, {place: mine}, as_of=as_of)
    return is_new
