"""Many messages at once: how many are marked, who makes the calls, and what a failure of ours leaves behind."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.db import Database
from models.inputs.mailbox import read_texts
from models.inputs.outgoing import Accepted, OutgoingMail, OutgoingText
from models.settings import Settings
from models.tables.messages import Message, MessageState
from tasks import handing_over
from tasks import messages as delivery
from tasks.connectors import local
from tasks.connectors.local import MailboxTexter
from tasks.policy import TaskFailed
from tests.store.asking import an_asking
from tests.tasks.test_delivery import deliver


def test_a_failure_of_ours_stops_the_batch_and_gives_back_what_was_not_begun(
    db: Database, own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-220: what is under way when it happens is taken over as unknown, the rest is due again."""
    asking = an_asking(db)
    for n in range(6):
        asking.patient(str(91 + n), first=f"Rosa{n}", email=f"r{n}@example.com", mobile=f"+1212555014{n}")
        asking.check_out(str(501 + n), patient=str(91 + n))
    asking.wait(hours=3, minutes=1)
    send, calls = MailboxTexter.send, list[str]()

    def failing(self: MailboxTexter, text: OutgoingText) -> Accepted:
        calls.append(text.attempt)
        if len(calls) == 3:
            raise RuntimeError
        return send(self, text)

    monkeypatch.setattr(MailboxTexter, "send", failing)
    with pytest.raises(TaskFailed):
        deliver(asking.now)
    found = db.read(lambda s: s.scalars(select(Message.state).order_by(Message.id)).all())
    assert found.count(MessageState.SENDING) == 1
    assert found.count(MessageState.SENT) == len(read_texts(own_settings.mailbox_folder)) >= 2
    monkeypatch.setattr(MailboxTexter, "send", send)
    later = asking.now + timedelta(minutes=4)
    assert delivery.recover_messages(as_of=later)["unknown"] == 1
    assert deliver(later).get("sent", 0) == found.count(MessageState.PENDING) + found.count(MessageState.CLAIMED)
    assert len(read_texts(own_settings.mailbox_folder)) == 5


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_thread_that_ends_in_the_midst_of_its_work_keeps_nobody_waiting(
    db: Database, own_settings: Settings, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """F-220: what was in its hands is taken over as unknown, what it never took up is due again."""
    asking = an_asking(db)
    for n in range(6):
        asking.patient(str(91 + n), first=f"Rosa{n}", email=f"r{n}@example.com", mobile=f"+1212555014{n}")
        asking.check_out(str(501 + n), patient=str(91 + n))
    asking.wait(hours=3, minutes=1)
    called, calls = handing_over._Line._called, list[int]()

    def ending(self: handing_over._Line, marked: handing_over._Marked, *given: Any) -> Any:
        calls.append(marked.message.id)
        is_last = len(calls) == 3
        if is_last and place == "before":
            raise SystemExit
        done = called(self, marked, *given)
        if is_last:
            raise MemoryError
        return done

    monkeypatch.setattr(handing_over._Line, "_called", ending)
    with pytest.raises(TaskFailed, match="LineBroken"):
        deliver(asking.now)
    assert len(calls) == 3
    found = db.read(lambda s: s.scalars(select(Message.state).order_by(Message.id)).all())
    assert (found.count(MessageState.SENT), found.count(MessageState.SENDING)) == (2, 1)
    monkeypatch.setattr(handing_over._Line, "_called", called)
    later = asking.now + timedelta(minutes=4)
    assert delivery.recover_messages(as_of=later)["unknown"] == 1
    assert deliver(later) == {"sent": 3}
    said = {"before": 5, "after": 6}[place]
    assert len(read_texts(own_settings.mailbox_folder)) == said


def test_calls_are_made_by_another_thread_and_never_more_are_marked_than_the_window(
    db: Database, own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-220: so many may be doubtful after a crash, and no more."""
    object.__setattr__(own_settings, "dispatch_send_window", 3)
    object.__setattr__(own_settings, "postal_address", "1 Main Street, Albany NY")
    asking = an_asking(db)
    for n in range(9):
        asking.patient(str(91 + n), first=f"Rosa{n}", email=f"r{n}@example.com", mobile="")
        asking.check_out(str(501 + n), patient=str(91 + n))
    asking.wait(hours=3, minutes=1)
    send, marked, threads = local.MailboxSession.send, list[int](), set[str]()
    ours = select(Message.id).where(Message.state == MessageState.SENDING, Message.outcome == "")

    def counting(self: local.MailboxSession, mail: OutgoingMail) -> Accepted:
        marked.append(len(db.read(lambda s: s.scalars(ours).all())))
        threads.add(threading.current_thread().name)
        return send(self, mail)

    monkeypatch.setattr(local.MailboxSession, "send", counting)
    assert deliver(asking.now) == {"sent": 9}
    assert 1 <= max(marked) <= 3
    assert threading.current_thread().name not in threads
