"""Letters about appointments: claimed messages with their readers' names opened, loaded in sets before the call."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import phonenumbers
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.inputs.letters import Reader, VisitLetter
from models.rules.appointment_letters import Standing
from models.rules.decisions import Process
from models.rules.messages import CATALOGUE, Audience, Channel, MessageKind, Owner
from models.rules.roles import Role
from models.sealing import KeyDestroyedError, Keys, SealBrokenError
from models.store.communications import owners_of, practices_in_kareo
from models.store.keys import keys_of_many
from models.store.letters import NO_RECIPIENT, UNREADABLE
from models.store.messages import MAY_BE_OUT, ClaimedMessage
from models.store.sets import among
from models.tables.appointments import AppointmentRow, RequestRow
from models.tables.booking import AlertRecipientRow, WidgetRow
from models.tables.messages import Message
from models.tables.patients import PatientRow
from models.tables.practices import Location, Practice, Provider

NOT_OURS = "not_ours"
ARCHIVED = "patient_archived"
GONE = "appointment_gone"
WORK_LIST = "/staff/work"
_INTO_CALENDARS = (MessageKind.APPOINTMENT_SCHEDULED, MessageKind.APPOINTMENT_MOVED)
_FIELD = {Channel.EMAIL: "email", Channel.TEXT: "phone"}


def load_visit_letters(
    session: Session, messages: Sequence[ClaimedMessage], *, address: str
) -> dict[int, VisitLetter | str]:
    """Load what each claimed message about an appointment needs; one that cannot or must not be sent gives a code.

    A kind that another system sends for the practice is never sent from here (A-84, A-105). `address` is the public
    address of the web site, without a slash at its end.
    """
    batch = _load_batch(session, messages)
    return {message.id: _letter(message, batch, address) for message in messages}


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the messages of a batch need, still sealed; by practice, by appointment or by id."""

    practices: Mapping[int, Practice]
    keys: Mapping[int, Keys]
    owners: Mapping[int, Mapping[MessageKind, Owner]]
    in_kareo: frozenset[int]
    widgets: Mapping[int, WidgetRow]
    recipients: Mapping[tuple[int, Channel, str], AlertRecipientRow]
    visits: Mapping[int, AppointmentRow]
    requests: Mapping[int, RequestRow]
    in_calendars: frozenset[int]
    patients: Mapping[int, PatientRow]
    providers: Mapping[int, Provider]
    locations: Mapping[int, Location]


def _load_batch(session: Session, messages: Sequence[ClaimedMessage]) -> _Batch:
    practices = {message.practice_id for message in messages}
    ids = {message.process_id for message in messages}
    visits = session.scalars(select(AppointmentRow).where(among(session, AppointmentRow.id, ids))).all()
    patients = among(session, PatientRow.id, _known(visit.patient_id for visit in visits))
    providers = among(session, Provider.id, _known(visit.provider_id for visit in visits))
    locations = among(session, Location.id, _known(visit.location_id for visit in visits))
    requests = session.scalars(select(RequestRow).where(among(session, RequestRow.appointment_id, ids)))
    widgets = session.scalars(select(WidgetRow).where(among(session, WidgetRow.practice_id, practices)))
    found = session.scalars(select(Practice).where(among(session, Practice.id, practices)))
    return _Batch(
        {practice.id: practice for practice in found},
        keys_of_many(session, practices) if practices else {},
        owners_of(session, practices),
        practices_in_kareo(session, practices),
        {widget.practice_id: widget for widget in widgets},
        _recipients(session, practices),
        {visit.id: visit for visit in visits},
        {request.appointment_id: request for request in requests},
        _in_calendars(session, ids),
        {patient.id: patient for patient in session.scalars(select(PatientRow).where(patients))},
        {provider.id: provider for provider in session.scalars(select(Provider).where(providers))},
        {location.id: location for location in session.scalars(select(Location).where(locations))},
    )


def _known(ids: Iterable[int | None]) -> set[int]:
    return {one for one in ids if one is not None}


def _recipients(session: Session, practices: Collection[int]) -> dict[tuple[int, Channel, str], AlertRecipientRow]:
    query = select(AlertRecipientRow).where(among(session, AlertRecipientRow.practice_id, practices))
    return {(row.practice_id, row.channel, row.key): row for row in session.scalars(query)}


def _in_calendars(session: Session, visits: Collection[int]) -> frozenset[int]:
    """Say which appointments may stand in their patients' calendars: a cancellation too many does no harm."""
    query = (
        select(Message.process_id)
        .where(Message.process == Process.APPOINTMENT, among(session, Message.process_id, visits))
        .where(Message.kind.in_(_INTO_CALENDARS), Message.state.in_(MAY_BE_OUT))
    )
    return frozenset(session.scalars(query))


def _letter(message: ClaimedMessage, batch: _Batch, address: str) -> VisitLetter | str:
    if batch.owners[message.practice_id][message.kind] is not Owner.GOLIVE:
        return NOT_OURS
    visit = batch.visits.get(message.process_id)
    if visit is None:
        return GONE
    try:
        reader = _reader(message, visit, batch)
        return reader if isinstance(reader, str) else _addressed(message, visit, reader, batch, address)
    except (KeyDestroyedError, SealBrokenError, ValueError):
        return UNREADABLE  # the letter of one patient or practice; the others go out


def _reader(message: ClaimedMessage, visit: AppointmentRow, batch: _Batch) -> Reader | str:
    match message.to_role:
        case Role.PATIENT:
            return _patient(message, visit, batch)
        case Role.FRONT_OFFICE:
            return _recipient(message, batch)
        case _:
            return NO_RECIPIENT


def _patient(message: ClaimedMessage, visit: AppointmentRow, batch: _Batch) -> Reader | str:
    """Open the patient's record, or the request while none is linked to it; a record's gaps are filled from there."""
    patient = batch.patients.get(visit.patient_id) if visit.patient_id is not None else None
    request = batch.requests.get(visit.id)
    if patient is not None and patient.archived_at is not None:
        return ARCHIVED
    person = _person(patient, request, batch.keys[visit.practice_id])
    to = person.get(_FIELD[message.channel], "")
    if not to:
        return NO_RECIPIENT
    locale = request.locale if request else patient.locale if patient else ""
    return Reader(to, locale, person.get("first", ""), f"{person.get('first', '')} {person.get('last', '')}".strip())


def _person(patient: PatientRow | None, request: RequestRow | None, keys: Keys) -> dict[str, str]:
    sealed = []
    if request is not None:
        place = request.appointment_id
        sealed.append(keys.unseal(request.details, table="appointment_requests", column="details", row_id=place))
    if patient is not None:
        sealed.append(keys.unseal(patient.person, table="patients", column="person", row_id=patient.id))
    person: dict[str, str] = {}
    for opened in map(json.loads, sealed):
        person |= {key: opened[key] for key in ("first", "last", "email", "phone") if opened.get(key)}
    return person


def _recipient(message: ClaimedMessage, batch: _Batch) -> Reader | str:
    row = batch.recipients.get((message.practice_id, message.channel, message.to_person))
    if row is None:
        return NO_RECIPIENT
    keys = batch.keys[row.practice_id]
    address = keys.unseal(row.address, table="alert_recipients", column="address", row_id=row.id)
    return Reader(address, row.locale)


def _addressed(
    message: ClaimedMessage, visit: AppointmentRow, reader: Reader, batch: _Batch, address: str
) -> VisitLetter:
    practice = batch.practices[message.practice_id]
    is_to_patient = CATALOGUE[message.kind].audience is Audience.PATIENT
    return VisitLetter(
        message.message_id,
        message.kind,
        message.fields,
        reader,
        visit.id,
        Standing(visit.status, visit.starts_at, visit.is_virtual),
        practice.name,
        practice.zone,
        provider=_provider(visit, batch),
        location=_location(visit, batch),
        link=_page(practice, batch, address) if is_to_patient else address + WORK_LIST,
        forms=tuple(form.strip() for form in visit.intake_forms.split(",") if form.strip()),
        is_in_calendar=visit.id in batch.in_calendars,
        is_in_kareo=practice.id in batch.in_kareo,
    )


def _page(practice: Practice, batch: _Batch, address: str) -> str:
    """Give the practice's own website where its widget is, or the page on which requests are taken for it."""
    widget = batch.widgets.get(practice.id)
    if widget is None:
        return ""
    origins = widget.embedded_on.split()
    if origins:
        return origins[0]
    return f"{address}/book/{practice.key}" if widget.is_open else ""


def _provider(visit: AppointmentRow, batch: _Batch) -> str:
    row = batch.providers.get(visit.provider_id) if visit.provider_id is not None else None
    if row is None:
        return ""
    return batch.keys[row.practice_id].unseal(row.name, table="providers", column="name", row_id=row.id)


def _location(visit: AppointmentRow, batch: _Batch) -> str:
    row = batch.locations.get(visit.location_id) if visit.location_id is not None else None
    if row is None:
        return ""
    place = f"{row.name}, {row.city}, {row.state} {row.postal_code}"
    return f"{place}, {_written(row.phone)}" if row.phone else place


def _written(phone: str) -> str:
    """Write a number as people in the country of the practice do."""
    parsed = phonenumbers.parse(phone)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))
