"""Files from payers, each once by its hash; their remittances and acknowledgments, each once by its key (E-31)."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.inputs.payer_files import (
    ClaimAcknowledgment,
    Evidence,
    Kind,
    PayerFile,
    Remittance,
    SyntaxAcknowledgment,
    findings,
)
from models.rules.payer_evidence import DENIAL_PERCENT
from models.sealing import INSTALLATION, Keys
from models.store.keys import make_keys
from models.store.payer_matching import match_records, tax_index
from models.store.payer_telling import tell
from models.store.sets import among, insert_rows
from models.tables.base import new_id
from models.tables.payer_files import AcknowledgmentRow, PayerFileRow, RemittanceRow

READ: Final = "read"
REFUSED: Final = "refused"
AGAIN: Final = "again"
_REMITTANCE: Final = (
    "sender", "trace_payer", "trace", "paid_on", "amount_cents", "id", "file_id", "payer", "payer_name", "payer_ids",
    "payee_npi", "payee_tax_index", "method", "is_test", "claims", "denials", "reversals", "expected_cents",
    "received_at",
)  # fmt: skip
_KEY: Final = _REMITTANCE[:5]
_ID_AT, _TEST_AT = (_REMITTANCE.index(name) for name in ("id", "is_test"))
_ACKNOWLEDGMENT: Final = (
    "id", "file_id", "number", "kind", "payer", "source", "source_ids", "npi", "tax_index", "is_test", "accepted",
    "rejected", "not_approved", "received_on", "received_at",
)  # fmt: skip


class _Taken(NamedTuple):
    """The file that is being recorded, the installation's keys, and when it was read."""

    file: int
    keys: Keys
    at: datetime


def record_file(session: Session, file: PayerFile, *, as_of: datetime) -> Counter[str]:
    """Record what a file holds, give it to whom it belongs, and tell their enrollments; the same file is nothing new.

    Gives counts: "again", or "file" with "remittances", "known remittances", "acknowledgments" and what a person should
    know of the remittances, such as "out_of_balance" and "test_file" (E-32, E-33, E-35).
    """
    keys = make_keys(session, INSTALLATION, as_of=as_of)
    number = _claim(session, file.sha256, file.size, as_of=as_of)
    if number is None:
        return Counter({AGAIN: 1})
    kinds = ",".join(file.kinds)
    _change(session, number, kinds=kinds, state=READ, reason="")
    paid = [record for record in file.evidence if isinstance(record, Remittance)]
    remittances, counts = _add_remittances(session, _Taken(number, keys, as_of), paid)
    acknowledgments = _add_acknowledgments(session, _Taken(number, keys, as_of), file.evidence)
    found = match_records(session, [*remittances, *acknowledgments])
    tell(session, found | _practices_of(session, remittances), as_of=as_of)
    shown = (finding.value for one in paid for finding in findings(one, denial_percent=DENIAL_PERCENT))
    return +(counts + Counter(file=1, acknowledgments=len(acknowledgments)) + Counter(shown))


def _practices_of(session: Session, remittances: Collection[int]) -> set[int]:
    """Name the practices of remittances, also of those that were matched while they were a test."""
    query = select(RemittanceRow.practice_id).where(among(session, RemittanceRow.id, remittances))
    return {practice for practice in session.scalars(query) if practice is not None}


def record_refusal(session: Session, sha256: str, size: int, reason: str, *, as_of: datetime) -> None:
    """Record that a file was refused whole, and why; the sentence holds nothing of its content (E-30)."""
    number = _claim(session, sha256, size, as_of=as_of)
    if number is not None:
        _change(session, number, state=REFUSED, reason=reason[:400])


def state_of_file(session: Session, sha256: str) -> tuple[str, str] | None:
    """Say what became of a file with these bytes, with the reason of a refusal; none when it was never seen."""
    found = session.execute(
        select(PayerFileRow.state, PayerFileRow.reason).where(PayerFileRow.sha256 == sha256)
    ).first()
    return None if found is None else (found.state, found.reason)


def _claim(session: Session, sha256: str, size: int, *, as_of: datetime) -> int | None:
    """Make a file ours, or give none when it was read before; one that was refused may be read after all."""
    row = (new_id(), sha256, size, "", REFUSED, "", as_of)
    names = ("id", "sha256", "size", "kinds", "state", "reason", "received_at")
    insert_rows(session, PayerFileRow, names, [row], unless="(sha256)")
    query = select(PayerFileRow.id, PayerFileRow.state).where(PayerFileRow.sha256 == sha256).with_for_update()
    number, state = session.execute(query).one()
    return None if state == READ else number


def _change(session: Session, number: int, **values: str) -> None:
    query = update(PayerFileRow).where(PayerFileRow.id == number).values(**values)
    session.execute(query.execution_options(synchronize_session=False))


def _add_remittances(
    session: Session, taken: _Taken, remittances: Sequence[Remittance]
) -> tuple[list[int], Counter[str]]:
    """Add what is new, and give its numbers with counts; a production remittance replaces its test (E-32)."""
    rows = sorted(_remittance_row(taken, one) for one in remittances)  # in one order: no deadlocks
    insert_rows(session, RemittanceRow, _REMITTANCE, rows, unless=f"({', '.join(_KEY)})")
    made = [row[_ID_AT] for row in rows]
    new = set(session.scalars(select(RemittanceRow.id).where(among(session, RemittanceRow.id, made))))
    real = {one for row in rows if row[_ID_AT] not in new for one in _make_real(session, row)}
    counts = Counter({"remittances": len(new | real), "known remittances": len(rows) - len(new | real)})
    return sorted(new | real), counts


def _make_real(session: Session, row: Sequence[Any]) -> Sequence[int]:
    """Turn the test that stands in the way of a production remittance into it."""
    if row[_TEST_AT]:
        return ()
    known = dict(zip(_REMITTANCE, row, strict=True))
    same = [getattr(RemittanceRow, name) == known[name] for name in _KEY if name != "paid_on"]
    same.append(RemittanceRow.paid_on == date.fromisoformat(known["paid_on"]))
    query = select(RemittanceRow.id).where(*same, RemittanceRow.is_test.is_(True))
    found = session.scalars(query).all()
    values = {name: known[name] for name in ("file_id", "is_test", "received_at")}
    change = update(RemittanceRow).where(RemittanceRow.id.in_(found)).values(**values)
    session.execute(change.execution_options(synchronize_session=False))
    return found


def _remittance_row(taken: _Taken, one: Remittance) -> tuple[Any, ...]:
    sender = f"{one.envelope.sender_qualifier}:{one.envelope.sender}"
    ids = [f"{each.qualifier}:{each.id}" for each in one.payer_ids]
    who = (one.payee_npi, tax_index(taken.keys, one.payee_tax_id))
    key = (sender, one.trace_payer, one.trace, one.paid_on.isoformat(), one.amount_cents)
    counts = (one.claims, one.denials, one.reversals, one.expected_cents)
    return (*key, new_id(), taken.file, "", one.payer, ids, *who, one.method, one.envelope.is_test, *counts, taken.at)


def _add_acknowledgments(session: Session, taken: _Taken, evidence: Sequence[Evidence]) -> list[int]:
    said = [one for record in evidence for one in _said(taken, record)]
    rows = [(new_id(), taken.file, number, *one, taken.at) for number, one in enumerate(said)]
    insert_rows(session, AcknowledgmentRow, _ACKNOWLEDGMENT, rows, unless="(file_id, number)")
    return [row[0] for row in rows]


def _said(taken: _Taken, record: Evidence) -> list[tuple[Any, ...]]:
    """Give what a record says of each billing provider's claims."""
    match record:
        case ClaimAcknowledgment():
            return _claims_said(taken, record)
        case SyntaxAcknowledgment():
            good, bad = record.accepted, max(record.received - record.accepted, 0)
            on = taken.at.date().isoformat()
            return [(record.envelope.kind, "", "", [], "", "", record.envelope.is_test, good, bad, 0, on)]
        case Remittance():
            return []


def _claims_said(taken: _Taken, record: ClaimAcknowledgment) -> list[tuple[Any, ...]]:
    on = (record.processed_on or record.received_on or taken.at.date()).isoformat()
    ids = [f"{record.source_id.qualifier}:{record.source_id.id}"]
    head = (Kind.CLAIM_ACKNOWLEDGMENT, "", record.source, ids)
    is_test, whole = record.envelope.is_test, int(record.submitter_not_approved)
    said = [
        (one.npi, tax_index(taken.keys, one.tax_id), is_test, one.accepted, one.rejected, max(one.not_approved, whole))
        for one in record.providers
    ]
    return [(*head, *one, on) for one in said or [("", "", is_test, 0, 0, whole)]]
