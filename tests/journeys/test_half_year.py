"""A half-year of a practice with eight payers, played whole: what must hold on every day and at its end."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deployments.checker.journeys import JourneyWatcher
from deployments.checker.reading import breaches as breaches_in
from deployments.half_year import HalfYear
from models.db import Database
from models.inputs.mailbox import read_mailbox, read_texts
from models.rules.calendars import local_day
from models.rules.decisions import Process
from models.rules.enrollment import TRANSITIONS, USABLE, WAITING, Happening, State
from models.rules.messages import Channel, MessageKind
from models.settings import Settings
from models.store import breaches, events, onboarding
from models.store.enrollment import of_practices
from models.tables.enrollment import DigestRow, EnrollmentRow, NoticeRow, SpanRow
from models.tables.events import Event
from models.tables.messages import Message
from models.tables.timers import Timer, TimerState
from tests.journeys.journey_lines import journey_lines
from tests.journeys.played import Trace, on_a_database, play, play_dying, trace

DAYS = 200
LIVE = 125
"""The seeds of every run are live by then; the others are played for the whole half-year, by `make bench`."""
BRIEF = 60
ENROLLMENTS = 23
USUAL = 2


def unwatched(session: Session) -> list[int]:
    """Name the enrollments that wait without exactly one open follow-up timer, and those with more than one."""
    counted = (
        select(Timer.process_id, func.count().label("number"))
        .where(Timer.process == Process.ENROLLMENT, Timer.state == TimerState.OPEN)
        .group_by(Timer.process_id)
        .subquery()
    )
    query = select(EnrollmentRow.id, EnrollmentRow.state, counted.c.number).outerjoin(
        counted, counted.c.process_id == EnrollmentRow.id
    )
    return [
        number for number, state, open_ones in session.execute(query) if (open_ones or 0) not in _allowed(State(state))
    ]


def _allowed(state: State) -> tuple[int, ...]:
    return (1,) if state in WAITING else (0, 1) if state is State.LIVE else (0,)


class Watcher:
    """Looks at the database on every simulated day."""

    def __init__(self, db: Database) -> None:
        self.db, self.faults, self.days = db, list[tuple[datetime, list[int]]](), 0

    def __call__(self, now: datetime) -> None:
        self.days += 1
        if found := self.db.read(unwatched):
            self.faults.append((now, found))
        if broken := self.db.read(breaches.look):
            self.faults.append((now, [one.number for one in broken]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "seed", [USUAL, pytest.param(1, marks=pytest.mark.bench), pytest.param(3, marks=pytest.mark.bench)]
)
def test_a_half_year_keeps_every_promise(db: Database, own_settings: Settings, seed: int) -> None:
    if not db.is_sqlite and seed != USUAL:
        pytest.skip("one half-year is played on PostgreSQL")
    watcher = Watcher(db)
    played = play(db, own_settings, seed, days=LIVE if seed == USUAL else DAYS, on_day=watcher)
    assert watcher.faults == []  # I9: a waiting enrollment has exactly one open follow-up timer
    assert watcher.days > 100
    db.read(lambda session: _assert_promises(session, played))
    _assert_delivered(db, own_settings.home / "mailbox")


def _assert_promises(session: Session, played: HalfYear) -> None:
    world = played.simulation.world
    found = of_practices(session, [world.practice_id])[world.practice_id]
    assert len(found) == ENROLLMENTS
    assert len({one.payer for one in found}) == 8
    _assert_edges(session)
    _assert_went_live(session, world.journey_id, world.now)
    _assert_told_once(session)
    lines = journey_lines(session, world.journey_id, as_of=world.now)
    assert {"went_live", "enrollment_approve", "watched"} <= {line["what"] for line in lines}
    assert breaches_in(lines, JourneyWatcher()) == []  # I7 to I11
    assert events.check_chain(session, world.practice_id).broken_at == 0
    assert session.scalar(select(func.count()).select_from(NoticeRow).where(NoticeRow.state == "failed")) == 0


def _assert_edges(session: Session) -> None:
    """E-10: every move is one that the table allows, and each span begins where the one before ended."""
    ways = {(here, there) for here, steps in TRANSITIONS.items() for there in steps.values()}
    ways.add((State.NEEDS_PRACTICE, State.PENDING_PAYER))
    query = select(SpanRow).order_by(SpanRow.enrollment_id, SpanRow.id)
    before: SpanRow | None = None
    for span in session.scalars(query):
        if before is not None and before.enrollment_id == span.enrollment_id:
            assert (before.state, span.state) in ways
            assert before.until == span.since
        before = span
    kinds = {kind.removeprefix("enrollment_") for kind in session.scalars(select(Event.kind).distinct())}
    assert {Happening.REJECT, Happening.BOUNCED, Happening.DEVELOPMENT_REQUEST, Happening.CONTRADICTION} <= kinds


def _assert_went_live(session: Session, journey: int, as_of: datetime) -> None:
    """O-28: live only once each enrollment of the top three payers had been approved (I7)."""
    facts = onboarding.load_journey(session, journey, as_of=as_of)
    assert facts.went_live_on is not None
    approved = (
        select(EnrollmentRow.id, func.min(SpanRow.since))
        .outerjoin(SpanRow, (SpanRow.enrollment_id == EnrollmentRow.id) & SpanRow.state.in_(USABLE))
        .where(EnrollmentRow.rank > 0)
        .group_by(EnrollmentRow.id)
    )
    firsts = [local_day(first, facts.zone) for _, first in session.execute(approved)]
    assert len(firsts) == 10
    assert max(firsts) <= facts.went_live_on


def _assert_told_once(session: Session) -> None:
    """O-27, E-26: one message per payer and kind, one digest per person and day."""
    finished = Counter(session.scalars(select(Message.subject).where(Message.kind == MessageKind.ENROLLMENT_FINISHED)))
    assert finished
    assert set(finished.values()) == {1}
    digests = Counter(session.execute(select(DigestRow.reader, DigestRow.day)).tuples())
    assert digests
    assert set(digests.values()) == {1}
    states = Counter(session.scalars(select(Message.state)))
    assert not {"failed", "unknown", "sending"} & {str(state) for state in states}


def _assert_delivered(db: Database, mailbox: Path) -> None:
    """I5: what the providers hold is what was sent, each once, by mail and by text."""
    delivered = {
        Channel.EMAIL: Counter(mail.message_id for mail in read_mailbox(mailbox)),
        Channel.TEXT: Counter(one.text.attempt for one in read_texts(mailbox)),
    }
    assert {number for attempts in delivered.values() for number in attempts.values()} == {1}
    query = select(Message.channel, func.count()).where(Message.state == "sent").group_by(Message.channel)
    sent = Counter(dict(db.read(lambda s: s.execute(query).tuples().all())))
    assert Counter({channel: len(attempts) for channel, attempts in delivered.items()}) == sent


@pytest.mark.slow
def test_the_same_seed_gives_the_same_trace(tmp_path: Path, sqlite_template: Path) -> None:
    traces = list[Trace]()
    for name in ("first", "second"):
        with on_a_database(tmp_path / name, sqlite_template) as (db, settings):
            play(db, settings, USUAL, days=BRIEF)
            traces.append(db.read(trace))
    assert traces[0] == traces[1]


@pytest.mark.slow
def test_a_process_that_dies_again_and_again_comes_to_the_same_end(tmp_path: Path, sqlite_template: Path) -> None:
    with on_a_database(tmp_path / "living", sqlite_template) as (db, settings):
        play(db, settings, 3, days=BRIEF)
        living = db.read(trace)
    with on_a_database(tmp_path / "dying", sqlite_template) as (db, settings):
        deaths = play_dying(db, settings, 3, days=BRIEF, share=0.03)
        died = db.read(trace)
        _assert_delivered(db, settings.home / "mailbox")
    assert deaths > 20
    assert died.without_days() == living.without_days()
    assert (died.mails - living.mails, living.mails - died.mails) == (Counter(), Counter())
