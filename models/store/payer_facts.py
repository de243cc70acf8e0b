"""What people and practice systems add to files: deposits, days of claims, and whose an id is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.inputs.billing_evidence import BillingDay
from models.rules.decisions import Note, Process, Refusal
from models.store import events
from models.store.effects import Outcome, carry_out
from models.store.payer_matching import match_records
from models.store.payer_telling import tell
from models.store.sets import among, insert_rows
from models.tables.base import new_id
from models.tables.enrollment import EnrollmentRow, PayerIdRow, PayerRow
from models.tables.payer_files import ClaimActivityRow, DepositRow
from models.tables.practice_systems import PracticeSystemRow

_DEPOSIT: Final = ("id", "practice_id", "trace", "amount_cents", "deposited_on", "recorded_at")
_ACTIVITY: Final = ("charges", "submitted", "paid", "posted")
LONGEST_ID: Final = 80


@dataclass(frozen=True, slots=True, order=True)
class Deposit:
    """One deposit on a practice's account: the trace number of the bank, whole cents, the local day."""

    practice_id: int
    trace: str
    amount_cents: int
    deposited_on: date


def record_deposits(session: Session, deposits: Iterable[Deposit], *, by: str, as_of: datetime) -> Counter[str]:
    """Store deposits, each once, and tell the enrollments whose remittances they belong to; counts new and known."""
    rows = {
        new_id(): (one.practice_id, one.trace, one.amount_cents, one.deposited_on.isoformat(), as_of)
        for one in sorted(set(deposits))
    }
    events.lock_practices(session, {row[0] for row in rows.values()})
    listed = [(number, *row) for number, row in rows.items()]
    insert_rows(session, DepositRow, _DEPOSIT, listed, unless="(practice_id, trace, amount_cents, deposited_on)")
    new = session.scalars(select(DepositRow.id).where(among(session, DepositRow.id, list(rows)))).all()
    outcomes = [_deposit_told(number, rows[number], by) for number in sorted(new)]
    if outcomes:
        carry_out(session, outcomes, as_of=as_of)
    tell(session, {rows[number][0] for number in new}, as_of=as_of)
    return +Counter({"new": len(new), "known": len(rows) - len(new)})


def _deposit_told(number: int, row: tuple[int, str, int, str, datetime], by: str) -> Outcome:
    practice, trace, cents, on, _ = row
    note = Note("deposit_recorded", trace, evidence={"cents": cents, "on": on})
    return Outcome(practice, Process.PRACTICE, practice, f"deposit:{number}", by, (note,), ())


def save_activity(
    session: Session, practice_id: int, source: str, days: Sequence[BillingDay], *, as_of: datetime
) -> Counter[str]:
    """Store the most that a practice system ever showed of each payer and day, and tell the enrollments.

    So windows may overlap and end anywhere. An insurer's name that is no payer's counts without a payer. Gives counts:
    "days", "without payer".
    """
    events.lock_practices(session, [practice_id])
    payers = payers_by_name(session, practice_id)
    summed: dict[tuple[str, date], Counter[str]] = {}
    for one in days:
        counts = summed.setdefault((payers.get(_folded(one.payer_name), ""), one.day), Counter())
        counts.update({name: getattr(one, name) for name in _ACTIVITY})
    for (payer, day), counts in sorted(summed.items()):
        _put_day(session, (practice_id, payer, day, source), counts)
    session.flush()
    tell(session, [practice_id], as_of=as_of)
    return +Counter({"days": len(summed), "without payer": sum(not payer for payer, _ in summed)})


def _put_day(session: Session, key: tuple[int, str, date, str], counts: Mapping[str, int]) -> None:
    practice, payer, day, source = key
    row = session.scalar(
        select(ClaimActivityRow).where(
            ClaimActivityRow.practice_id == practice,
            ClaimActivityRow.payer == payer,
            ClaimActivityRow.day == day,
            ClaimActivityRow.source == source,
        )
    )
    if row is None:
        row = ClaimActivityRow(id=new_id(), practice_id=practice, payer=payer, day=day, source=source)
        session.add(row)
    for name in _ACTIVITY:
        setattr(row, name, max(getattr(row, name) or 0, counts[name]))


def payers_by_name(session: Session, practice_id: int) -> dict[str, str]:
    """Give the payers of a practice by their names, and by the names that people said are theirs, in small letters."""
    enrolled = select(EnrollmentRow.payer).where(EnrollmentRow.practice_id == practice_id)
    names = select(PayerRow.name, PayerRow.key).where(PayerRow.key.in_(enrolled)).order_by(PayerRow.key)
    said = select(PayerIdRow.payer_id, PayerIdRow.payer).where(PayerIdRow.payer.in_(enrolled))
    both = [*session.execute(names).tuples(), *session.execute(said.order_by(PayerIdRow.payer)).tuples()]
    return {_folded(name): payer for name, payer in both}


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def say_payer_id(session: Session, payer: str, payer_id: str, *, as_of: datetime) -> Counter[str] | Refusal:
    """Record that an id, or an insurer's name in a practice system, is a payer's, and match what waits for it.

    Counts "new" or "known", and the practices whose records were matched.
    """
    if session.get(PayerRow, payer) is None:
        known = ", ".join(session.scalars(select(PayerRow.key).order_by(PayerRow.key).limit(20))) or "none yet"
        return Refusal("unknown_payer", f"There is no payer {payer}; payers are: {known}.")
    words = payer_id.strip()
    if not 1 <= len(words) <= LONGEST_ID or not words.isprintable():
        return Refusal("bad_id", f"An id of a payer has 1 to {LONGEST_ID} signs; copy it from list-payer-evidence.")
    before = _times(session, payer, words)
    row = (payer, "", "", words)
    insert_rows(session, PayerIdRow, ("payer", "clearinghouse", "transaction", "payer_id"), [row], unless=_UNLESS)
    found = match_records(session)
    tell(session, found, as_of=as_of)
    return +Counter({"new": int(not before), "known": int(bool(before)), "practices matched": len(found)})


_UNLESS: Final = '(payer, clearinghouse, "transaction", payer_id)'


def _times(session: Session, payer: str, payer_id: str) -> int:
    query = select(func.count()).select_from(PayerIdRow)
    return session.scalar(query.where(PayerIdRow.payer == payer, PayerIdRow.payer_id == payer_id)) or 0


def match_again(session: Session, *, as_of: datetime) -> int:
    """Match what was not matched before, since payers or identities may be known by now; gives practices found."""
    found = match_records(session)
    tell(session, found, as_of=as_of)
    return len(found)


def practices_to_ask(session: Session) -> dict[int, bool]:
    """Name the practices with a practice system and enrollments, and say whether it was read before."""
    enrolled = select(EnrollmentRow.practice_id)
    read_before = select(ClaimActivityRow.practice_id)
    query = select(PracticeSystemRow.practice_id, PracticeSystemRow.practice_id.in_(read_before)).where(
        PracticeSystemRow.practice_id.in_(enrolled)
    )
    return dict(session.execute(query.order_by(PracticeSystemRow.practice_id)).tuples().all())
