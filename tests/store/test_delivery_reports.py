"""Reports of delivery: noted, taken as proof, and heeded where no text can arrive (F-221, F-223, F-205)."""

from itertools import permutations

import pytest
from sqlalchemy import select, update

from models.db import Database
from models.rules.feedback import Outcome
from models.sealing import INSTALLATION
from models.tables.messages import Message, MessageState
from tests.store.asking import PHONE
from tests.store.texting import Texting, a_texting

pytestmark = pytest.mark.database


@pytest.fixture
def texting(db: Database) -> Texting:
    return a_texting(db)


def out(texting: Texting, state: MessageState, *, attempts: int = 1) -> tuple[int, Message]:
    """Let a text of a request be handed over, or be thought to be."""
    request = texting.asking.check_out()
    texting.asking.wait(hours=3, minutes=1)
    [message] = texting.asking.messages(request)
    values = update(Message).where(Message.id == message.id).values(state=state, attempts=attempts)
    texting.db.transaction(lambda s: s.execute(values))
    return request, message


def state_of(texting: Texting, message: Message) -> MessageState:
    return texting.db.read(lambda s: s.scalars(select(Message.state).where(Message.id == message.id)).one())


@pytest.mark.parametrize("state", [MessageState.UNKNOWN, MessageState.SENDING, MessageState.PENDING])
def test_a_report_proves_that_a_text_was_taken(texting: Texting, state: MessageState) -> None:
    """F-221: also before its worker could say so, and before it goes a second time."""
    request, message = out(texting, state)
    texting.report(message, "sent")
    assert texting.drain() == {"text_proved": 1}
    assert state_of(texting, message) is MessageState.SENT
    row = texting.asking.row(request)
    assert (row.sent, row.number, row.waits_for) == (1, 1, None)
    [attempt] = texting.asking.attempts(request)
    assert (attempt.outcome, attempt.delivery) == (Outcome.SENT, "sent")


def test_a_report_of_another_attempt_proves_nothing_of_this_one(texting: Texting) -> None:
    """F-221."""
    _, message = out(texting, MessageState.UNKNOWN, attempts=2)
    texting.report(message, "queued", attempt=1)
    texting.drain()
    assert state_of(texting, message) is MessageState.UNKNOWN


def test_reports_in_any_order_lead_to_the_same(db: Database) -> None:
    """F-223: doubled and reordered."""
    texting = a_texting(db)
    request, message = out(texting, MessageState.SENDING)
    for order in permutations(("queued", "sent", "delivered")):
        for one in (*order, *order):
            texting.report(message, one)
        texting.drain()
        [attempt] = texting.asking.attempts(request)
        assert attempt.delivery == "delivered"
    assert texting.asking.row(request).sent == 1
    assert len(texting.inbox()) == 3


@pytest.mark.parametrize(
    ("error", "reason", "lines"),
    [("30005", "undeliverable", 1), ("30006", "undeliverable", 1), ("21610", "provider", 2)],
)
def test_a_number_that_no_text_reaches_gets_none(texting: Texting, error: str, reason: str, lines: int) -> None:
    """F-205; whoever opted out at the provider stands in the ledger too."""
    request, message = out(texting, MessageState.SENT)
    texting.report(message, "undelivered", error=error)
    assert texting.drain() == {f"text_{reason}": 1}
    assert texting.stops() == [(INSTALLATION, reason, False), (texting.asking.practice, reason, False)]
    assert len(texting.ledger()) == lines
    assert texting.asking.attempts(request)[0].delivery == f"undelivered:{error}"
    assert texting.asking.scene(request).visit.person.is_text_stopped


@pytest.mark.parametrize("error", ["30003", "30007", "30008", ""])
def test_a_failure_that_may_pass_stops_nothing(texting: Texting, error: str) -> None:
    """F-205."""
    _, message = out(texting, MessageState.SENT)
    texting.report(message, "undelivered", error=error)
    texting.drain()
    assert texting.stops() == []


def test_a_report_of_nothing_that_we_sent_changes_nothing(texting: Texting) -> None:
    """F-223."""
    _, message = out(texting, MessageState.SENT)
    texting.report(Message(id=message.id + 1), "undelivered", error="30005", to=PHONE)
    assert texting.drain() == {"text_unknown_message": 1}
    assert texting.stops() == []
