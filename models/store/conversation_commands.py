"""How the front office begins a conversation by text with a patient, or why it cannot (F-085)."""

from datetime import datetime
from enum import StrEnum
from re import fullmatch
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.decisions import Note, Process, Refusal
from models.rules.messages import Channel
from models.rules.texting import Line
from models.store import consents, events, message_stops, text_commands, threads
from models.store.acting import refuse_stranger
from models.store.contact import load_contacts
from models.store.effects import Outcome, carry_out
from models.store.keys import keys_of
from models.store.message_stops import EVERYWHERE, Place
from models.store.patient_changes import Wanted, unknown_patient
from models.store.patients import find_patient
from models.tables.patients import PatientRow
from models.tables.texting import ThreadRow

_NUMBER: Final = r"\+1\d{10}"


class Barrier(StrEnum):
    """Why a patient cannot be sent a text."""

    ARCHIVED = "archived"
    NO_LINE = "no_line"
    NO_NUMBER = "no_number"
    UNDECIDED = "undecided"
    STOPPED = "stopped"
    NO_CONSENT = "no_consent"


def barrier_of(session: Session, patient: PatientRow) -> Barrier | None:
    """Say why a patient cannot be sent a text; None where nothing stands against it (F-085, F-201, F-205)."""
    if patient.archived_at is not None:
        return Barrier.ARCHIVED
    if not threads.lines_of_practice(session, patient.practice_id):
        return Barrier.NO_LINE
    phone = _phone(session, patient)
    if not phone:
        return Barrier.NO_NUMBER
    places = message_stops.places_of(session, phone, Channel.TEXT, [patient.practice_id, EVERYWHERE])
    if patient.practice_id not in places:
        return Barrier.NO_NUMBER  # nobody can read this practice's records any more
    stops = [stop for place in places.values() if (stop := message_stops.present_stop(session, place))]
    if stops:
        return Barrier.UNDECIDED if all(stop.is_doubtful for stop in stops) else Barrier.STOPPED
    place = places[patient.practice_id]
    number = conversation_at(session, place)
    thread = threads.find_thread(session, number) if number else None
    if thread is not None:
        return None if text_commands.may_write(session, thread) else Barrier.NO_CONSENT
    newest = consents.newest(session, patient.practice_id, place.address_index)
    return None if newest is not None and newest.is_given else Barrier.NO_CONSENT


def _phone(session: Session, patient: PatientRow) -> str:
    keys = {patient.practice_id: keys_of(session, patient.practice_id)}
    contact = load_contacts(session, [patient.id], keys).get(patient.id)
    return contact.phone if contact and fullmatch(_NUMBER, contact.phone) else ""


def conversation_at(session: Session, place: Place) -> int:
    """Give the number of a practice's conversation with an address; 0 where there is none."""
    query = select(ThreadRow.id).where(
        ThreadRow.practice_id == place.practice_id, ThreadRow.address_index == place.address_index
    )
    return session.scalar(query) or 0


def begin(session: Session, wanted: Wanted, *, as_of: datetime) -> int | Barrier | Refusal:
    """Open the conversation with a patient, or begin one, and give its number; nothing is sent yet (F-085)."""
    patient = find_patient(session, wanted.number)
    if patient is None:
        return unknown_patient(wanted.number)
    if refusal := refuse_stranger(session, patient.practice_id, wanted.by):
        return refusal
    events.lock_practices(session, [patient.practice_id])
    session.refresh(patient)
    if barrier := barrier_of(session, patient):
        return barrier
    phone, practice = _phone(session, patient), patient.practice_id
    place = message_stops.places_of(session, phone, Channel.TEXT, [practice])[practice]
    if known := conversation_at(session, place):
        return known
    lines = {one.line for one in threads.lines_of_practice(session, practice)}
    line = Line.TWO_WAY if Line.TWO_WAY in lines else min(lines)
    holders = {patient.id, *message_stops.patients_at(session, practice, [place.address_index])}
    thread = threads.open_thread(session, place, phone, line=line, patients=sorted(holders), as_of=as_of)
    note = Note("conversation_begun", subject=str(patient.id))
    outcome = Outcome(practice, Process.TEXTING, thread.id, wanted.key, wanted.by, (note,), ())
    carry_out(session, [outcome], as_of=as_of)
    return thread.id
