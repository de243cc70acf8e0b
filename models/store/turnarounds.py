"""How long payers take here: own history, overrides of this installation, and the shipped figures (E-05, E-40)."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, case, delete, func, literal, select
from sqlalchemy.orm import Session

from models.inputs.turnarounds import ANY, Override, shipped_for
from models.rules.calendars import local_day
from models.rules.enrollment import UNDECIDED, State
from models.rules.enrollment_facts import Turnaround
from models.rules.onboarding_facts import Transaction
from models.rules.turnarounds import ENOUGH_CASES
from models.store.sets import insert_rows
from models.tables.base import UtcDateTime
from models.tables.enrollment import EnrollmentRow, PayerRow, SpanRow, TurnaroundRow
from models.tables.practices import Practice

HISTORY: Final = "history"
OVERRIDE: Final = "override"
SHIPPED: Final = "shipped"
CLASS: Final = "class:"
_FIGURES: Final = ("low", "typical", "late", "very_late", "high", "is_business_days", "source")
_WITH_PAYER: Final = (State.SUBMITTED, State.PENDING_PAYER, State.TESTING)


class Place(NamedTuple):
    """Of whom a figure is: a payer's key, a class (class:medicare) or any, and a transaction or any."""

    payer: str
    transaction: str


class Asked(NamedTuple):
    """Which payer's time is asked for, and for which transaction."""

    payer: str
    transaction: Transaction
    payer_class: str


class Known(NamedTuple):
    """How long a payer takes, from where that is known, and the place of the history or override."""

    turnaround: Turnaround
    origin: str = SHIPPED
    place: Place = Place(ANY, ANY)


class Ending(StrEnum):
    """How an attempt ended as far as the payer's time goes; what is not decided is only known to take longer."""

    APPROVED = "approved"
    REJECTED = "rejected"
    NONE = "none"


class Case(NamedTuple):
    """One attempt: calendar days from its submission to the payer's decision, or as long as none was seen."""

    asked: Asked
    days: int
    ending: Ending


class Stored(NamedTuple):
    """A figure of this installation as it is stored."""

    place: Place
    origin: str
    turnaround: Turnaround
    cases: int
    as_of: datetime


def turnaround_for(session: Session, payer: str, transaction: Transaction, *, payer_class: str) -> Turnaround:
    """Say how long a payer takes: its own history, an override, its class's history, the shipped figures (E-05)."""
    asked = Asked(payer, transaction, payer_class)
    return known_for(session, [asked])[asked].turnaround


def known_for(session: Session, asked: Collection[Asked]) -> dict[Asked, Known]:
    """Say it for many payers at once, with one query, and from where it is known."""
    stored = {(one.origin, one.place): one.turnaround for one in list_turnarounds(session)}
    return {one: resolve(one, stored) for one in asked}


def resolve(asked: Asked, stored: Mapping[tuple[str, Place], Turnaround]) -> Known:
    """Choose among stored and shipped figures.

    A history has at least eight decided cases. A shipped figure of this very payer or class goes before what all
    payers together take, and after what its class takes here (E-40).
    """
    shipped, is_specific = shipped_for(asked.payer, asked.transaction, payer_class=asked.payer_class)
    for origin, place in _chain(asked):
        if is_specific and place == Place(ANY, ANY) and origin == HISTORY:
            break
        if (origin, place) in stored:
            return Known(stored[origin, place], origin, place)
    return Known(shipped)


def without_history(asked: Asked, stored: Mapping[tuple[str, Place], Turnaround]) -> Turnaround:
    """Say what the figures alone would be, where a history ends (E-40)."""
    return resolve(asked, {key: one for key, one in stored.items() if key[0] == OVERRIDE}).turnaround


def _chain(asked: Asked) -> Iterator[tuple[str, Place]]:
    payer, transaction, payer_class = asked
    yield HISTORY, Place(payer, transaction.value)
    for name in (payer, f"{CLASS}{payer_class}", ANY):
        yield OVERRIDE, Place(name, transaction.value)
        yield OVERRIDE, Place(name, ANY)
    yield HISTORY, Place(f"{CLASS}{payer_class}", ANY)
    yield HISTORY, Place(ANY, ANY)


def pools_of(asked: Asked) -> tuple[Place, ...]:
    """Name the histories to which a case belongs, the narrowest first (E-40)."""
    return Place(asked.payer, asked.transaction.value), Place(f"{CLASS}{asked.payer_class}", ANY), Place(ANY, ANY)


def list_turnarounds(session: Session) -> list[Stored]:
    """List histories and overrides, by place."""
    query = select(TurnaroundRow).order_by(TurnaroundRow.payer, TurnaroundRow.transaction, TurnaroundRow.origin)
    return [
        Stored(
            Place(row.payer, row.transaction),
            row.origin,
            Turnaround(*(getattr(row, name) for name in _FIGURES)),
            row.cases,
            row.as_of,
        )
        for row in session.scalars(query)
    ]


def learned_at(session: Session) -> datetime | None:
    """Say when the histories were learned last."""
    return session.scalar(select(func.max(TurnaroundRow.as_of)).where(TurnaroundRow.origin == HISTORY))


def stamp(session: Session) -> tuple[object, ...]:
    """Give something that changes whenever a figure does."""
    sums = (func.count(), func.max(TurnaroundRow.as_of), func.sum(TurnaroundRow.typical + TurnaroundRow.high))
    return tuple(session.execute(select(*sums)).one())


def is_known_payer(session: Session, payer: str) -> bool:
    """Say whether a figure for this place could ever be asked for: a payer of ours, a class, or any."""
    if payer == ANY or payer.startswith(CLASS):
        return True
    return session.get(PayerRow, payer) is not None


def save_override(session: Session, override: Override, *, as_of: datetime) -> bool:
    """Store a figure of this installation in place of an earlier one; false when it is the same."""
    figures = override.turnaround
    key = (override.payer, str(override.transaction), OVERRIDE)
    row = session.get(TurnaroundRow, key)
    if row is not None and Turnaround(*(getattr(row, name) for name in _FIGURES)) == figures:
        return False
    if row is None:
        row = TurnaroundRow(payer=key[0], transaction=key[1], origin=OVERRIDE)
        session.add(row)
    for name in _FIGURES:
        setattr(row, name, getattr(figures, name))
    row.cases, row.as_of = 0, as_of
    session.flush()
    return True


def forget_override(session: Session, place: Place) -> bool:
    """Take an override away; false when there is none."""
    row = session.get(TurnaroundRow, (*place, OVERRIDE))
    if row is not None:
        session.delete(row)
    return row is not None


def save_history(session: Session, learned: Mapping[Place, tuple[Turnaround, int]], *, as_of: datetime) -> None:
    """Store what was learned, with the decided cases, in place of what was known; too few cases are left out."""
    session.execute(delete(TurnaroundRow).where(TurnaroundRow.origin == HISTORY))
    names = ("payer", "transaction", "origin", *_FIGURES, "cases", "as_of")
    rows = [
        (*place, HISTORY, *(getattr(turnaround, name) for name in _FIGURES), cases, as_of)
        for place, (turnaround, cases) in sorted(learned.items())
        if cases >= ENOUGH_CASES
    ]
    insert_rows(session, TurnaroundRow, names, rows, unless='(payer, "transaction", origin)')


def load_cases(session: Session, *, as_of: datetime) -> list[Case]:
    """Load every attempt that was submitted, as it was known at a moment.

    A rejection is the payer's decision too. Open attempts, and those that a clearinghouse returned or that were
    withdrawn, are known only to take longer than they did (E-40).
    """
    return [case for row in session.execute(_attempts(as_of)) if (case := _case(row, as_of)) is not None]


def _attempts(as_of: datetime) -> Select[Any]:
    """Select one row per attempt: its last submission, its decisions, and how long the payer was seen with it."""
    now = literal(as_of, UtcDateTime())
    seen = case((SpanRow.until.is_(None) | (SpanRow.until > now), now), else_=SpanRow.until)
    return (
        select(
            EnrollmentRow.payer,
            EnrollmentRow.transaction,
            PayerRow.payer_class,
            Practice.zone,
            ((EnrollmentRow.generation == SpanRow.generation) & (EnrollmentRow.attempt == SpanRow.attempt)).label(
                "last"
            ),
            EnrollmentRow.state,
            EnrollmentRow.submitted_on,
            EnrollmentRow.approved_on,
            func.max(_since(State.SUBMITTED)).label("sent"),
            func.min(_since(State.APPROVED)).label("approved"),
            func.min(_since(State.REJECTED)).label("rejected"),
            func.max(case((SpanRow.state.in_(_WITH_PAYER), seen))).label("seen"),
        )
        .join(SpanRow, SpanRow.enrollment_id == EnrollmentRow.id)
        .join(PayerRow, PayerRow.key == EnrollmentRow.payer)
        .join(Practice, Practice.id == EnrollmentRow.practice_id)
        .where(SpanRow.since <= now)
        .group_by(EnrollmentRow.id, SpanRow.generation, SpanRow.attempt, PayerRow.payer_class, Practice.zone)
    )


def _since(state: State) -> ColumnElement[datetime | None]:
    return case((SpanRow.state == state, SpanRow.since))


def _case(row: Row[Any], as_of: datetime) -> Case | None:
    if row.sent is None:
        return None
    sent = _day(row.sent, row.zone, row.submitted_on if row.last else None)
    decided = [moment for moment in (row.approved, row.rejected) if moment is not None]
    asked = Asked(row.payer, row.transaction, row.payer_class)
    if not decided:
        is_open = row.last and row.state in UNDECIDED and row.submitted_on is not None
        days = (local_day(as_of if is_open else row.seen, row.zone) - sent).days
        return Case(asked, days, Ending.NONE) if days > 0 else None
    is_approved = row.approved == min(decided)
    known = row.approved_on if row.last and is_approved else None
    days = (_day(min(decided), row.zone, known) - sent).days
    return Case(asked, max(days, 1), Ending.APPROVED if is_approved else Ending.REJECTED)


def _day(moment: datetime, zone: str, known: date | None) -> date:
    """Give the day that was told, else the local one on which it was recorded."""
    return min(known, local_day(moment, zone)) if known else local_day(moment, zone)


def all_classes(session: Session) -> dict[str, str]:
    """Give the classes of the payers that are stored, by key."""
    return dict(session.execute(select(PayerRow.key, PayerRow.payer_class)).tuples().all())
