"""Consents given elsewhere: taken from a file as a whole or not at all, or recorded for one patient (F-201)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from models.inputs.consent_files import ConsentFileLine
from models.inputs.csv_files import Fault
from models.rules.calendars import local_day, zone_of
from models.rules.consent import PAPER_WORDING, Source
from models.rules.decisions import Note, Process, Refusal
from models.sealing import Keys
from models.store import consents, events, patients, practices
from models.store.acting import refuse_stranger
from models.store.consents import Consent, ConsentLine
from models.store.contact import load_contacts
from models.store.effects import Outcome, carry_out
from models.store.keys import keys_of, keys_of_many
from models.store.patient_changes import Recorded, Wanted, unknown_patient
from models.tables.practices import Practice

RECORDED, KNOWN, WITHDRAWN_SINCE = "recorded", "known_already", "withdrawn_since"
NO_NUMBER: Final = Refusal(
    "no_number", "This patient's record has no mobile number, in neither system; enter it there first."
)
FUTURE: Final = "given_on is still to come; write the day on which the patient agreed."


@dataclass(slots=True)
class Taken:
    """What became of a file: counts, or the faults for which nothing of it was taken."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)


def take_in_file(session: Session, lines: Sequence[ConsentFileLine], *, by: str, key: str, as_of: datetime) -> Taken:
    """Take in a whole file, or nothing where a line has a fault; what is known already changes nothing.

    A consent that was withdrawn later stays withdrawn.
    """
    named = {key: practices.find_practice(session, key) for key in {one.practice for one in lines}}
    found = {key: practice for key, practice in named.items() if practice is not None}
    faults = list(_faults(lines, found, as_of=as_of))
    if faults:
        return Taken(faults=faults)
    heads = events.lock_practices(session, {practice.id for practice in found.values()})
    keys, taken = keys_of_many(session, [practice.id for practice in found.values()]), Taken()
    by_practice = dict[int, Counter[str]]()
    for one in lines:
        practice = found[one.practice]
        word = _take_in(session, one, practice, keys[practice.id], by=by, as_of=as_of)
        by_practice.setdefault(practice.id, Counter())[word] += 1
    written = [_outcome(practice, counts, by, key) for practice, counts in by_practice.items() if counts[RECORDED]]
    carry_out(session, written, as_of=as_of, heads=heads)
    taken.counts = sum(by_practice.values(), Counter())
    return taken


def _faults(lines: Sequence[ConsentFileLine], found: Mapping[str, Practice], *, as_of: datetime) -> Iterator[Fault]:
    for one in lines:
        practice = found.get(one.practice)
        if practice is None:
            yield Fault(one.line, f"there is no practice with the key {one.practice}.")
        elif one.given_on > local_day(as_of, practice.zone):
            yield Fault(one.line, FUTURE)


def _take_in(
    session: Session, one: ConsentFileLine, practice: Practice, keys: Keys, *, by: str, as_of: datetime
) -> str:
    index = patients.blind(keys, one.phone, "phone")
    line = ConsentLine(
        practice.id, index, is_given=True, source=one.source, wording=one.wording, locale=one.locale, by=by
    )
    return _add(session, line, one.given_on, practice.zone, as_of=as_of)


def _add(session: Session, line: ConsentLine, on: date, zone: str, *, as_of: datetime) -> str:
    known = consents.lines_of(session, line.practice_id, [line.address_index])
    if any(_is_same(one, line, on, zone) for one in known):
        return KNOWN
    moment = end_of_day(on, zone, as_of=as_of)
    if known and not known[-1].is_given and known[-1].at >= moment:
        return WITHDRAWN_SINCE
    consents.record(session, line, at=moment)
    return RECORDED


def _is_same(known: Consent, line: ConsentLine, on: date, zone: str) -> bool:
    is_alike = (known.is_given, known.source, known.wording) == (True, line.source, line.wording)
    return is_alike and local_day(known.at, zone) == on


def end_of_day(day: date, zone: str, *, as_of: datetime) -> datetime:
    """Give the latest moment (UTC) at which something of a day may have happened: no text of that day is older."""
    following = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone_of(zone))
    return min(following.astimezone(as_of.tzinfo) - timedelta(seconds=1), as_of)


def _outcome(practice: int, counts: Counter[str], by: str, key: str) -> Outcome:
    note = Note("consents_imported", evidence=dict(counts))
    return Outcome(practice, Process.PRACTICE, practice, key, by, (note,), ())


def record_paper(
    session: Session, wanted: Wanted, *, on: date | None = None, wording: str = PAPER_WORDING, as_of: datetime
) -> Recorded | Refusal:
    """Record the consent that one patient gave on paper, for the number that is used; once per key."""
    row = patients.find_patient(session, wanted.number)
    if row is None:
        return unknown_patient(wanted.number)
    if refusal := refuse_stranger(session, row.practice_id, wanted.by):
        return refusal
    practice = session.get_one(Practice, row.practice_id)
    heads = events.lock_practices(session, [practice.id])
    if events.happened(session, process=Process.PRACTICE, process_id=practice.id, key=wanted.key):
        return Recorded(practice.id, again=True)
    day = on or local_day(as_of, practice.zone)
    if day > local_day(as_of, practice.zone):
        return Refusal("still_to_come", "This day is still to come; write the day on which the patient signed.")
    keys = keys_of(session, practice.id)
    contact = load_contacts(session, [row.id], {practice.id: keys}).get(row.id)
    if contact is None or not contact.phone:
        return NO_NUMBER
    line = ConsentLine(
        practice.id,
        patients.blind(keys, contact.phone, "phone"),
        is_given=True,
        source=Source.PAPER,
        wording=wording,
        locale=row.locale,
        patient=row.id,
        by=wanted.by,
    )
    word = _add(session, line, day, practice.zone, as_of=as_of)
    if word == WITHDRAWN_SINCE:
        sentence = "This patient has asked for no more texts since that day; a newer consent is needed."
        return Refusal(word, sentence)
    if word == KNOWN:
        return Recorded(practice.id, again=True)
    note = Note("paper_consent_recorded", str(row.id))
    outcome = Outcome(practice.id, Process.PRACTICE, practice.id, wanted.key, wanted.by, (note,), ())
    carry_out(session, [outcome], as_of=as_of, heads=heads)
    return Recorded(practice.id, (note.kind,))
