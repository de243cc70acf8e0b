"""Patients' requests: opened for the time of placing them, and matched once for ever."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.rules.appointments import Origin, PatientType
from models.rules.consent import TEXT_CONSENT_VERSION, Source
from models.rules.matching import Match, MatchOutcome
from models.store import consents, patients
from models.store.consents import ConsentLine
from models.store.keys import keys_of
from models.store.patients import Person, person_of
from models.tables.appointments import AppointmentRow, RequestRow
from models.tables.booking import BookingReasonRow, InsuranceRow
from models.tables.patients import PatientRow


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request with what the patient wrote; held in memory only while it is being placed."""

    appointment_id: int
    practice_id: int
    person: Person = field(repr=False)
    note: str = field(repr=False)
    match: MatchOutcome | None
    match_record: str
    says_new: bool
    allows_texts: bool
    locale: str
    patient_id: int | None
    patient_record: str
    sent_at: datetime
    text_wording: str = TEXT_CONSENT_VERSION


def open_request(session: Session, appointment: int) -> OpenRequest | None:
    """Open a request; none when there is none, or its words were purged. Raises as `Keys.unseal`."""
    query = (
        select(RequestRow, AppointmentRow.patient_id, AppointmentRow.reason, AppointmentRow.is_virtual)
        .join(AppointmentRow, AppointmentRow.id == RequestRow.appointment_id)
        .where(RequestRow.appointment_id == appointment, RequestRow.details != "")
    )
    found = session.execute(query).first()
    if found is None:
        return None
    row, patient_id, reason, is_virtual = found
    keys = keys_of(session, row.practice_id)
    plain = keys.unseal(row.details, table="appointment_requests", column="details", row_id=appointment)
    patient, details = session.get(PatientRow, patient_id) if patient_id is not None else None, json.loads(plain)
    return OpenRequest(
        appointment,
        row.practice_id,
        person_of(plain),
        _note(session, row, details, reason=reason, is_virtual=is_virtual),
        row.match,
        row.match_record,
        row.says_new,
        row.allows_texts,
        row.locale,
        patient_id,
        patient.system_id if patient else "",
        row.terms_accepted_at,
        details.get("text_wording") or TEXT_CONSENT_VERSION,
    )


def _note(session: Session, row: RequestRow, details: Mapping[str, Any], *, reason: str, is_virtual: bool) -> str:
    """Write the "Note from Patient", from which staff choose the visit reason (A-36) and the insurance case (A-44)."""
    name = session.scalar(
        select(BookingReasonRow.name).where(
            BookingReasonRow.practice_id == row.practice_id, BookingReasonRow.key == reason
        )
    )
    insurance = session.scalar(
        select(InsuranceRow.name).where(
            InsuranceRow.practice_id == row.practice_id, InsuranceRow.key == details.get("insurance", "")
        )
    )
    covered = [insurance, *(details.get(one) for one in ("plan", "member_id", "group_id"))]
    lines = [
        ("Reason for visit", name or reason),
        ("Virtual visit", "yes" if is_virtual else ""),
        ("Patient", "new" if row.says_new else "existing"),
        ("Insurance", ", ".join(str(one) for one in covered if one)),
        ("Referred by", details.get("referral")),
        ("Notes", details.get("notes")),
    ]
    return "\n".join(f"{label}: {text}" for label, text in lines if text)


def store_match(session: Session, request: OpenRequest, found: Match, *, as_of: datetime) -> bool:
    """Write down how a request was matched, once: whoever comes second changes nothing (A-69..A-72)."""
    stored = (
        update(RequestRow)
        .where(RequestRow.appointment_id == request.appointment_id, RequestRow.match.is_(None))
        .values(match=found.outcome, match_record=found.record or "", match_count=found.candidates, matched_at=as_of)
        .returning(RequestRow.appointment_id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(stored).first() is not None


def attach_patient(session: Session, request: OpenRequest, *, as_of: datetime) -> int:
    """Put a matched request, whose practice is locked, under its patient: the record that exists, or a new one.

    Whoever comes second changes nothing (A-29, A-70, A-71).
    """
    before = session.scalar(select(AppointmentRow.patient_id).where(AppointmentRow.id == request.appointment_id))
    if before is not None:
        return before
    known = patients.find_by_system(session, request.practice_id, [request.match_record])
    patient = known.get(request.match_record) or patients.add_patient(
        session,
        request.practice_id,
        request.person,
        origin=Origin.WIDGET,
        system_id=request.match_record,
        as_of=as_of,
    )
    consent = {"texts_allowed_at": as_of} if request.allows_texts else {"texts_refused_at": as_of}
    patients.change(session, patient, locale=request.locale, **consent)
    _record_consent(session, request, patient)
    kind = PatientType.RETURNING if request.match is MatchOutcome.EXISTING else PatientType.NEW
    session.execute(
        update(AppointmentRow)
        .where(AppointmentRow.id == request.appointment_id)
        .values(patient_id=patient, patient_type=kind, version=AppointmentRow.version + 1)
        .execution_options(synchronize_session=False)
    )
    return patient


def _record_consent(session: Session, request: OpenRequest, patient: int) -> None:
    """Write a ticked box into the ledger, as of its submission; an unticked one says nothing (F-030, F-031, F-201)."""
    if not request.allows_texts or not request.person.phone:
        return
    keys = keys_of(session, request.practice_id)
    line = ConsentLine(
        request.practice_id,
        patients.blind(keys, request.person.phone, "phone"),
        is_given=True,
        source=Source.BOOKING,
        wording=request.text_wording,
        locale=request.locale,
        patient=patient,
        appointment=request.appointment_id,
    )
    consents.record(session, line, at=request.sent_at)
