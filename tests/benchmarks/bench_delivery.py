"""How fast queued mails reach a mail server, beside ready-made mails over one reused connection to the same server."""

import resource
import smtplib
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.practice_system import SystemAppointment, SystemPatient
from models.rules.appointments import Origin, Status
from models.rules.decisions import Evidence, Process
from models.rules.feedback import Ask, Outcome
from models.rules.messages import Channel, MessageKind
from models.rules.roles import Role
from models.settings import Settings, settings, use_settings
from models.store import messages, patients, system_changes
from models.store.messages import NewMessage
from models.tables.feedback import FeedbackAttemptRow, FeedbackRequestRow
from models.tables.messages import Message, MessageState
from tasks import messages as delivery
from tasks.batches import SIDE_BY_SIDE
from tests.benchmarks.rows import tidy
from tests.benchmarks.table import Measured
from tests.factories import MONDAY, a_signed_journey
from tests.store.asking import HOUR, NOON, an_asking

SERVER = Path(__file__).with_name("mail_sink.py")
RUNS: Final = 3
LINE: Final = "x" * 76 + "\r\n"
LENGTH: Final = 14_200  # bytes of a feedback mail with its HTML
DUE: Final = NOON + timedelta(hours=3, minutes=1)
Queue = Callable[[Database, int], None]


class Delivered(NamedTuple):
    """One kind of mail, several times: ours, the floor, and by how many KiB the process grew after its first run."""

    ours: Measured
    floor: Measured
    grown: int


@contextmanager
def a_mail_sink() -> Iterator[int]:
    """Run a mail server in a process of its own; gives its port."""
    with subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def feedback_mails(db: Database, count: int) -> None:
    """Queue one mail to each of so many patients of one practice, all checked out three hours ago."""
    asking = an_asking(db, asks=(Ask(3 * HOUR, (Channel.EMAIL,)), Ask(24 * HOUR, (Channel.EMAIL,))))
    records = [SystemPatient(str(n), *names_of(n), None, email=f"p{n}@example.com") for n in range(count)]
    db.transaction(
        lambda s: patients.add_from_system(s, asking.practice, records, origin=Origin.KAREO, as_of=asking.now)
    )
    visits = [visit(n, asking.now) for n in range(count)]
    for status in (Status.CHECKED_IN, Status.CHECKED_OUT):
        shown = [replace(one, status=status) for one in visits]
        db.transaction(lambda s, shown=shown: system_changes.take_in(s, asking.practice, shown, as_of=asking.now))  # type: ignore[misc]
    asking.now += timedelta(hours=3, minutes=1)
    asking.sweep(limit=count)
    db.transaction(lambda s: s.execute(update(Message).values(due_at=DUE)))
    tidy(db)


_SYLLABLES = tuple(a + b for a in "BDFGKLMNPRST" for b in ("a", "e", "i", "o"))
_NAMES = tuple(f"{first}{last}" for first in _SYLLABLES for last in _SYLLABLES)


def names_of(number: int) -> tuple[str, str]:
    """Invent the two names of a person."""
    return _NAMES[number % len(_NAMES)], _NAMES[number // len(_NAMES)] + "son"


def visit(number: int, now: datetime) -> SystemAppointment:
    """Show a visit of a patient of the same number."""
    start = now - timedelta(days=2) + timedelta(minutes=number)
    return SystemAppointment(
        str(number),
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        modified_at=now + timedelta(milliseconds=number),
        status=Status.CHECKED_IN,
        provider="71",
        location="81",
        patient=str(number),
    )


def onboarding_mails(db: Database, count: int) -> None:
    """Queue so many reminders to one practice."""
    journey = a_signed_journey(db)

    def queue(session: Session) -> None:
        practice = session.scalars(select(Message.practice_id).limit(1)).one()
        session.execute(update(Message).values(state=MessageState.SENT))
        new = [_reminder(practice, journey, number) for number in range(count)]
        messages.queue(session, new, as_of=MONDAY)

    db.transaction(queue)
    tidy(db)


def _reminder(practice: int, journey: int, number: int) -> NewMessage:
    fields: dict[str, Evidence] = {"step": "welcome_call", "party": "practice", "waiting_days": 2}
    key, role, kind = f"bench:{number}", Role.PRIMARY_CONTACT, MessageKind.REMINDER
    return NewMessage(practice, Process.ONBOARDING, journey, key, kind, role, "", key, fields, MONDAY)


def measure(db: Database, queue: Queue, count: int, *, runs: int = RUNS) -> Delivered:
    """Deliver the same queued mails several times, each time after as many ready-made ones of the same length."""
    queue(db, count)
    ours, floor, sizes = list[float](), list[float](), list[int]()
    with a_mail_sink() as port, use_settings(smtp_at(port)):
        for _ in range(runs):
            floor.append(_hand_over_ready(port, count))
            db.transaction(_due_again)
            ours.append(deliver(count))
            sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    name = queue.__name__.replace("_", " ")
    return Delivered(
        Measured(f"golive, {name}, window {settings().dispatch_send_window}", count, tuple(ours)),
        Measured("floor: smtplib, one connection, ready-made", count, tuple(floor)),
        sizes[-1] - sizes[0],
    )


def smtp_at(port: int) -> Settings:
    """Give settings that send to a port of this machine."""
    changed = {"mailer": "smtp", "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_starttls": False}
    return settings().model_copy(update=changed | {"postal_address": "1 Main Street, Albany NY"})


def _due_again(session: Session) -> None:
    """Bring messages and their requests back to where they were before a run."""
    queued = Message.key.like("ask:%") | Message.key.like("bench:%")
    again = {"state": MessageState.PENDING, "attempts": Message.attempts + 1, "settled_at": None, "outcome": ""}
    session.execute(update(Message).where(queued).values(**again))
    waiting = {"waits_for": Channel.EMAIL, "number": 0, "sent": 0, "first_sent_at": None, "tried": ""}
    waiting |= {"is_handed_over": False, "previous_at": None, "fresh_until": DUE + timedelta(hours=20)}
    session.execute(update(FeedbackRequestRow).values(**waiting))
    session.execute(update(FeedbackAttemptRow).values(outcome=Outcome.WAITING, at=DUE))


def deliver(count: int) -> float:
    """Deliver what is due as flows do it; gives the seconds."""
    counts, under_way, began = Counter[str](), deque[Future[Counter[str]]](), time.perf_counter()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as lines:  # as flows do it
        for claim in delivery.claims_of_messages(as_of=DUE, limit=count):
            under_way.append(lines.submit(delivery.deliver_messages.fn, claim, as_of=DUE))
            if len(under_way) == SIDE_BY_SIDE:
                counts.update(under_way.popleft().result())
        for one in under_way:
            counts.update(one.result())
    seconds = time.perf_counter() - began
    assert counts == {"sent": count}, counts
    return seconds


def _hand_over_ready(port: int, count: int) -> float:
    """Hand over ready-made mails as long as ours."""
    content = ("From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\n\r\n" + LINE * (LENGTH // len(LINE))).encode()
    with smtplib.SMTP("127.0.0.1", port) as connection:
        connection.ehlo()
        began = time.perf_counter()
        for _ in range(count):
            connection.sendmail("a@example.com", ["b@example.com"], content)
        return time.perf_counter() - began


def sent_of(db: Database) -> int:
    """Count what is sent by now."""
    sent = select(func.count()).select_from(Message).where(Message.state == MessageState.SENT)
    return db.read(lambda s: s.scalar(sent)) or 0
