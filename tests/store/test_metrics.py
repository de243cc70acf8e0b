"""Each figure of /metrics moves when its cause does, on both databases, and counts what partial indexes hold."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from models.db import Database
from models.rules import metrics
from models.rules.messages import Channel
from models.rules.metrics import METRICS, Metric, kind_of
from models.rules.watchdog import SILENT
from models.store.invariants import INVARIANTS
from models.store.metrics import measure
from models.tables.base import new_id
from models.tables.enrollment import ClearinghouseCursorRow, EnrollmentRow, SubmissionRow
from models.tables.messages import Message, MessageState
from models.tables.payer_files import PayerFileRow
from models.tables.practice_systems import CursorKind, CursorRow, PushKind, PushRow, PushState, SystemAccountRow
from models.tables.timers import Timer, TimerState
from models.tables.watching import BreachRow
from models.tables.work_items import WorkItem
from tests.booking import NOW, a_booking, an_appointment, at
from tests.factories import MONDAY, a_signed_journey, an_intake
from tests.store.enrolling import enrolling

LATER = MONDAY + timedelta(days=2)
BROKEN = INVARIANTS[0].key


def told(db: Database, metric: Metric, *labels: str, at: Any = LATER) -> float | None:
    """Give one figure, or nothing where it is not told."""
    _, figures = db.read(lambda s: measure(s, as_of=at))
    found = {(one.metric, one.labels): one.value for one in figures}
    assert len(found) == len(figures), "a figure is told twice"
    return found.get((metric, labels))


@pytest.fixture
def office(db: Database) -> Database:
    """Give a practice with enrollments, and another one that signed: timers, mails and tasks of both."""
    enrolling(db, an_intake())
    a_signed_journey(db, an_intake("cedar-hill"))
    return db


def practice(session: Session) -> int:
    return int(session.execute(text("SELECT min(id) FROM practices")).scalar_one())


def message_goes_wrong(session: Session) -> None:
    one = select(func.min(Message.id)).scalar_subquery()
    session.execute(update(Message).where(Message.id == one).values(state=MessageState.UNKNOWN, channel=Channel.EMAIL))


def cursor_fails(session: Session) -> None:
    ids = {"practice_id": practice(session), "kind": CursorKind.CHANGES}
    session.execute(insert(CursorRow), {**ids, "succeeded_at": MONDAY, "due_at": LATER, "failures": 3})


def account_rests(session: Session) -> None:
    secrets = {"address": "a", "customer_key": "k", "user": "u", "password": "p"}
    row = {"id": new_id(), "key": "acme", "vendor": "kareo", **secrets, "counted_at": MONDAY, "problem": "rejected"}
    session.execute(insert(SystemAccountRow), row)


def submission(state: str) -> Callable[[Session], None]:
    def store(session: Session) -> None:
        enrollment = session.scalar(select(func.min(EnrollmentRow.id)))
        ids = {"id": new_id(), "practice_id": practice(session), "enrollment_id": enrollment, "key": state}
        fixed = {"generation": 1, "attempt": 1, "clearinghouse": "stedi", "due_at": LATER}
        session.execute(insert(SubmissionRow), {**ids, **fixed, "state": state})

    return store


def clearinghouse_answers(session: Session) -> None:
    session.execute(
        insert(ClearinghouseCursorRow), {"clearinghouse": "stedi", "read_until": MONDAY, "polled_at": MONDAY}
    )


def payer_file_comes(session: Session) -> None:
    session.execute(
        insert(PayerFileRow), {"id": new_id(), "sha256": "0" * 64, "size": 1, "state": "read", "received_at": MONDAY}
    )


def promise_breaks(session: Session) -> None:
    row = {"id": new_id(), "practice_id": practice(session), "invariant": BROKEN, "number": 7, "found_at": MONDAY}
    session.execute(insert(BreachRow), {**row, "stops_sending": True})


def work_opens(session: Session) -> None:
    row = session.execute(select(WorkItem.__table__).limit(1)).mappings().one()
    session.execute(insert(WorkItem), {**row, "id": new_id(), "key": "chase.medicare:claims", "closed_at": None})


DAYS = timedelta(days=2).total_seconds()
CAUSES = [
    (message_goes_wrong, metrics.UNKNOWN, ("messages",), 0, 1),
    (message_goes_wrong, metrics.QUEUE, ("messages", "unknown"), 0, 1),
    (message_goes_wrong, metrics.PROVIDER_ERRORS, ("mail", "unknown"), 0, 1),
    (cursor_fails, metrics.PROVIDER_ERRORS, ("practice_system", "failing"), 0, 1),
    (cursor_fails, metrics.SWEEP_AGE, ("practice_systems",), None, DAYS),
    (account_rests, metrics.PROVIDER_ERRORS, ("practice_system", "resting"), 0, 1),
    (submission("refused"), metrics.PROVIDER_ERRORS, ("clearinghouse", "refused"), 0, 1),
    (submission("queued"), metrics.QUEUE, ("clearinghouse", "queued"), 0, 1),
    (submission("unknown"), metrics.UNKNOWN, ("clearinghouse",), 0, 1),
    (clearinghouse_answers, metrics.SWEEP_AGE, ("clearinghouses",), None, DAYS),
    (payer_file_comes, metrics.SWEEP_AGE, ("payer_files",), None, DAYS),
    (promise_breaks, metrics.BREACHES, (BROKEN,), 0, 1),
]


class UndoneError(Exception):
    """Takes back what a test stored."""


def told_within(db: Database, cause: Callable[[Session], None], metric: Metric, labels: tuple[str, ...]) -> Any:
    """Give one figure while its cause is there, and leave nothing behind."""
    seen = []

    def look(session: Session) -> None:
        cause(session)
        session.flush()
        figures = {(one.metric, one.labels): one.value for one in measure(session, as_of=LATER)[1]}
        seen.append(figures.get((metric, labels)))
        raise UndoneError

    with pytest.raises(UndoneError):
        db.transaction(look)
    return seen[0]


def test_each_figure_moves_when_its_cause_does(office: Database) -> None:
    for cause, metric, labels, before, after in CAUSES:
        assert told(office, metric, *labels) == before, (metric, labels)
        assert told_within(office, cause, metric, labels) == after, (metric, labels)


def test_timers_are_counted_by_kind_and_overdue_after_a_quarter_of_an_hour(office: Database) -> None:
    _, before = office.read(lambda s: measure(s, as_of=MONDAY - timedelta(days=1)))
    assert [one for one in before if one.metric is metrics.TIMERS_DUE] == []
    first = office.read(lambda s: s.execute(select(Timer).order_by(Timer.due_at, Timer.id).limit(1)).scalar_one())
    labels = (first.process.value, first.kind)
    assert told(office, metrics.TIMERS_OPEN) == office.read(
        lambda s: s.scalar(select(func.count(Timer.id)).where(Timer.state == TimerState.OPEN))
    )
    assert (told(office, metrics.TIMERS_DUE, *labels, at=first.due_at) or 0) >= 1
    assert told(office, metrics.TIMERS_OVERDUE, *labels, at=first.due_at + SILENT) == 0
    assert (told(office, metrics.TIMERS_OVERDUE, *labels, at=first.due_at + SILENT * 2) or 0) >= 1


def test_the_oldest_overdue_work_is_told_in_seconds_and_never_below_nought(office: Database) -> None:
    assert told(office, metrics.OLDEST_OVERDUE, at=MONDAY - timedelta(days=1)) == 0
    early, late = (told(office, metrics.OLDEST_OVERDUE, at=LATER + timedelta(minutes=more)) for more in (0, 5))
    assert early is not None
    assert late is not None
    assert late - early == 300


def test_waiting_messages_and_the_age_of_keys_are_told(office: Database) -> None:
    waiting = office.read(lambda s: s.scalar(select(func.count()).where(Message.state == MessageState.PENDING)))
    assert told(office, metrics.QUEUE, "messages", "pending") == waiting
    assert waiting
    assert told(office, metrics.KEY_AGE, at=LATER) == DAYS


def test_work_is_counted_by_role_and_kind_without_what_it_is_about(office: Database) -> None:
    row = office.read(lambda s: s.execute(select(WorkItem.process, WorkItem.role).limit(1)).one())
    chase = (row.process.value, "chase", row.role.value)
    before = told(office, metrics.WORK_ITEMS, *chase) or 0
    assert told_within(office, work_opens, metrics.WORK_ITEMS, chase) == before + 1


def test_writes_to_the_practice_system_are_counted_by_state(db: Database) -> None:
    booking = a_booking(db)

    def queue(session: Session) -> None:
        visit = an_appointment(session, booking, booking.wish(at("10:00")))
        row = {"id": new_id(), "practice_id": booking.practice, "appointment_id": visit, "key": "place"}
        moments = {"queued_at": NOW, "due_at": NOW}
        session.execute(insert(PushRow), {**row, **moments, "kind": PushKind.PLACE, "state": PushState.UNKNOWN})

    assert told(db, metrics.UNKNOWN, "practice_system") == 0
    db.transaction(queue)
    assert told(db, metrics.UNKNOWN, "practice_system") == 1
    assert told(db, metrics.QUEUE, "practice_system", "unknown") == 1


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("review", "review"),
        ("chase.medicare:claims", "chase"),
        ("training.desk.billing", "training"),
        ("Rosa Marsh", "other"),
        ("202-555-0143", "other"),
        ("", "other"),
    ],
)
def test_the_kind_of_a_task_is_a_word_of_ours_or_other(key: str, kind: str) -> None:
    assert kind_of(key) == kind


def test_no_figure_is_labelled_by_a_practice_a_person_or_a_payer(office: Database) -> None:
    assert {label for metric in METRICS for label in metric.labels} == {
        *("alarm", "process", "kind", "queue", "state", "role", "promise", "sweep", "provider", "outcome")
    }
    _, figures = office.read(lambda s: measure(s, as_of=LATER))
    words = {label for one in figures for label in one.labels}
    assert not words & {"maple-street", "medicare", "evergreen", "office", "desk", "coach-1"}
    assert all(len(one.labels) == len(one.metric.labels) for one in figures)
