"""A worker that is halted until its lease is over, and then goes on, writes and sends nothing any more."""

import ast
import signal
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.settings import Settings
from models.store import events
from models.store.claims import LEASE
from models.tables.events import Event
from models.tables.messages import Message, MessageState
from models.tables.timers import Timer, TimerState
from tasks import messages as delivery
from tasks import onboarding as sweeps
from tests.factories import MONDAY, a_signed_journey

PROJECT = Path(__file__).parents[2]
CALL_IS_OVER = MONDAY + timedelta(days=20)


def begun(db: Database, own: Settings, kind: str, moment: datetime) -> subprocess.Popen[str]:
    """Start a worker, and halt it while it holds what it claimed."""
    url = db.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.faults.late_worker", url, str(own.home), kind, moment.isoformat()]
    first = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stdout
    assert first.stdout.readline() == "holds\n"
    first.send_signal(signal.SIGSTOP)
    return first


def ended(first: subprocess.Popen[str]) -> Counter[str]:
    """Let a halted worker go on to its end; gives what it counted."""
    first.send_signal(signal.SIGCONT)
    said, _ = first.communicate("go on\n")
    assert first.returncode == 0
    return Counter(ast.literal_eval(said))


def lines(db: Database) -> int:
    return db.read(lambda s: s.scalar(select(func.count()).select_from(Event))) or 0


def deliver(as_of: datetime) -> Counter[str]:
    delivery.recover_messages(as_of=as_of)
    counts = Counter[str]()
    for claim in delivery.claims_of_messages(as_of=as_of, limit=100):
        counts += delivery.deliver_messages.fn(claim, as_of=as_of)
    return counts


def test_of_messages_that_another_one_delivered_meanwhile(db: Database, own_settings: Settings) -> None:
    """I5: each mail once, by the mailbox; the first worker finds that its marks are not taken."""
    a_signed_journey(db)
    first = begun(db, own_settings, "messages", MONDAY)
    try:
        assert deliver(MONDAY) == {}
        assert deliver(MONDAY + 2 * LEASE) == {"sent": 3}
        before = lines(db)
        late = ended(first)
    finally:
        first.kill()
    assert set(late) <= {"lost", "given_back"}
    assert late.total() == 3
    assert len(read_mailbox(own_settings.mailbox_folder)) == 3
    found = db.read(lambda s: s.scalars(select(Message)).all())
    assert [(one.state, one.attempts) for one in found] == [(MessageState.SENT, 1)] * 3
    assert lines(db) == before


def test_of_timers_that_another_one_fired_meanwhile(db: Database, own_settings: Settings) -> None:
    """O-40: what a timer leads to is written once; the first worker finds that its claim is lost."""
    a_signed_journey(db)
    first = begun(db, own_settings, "timers", CALL_IS_OVER)
    try:
        later = CALL_IS_OVER + 2 * LEASE
        assert list(sweeps.claims_of_whole_journeys(as_of=CALL_IS_OVER, limit=100)) == []
        (claim,) = sweeps.claims_of_whole_journeys(as_of=later, limit=100)
        assert sweeps.advance_whole_journeys.fn(claim, as_of=later) == {"call_passed": 1}
        before = lines(db)
        assert ended(first) == {"lost": 1}
    finally:
        first.kill()
    fired = select(func.count()).where(Timer.kind == "call_passed", Timer.state == TimerState.FIRED)
    assert db.read(lambda s: s.scalar(fired)) == 1
    assert lines(db) == before
    practice = db.read(lambda s: s.scalar(select(Event.practice_id).limit(1)))
    assert practice is not None
    assert db.read(lambda s: events.check_chain(s, practice)).is_intact
