"""Whose a remittance or acknowledgment is: the payer by its ids, the billing identity by NPI, then by tax id."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.orm import Session

from models.rules.payer_evidence import Unmatched, payer_named
from models.sealing import Keys
from models.store.sets import among
from models.tables.enrollment import BillingIdentityRow, EnrollmentRow, PayerIdRow
from models.tables.payer_files import AcknowledgmentRow, RemittanceRow

_TAX_ID_DIGITS: Final = 9
_NAMED_AT_ONCE: Final = 500
_ACKNOWLEDGED_BY_PAYER: Final = "payer"


class Named(NamedTuple):
    """Whom one record of a file names: the payer's ids, and the payee's or billing provider's."""

    id: int
    payer_ids: tuple[str, ...]
    npi: str
    tax_index: str
    practice_id: int | None
    identity_id: int | None
    payer: str


class _Identity(NamedTuple):
    id: int
    practice_id: int
    npi: str
    tax_index: str
    is_group: bool


class Whose(NamedTuple):
    """Whose a record is, as far as it is known; `reason` says why something is still missing."""

    practice_id: int | None
    identity_id: int | None
    payer: str
    reason: Unmatched | None


def tax_index(keys: Keys, tax_id: str) -> str:
    """Give the blind index by which a tax id of a file is found among the billing identities; empty for no tax id.

    `keys` are those of the installation.
    """
    digits = "".join(sign for sign in tax_id if sign.isascii() and sign.isdecimal())
    return keys.blind(digits, purpose="tax_id") if len(digits) == _TAX_ID_DIGITS else ""


def match_records(session: Session, only: Collection[int] | None = None) -> set[int]:
    """Match what is not matched yet, or was matched by its tax id only; gives the practices that were found.

    Safe at any time: what is known decides, not the order in which it became known. `only` names new records.
    """
    found = set[int]()
    for table, query in ((RemittanceRow, _open_remittances()), (AcknowledgmentRow, _open_acknowledgments())):
        chosen = query if only is None else query.where(among(session, table.__table__.c.id, only))
        named = [_named(row) for row in session.execute(chosen)]
        found |= _write(session, table, named, whose(session, named))
    return found


def whose(session: Session, named: Sequence[Named]) -> dict[int, Whose]:
    """Say whose records are by what is known now, by their numbers."""
    identities = _identities(session, named)
    payers = _payers(session, {one for each in named for one in each.payer_ids})
    judged = {each.id: _identity_of(each, identities) for each in named}
    practices = {identity.practice_id for identity in judged.values() if identity is not None}
    planned = _planned(session, practices)
    return {each.id: _whose(each, judged[each.id], payers, planned) for each in named}


def _whose(
    named: Named,
    identity: _Identity | None,
    payers: Mapping[str, Collection[str]],
    planned: Mapping[int, Collection[str]],
) -> Whose:
    practice = identity.practice_id if identity is not None else None
    payer = payer_named(named.payer_ids, payers, planned.get(practice or 0, ()))
    unknown = payer if isinstance(payer, Unmatched) else None
    reason = Unmatched.UNKNOWN_PAYEE if identity is None else unknown
    return Whose(practice, identity and identity.id, "" if isinstance(payer, Unmatched) else payer, reason)


def _identity_of(named: Named, identities: Sequence[_Identity]) -> _Identity | None:
    """Find the one identity: by NPI, then by tax id; a tax id that several share is the group's."""
    by_npi = [one for one in identities if named.npi and one.npi == named.npi]
    by_tax_id = [one for one in identities if named.tax_index and one.tax_index == named.tax_index]
    both = [one for one in by_npi if one in by_tax_id]
    for several in (both, by_npi, by_tax_id, [one for one in by_tax_id if one.is_group]):
        if len(several) == 1:
            return several[0]
    return None


def _identities(session: Session, named: Sequence[Named]) -> list[_Identity]:
    row = BillingIdentityRow
    query = select(row.id, row.practice_id, row.npi, row.tax_id_index, row.is_group)
    found = dict[int, _Identity]()
    for npis in _parts({each.npi for each in named if each.npi}):
        found |= {one[0]: _Identity(*one) for one in session.execute(query.where(row.npi.in_(npis)))}
    for indexes in _parts({each.tax_index for each in named if each.tax_index}):
        found |= {one[0]: _Identity(*one) for one in session.execute(query.where(row.tax_id_index.in_(indexes)))}
    return [found[number] for number in sorted(found)]


def _parts(words: Collection[str]) -> Iterable[list[str]]:
    """Cut words into lists that one statement can name."""
    listed = sorted(words)
    return (listed[start : start + _NAMED_AT_ONCE] for start in range(0, len(listed), _NAMED_AT_ONCE))


def _payers(session: Session, ids: Collection[str]) -> dict[str, set[str]]:
    payers: dict[str, set[str]] = {}
    for part in _parts(ids):
        query = select(PayerIdRow.payer_id, PayerIdRow.payer).where(PayerIdRow.payer_id.in_(part))
        for payer_id, payer in session.execute(query):
            payers.setdefault(payer_id, set()).add(payer)
    return payers


def _planned(session: Session, practices: Collection[int]) -> dict[int, set[str]]:
    query = select(EnrollmentRow.practice_id, EnrollmentRow.payer).distinct()
    planned: dict[int, set[str]] = {}
    for practice, payer in session.execute(query.where(among(session, EnrollmentRow.practice_id, practices))):
        planned.setdefault(practice, set()).add(payer)
    return planned


def _open_remittances() -> Select[Any]:
    row = RemittanceRow
    columns = (row.id, row.payer_ids, row.trace_payer, row.payee_npi, row.payee_tax_index)
    query = select(*columns, row.practice_id, row.identity_id, row.payer).outerjoin(
        BillingIdentityRow, BillingIdentityRow.id == row.identity_id
    )
    by_tax_id = and_(row.payee_npi != "", BillingIdentityRow.npi != row.payee_npi)
    return query.where(or_(row.identity_id.is_(None), row.payer == "", by_tax_id)).order_by(row.id)


def _open_acknowledgments() -> Select[Any]:
    row = AcknowledgmentRow
    columns = (row.id, row.source_ids, row.kind, row.npi, row.tax_index, row.practice_id, row.identity_id, row.payer)
    is_open = or_(row.identity_id.is_(None), and_(row.payer == "", row.source == _ACKNOWLEDGED_BY_PAYER))
    return select(*columns).where(is_open, or_(row.npi != "", row.tax_index != "")).order_by(row.id)


def open_records(session: Session) -> tuple[list[Named], list[Named]]:
    """Give the remittances and the acknowledgments that are not wholly matched."""
    remittances = [_named(row) for row in session.execute(_open_remittances())]
    return remittances, [_named(row) for row in session.execute(_open_acknowledgments())]


def _named(row: Sequence[Any]) -> Named:
    number, ids, also, npi, index, practice, identity, payer = row
    return Named(number, tuple(_plain(ids, also)), npi, index, practice, identity, payer)


def _plain(ids: Iterable[str], also: str) -> Iterable[str]:
    """Give the ids without the words that say whose numbering each is."""
    yield from (one.partition(":")[2] for one in ids)
    yield also


def _write(
    session: Session,
    table: type[RemittanceRow | AcknowledgmentRow],
    named: Sequence[Named],
    known: Mapping[int, Whose],
) -> set[int]:
    """Write whose records are, with one statement for all that are the same payer's and identity's."""
    alike: dict[tuple[int | None, int | None, str], list[int]] = {}
    for each in named:
        new = known[each.id]
        values = new.practice_id, new.identity_id, new.payer or each.payer
        is_lost = new.identity_id is None and each.identity_id is not None
        if values != (each.practice_id, each.identity_id, each.payer) and not is_lost:
            alike.setdefault(values, []).append(each.id)
    for (practice, identity, payer), numbers in alike.items():
        session.execute(
            update(table)
            .where(among(session, table.__table__.c.id, numbers))
            .values(practice_id=practice, identity_id=identity, payer=payer)
            .execution_options(synchronize_session=False)
        )
    return {practice for practice, _, _ in alike if practice is not None}
