"""The proof of consent for one number: every line of the ledger in full, and every text with the consent before it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from models.rules.consent import full_words
from models.rules.decisions import Refusal
from models.store import consents, message_stops, patients
from models.store.acting import refuse_stranger
from models.store.consents import AcceptedText, Consent
from models.store.contact import load_contacts
from models.store.keys import keys_of
from models.store.patient_changes import unknown_patient
from models.store.patients import open_person
from models.tables.practices import Practice


@dataclass(frozen=True, slots=True)
class Proof:
    """The text of a proof; it holds the number, and goes nowhere but into its file."""

    practice: str
    patient: int
    lines: int
    texts: int
    unproved: int
    text: str = field(repr=False)


def consent_proof(session: Session, patient: int, *, by: str, as_of: datetime) -> Proof | Refusal:
    """Write the proof for the numbers of a patient; raises as `Keys.unseal`."""
    row = patients.find_patient(session, patient)
    if row is None:
        return unknown_patient(patient)
    if refusal := refuse_stranger(session, row.practice_id, by):
        return refusal
    practice, keys = session.get_one(Practice, row.practice_id), keys_of(session, row.practice_id)
    used = load_contacts(session, [patient], {practice.id: keys}).get(patient)
    numbers = sorted({used.phone if used else "", open_person(keys, row).phone} - {""})
    indexes = [patients.blind(keys, number, "phone") for number in numbers]
    lines = consents.lines_of(session, practice.id, indexes)
    known = message_stops.patients_at(session, practice.id, indexes) | {patient}
    texts = consents.accepted_texts(session, known)
    unproved = sum(consents.consent_before(lines, one.at) is None for one in texts)
    written = "\n".join([*_head(practice, patient, numbers, as_of), *_ledger(lines), *_texts(lines, texts), ""])
    return Proof(practice.key, patient, len(lines), len(texts), unproved, written)


def _head(practice: Practice, patient: int, numbers: list[str], as_of: datetime) -> Iterator[str]:
    yield f"Proof of consent to text messages about feedback: {practice.name}"
    yield f"Written at {as_of.isoformat()}; all times are UTC."
    yield f"Patient record {patient}. Numbers: {', '.join(numbers) or 'none'}"


def _ledger(lines: list[Consent]) -> Iterator[str]:
    yield ""
    yield f"Lines of the ledger, the oldest first: {len(lines)}. No line was ever changed or deleted."
    for number, one in enumerate(lines, start=1):
        what = "consent given" if one.is_given else "consent withdrawn"
        where = f", with appointment {one.appointment}" if one.appointment is not None else ""
        written = f", recorded by {one.by}" if one.by else ""
        yield f"{number}. {one.at.isoformat()}: {what}, source {one.source.value}{where}{written}"
        yield f'   wording {one.wording}, language {one.locale}: "{full_words(one.wording, one.locale)}"'


def _texts(lines: list[Consent], texts: list[AcceptedText]) -> Iterator[str]:
    yield ""
    yield f"Texts that the provider accepted, or may have accepted, to the patients with these numbers: {len(texts)}."
    places = {one.id: number for number, one in enumerate(lines, start=1)}
    for text in texts:
        before = consents.consent_before(lines, text.at)
        proof = f"consent of line {places[before.id]}" if before else "NO CONSENT BEFORE IT"
        yield f"- {text.at.isoformat()}: request {text.request}, attempt {text.number}, {text.outcome.value}; {proof}"
