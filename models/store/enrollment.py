"""Enrollments as facts: loaded in sets, with what the journeys of their practices say of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, exists, func, select
from sqlalchemy.orm import Session

from models.rules.decisions import NOTHING
from models.rules.enrollment import WAITING, Need
from models.rules.enrollment_facts import Dates, Enrollment
from models.rules.onboarding_facts import SETTLED, JourneyStatus, Transaction
from models.store.sets import among
from models.tables.enrollment import BillingIdentityRow, EnrollmentRow, NeedRow
from models.tables.onboarding import ItemRow, JourneyRow
from models.tables.practices import Practice

_ROWS, _IDENTITIES, _PRACTICES, _JOURNEYS = (
    one.metadata.tables[one.__tablename__] for one in (EnrollmentRow, BillingIdentityRow, Practice, JourneyRow)
)
_DOCUMENTS: Final = {
    "document.bank_letter": Need.BANK_LETTER,
    "document.w9": Need.W9,
    "document.tax_id_letter": Need.TAX_ID_LETTER,
}
"""Which document of the journey's checklist meets which need (O-13)."""
_ELSEWHERE: Final = {
    "practice": _PRACTICES.c.key,
    "zone": _PRACTICES.c.zone,
    "calendar": _PRACTICES.c.calendar,
    "identity": _IDENTITIES.c.key,
}
DATES: Final = tuple(one.name for one in fields(Dates))
*_NAMES, _, _, _ = (one.name for one in fields(Enrollment))  # needs, lacking and is_quiet come last, and from elsewhere
_DATES_AT, _PRACTICE_AT = _NAMES.index("dates"), _NAMES.index("practice_id")
_BEHIND_DATES = _DATES_AT + len(DATES)
_COLUMNS = tuple(
    _ELSEWHERE[name] if name in _ELSEWHERE else _ROWS.c[name]
    for name in (*_NAMES[:_DATES_AT], *DATES, *_NAMES[_DATES_AT + 1 :])
)


def practice_of_enrollment(session: Session, number: int) -> str:
    """Name the practice of an enrollment; empty where there is no such one."""
    query = select(Practice.key).join(EnrollmentRow, EnrollmentRow.practice_id == Practice.id)
    return session.scalar(query.where(EnrollmentRow.id == number)) or ""


def load_enrollments(session: Session, ids: Collection[int]) -> dict[int, Enrollment]:
    """Load enrollments whole, for commands and evidence."""
    rows = _found(session, among(session, _ROWS.c.id, ids))
    needs = _needs_of(session, ids)
    practices = {row[_PRACTICE_AT] for row in rows}
    lacking, quiet = _lacking(session, practices), _quiet(session, practices)
    return {
        one.id: one
        for one in (
            _facts(row, needs.get(row[0], NOTHING), lacking.get(row[_PRACTICE_AT], frozenset()), quiet) for row in rows
        )
    }


def load_watched(session: Session, ids: Collection[int]) -> dict[int, Enrollment]:
    """Load enrollments for their timers, which ask neither for needs nor for documents."""
    rows = _found(session, among(session, _ROWS.c.id, ids))
    quiet = _quiet(session, {row[_PRACTICE_AT] for row in rows})
    return {row[0]: _facts(row, NOTHING, frozenset(), quiet) for row in rows}


def load_enrollment(session: Session, enrollment: int) -> Enrollment | None:
    """Load one enrollment."""
    return load_enrollments(session, [enrollment]).get(enrollment)


def of_practices(session: Session, practices: Collection[int]) -> dict[int, list[Enrollment]]:
    """Load the enrollments of practices, those of the top three payers first (E-04)."""
    query = select(_ROWS.c.id).where(among(session, _ROWS.c.practice_id, practices))
    found = load_enrollments(session, session.scalars(query).all())
    sorted_ones = sorted(found.values(), key=lambda one: (not one.is_top, one.rank, one.payer, one.transaction, one.id))
    by_practice: dict[int, list[Enrollment]] = {practice: [] for practice in practices}
    for one in sorted_ones:
        by_practice[one.practice_id].append(one)
    return by_practice


@dataclass(frozen=True, slots=True)
class Which:
    """How a person names an enrollment in a form; an empty identity means the only one."""

    practice: str
    payer: str
    transaction: Transaction
    identity: str = ""


def find_enrollments(session: Session, which: Which) -> Sequence[int]:
    """Find the enrollments that a form means: one, none, or several where identities are left out."""
    query = (
        select(_ROWS.c.id)
        .join(_PRACTICES, _PRACTICES.c.id == _ROWS.c.practice_id)
        .join(_IDENTITIES, _IDENTITIES.c.id == _ROWS.c.identity_id)
        .where(_PRACTICES.c.key == which.practice, _ROWS.c.payer == which.payer)
        .where(_ROWS.c.transaction == which.transaction)
        .order_by(_ROWS.c.id)
    )
    if which.identity:
        query = query.where(_IDENTITIES.c.key == which.identity)
    return session.scalars(query).all()


def identities_of(session: Session, practice_id: int) -> dict[str, int]:
    """Give the billing identities of a practice by their keys."""
    query = select(BillingIdentityRow.key, BillingIdentityRow.id).where(BillingIdentityRow.practice_id == practice_id)
    return dict(session.execute(query).tuples().all())


def count_waiting(session: Session) -> int:
    """Count the enrollments that wait for somebody."""
    query = select(func.count()).select_from(_ROWS).where(_ROWS.c.state.in_(WAITING))
    return session.scalar(query) or 0


def _found(session: Session, *which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    query = (
        select(*_COLUMNS)
        .join(_IDENTITIES, _IDENTITIES.c.id == _ROWS.c.identity_id)
        .join(_PRACTICES, _PRACTICES.c.id == _ROWS.c.practice_id)
        .where(*which)
    )
    return session.execute(query).all()


def _facts(row: Row[Any], needs: Any, lacking: frozenset[Need], quiet: frozenset[int]) -> Enrollment:  # noqa: ANN401
    """Take a row as the facts stand in their order: sweeps read very many."""
    dates = _dates(*row[_DATES_AT:_BEHIND_DATES])
    facts = [*row[:_DATES_AT], dates, *row[_BEHIND_DATES:], needs, lacking, row[_PRACTICE_AT] in quiet]
    return Enrollment(*facts)


def _dates(typical: date | None, late: date | None, very_late: date | None, limit: date | None) -> Dates | None:
    if typical is None or late is None or very_late is None or limit is None:
        return None
    return Dates(typical, late, very_late, limit)


def _needs_of(session: Session, ids: Collection[int]) -> dict[int, dict[Need, bool]]:
    query = select(NeedRow.enrollment_id, NeedRow.need, NeedRow.is_given)
    needs: dict[int, dict[Need, bool]] = {}
    for enrollment, need, is_given in session.execute(query.where(among(session, NeedRow.enrollment_id, ids))):
        needs.setdefault(enrollment, {})[need] = is_given
    return needs


def _lacking(session: Session, practices: Collection[int]) -> dict[int, frozenset[Need]]:
    """Say which documents the newest journey of each practice has asked for and not accepted."""
    newest = (
        select(func.max(_JOURNEYS.c.id))
        .where(among(session, _JOURNEYS.c.practice_id, practices))
        .group_by(_JOURNEYS.c.practice_id)
    )
    query = (
        select(_JOURNEYS.c.practice_id, ItemRow.item)
        .join(ItemRow, ItemRow.journey_id == _JOURNEYS.c.id)
        .where(_JOURNEYS.c.id.in_(newest), ItemRow.item.in_(_DOCUMENTS), ItemRow.state.not_in(SETTLED))
    )
    lacking: dict[int, set[Need]] = {}
    for practice, item in session.execute(query):
        lacking.setdefault(practice, set()).add(_DOCUMENTS[item])
    return {practice: frozenset(needs) for practice, needs in lacking.items()}


def _quiet(session: Session, practices: Collection[int]) -> frozenset[int]:
    """Name the practices whose newest journey is not under way: nothing is sent to them (O-45)."""
    newer = _JOURNEYS.alias("newer")
    is_old = exists().where(newer.c.practice_id == _JOURNEYS.c.practice_id, newer.c.id > _JOURNEYS.c.id)
    query = select(_JOURNEYS.c.practice_id).where(among(session, _JOURNEYS.c.practice_id, practices), ~is_old)
    return frozenset(session.scalars(query.where(_JOURNEYS.c.status != JourneyStatus.ACTIVE)))
