"""Addresses that get nothing more, or nothing until a person decides: stopped by address, in every practice (F-205)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, String, and_, column, exists, func, or_, select, update, values
from sqlalchemy.orm import Session

from models.rules.consent import StopReason
from models.rules.decisions import CancelMessages, Process
from models.rules.feedback import OPEN
from models.rules.feedback_events import Withdrawn
from models.rules.messages import Channel, MessageKind
from models.sealing import INSTALLATION, KeyDestroyedError
from models.store import feedback_changes, messages
from models.store.keys import keys_of, keys_of_many
from models.store.patients import blind
from models.store.sets import among
from models.tables.base import Whole, new_id
from models.tables.consent import PatientContactRow, StopRow
from models.tables.feedback import FeedbackRequestRow
from models.tables.messages import Message
from models.tables.patients import PatientRow
from models.tables.practices import Practice

EVERYWHERE: Final = INSTALLATION
"""The practice of a stop that holds for every practice whose texts come from the same number."""
AT_ONCE: Final = 500
_PURPOSES: Final = {Channel.TEXT: "phone", Channel.EMAIL: "email"}
_KINDS: Final = (MessageKind.FEEDBACK_TEXT, MessageKind.FEEDBACK_EMAIL)


class Place(NamedTuple):
    """One address as one practice knows it: by its blind index, on its way."""

    practice_id: int
    address_index: str
    channel: Channel = Channel.TEXT


@dataclass(frozen=True, slots=True)
class Stop:
    """Why an address is stopped, and since when (UTC)."""

    id: int
    reason: StopReason
    is_doubtful: bool
    is_flagged: bool
    event: int | None
    since: datetime


class Cause(NamedTuple):
    """Why an address stops; `event` names the incoming text or report that led to it."""

    reason: StopReason
    event: int | None = None
    is_doubtful: bool = False
    is_flagged: bool = False


def present_stop(session: Session, place: Place) -> Stop | None:
    """Give the stop of an address in a practice, or of the whole installation."""
    query = select(StopRow.id, StopRow.reason, StopRow.is_doubtful, StopRow.is_flagged, StopRow.event_id, StopRow.since)
    found = session.execute(query.where(_is_at(place))).first()
    return None if found is None else Stop(*found)


def _is_at(place: Place) -> ColumnElement[bool]:
    return and_(
        StopRow.practice_id == place.practice_id,
        StopRow.address_index == place.address_index,
        StopRow.channel == place.channel,
        StopRow.lifted_at.is_(None),
    )


def stop(session: Session, place: Place, cause: Cause, *, as_of: datetime) -> bool:
    """Stop an address in one practice, which is locked; True when it was not stopped before, or only in doubt.

    A doubtful stop becomes a certain one, never the other way round.
    """
    known = present_stop(session, place)
    if known is None:
        said = {"reason": cause.reason, "is_doubtful": cause.is_doubtful, "is_flagged": cause.is_flagged}
        row = StopRow(id=new_id(), **place._asdict(), event_id=cause.event, since=as_of, **said)
        session.add(row)
        session.flush()
        return True
    if not known.is_doubtful or cause.is_doubtful:
        return False
    changed = {"reason": cause.reason, "is_flagged": cause.is_flagged, "event_id": cause.event}
    session.execute(
        update(StopRow)
        .where(StopRow.id == known.id)
        .values(is_doubtful=False, **changed)
        .execution_options(synchronize_session=False)
    )
    return True


def lift(session: Session, place: Place, *, by: str, as_of: datetime) -> bool:
    """Let an address get messages again; False when it was not stopped."""
    lifted = (
        update(StopRow)
        .where(_is_at(place))
        .values(lifted_at=as_of, lifted_by=by)
        .returning(StopRow.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(lifted).first() is not None


def is_stopped(session: Session, practice_id: int, address: str, channel: Channel = Channel.TEXT) -> bool:
    """Say whether nothing may go to an address now: stopped or in doubt, in this practice or everywhere."""
    places = places_of(session, address, channel, [practice_id, EVERYWHERE])
    return any(present_stop(session, place) is not None for place in places.values())


def places_of(session: Session, address: str, channel: Channel, practices: Collection[int]) -> dict[int, Place]:
    """Name an address (a number in E.164, or a mail address) as practices know it; those without keys are left out."""
    found = dict[int, Place]()
    plain = address.lower() if channel is Channel.EMAIL else address
    for practice, keys in keys_of_many(session, practices).items():
        try:
            found[practice] = Place(practice, blind(keys, plain, _PURPOSES[channel]), channel)
        except KeyDestroyedError:
            continue
    return found


def knowing(
    session: Session, address: str, channel: Channel = Channel.TEXT, *, practices: Collection[int] | None = None
) -> dict[Place, tuple[int, ...]]:
    """Name the places of an address in every practice whose records hold it, each with its patients (F-205).

    An address is found by an index of its practice's own key: that is opened for the `practices` given, or for all
    that keep patients at all.
    """
    if practices is None:
        practices = session.scalars(
            select(Practice.id).where(exists().where(PatientRow.practice_id == Practice.id))
        ).all()
    places = {one.address_index: one for one in places_of(session, address, channel, practices).values()}
    found: dict[Place, set[int]] = {}
    wanted = sorted((place.practice_id, index) for index, place in places.items() if index)
    for start in range(0, len(wanted), AT_ONCE):
        for index, patient in _holders(session, channel, wanted[start : start + AT_ONCE]):
            found.setdefault(places[index], set()).add(patient)
    return {place: tuple(sorted(found[place])) for place in sorted(found)}


def patients_at(
    session: Session, practice_id: int, indexes: Collection[str], channel: Channel = Channel.TEXT
) -> set[int]:
    """Name a practice's patients by the blind indexes of their addresses, in our words or the practice system's."""
    wanted = sorted((practice_id, index) for index in set(indexes))
    batches = (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))
    return {patient for batch in batches for _, patient in _holders(session, channel, batch)}


def _holders(session: Session, channel: Channel, wanted: Collection[tuple[int, str]]) -> Iterable[tuple[str, int]]:
    """Find patients by practice and address, as the indexes are laid, in our words or the practice system's (F-162)."""
    own, copy = (
        (PatientRow.phone_index, PatientContactRow.phone_index)
        if channel is Channel.TEXT
        else (PatientRow.email_index, PatientContactRow.email_index)
    )
    asked = values(column("practice", Whole), column("address", String), name="asked").data(list(wanted)).cte("asked")
    for index, practice, patient in (
        (own, PatientRow.practice_id, PatientRow.id),
        (copy, PatientContactRow.practice_id, PatientContactRow.patient_id),
    ):
        is_one = and_(practice == asked.c.practice, index == asked.c.address)
        yield from session.execute(select(index, patient).join_from(asked, index.class_, is_one)).tuples()


def everywhere(session: Session, address: str, channel: Channel = Channel.TEXT) -> Place:
    """Name an address as the installation knows it."""
    return Place(EVERYWHERE, blind(keys_of(session), address, _PURPOSES[channel]), channel)


def take_back(session: Session, places: Mapping[Place, Collection[int]], *, as_of: datetime) -> int:
    """Take back, unsent, the messages of requests that wait to go to stopped addresses; gives how many.

    Their practices are locked. Each request goes on at once by its next way, if it has one; what is under way already
    is not called back, but not tried again either.
    """
    taken = 0
    for place, patients in places.items():
        told = list[tuple[int, Withdrawn, str]]()
        for message, request, subject in _waiting(session, place, patients):
            if _is_taken_back(session, message, request, as_of=as_of):
                told.append((request, Withdrawn(int(subject), place.channel), f"withdrawn:{message}"))
        feedback_changes.tell_each(session, told, as_of=as_of)
        taken += len(told)
    return taken


def _waiting(session: Session, place: Place, patients: Collection[int]) -> list[tuple[int, int, str]]:
    """List messages of a practice's open requests that go to an address: message, request, number of the attempt."""
    row, contact, patient = FeedbackRequestRow, PatientContactRow, PatientRow
    pair = (
        (contact.phone_index, patient.phone_index)
        if place.channel is Channel.TEXT
        else (contact.email_index, patient.email_index)
    )
    used = func.coalesce(func.nullif(pair[0], ""), pair[1])
    query = (
        select(Message.id, row.id, Message.subject)
        .join(Message, and_(Message.process == Process.FEEDBACK, Message.process_id == row.id))
        .join(patient, patient.id == row.patient_id)
        .outerjoin(contact, contact.patient_id == patient.id)
        .where(row.practice_id == place.practice_id, row.state.in_(OPEN), among(session, row.patient_id, patients))
        .where(or_(row.waits_for == place.channel, row.waits_for.is_(None)), used == place.address_index)
        .where(Message.channel == place.channel, Message.kind.in_(_KINDS))
        .where(Message.state.in_((*messages.QUEUED, *messages.UNSURE)))
        .order_by(Message.id)
    )
    return [(message, request, subject) for message, request, subject in session.execute(query)]


def _is_taken_back(session: Session, message: int, request: int, *, as_of: datetime) -> bool:
    """Cancel one message that waits; one that is under way or unknown is only never tried again."""
    one = session.execute(select(Message.state, Message.kind, Message.subject).where(Message.id == message)).one()
    quiet = CancelMessages(kinds=(one.kind,), subject=one.subject)
    messages.cancel(
        session, quiet, process=Process.FEEDBACK, process_id=request, because="address_stopped", as_of=as_of
    )
    return one.state in messages.QUEUED
