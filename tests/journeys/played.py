"""Half-years played in tests: what is kept of each, and one in which the process dies again and again."""

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deployments.example_practices import POSTAL_ADDRESS
from deployments.half_year import HalfYear, set_up
from deployments.simulate import Act, Simulation
from models.db import Database, open_database, use_database
from models.rules.calendars import local_day
from models.settings import Settings, use_settings
from models.tables.base import counted_ids
from models.tables.enrollment import EnrollmentRow
from models.tables.events import Event
from models.tables.messages import Message

T = TypeVar("T")
ZONE = "America/New_York"
LONGEST_LEASE = timedelta(minutes=6)
"""After so long whatever a dead process had claimed is free."""


class Line(NamedTuple):
    """One line of what happened, as people would tell it: without keys, ids and minutes."""

    day: str
    process: str
    kind: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trace:
    """What is the same whenever the same half-year is played."""

    history: Counter[Line]
    mails: Counter[tuple[str, str, str]]

    def without_days(self) -> Counter[Line]:
        """Leave out the days: who waits for a dead process may go home before it is done."""
        return Counter(line._replace(day="") for line in self.history.elements())


def trace(session: Session) -> Trace:
    """Tell what happened and what was said."""
    rows = session.execute(select(Event.at, Event.process, Event.kind, Event.subject, Event.reason))
    history = Counter(Line(str(local_day(at, ZONE)), *map(str, rest)) for at, *rest in rows)
    said = session.execute(select(Message.kind, Message.subject, Message.state))
    return Trace(history, Counter((str(kind), subject, str(state)) for kind, subject, state in said))


@contextmanager
def on_a_database(home: Path, template: Path) -> Iterator[tuple[Database, Settings]]:
    """Give a fresh SQLite database with a home of its own."""
    home.mkdir()
    chosen = Settings(home=home)
    shutil.copy(template, chosen.database_file)
    db = open_database(chosen.resolved_database_url)
    try:
        yield db, chosen
    finally:
        db.close()


@contextmanager
def _ready(db: Database, settings: Settings) -> Iterator[None]:
    chosen = settings.model_copy(update={"mailer": "mailbox", "texter": "mailbox", "postal_address": POSTAL_ADDRESS})
    with use_settings(chosen), use_database(db), counted_ids():
        yield


def play(
    db: Database, settings: Settings, seed: int, *, days: int, on_day: Callable[[datetime], None] = lambda _: None
) -> HalfYear:
    """Play a half-year on a fresh database."""
    with _ready(db, settings):
        made = set_up(seed, days=days, on_day=on_day)
        made.simulation.play()
        return made


def play_dying(db: Database, settings: Settings, seed: int, *, days: int, share: float) -> int:
    """Play it while the process dies before or after this share of its commits; gives how often it did."""
    with _ready(db, settings):
        made = set_up(seed, days=days).simulation
        dying = Dying(db, random.Random(seed), share)
        with use_database(dying):
            Again(made.world, made.players, made.until).play()
        return dying.deaths


class Died(BaseException):
    """The process was killed; nothing of ours may catch that."""


class Dying(Database):
    """A database whose process dies before or after some commits, once there are enrollments.

    Before that it lives, since simulated payers answer by the numbers of enrollments.
    """

    def __init__(self, db: Database, source: random.Random, share: float) -> None:
        super().__init__(db.url, db.engine)
        self._source, self._share = source, share
        self._is_armed = False
        self.deaths = 0

    def transaction(self, work: Callable[[Session], T]) -> T:
        """Run as usual, but die."""

        def dying(session: Session) -> T:
            done = work(session)
            self._perhaps()
            self._is_armed = self._is_armed or bool(session.scalar(select(func.count()).select_from(EnrollmentRow)))
            return done

        done = super().transaction(dying)
        self._perhaps()
        return done

    def _perhaps(self) -> None:
        if self._is_armed and self._source.random() < self._share:
            self.deaths += 1
            raise Died


class Again(Simulation):
    """A simulation whose people try again, and whose processes are started again, after each death."""

    def drain(self) -> None:
        """Go on after each death; what the dead one had claimed is free when its lease is over."""
        self._until_it_comes_through(super().drain)

    def act(self, plan_name: str, act: Act) -> None:
        """Let somebody press the button again."""
        self._until_it_comes_through(lambda: super(Again, self).act(plan_name, act))

    def _plan_sessions(self) -> None:
        self._until_it_comes_through(super()._plan_sessions)

    def _until_it_comes_through(self, work: Callable[[], None]) -> None:
        while True:
            try:
                work()
            except Died:
                self.world.now += LONGEST_LEASE
            else:
                return
