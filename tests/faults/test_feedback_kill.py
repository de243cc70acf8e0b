"""SIGKILL at random moments while seven hundred people are asked: by the provider's own log nobody is asked twice."""

import os
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final
from unittest.mock import patch

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.db import Database, open_database, use_database
from models.inputs.mailbox import read_mailbox
from models.inputs.practice_system import SystemAppointment, SystemPatient
from models.rules.appointments import Origin, Status
from models.rules.consent import Source
from models.rules.feedback import Outcome
from models.rules.messages import Channel
from models.settings import Settings, use_settings
from models.store import events, feedback_sweep, look_ups, patients, system_changes
from models.store.messages import QUEUED, is_to_be_looked_up
from models.tables.consent import ConsentRow
from models.tables.feedback import FeedbackAttemptRow, FeedbackRequestRow
from models.tables.messages import Message, MessageState
from models.tables.patients import PatientRow
from models.tables.timers import Timer, TimerState
from tasks import messages as delivery
from tasks.stopwatch import Stopwatch
from tests.connectors.twilio_exchange import Exchange, FastClock, Rates, an_exchange
from tests.store.asking import HOUR, NOON, Asking, an_asking

pytestmark = pytest.mark.slow

PEOPLE: Final = 700
FEWEST_KILLS: Final = 5
MOST_BETWEEN: Final = 60  # texts between two kills
UNDER_FIRE: Final = 0.7  # so much of the work is done while workers are killed
WORKERS: Final = 2
SCALE: Final = 40  # virtual seconds in one of ours: the look-ups after 120 and 60 seconds come after three and two
BATCH: Final = 40
LONGEST: Final = 900  # ends a run that hangs; a busy machine needs a few minutes
AREAS: Final = ("212", "202", "305", "404", "617", "215", "716")
RATES: Final = Rates(refused=0.02, throttled=0.01, broken=0.02, lied=0.03, cut=0.01)
BEGINS: Final = NOON + 3 * HOUR + timedelta(minutes=1)
UNSETTLED: Final = (*QUEUED, MessageState.SENDING)


def _phone(number: int) -> str:
    return f"+1{AREAS[number // 100]}55501{number % 100:02}"


def _lag(chance: Random) -> timedelta:
    return timedelta(seconds=chance.choice([0, 10, 60, 110]))


def _people(asking: Asking) -> None:
    """Let the practice know many people, each with a consent, whose visits are all checked out at noon."""
    records = [
        SystemPatient(
            str(1000 + n),
            "Rosa",
            f"Marsh{n}",
            date(1950, 1, 1) + timedelta(days=n),
            mobile=_phone(n),
            email=f"rosa{n}@example.com",
        )
        for n in range(PEOPLE)
    ]
    visits = [
        SystemAppointment(
            str(5000 + n),
            starts_at=NOON - HOUR,
            ends_at=NOON - HOUR / 2,
            modified_at=NOON,
            status=Status.CHECKED_OUT,
            provider="71",
            location="81",
            patient=str(1000 + n),
        )
        for n in range(PEOPLE)
    ]

    def write(session: Session) -> None:
        patients.add_from_system(session, asking.practice, records, origin=Origin.KAREO, as_of=NOON)
        for number, index in session.execute(select(PatientRow.id, PatientRow.phone_index)).all():
            session.add(
                ConsentRow(
                    practice_id=asking.practice,
                    patient_id=number,
                    address_index=index,
                    channel=Channel.TEXT,
                    is_given=True,
                    source=Source.PAPER,
                    wording="paper",
                    locale="en",
                    at=NOON - HOUR,
                )
            )
        session.flush()
        system_changes.take_in(session, asking.practice, visits, as_of=NOON)

    asking.db.transaction(write)


@dataclass
class Office:
    """The workers of one installation, of which any may be killed at any moment."""

    url: str
    clock: FastClock
    workers: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Start one more worker."""
        child = os.fork()
        if child:
            self.workers.append(child)
            return
        try:
            _work(self.url, self.clock)
        except BaseException:  # noqa: BLE001 - whatever it is, this process ends here and says why
            traceback.print_exc()
        finally:
            os._exit(1)

    def kill(self, chance: Random) -> None:
        """Kill one worker; it must have been at work."""
        child = self.workers.pop(chance.randrange(len(self.workers)))
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL, "the worker failed before it was killed"

    def is_quiet(self) -> bool:
        """Say whether nothing is queued, under way, doubtful or due."""
        with self.looking() as db:
            return db.read(lambda s: _left(s, self.clock)) == 0

    @contextmanager
    def looking(self) -> Iterator[Database]:
        """Open the database for a while: no connection is open while a worker is started."""
        db = open_database(self.url)
        try:
            yield db
        finally:
            db.close()


def _left(session: Session, clock: FastClock) -> int:
    queries = (
        select(func.count()).select_from(Message).where(Message.state.in_(UNSETTLED)),
        select(func.count()).select_from(Message).where(is_to_be_looked_up()),
        select(func.count()).select_from(Timer).where(Timer.state == TimerState.OPEN, Timer.due_at <= clock()),
    )
    return sum(session.scalar(query) or 0 for query in queries)


def _work(url: str, clock: FastClock) -> None:
    """Do what the standing dispatch does, for ever, by the fast clock."""
    db = open_database(url)
    with use_database(db), patch.object(Stopwatch, "moment", lambda _watch: clock()):
        while True:
            delivery.recover_messages(as_of=clock())
            while db.transaction(lambda s: feedback_sweep.is_due(s, as_of=clock())):
                db.transaction(lambda s: feedback_sweep.fire_timers(s, as_of=clock(), limit=BATCH))
                for claim in delivery.claims_of_messages(as_of=clock(), limit=BATCH):
                    delivery.deliver_messages.fn(claim, as_of=clock())
            for claim in delivery.claims_of_messages(as_of=clock(), limit=BATCH):
                delivery.deliver_messages.fn(claim, as_of=clock())
            if db.read(lambda s: look_ups.is_due(s, as_of=clock())):
                delivery.look_up_unknown.fn(as_of=clock())
            time.sleep(0.01)


def test_killed_at_any_moment_nobody_is_asked_twice_and_nobody_is_lost_f_220_f_221(
    db: Database, own_settings: Settings
) -> None:
    """I5, I6: counted by the provider's own log, which nothing of ours can change."""
    chance = Random(20270302)
    asking = an_asking(db)
    _people(asking)
    url = db.url.render_as_string(hide_password=False)
    db.close()
    clock = FastClock(BEGINS, SCALE)
    with an_exchange(clock=clock, rates=RATES, lag=_lag, seed=7) as exchange:
        chosen = Settings(home=own_settings.home, postal_address="1 Example Street, Springfield", **exchange.settings())
        office = Office(url, clock)
        with use_settings(chosen):
            for _ in range(WORKERS):
                office.start()
            until, kills = time.monotonic() + LONGEST, 0
            while len(exchange.log) < UNDER_FIRE * PEOPLE:
                wanted = len(exchange.log) + chance.randrange(1, MOST_BETWEEN)
                while len(exchange.log) < wanted:  # by work done: on a busy machine workers start slowly
                    assert time.monotonic() < until, "killed workers come to nothing"
                    time.sleep(0.01)
                time.sleep(chance.uniform(0, 0.2))
                office.kill(chance)
                office.start()
                kills += 1
            assert kills >= FEWEST_KILLS
            while not office.is_quiet():
                assert time.monotonic() < until, "something is never settled"
                time.sleep(0.2)
            while office.workers:
                office.kill(chance)
        with office.looking() as found:
            found.read(lambda s: _assert_done_once(s, exchange, asking.practice, _mailed(own_settings)))


def _mailed(own: Settings) -> Counter[str]:
    return Counter(one.to.rpartition("<")[2].strip(">") for one in read_mailbox(own.mailbox_folder))


def _assert_done_once(session: Session, exchange: Exchange, practice: int, mailed: Counter[str]) -> None:
    texted = Counter(one.to for one in exchange.log)
    assert set(exchange.answered) == {"taken", "refused", "throttled", "broken", "lied", "cut"}
    asked = {number: texted[_phone(number)] + mailed[f"rosa{number}@example.com"] for number in range(PEOPLE)}
    assert [number for number, times in asked.items() if times > 1] == [], "asked twice on one attempt"
    rows = session.scalars(select(FeedbackAttemptRow)).all()
    outcomes = Counter(row.outcome for row in rows)
    assert outcomes[Outcome.WAITING] == 0, "an outcome is missing"
    assert outcomes[Outcome.SENT] + outcomes[Outcome.UNSURE] >= sum(asked.values()), "sent, and no row says so"
    assert outcomes[Outcome.SENT] <= sum(asked.values()), "a row says sent, and the provider knows nothing of it"
    told = {row.request_id for row in rows}
    requests = session.scalars(select(FeedbackRequestRow)).all()
    assert [one.id for one in requests if one.id not in told and one.why is None] == [], "lost without a row"
    assert len(requests) == PEOPLE
    assert all(one.waits_for is None for one in requests)
    assert sum(asked.values()) > 0.97 * PEOPLE
    assert events.check_chain(session, practice).is_intact
