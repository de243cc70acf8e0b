"""All enrollments that wait for somebody, page by page: the top three payers first, then by the next date (E-04)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.rules.calendars import local_day
from models.rules.decisions import Process
from models.rules.enrollment import ACTS, WAITING, State
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_steps import next_step
from models.rules.enrollment_watching import WATCH, WATCH_TOP
from models.rules.roles import Party
from models.store.enrollment import load_enrollments
from models.store.sets import among
from models.tables.enrollment import EnrollmentRow, PayerRow
from models.tables.practices import Practice
from models.tables.timers import Timer
from models.tables.work_items import WorkItem

PAGE: Final = 50
_ROWS, _TIMERS = EnrollmentRow.__table__, Timer.__table__
_SENT: Final = (State.SUBMITTED, State.PENDING_PAYER, State.TESTING)
_PENDING: Final = text("timers.state IN ('open', 'held')")  # in these words the index over open timers is found


@dataclass(frozen=True, slots=True)
class Asked:
    """Which enrollments are wanted: of a practice, of a payer, in a state, waiting for somebody, late; empty is any.

    `scope` names the practices that the reader may see; None is all of them.
    """

    practice: str = ""
    payer: str = ""
    state: State | None = None
    party: Party | None = None
    is_late: bool = False
    number: int = 1
    scope: frozenset[str] | None = None

    @property
    def states(self) -> frozenset[State]:
        """Name the states that are meant."""
        meant = WAITING if self.state is None else WAITING & {self.state}
        return frozenset(state for state in meant if self.party in (None, ACTS[state]))


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One enrollment; days are the practice's local ones, `next_on` is when golive looks at it again.

    `step` is the one next step with its flow, `due_on` the day until which the most urgent open work item of it is due.
    """

    facts: Enrollment
    practice_name: str
    payer_name: str
    since_on: date
    days: int
    next_on: date | None
    step: str
    due_on: date | None
    is_late: bool

    @property
    def party(self) -> Party | None:
        """Say who is waited for."""
        return ACTS.get(self.facts.state)


@dataclass(frozen=True, slots=True)
class BoardPage:
    """One page of the board, and how many there are behind the same filters."""

    lines: tuple[BoardLine, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """Say how many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class BoardCounts:
    """How many enrollments wait, by state, and how many of them are late; and payers with their names and counts."""

    by_state: Mapping[State, int]
    late: int
    payers: Sequence[tuple[str, str, int]]

    @property
    def by_party(self) -> Mapping[Party, int]:
        """Count by who is waited for."""
        counts = Counter[Party]()
        for state, count in self.by_state.items():
            counts[ACTS[state]] += count
        return counts

    @property
    def total(self) -> int:
        """Count all that wait."""
        return sum(self.by_state.values())


def board_page(session: Session, asked: Asked, *, as_of: datetime, limit: int = PAGE) -> BoardPage:
    """Give one page of what waits; a number beyond the last page gives the last one."""
    which = _which(asked, as_of=as_of)
    total = _count(session, which)
    number = min(max(1, asked.number), max(1, -(-total // limit)))
    ids = _ids(session, which, limit=limit, offset=(number - 1) * limit)
    return BoardPage(lines_of(session, ids, as_of=as_of), number, total)


def _count(session: Session, which: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(_ROWS).where(*which)) or 0


def _ids(session: Session, which: Sequence[ColumnElement[bool]], *, limit: int, offset: int) -> list[int]:
    """Name those of the top three payers, then the rest: the first pages, which people look at, sort a part only."""
    is_top = _ROWS.c.rank > 0
    found = _in_order(session, [*which, is_top], limit=limit, offset=offset)
    if len(found) == limit:
        return found
    before = 0 if found else max(0, offset - _count(session, [*which, is_top]))
    return found + _in_order(session, [*which, ~is_top], limit=limit - len(found), offset=before)


def _in_order(session: Session, which: Sequence[ColumnElement[bool]], *, limit: int, offset: int) -> list[int]:
    due_at = _TIMERS.c.due_at
    query = select(_ROWS.c.id).outerjoin(_TIMERS, _watches()).where(*which)
    query = query.order_by(due_at.is_(None), due_at, _ROWS.c.id).limit(limit).offset(offset)
    return list(session.scalars(query))


def _watches() -> ColumnElement[bool]:
    timers = _TIMERS.c
    return and_(
        timers.process == Process.ENROLLMENT,
        timers.process_id == _ROWS.c.id,
        timers.kind == case((_ROWS.c.rank > 0, WATCH_TOP), else_=WATCH),
        _PENDING,
    )


def _which(asked: Asked, *, as_of: datetime) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [_ROWS.c.state.in_(sorted(asked.states))]
    if asked.practice:
        which.append(_ROWS.c.practice_id == select(Practice.id).where(Practice.key == asked.practice).scalar_subquery())
    if asked.scope is not None:
        which.append(_ROWS.c.practice_id.in_(select(Practice.id).where(Practice.key.in_(sorted(asked.scope)))))
    if asked.payer:
        which.append(_ROWS.c.payer == asked.payer)
    if asked.is_late:
        which.append(_late(as_of))
    return which


def _late(as_of: datetime) -> ColumnElement[bool]:
    """Say what is late: a payer that takes longer than three in four of its cases, or work that is overdue."""
    return or_(_slow(as_of), _overdue(as_of))


def _slow(as_of: datetime) -> ColumnElement[bool]:
    return and_(_ROWS.c.state.in_(_SENT), _ROWS.c.late_on.is_not(None), _ROWS.c.late_on < as_of.date())


def _overdue(as_of: datetime) -> ColumnElement[bool]:
    overdue = select(WorkItem.process_id).where(
        WorkItem.process == Process.ENROLLMENT, WorkItem.closed_at.is_(None), WorkItem.due_at < as_of
    )
    return _ROWS.c.id.in_(overdue)


def board_counts(session: Session, asked: Asked, *, as_of: datetime) -> BoardCounts:
    """Count what waits behind the filters of practice and payer, whatever the other filters are."""
    which = _which(Asked(practice=asked.practice, scope=asked.scope), as_of=as_of)
    slow = func.sum(case((_slow(as_of), 1), else_=0))
    counted = session.execute(
        select(_ROWS.c.payer, _ROWS.c.state, func.count(), slow).where(*which).group_by(_ROWS.c.payer, _ROWS.c.state)
    ).all()
    overdue = select(_ROWS.c.payer, func.count()).where(*which, _overdue(as_of), ~_slow(as_of)).group_by(_ROWS.c.payer)
    late = Counter(dict(session.execute(overdue).tuples().all()))
    by_state, by_payer = Counter[State](), Counter[str]()
    for payer, state, count, is_slow in counted:
        by_payer[payer] += count
        late[payer] += is_slow
        if asked.payer in ("", payer):
            by_state[state] += count
    names = dict(session.execute(select(PayerRow.key, PayerRow.name).where(PayerRow.key.in_(by_payer))).tuples().all())
    payers = sorted(((key, names[key], count) for key, count in by_payer.items()), key=lambda one: (-one[2], one[1]))
    return BoardCounts(by_state, late[asked.payer] if asked.payer else late.total(), payers)


def lines_of(session: Session, ids: Sequence[int], *, as_of: datetime) -> tuple[BoardLine, ...]:
    """Give enrollments as lines of a board, in the order of their ids as they were handed in."""
    found = load_enrollments(session, ids)
    payers = _named(session, PayerRow.key, PayerRow.name, {one.payer for one in found.values()})
    practices = _named(session, Practice.key, Practice.name, {one.practice for one in found.values()})
    around = Around(next_looks(session, ids), open_work(session, ids), payers, practices)
    return tuple(_line(found[one], around, as_of=as_of) for one in ids if one in found)


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around enrollments: when each is looked at (UTC), its open work with due moments, names by key."""

    looks: Mapping[int, datetime]
    work: Mapping[int, Mapping[str, datetime | None]]
    payers: Mapping[str, str]
    practices: Mapping[str, str]


def _named(
    session: Session, key: InstrumentedAttribute[str], name: InstrumentedAttribute[str], wanted: Collection[str]
) -> dict[str, str]:
    return dict(session.execute(select(key, name).where(key.in_(sorted(wanted)))).tuples().all())


def next_looks(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    """Say when golive looks at each enrollment again (UTC)."""
    timers = _TIMERS.c
    query = select(timers.process_id, timers.due_at).where(
        timers.process == Process.ENROLLMENT,
        among(session, timers.process_id, ids),
        timers.kind.in_((WATCH, WATCH_TOP)),
        _PENDING,
    )
    return dict(session.execute(query).tuples().all())


def open_work(session: Session, ids: Collection[int]) -> dict[int, dict[str, datetime | None]]:
    """Give the words of each enrollment's open work items with the moments until which they are due (UTC)."""
    query = (
        select(WorkItem.process_id, WorkItem.key, WorkItem.due_at)
        .where(WorkItem.process == Process.ENROLLMENT, among(session, WorkItem.process_id, ids))
        .where(WorkItem.closed_at.is_(None))
    )
    found: dict[int, dict[str, datetime | None]] = {}
    for number, key, due_at in session.execute(query):
        found.setdefault(number, {})[key.partition(".")[0]] = due_at
    return found


def _line(one: Enrollment, around: Around, *, as_of: datetime) -> BoardLine:
    today, since_on = local_day(as_of, one.zone), local_day(one.state_since, one.zone)
    work = around.work.get(one.id, {})
    due_at = min((due for due in work.values() if due is not None), default=None)
    look = around.looks.get(one.id)
    return BoardLine(
        facts=one,
        practice_name=around.practices.get(one.practice, one.practice),
        payer_name=around.payers.get(one.payer, one.payer),
        since_on=since_on,
        days=(today - since_on).days,
        next_on=look and local_day(look, one.zone),
        step=next_step(one, work),
        due_on=due_at and local_day(due_at, one.zone),
        is_late=_is_slow(one, today) or (due_at is not None and due_at < as_of),
    )


def _is_slow(one: Enrollment, today: date) -> bool:
    return one.state in _SENT and one.dates is not None and one.dates.late_on < today
