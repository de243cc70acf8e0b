"""Patients' records: possible duplicates, put aside or kept, surveys, and where the two systems differ."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.inputs.practice_system import SystemAccount
from models.rules.calendars import local_day
from models.rules.decisions import Refusal
from models.rules.duplicate_commands import Aside, DuplicateOutcome
from models.rules.matching_duplicates import DuplicateAction, DuplicateReason
from models.rules.patient_drift import REPAIRS
from models.rules.system_failures import sentence_of
from models.settings import settings
from models.store import duplicates, patient_changes, patient_drift, patients, practices, systems
from models.store.acting import refuse_stranger
from models.store.duplicates import Duplicate
from models.store.patient_changes import Recorded, Wanted, unknown_patient
from models.tables.practices import Practice
from tasks.connectors import registry
from tasks.connectors.ports import Rejected
from tasks.policy import Retry, effect

Row = dict[str, str]
Command = Callable[[Session, Wanted], Recorded | Refusal]

REASONS: Final = {
    DuplicateReason.AMBIGUOUS_MATCH: "same name and date of birth",
    DuplicateReason.ONE_TYPO: "names differ by one letter",
    DuplicateReason.SWAPPED_FIELDS: "first and last name swapped",
    DuplicateReason.SUFFIX_LEFT_OUT: "one has a suffix such as Jr",
    DuplicateReason.DAY_AND_MONTH_SWAPPED: "day and month of birth swapped",
    DuplicateReason.SAME_PHONE: "same phone",
    DuplicateReason.SAME_EMAIL: "same email",
}
ADVICE: Final = {
    DuplicateAction.COMPARE: "compare the two records",
    DuplicateAction.DEACTIVATE_IN_KAREO: "deactivate one in {system}",
    DuplicateAction.ARCHIVE_IN_PATIENTPOP: "archive one in PatientPop",
    DuplicateAction.KEEP_BOTH: "keep both: rather parent and child",
}
KAREO_ITSELF: Final = (
    "This practice uses Kareo, where only its own staff deactivate a patient: open the patient there and make the "
    "record inactive, then write it down with settle-duplicate. Nothing was changed."
)
NOT_THERE: Final = "The practice system has no record of this patient yet, so there is nothing to deactivate."


@effect()
def duplicate_rows(practice: str) -> list[Row]:
    """List a practice's open pairs: numbers of records, reasons, suggestions (A-74, A-103); nobody's name."""

    def rows(session: Session) -> list[Row]:
        found = practices.find_practice(session, practice)
        if found is None:
            return []
        system = "Kareo" if systems.vendor_of(session, found.id) == systems.KAREO else "the practice system"
        return [_row(one, found, system) for one in duplicates.list_duplicates(session, found.id)]

    return read(rows)


def _row(one: Duplicate, practice: Practice, system: str) -> Row:
    return {
        "number": str(one.id),
        "first": one.first,
        "second": one.second or "not in PatientPop",
        "first in practice system": one.first_in_system or "not yet",
        "second in practice system": one.second_in_system or "not yet",
        "why": "; ".join(REASONS[DuplicateReason(reason)] for reason in one.reasons),
        "suggestion": "; ".join(ADVICE[DuplicateAction(action)].format(system=system) for action in one.suggestion),
        "found": str(local_day(one.found_at, practice.zone)),
        "next": "settle-duplicate",
    }


@effect()
def settle_duplicate(
    number: int, outcome: DuplicateOutcome, aside: Aside, *, by: str, key: str, as_of: datetime
) -> tuple[str, Answer]:
    """Settle a pair, once per key; gives the practice's key with the answer."""

    def command(session: Session, wanted: Wanted) -> Recorded | Refusal:
        return patient_changes.settle(session, wanted, outcome, aside=aside, as_of=as_of)

    return _recorded(command, Wanted(number, by, key))


@effect()
def archive_patient(number: int, *, by: str, key: str, as_of: datetime) -> tuple[str, Answer]:
    """Archive a patient in PatientPop, once per key; gives the practice's key with the answer (A-74)."""

    def command(session: Session, wanted: Wanted) -> Recorded | Refusal:
        return patient_changes.archive(session, wanted, as_of=as_of)

    return _recorded(command, Wanted(number, by, key))


@effect()
def restore_patient(number: int, *, by: str, key: str, as_of: datetime) -> tuple[str, Answer]:
    """Take a patient out of the archive, once per key; gives the practice's key with the answer (A-74)."""

    def command(session: Session, wanted: Wanted) -> Recorded | Refusal:
        return patient_changes.restore(session, wanted, as_of=as_of)

    return _recorded(command, Wanted(number, by, key))


@effect()
def exclude_from_surveys(number: int, *, by: str, key: str, as_of: datetime) -> tuple[str, Answer]:
    """Exclude a patient from surveys by text and email, once per key; gives the practice's key too (A-86)."""

    def command(session: Session, wanted: Wanted) -> Recorded | Refusal:
        return patient_changes.exclude_from_surveys(session, wanted, as_of=as_of)

    return _recorded(command, Wanted(number, by, key))


@effect()
def include_in_surveys(number: int, *, by: str, key: str, as_of: datetime) -> tuple[str, Answer]:
    """Let a patient be asked for feedback again, once per key; gives the practice's key too (A-86)."""

    def command(session: Session, wanted: Wanted) -> Recorded | Refusal:
        return patient_changes.include_in_surveys(session, wanted, as_of=as_of)

    return _recorded(command, Wanted(number, by, key))


def _recorded(command: Command, wanted: Wanted) -> tuple[str, Answer]:
    def carry_out(session: Session) -> tuple[str, Answer]:
        done = command(session, wanted)
        if isinstance(done, Refusal):
            return "", Answer.refused(done.sentence)
        answer = Answer.repeated() if done.again else Answer.done(done.kinds)
        return session.get_one(Practice, done.practice_id).key, answer

    return transaction(carry_out)


@effect(Retry.OUTSIDE)
def deactivate_patient(number: int, *, by: str, key: str, as_of: datetime) -> tuple[str, Answer]:
    """Deactivate a patient's record in the built-in calendar; with Kareo a person does it there (A-74, A-98).

    The calendar is written first, and the same twice is the same: a run that is tried again ends what it began.
    """
    wanted = Wanted(number, by, key)
    found = read(lambda session: _there(session, wanted))
    if isinstance(found, Answer):
        return "", found
    account, record = found
    try:
        registry.front_office(account, settings()).deactivate_patient(record)
    except Rejected as failure:
        return "", Answer.refused(sentence_of(failure.reason))
    return _recorded(lambda session, one: patient_changes.deactivated(session, one, as_of=as_of), wanted)


def _there(session: Session, wanted: Wanted) -> tuple[SystemAccount, str] | Answer:
    """Find where a patient's record is deactivated, or say why it cannot be."""
    row = patients.find_patient(session, wanted.number)
    if row is None:
        return Answer.refused(unknown_patient(wanted.number).sentence)
    if refusal := refuse_stranger(session, row.practice_id, wanted.by):
        return Answer.refused(refusal.sentence)
    if systems.vendor_of(session, row.practice_id) == systems.KAREO:
        return Answer.refused(KAREO_ITSELF)
    account = systems.account_of(session, row.practice_id)
    return (account, row.system_id) if account is not None and row.system_id else Answer.refused(NOT_THERE)


@effect()
def drift_rows(practice: str) -> list[Row]:
    """List the patients whose two records differ, with the repair (A-75, A-104): numbers and names of fields only."""

    def rows(session: Session) -> list[Row]:
        found = practices.find_practice(session, practice)
        return [] if found is None else list(_drift_rows(session, found))

    return read(rows)


def _drift_rows(session: Session, practice: Practice) -> Iterator[Row]:
    for one in patient_drift.drifts(session, practice.id):
        yield {
            "patient": str(one.patient),
            "practice system": one.system_id,
            "drift": one.drift.value.replace("_", " "),
            "fields": ", ".join(one.fields),
            "compared": str(local_day(one.compared_at, practice.zone)) if one.compared_at else "",
            "repair": REPAIRS[one.drift],
        }
