"""What one visit costs from the practice system's list to the patient's answer: processor seconds and bytes."""

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.practice_system import SystemPatient
from models.rules.appointments import Origin, Status
from models.rules.feedback import Ask
from models.rules.messages import Channel
from models.settings import use_settings
from models.store import feedback_answers, feedback_changes, patients, system_changes
from models.store.keys import keys_of
from models.tables.feedback import FeedbackRequestRow
from models.tables.messages import Message
from tests.benchmarks.bench_delivery import DUE, a_mail_sink, deliver, names_of, smtp_at, visit
from tests.benchmarks.rows import tidy
from tests.store.asking import HOUR, Asking, an_asking


@dataclass(frozen=True)
class Chain:
    """Processor seconds of each link of the chain for so many visits, and the bytes that they left on the disk."""

    visits: int
    seconds: dict[str, float]
    bytes: int

    @property
    def visits_a_second(self) -> float:
        """Give how many visits one processor takes through the whole chain in a second."""
        return self.visits / sum(self.seconds.values())


def measure_chain(db: Database, visits: int) -> Chain:
    """Take visits in, decide about them, mail each patient once, and let each answer; each link by itself."""
    asking = an_asking(db, asks=(Ask(3 * HOUR, (Channel.EMAIL,)), Ask(24 * HOUR, (Channel.EMAIL,))))
    people = [SystemPatient(str(n), *names_of(n), None, email=f"p{n}@example.com") for n in range(visits)]
    db.transaction(
        lambda s: patients.add_from_system(s, asking.practice, people, origin=Origin.KAREO, as_of=asking.now)
    )
    before, clock, seconds = size_of(db), time.process_time(), dict[str, float]()

    def lap(name: str) -> None:
        nonlocal clock
        seconds[name] = time.process_time() - clock
        clock = time.process_time()

    take_in(asking, visits)
    lap("taken in, confirmed to checked out")
    asking.now += timedelta(hours=3, minutes=1)
    asking.sweep(limit=visits)
    lap("decided, and the mail queued")
    db.transaction(lambda s: s.execute(update(Message).values(due_at=DUE)))
    with a_mail_sink() as port, use_settings(smtp_at(port)):
        clock = time.process_time()
        deliver(visits)
        lap("mailed")
    answer_all(asking)
    lap("answered")
    return Chain(visits, seconds, size_of(db) - before)


def take_in(asking: Asking, visits: int) -> None:
    """Show each visit three times, as the practice system does: confirmed, checked in, checked out."""
    listed = [visit(n, asking.now) for n in range(visits)]
    for status in (Status.CONFIRMED, Status.CHECKED_IN, Status.CHECKED_OUT):
        for start in range(0, visits, 500):
            some = [replace(one, status=status) for one in listed[start : start + 500]]
            asking.db.transaction(
                lambda s, some=some: system_changes.take_in(s, asking.practice, some, as_of=asking.now)  # type: ignore[misc]
            )


def answer_all(asking: Asking) -> None:
    """Let everybody press the button of their mail, each in a transaction of their own, as pages do."""

    def tokens(session: Session) -> list[str]:
        keys = keys_of(session, asking.practice)
        requests = session.scalars(select(FeedbackRequestRow.id)).all()
        return [feedback_changes.tokens_of(keys, one)[0] for one in requests]

    for token in asking.db.read(tokens):
        asking.db.transaction(
            lambda s, token=token: feedback_answers.answer(  # type: ignore[misc]
                s, token, is_satisfied=True, locale="en", as_of=DUE + timedelta(hours=1)
            )
        )


def size_of(db: Database) -> int:
    """Give the bytes of the database with its indexes."""
    tidy(db)
    if db.is_sqlite:
        return Path(str(db.engine.url.database)).stat().st_size
    return db.read(lambda s: int(s.execute(text("SELECT pg_database_size(current_database())")).scalar_one()))
