"""What tests of faults play until nothing is left to do, and what must be true then: once, or seen to be unknown."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import select

from models.db import Database
from models.inputs.mailbox import read_mailbox, read_texts
from models.rules.messages import Channel
from models.settings import Settings
from models.store import breaches, events
from models.tables.messages import Message, MessageState
from tasks import messages as delivery
from tasks.policy import TaskFailed
from tests.factories import MONDAY
from tests.faults.breaking import CANARY
from tests.store.asking import Asking

LATER: Final = tuple(timedelta(minutes=one) for one in (0, 1, 3, 7, 15, 40, 120, 600, 1_500, 2_400, 3_000))
"""When work is looked at again: past every pause that one failure leads to."""


class Stage(Protocol):
    """One part of the world with what speaks to it."""

    def play(self) -> None:
        """Do what flows do, until nothing is left to do."""
        ...

    def check(self) -> None:
        """Assert that all was done once, or is seen not to be known."""
        ...


def tried(work: Callable[..., Any], *given: Any, **named: Any) -> None:
    """Do a task's work; when it fails, a later sweep goes on, and its words say nothing about anybody."""
    words = ""
    try:
        work(*given, **named)
    except TaskFailed as failure:
        words = f"{failure!r} {failure.__context__!r}"
    assert CANARY not in words


def assert_sound(db: Database, *practices: int) -> None:
    """Assert that no watched promise is broken, and that no history is."""
    assert [(one.invariant.key, one.number) for one in db.read(breaches.look)] == []
    assert all(db.read(lambda s, n=one: events.check_chain(s, n)).is_intact for one in practices)  # type: ignore[misc]


def deliver(as_of: datetime) -> None:
    """Do what the dispatch does about messages."""
    tried(delivery.recover_messages, as_of=as_of)
    if delivery.is_look_up_due(as_of=as_of):
        tried(delivery.look_up_unknown.fn, as_of=as_of)
    for claim in delivery.claims_of_messages(as_of=as_of, limit=100):
        tried(delivery.deliver_messages.fn, claim, as_of=as_of)


def assert_handed_once(db: Database, channel: Channel, arrived: Counter[str]) -> None:
    """Compare messages with what providers have: none twice, none lost, nothing between."""
    found = db.read(lambda s: s.scalars(select(Message).where(Message.channel == channel)).all())
    states = Counter(one.state for one in found)
    seen = {MessageState.SENT, MessageState.REFUSED, MessageState.DEAD, MessageState.UNKNOWN, MessageState.CANCELLED}
    assert set(states) <= seen, "a message is left on its way"
    assert [name for name, times in arrived.items() if times > 1] == []
    assert states[MessageState.SENT] <= arrived.total() <= states[MessageState.SENT] + states[MessageState.UNKNOWN]
    for one in found:
        if one.state is MessageState.UNKNOWN:
            assert one.outcome == "unknown_final"


@dataclass
class Mails:
    """A practice that has signed: three mails are to go out."""

    db: Database
    home: Settings
    now: datetime = MONDAY

    def play(self) -> None:
        """Deliver, again and again."""
        begins = self.now
        for pause in LATER:
            self.now = begins + pause
            deliver(self.now)

    def check(self) -> None:
        """Assert that each mail arrived once, or that a row says what is not known."""
        mails = read_mailbox(self.home.mailbox_folder)
        arrived = Counter(f"{one.to} {one.subject}" for one in mails)
        assert_handed_once(self.db, Channel.EMAIL, arrived)
        assert_sound(self.db)


@dataclass
class Texts:
    """Patients who are asked by text."""

    asking: Asking
    home: Settings

    def play(self) -> None:
        """Deliver, again and again, before the next attempt is due."""
        begins = self.asking.now
        for pause in LATER:
            if pause < timedelta(hours=20):
                self.asking.now = begins + pause
                deliver(self.asking.now)

    def check(self) -> None:
        """Assert that each text arrived once; who got none is told why, by mail or by a row."""
        texts = read_texts(self.home.mailbox_folder)
        assert_handed_once(self.asking.db, Channel.TEXT, Counter(one.text.recipient for one in texts))
        mails = Counter(one.to for one in read_mailbox(self.home.mailbox_folder))
        assert_handed_once(self.asking.db, Channel.EMAIL, mails)
        assert_sound(self.asking.db, self.asking.practice)
