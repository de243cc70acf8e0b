"""What needs somebody today: open work across all practices that one sees, counted first, overdue first.

A fixed number of statements, whatever the number of practices and of work items.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session

from models.rules.access import PORTAL_ROLES, Area, Who
from models.rules.calendars import local_day
from models.rules.decisions import Process
from models.rules.roles import PRACTICE_ROLES, Role
from models.rules.text_answers import DOUBT_TASK, FLAGGED_TASK
from models.rules.watching import SENDING_STOPPED
from models.store import duplicates
from models.tables.enrollment import PayerRow
from models.tables.practices import Practice
from models.tables.work_items import WorkItem

MOST: Final = 50


class Kind(StrEnum):
    """What open work is about, in the order in which it is counted."""

    APPOINTMENT = "appointment"
    TEXT = "text"
    STOP = "stop"
    REVIEW = "review"
    DRIFT = "drift"
    DEAD_LETTER = "dead_letter"
    JOURNEY = "journey"
    ENROLLMENT = "enrollment"


AREAS: Final[Mapping[Kind, tuple[Area, ...]]] = {
    Kind.APPOINTMENT: (Area.APPOINTMENTS,),
    Kind.TEXT: (Area.MESSAGES,),
    Kind.STOP: (Area.MESSAGES,),
    Kind.REVIEW: (Area.REPUTATION,),
    Kind.DRIFT: (Area.APPOINTMENTS,),
    Kind.DEAD_LETTER: (Area.WORK, Area.APPOINTMENTS),
    Kind.JOURNEY: (Area.PROGRESS,),
    Kind.ENROLLMENT: (Area.PROGRESS,),
}
"""Who may read one of these areas sees that kind; what is not for the practice's people stays with ours."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do in one practice, `count` times; `number` is what it is about where that is one thing, else 0.

    `payer` is the payer's name where it is about an enrollment, else empty.
    """

    practice: str
    practice_name: str
    kind: Kind
    process: Process
    key: str
    role: Role
    count: int
    number: int
    opened_on: date
    due_on: date | None
    is_late: bool
    payer: str = ""


@dataclass(frozen=True, slots=True)
class KindCount:
    """How much of one kind is open, and how much of that is overdue."""

    count: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which open work is shown: of the roles of whoever looks or of everybody, of one kind or all, from which line."""

    is_everybody: bool = False
    kind: Kind | None = None
    first: int = 0


@dataclass(frozen=True, slots=True)
class Home:
    """What needs somebody today; `mine` and `everybody` count all work, `counts` that of the chosen ones by kind."""

    mine: KindCount
    everybody: KindCount
    counts: Mapping[Kind, KindCount]
    lines: tuple[Line, ...]
    has_more: bool


def home(session: Session, who: Who, wanted: Wanted, *, as_of: datetime) -> Home:
    """Say what needs somebody today; days are local ones of each practice."""
    counted = [
        (Kind(kind), bool(mine), bool(late), count)
        for kind, mine, late, count in session.execute(_counts(who, as_of)).tuples()
    ]
    chosen = [one for one in counted if wanted.is_everybody or one[1]]
    found = [dict(row) for row in session.execute(_lines(who, wanted)).mappings()]
    payers = _payers(session, [row["key"] for row in found if row["process"] is Process.ENROLLMENT])
    return Home(
        _sum([one for one in counted if one[1]]),
        _sum(counted),
        {kind: _sum([one for one in chosen if one[0] is kind]) for kind in Kind},
        tuple(_line(row, payers, as_of) for row in found[:MOST]),
        len(found) > MOST,
    )


def _sum(counted: list[tuple[Kind, bool, bool, int]]) -> KindCount:
    return KindCount(sum(one[3] for one in counted), sum(one[3] for one in counted if one[2]))


def _kind() -> ColumnElement[str]:
    key, process = WorkItem.key, WorkItem.process
    return case(
        (or_(key.startswith("message.", autoescape=True), key == SENDING_STOPPED), Kind.DEAD_LETTER.value),
        (or_(key.startswith("drift.", autoescape=True), key == duplicates.TASK), Kind.DRIFT.value),
        (key.in_((DOUBT_TASK, FLAGGED_TASK)), Kind.STOP.value),
        (process == Process.TEXTING, Kind.TEXT.value),
        (process == Process.REPUTATION, Kind.REVIEW.value),
        (process == Process.ENROLLMENT, Kind.ENROLLMENT.value),
        (process == Process.APPOINTMENT, Kind.APPOINTMENT.value),
        else_=Kind.JOURNEY.value,
    )


def _is_mine(who: Who) -> ColumnElement[bool]:
    return WorkItem.role.in_([role for role, portal in PORTAL_ROLES.items() if portal in who.roles])


def _seen(who: Who) -> ColumnElement[bool]:
    """Say which open work somebody may see: by kind in all practices or in the own ones (`Who.scope`)."""
    everywhere, here = list[str](), list[str]()
    for kind, areas in AREAS.items():
        scopes = [who.scope(area) for area in areas]
        if None in scopes:
            everywhere.append(kind)
        elif any(scopes):
            here.append(kind)
    own = Practice.key.in_(sorted(who.practices)) if who.practices else false()
    kinds = or_(_kind().in_(everywhere), and_(_kind().in_(here), own))
    ours = WorkItem.role.in_(sorted(PRACTICE_ROLES)) if who.own else true()
    return and_(WorkItem.closed_at.is_(None), kinds, ours)


def _is_late(as_of: datetime) -> ColumnElement[bool]:
    return and_(WorkItem.due_at.is_not(None), WorkItem.due_at < as_of)


def _counts(who: Who, as_of: datetime) -> Select[Any]:
    facts = select(
        _kind().label("kind"),
        case((_is_mine(who), 1), else_=0).label("mine"),
        case((_is_late(as_of), 1), else_=0).label("late"),
    )
    open_ones = facts.join(Practice, Practice.id == WorkItem.practice_id).where(_seen(who)).subquery()
    cell = (open_ones.c.kind, open_ones.c.mine, open_ones.c.late)
    return select(*cell, func.count()).group_by(*cell)


def _lines(who: Who, wanted: Wanted) -> Select[Any]:
    """List the same work of one practice and role once, overdue first; one more than is shown."""
    due, opened, item = func.min(WorkItem.due_at), func.min(WorkItem.opened_at), func.min(WorkItem.id)
    cell = (
        Practice.key.label("practice"),
        Practice.name.label("practice_name"),
        Practice.zone.label("zone"),
        WorkItem.process.label("process"),
        WorkItem.key.label("key"),
        WorkItem.role.label("role"),
    )
    counts = (func.count().label("count"), func.min(WorkItem.process_id).label("number"))
    moments = (opened.label("opened_at"), due.label("due_at"), func.min(_kind()).label("kind"))
    query = (
        select(*cell, *counts, *moments)
        .join(Practice, Practice.id == WorkItem.practice_id)
        .where(_seen(who))
        .group_by(*cell)
        .order_by(due.is_(None), due, item)
        .offset(wanted.first)
        .limit(MOST + 1)
    )
    if not wanted.is_everybody:
        query = query.where(_is_mine(who))
    return query if wanted.kind is None else query.where(_kind() == wanted.kind.value)


def _line(row: Mapping[str, Any], payers: Mapping[str, str], as_of: datetime) -> Line:
    due_at, zone = row["due_at"], row["zone"]
    return Line(
        practice=row["practice"],
        practice_name=row["practice_name"],
        kind=Kind(row["kind"]),
        process=row["process"],
        key=row["key"],
        role=row["role"],
        count=row["count"],
        number=row["number"] if row["count"] == 1 else 0,
        opened_on=local_day(row["opened_at"], zone),
        due_on=None if due_at is None else local_day(due_at, zone),
        is_late=due_at is not None and due_at < as_of,
        payer=payers.get(_payer(row["key"]), "") if row["process"] is Process.ENROLLMENT else "",
    )


def _payer(key: str) -> str:
    return key.partition(".")[2].rpartition(":")[0]


def _payers(session: Session, keys: list[str]) -> dict[str, str]:
    named = sorted({_payer(key) for key in keys})
    if not named:
        return {}
    return dict(session.execute(select(PayerRow.key, PayerRow.name).where(PayerRow.key.in_(named))).tuples().all())
