"""How the patient behind a private feedback is reached now: by which ways, or why not, and from when on (F-083)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from models.inputs.places import candidate_places
from models.rules.feedback_laws import laws_at
from models.rules.feedback_timing import allowed_from
from models.rules.messages import Channel
from models.rules.reputation_private import Barrier, Reach, barrier_to
from models.store import consents, message_stops
from models.store.contact import Contact, load_contacts
from models.store.feedback import Scene, load_scenes, place_of_practice
from models.store.keys import keys_of


@dataclass(frozen=True, slots=True)
class Reached:
    """What stands against each way, and the first moment (UTC) that windows and limits allow; opened in memory only."""

    barriers: Mapping[Channel, Barrier | None]
    allowed_at: datetime
    contact: Contact | None = field(default=None, repr=False)


def reached(session: Session, request: int, *, as_of: datetime) -> Reached:
    """Say how the patient of a request is reached at a moment (F-162, F-201 to F-205).

    Raises:
        NoCommonWindowError: the windows of the patient's places never meet.
    """
    scene = load_scenes(session, [request], as_of=as_of)[request]
    practice = scene.request.practice_id
    known = [] if scene.patient is None else [scene.patient]
    contact = next(iter(load_contacts(session, known, {practice: keys_of(session, practice)}).values()), None)
    barriers = {channel: barrier_to(channel, _reach(session, scene, contact, channel)) for channel in Channel}
    return Reached(barriers, _allowed_at(session, scene, contact, as_of=as_of), contact)


def address_of(contact: Contact, channel: Channel) -> str:
    """Give the address of a way; empty where there is none."""
    return contact.phone if channel is Channel.TEXT else contact.email


def _reach(session: Session, scene: Scene, contact: Contact | None, channel: Channel) -> Reach:
    person, practice = scene.visit.person, scene.request.practice_id
    if contact is None or person.is_archived:
        return Reach(is_archived=True)
    address = address_of(contact, channel)
    if not address:
        return Reach(has_address=False)
    is_stopped = person.is_email_stopped if channel is Channel.EMAIL else person.is_text_stopped or person.is_held
    newest = None
    if channel is Channel.TEXT:
        place = message_stops.places_of(session, address, channel, [practice])[practice]
        newest = consents.newest(session, practice, place.address_index)
    return Reach(
        is_stopped=is_stopped or message_stops.is_stopped(session, practice, address, channel),
        has_agreed=newest is not None and newest.is_given,
    )


def _allowed_at(session: Session, scene: Scene, contact: Contact | None, *, as_of: datetime) -> datetime:
    """Give the first moment inside the windows of everywhere the person may be now, and within the limits."""
    home = place_of_practice(session, scene.request.practice_id)
    zip_code, phone = (contact.zip_code, contact.phone) if contact else ("", "")
    places = candidate_places(zip_code=zip_code, phone=phone, practice=home)
    person = scene.visit.person._replace(places=places)
    return allowed_from(as_of, scene.visit._replace(person=person, laws=laws_at(places)))
