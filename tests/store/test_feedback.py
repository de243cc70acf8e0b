"""Requests for feedback in the database: begun with the check-out, asked when due, each person once."""

from datetime import timedelta

import pytest

from models.db import Database
from models.rules.appointments import Status
from models.rules.feedback import Outcome, RequestState, Why
from models.rules.feedback_events import Sent
from models.rules.messages import Channel, MessageKind
from tests.store.asking import DAY, HOUR, NOON, Asking, an_asking

pytestmark = pytest.mark.database


@pytest.fixture
def asking(db: Database) -> Asking:
    """Give a practice that asks."""
    return an_asking(db)


def test_a_check_out_arms_the_first_attempt_in_its_own_transaction(asking: Asking) -> None:
    """F-001, F-003: one decision, three hours later."""
    asking.patient()
    request = asking.check_out()
    row = asking.row(request)
    assert row.state is RequestState.PLANNED
    assert row.due_at is not None
    assert abs(row.due_at - (NOON + 3 * HOUR)) < timedelta(seconds=1)
    assert asking.wait(hours=2, minutes=59) == {}
    assert asking.wait(minutes=2) == {"feedback_asked": 1}
    [message] = asking.messages(request)
    assert (message.kind, message.channel) == (MessageKind.FEEDBACK_TEXT, Channel.TEXT)
    assert asking.sweep() == {}


@pytest.mark.parametrize(
    "status", [one for one in Status if one is not Status.CHECKED_OUT and one is not Status.LAPSED]
)
def test_no_other_status_plans_anything(asking: Asking, status: Status) -> None:
    """F-002, F-005: scheduled, confirmed, checked in, canceled, no-show."""
    asking.patient()
    asking.show("501", Status.CONFIRMED)
    asking.show("501", status)
    assert asking.wait(days=40) == {}


def test_the_cadence_goes_on_from_the_real_sends(asking: Asking) -> None:
    """F-010, F-011, F-020: text, then mails one and five days later."""
    asking.patient()
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    asking.tell(request, Sent(1, Channel.TEXT, asking.now))
    assert asking.wait(days=1, minutes=1) == {"feedback_asked": 1}
    asking.tell(request, Sent(2, Channel.EMAIL, asking.now))
    assert asking.wait(days=5, minutes=1) == {"feedback_asked": 1}
    asking.tell(request, Sent(3, Channel.EMAIL, asking.now))
    assert [one.channel for one in asking.messages(request)] == [Channel.TEXT, Channel.EMAIL, Channel.EMAIL]
    assert [one.outcome for one in asking.attempts(request)] == [Outcome.SENT] * 3
    assert asking.wait(days=31) == {"feedback_unanswered": 1}


def test_a_duplicate_record_is_the_same_person(asking: Asking) -> None:
    """F-161, F-040: the same phone under another name was asked; so was the same name and date of birth."""
    asking.patient()
    asking.patient("92", first="Ros", last="Marsch", email="")
    asking.patient("93", email="other@example.com", mobile="")
    first = asking.check_out()
    asking.wait(hours=3, minutes=1)
    asking.tell(first, Sent(1, Channel.TEXT, asking.now))
    asking.now += 2 * DAY
    for number, patient in (("502", "92"), ("503", "93")):
        row = asking.row(asking.check_out(number, patient=patient))
        assert (row.state, row.why) == (RequestState.SUPPRESSED, Why.OMISSION)


def test_an_undone_check_out_cancels_and_a_new_one_decides_anew(asking: Asking) -> None:
    """F-163, P: a unique key of appointment and epoch."""
    asking.patient()
    first = asking.check_out()
    asking.show("501", Status.CHECKED_IN)
    assert (asking.row(first).state, asking.row(first).why) == (RequestState.CANCELLED, Why.CHECK_OUT_UNDONE)
    second = asking.check_out()
    assert second != first
    assert (asking.row(second).epoch, asking.row(second).state) == (2, RequestState.PLANNED)


def test_without_a_policy_nobody_is_asked(db: Database) -> None:
    """F-015, F-213."""
    asking = an_asking(db, asks=())
    asking.patient()
    assert asking.row(asking.check_out()).why is Why.NO_CADENCE
