"""What people decide about a patient's record and about possible duplicates: each once per key, with its history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from models.rules.decisions import Note, Process, Refusal
from models.rules.duplicate_commands import Aside, DuplicateOutcome
from models.rules.feedback import Why
from models.store import duplicates, events, feedback_changes, patient_drift, patients
from models.store.acting import refuse_stranger
from models.store.duplicates import OUTSIDE, pairs_of
from models.store.effects import Outcome, carry_out
from models.tables.patients import DuplicateState, PatientRow, PossibleDuplicateRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """One command about one patient or pair, with who caused it and the key that makes it happen once."""

    number: int
    by: str
    key: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a command led to; `again` says that it had been carried out before, or that all was so already."""

    practice_id: int
    kinds: tuple[str, ...] = ()
    again: bool = False


Changes = tuple[Mapping[str, Any], str]
"""New values of a patient's row, and the kind of the line of history; nothing changes when there are no values."""
NOTHING: Final[Changes] = ({}, "")
STOPS: Final[Mapping[str, Why]] = {
    "patient_archived": Why.ARCHIVED,
    "patient_deactivated": Why.ARCHIVED,
    "patient_excluded_from_surveys": Why.EXCLUDED,
}
"""After which lines of history nobody is asked for feedback any more, at once (F-033, F-160)."""
ONLY_OUTSIDE: Final = Refusal(
    "only_outside",
    "PatientPop has no such record: only the practice system does. Deactivate it there, or archive the other one.",
)


def unknown_patient(number: int) -> Refusal:
    """Say that there is no such patient."""
    return Refusal(
        "unknown_patient",
        f"There is no patient with the number {number}. Take it from list-appointments or list-duplicates.",
    )


def archive(session: Session, wanted: Wanted, *, as_of: datetime) -> Recorded | Refusal:
    """Archive a patient in PatientPop: a match no longer, the practice system is unchanged (A-74, A-98)."""

    def change(row: PatientRow) -> Changes:
        return NOTHING if row.archived_at is not None else ({"archived_at": as_of}, "patient_archived")

    return _change(session, wanted, change, as_of=as_of, settles=DuplicateState.ARCHIVED)


def restore(session: Session, wanted: Wanted, *, as_of: datetime) -> Recorded | Refusal:
    """Take a patient out of the archive; pairs that were settled by archiving this record are open again (A-74)."""

    def change(row: PatientRow) -> Changes:
        return NOTHING if row.archived_at is None else ({"archived_at": None}, "patient_restored")

    return _change(session, wanted, change, as_of=as_of, reopens=True)


def exclude_from_surveys(session: Session, wanted: Wanted, *, as_of: datetime) -> Recorded | Refusal:
    """Ask a patient for no feedback any more, neither by text nor by email, at once (A-86, F-033)."""

    def change(row: PatientRow) -> Changes:
        is_so = row.is_excluded_from_surveys
        return NOTHING if is_so else ({"is_excluded_from_surveys": True}, "patient_excluded_from_surveys")

    return _change(session, wanted, change, as_of=as_of)


def include_in_surveys(session: Session, wanted: Wanted, *, as_of: datetime) -> Recorded | Refusal:
    """Let a patient be asked for feedback again after visits from now on; refused texts stay refused (A-86, F-035)."""

    def change(row: PatientRow) -> Changes:
        values = {"is_excluded_from_surveys": False, "included_again_at": as_of}
        return (values, "patient_included_in_surveys") if row.is_excluded_from_surveys else NOTHING

    return _change(session, wanted, change, as_of=as_of)


def deactivated(session: Session, wanted: Wanted, *, as_of: datetime) -> Recorded | Refusal:
    """Write down that a patient's record was deactivated in the practice system (A-74, A-98)."""

    def change(row: PatientRow) -> Changes:
        return NOTHING if row.inactive_at is not None else ({"inactive_at": as_of}, "patient_deactivated")

    return _change(session, wanted, change, as_of=as_of, settles=DuplicateState.DEACTIVATED)


def _change(
    session: Session,
    wanted: Wanted,
    change: Callable[[PatientRow], Changes],
    *,
    as_of: datetime,
    settles: DuplicateState | None = None,
    reopens: bool = False,
) -> Recorded | Refusal:
    found = _allowed(session, patients.find_patient(session, wanted.number), wanted)
    if isinstance(found, Refusal):
        return found
    practice = found.practice_id
    heads = events.lock_practices(session, [practice])
    if _happened(session, practice, wanted.key):
        return Recorded(practice, again=True)
    session.refresh(found)
    values, kind = change(found)
    if not values:
        return Recorded(practice, again=True)
    patients.change(session, wanted.number, **values)
    session.refresh(found)
    if settles:
        _settle_pairs(session, found, settles, as_of=as_of)
    if reopens:
        _reopen_pairs(session, found)
    note = Note(kind, subject=str(wanted.number))
    _write(session, practice, wanted, note, as_of=as_of, heads=heads)
    _stop_asking(session, wanted.number, STOPS.get(kind), wanted, as_of=as_of)
    return Recorded(practice, (kind,))


def _stop_asking(session: Session, patient: int, why: Why | None, wanted: Wanted, *, as_of: datetime) -> None:
    """End the requests for feedback of a patient, after our own line of history, whose chain both go on."""
    if why is not None:
        feedback_changes.stop_person(session, patient, why, key=wanted.key, by=wanted.by, as_of=as_of)


def _allowed(session: Session, row: PatientRow | None, wanted: Wanted) -> PatientRow | Refusal:
    if row is None:
        return unknown_patient(wanted.number)
    return refuse_stranger(session, row.practice_id, wanted.by) or row


def _happened(session: Session, practice_id: int, key: str) -> bool:
    return events.happened(session, process=Process.PRACTICE, process_id=practice_id, key=key)


def _write(
    session: Session, practice_id: int, wanted: Wanted, note: Note, *, as_of: datetime, heads: events.Heads
) -> None:
    """Append the line of history, and let the two tasks of the front office follow."""
    session.flush()
    tasks = (module.task_of(session, practice_id, as_of=as_of) for module in (duplicates, patient_drift))
    outcome = Outcome(practice_id, Process.PRACTICE, practice_id, wanted.key, wanted.by, (note,), tuple(tasks))
    carry_out(session, [outcome], as_of=as_of, heads=heads)


def _settle_pairs(session: Session, row: PatientRow, state: DuplicateState, *, as_of: datetime) -> None:
    """Settle the open pairs of a record that is put aside."""
    for pair in pairs_of(session, row.practice_id, row.id):
        if pair.state is DuplicateState.OPEN:
            pair.state, pair.settled_at = state, as_of


def _reopen_pairs(session: Session, row: PatientRow) -> None:
    """Open pairs again that were settled by archiving this record, and not the other one."""
    for pair in pairs_of(session, row.practice_id, row.id):
        other = pair.other_record if pair.patient_id == row.id else str(pair.patient_id)
        partner = patients.find_patient(session, int(other)) if other.isdecimal() else None
        if pair.state is DuplicateState.ARCHIVED and not (partner and partner.archived_at):
            pair.state, pair.settled_at = DuplicateState.OPEN, None


def settle(
    session: Session, wanted: Wanted, outcome: DuplicateOutcome, *, aside: Aside, as_of: datetime
) -> Recorded | Refusal:
    """Settle a pair as a person decided, remembered for ever (A-74); records are never merged (A-73).

    What is put aside is archived here, or taken as deactivated in the practice system.
    """
    pair = session.get(PossibleDuplicateRow, wanted.number)
    if pair is None:
        return Refusal("unknown_pair", f"There is no pair with the number {wanted.number}. Take it from the list.")
    practice, state = pair.practice_id, DuplicateState(outcome.value)
    if refusal := refuse_stranger(session, practice, wanted.by) or _unclear(outcome, aside):
        return refusal
    heads = events.lock_practices(session, [practice])
    session.refresh(pair)
    if _happened(session, practice, wanted.key) or pair.state is state:
        return Recorded(practice, again=True)
    put_aside = _put_aside(session, pair, state, aside, as_of=as_of)
    if isinstance(put_aside, Refusal):
        return put_aside
    pair.state, pair.settled_at = state, as_of
    note = Note(
        "duplicate_settled",
        subject=str(pair.id),
        reason=state.value,
        evidence={"patient": pair.patient_id, "other": pair.other_record, "aside": aside.value},
    )
    _write(session, practice, wanted, note, as_of=as_of, heads=heads)
    if put_aside:
        _stop_asking(session, put_aside, Why.ARCHIVED, wanted, as_of=as_of)
    return Recorded(practice, (note.kind,))


def _unclear(outcome: DuplicateOutcome, aside: Aside) -> Refusal | None:
    if outcome is DuplicateOutcome.KEPT_BOTH:
        sentence = "Both records are kept, so neither of them is put aside. Choose neither."
        return None if aside is Aside.NEITHER else Refusal("which_record", sentence)
    if aside is Aside.NEITHER:
        return Refusal("which_record", "Choose which of the two records is put aside, the first or the second one.")
    return None


def _put_aside(
    session: Session, pair: PossibleDuplicateRow, state: DuplicateState, aside: Aside, *, as_of: datetime
) -> int | Refusal:
    """Put one record of a pair aside; gives its number, 0 when none of ours was."""
    if aside is Aside.NEITHER:
        return 0
    name = str(pair.patient_id) if aside is Aside.FIRST else pair.other_record
    if name.startswith(OUTSIDE):
        return ONLY_OUTSIDE if state is DuplicateState.ARCHIVED else 0
    row = patients.find_patient(session, int(name))
    column = "archived_at" if state is DuplicateState.ARCHIVED else "inactive_at"
    if row is None or getattr(row, column) is not None:
        return 0
    patients.change(session, row.id, **{column: as_of})
    session.refresh(row)
    return row.id
