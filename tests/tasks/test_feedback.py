"""Feedback as forms answer it: settings, reasons, lists, test messages, test appointments; nobody's name anywhere."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from models.db import Database
from models.inputs.mailbox import read_mailbox, read_texts
from models.rules.decisions import Process
from models.rules.feedback import Setting
from models.rules.messages import Channel
from models.settings import Settings, use_settings
from models.store import feedback_trials
from models.store.keys import keys_of
from models.tables.feedback import FeedbackRequestRow
from models.tables.messages import Message
from models.tables.practices import Person
from tasks import feedback, feedback_settings, messages
from tasks.feedback import Trial
from tasks.feedback_settings import Choice
from tests.store.asking import Asking, an_asking

P = "maple-street"


@pytest.fixture
def asking(db: Database) -> Asking:
    """Give a practice that asks."""
    return an_asking(db)


def choose(asking: Asking, setting: Setting, value: object, by: str, *, key: str = "") -> tuple[bool, str]:
    answer = feedback_settings.choose.fn(
        P, lambda _: Choice({setting: value}), by=by, key=key or f"run:{asking.now}", as_of=asking.now
    )
    return answer.is_done, answer.sentence


def test_a_choice_is_answered_with_its_version_or_with_whom_to_ask(asking: Asking) -> None:
    """F-016, F-042."""
    assert choose(asking, Setting.OMISSION_DAYS, 60, "office", key="run:1") == (
        True,
        "Recorded as version 2; it holds for visits that are checked out from now on.",
    )
    assert choose(asking, Setting.OMISSION_DAYS, 60, "office", key="run:1")[1].startswith("This was recorded before")
    is_done, sentence = choose(asking, Setting.OMISSION_DAYS, 90, "coach-1")
    assert not is_done
    assert sentence == (
        "Only the practice itself, by its primary contact, can change the omission period; ask there. "
        "Nothing was changed."
    )


def test_stopping_says_how_many_messages_stay_unsent_and_they_do(asking: Asking, own_settings: Settings) -> None:
    """F-042."""
    asking.patient()
    request = asking.check_out()
    asking.now += asking.row(request).due_at - asking.now  # type: ignore[operator]  # it is planned
    assert feedback.ask_for_feedback.fn(10, as_of=asking.now) == {"feedback_asked": 1}
    assert choose(asking, Setting.SENDING, False, "coach-1")[1] == (
        "Recorded as version 2: nobody is asked any more; 1 message that waited stay unsent."
    )
    with use_settings(own_settings):
        for claim in messages.claims_of_messages(as_of=asking.now, limit=10):
            assert messages.deliver_messages.fn(claim, as_of=asking.now)["sent"] == 0
    assert read_texts(own_settings.mailbox_folder) == []


def test_due_requests_come_in_batches_until_none_is_left(asking: Asking) -> None:
    """F-003."""
    asking.patient()
    request = asking.check_out()
    assert list(feedback.batches_of_requests(as_of=asking.now, limit=10)) == []
    due_at = asking.row(request).due_at
    assert due_at is not None
    counts = [
        feedback.ask_for_feedback.fn(size, as_of=due_at)
        for size in feedback.batches_of_requests(as_of=due_at, limit=10)
    ]
    assert counts == [{"feedback_asked": 1}]


def test_why_and_lists_name_nobody(asking: Asking) -> None:
    """F-213."""
    asking.patient()
    request = asking.check_out()
    appointment = asking.row(request).appointment_id
    answer = feedback.why.fn(appointment, as_of=asking.now)
    assert answer.is_done
    assert "planned for" in answer.sentence
    rows = feedback.request_rows.fn(P, limit=10)
    assert [row["appointment"] for row in rows] == [str(appointment)]
    assert feedback.request_rows.fn(P, "answered", limit=10) == []
    assert feedback.request_rows.fn("oak", limit=10) == []
    assert not [name for name in ("Rosa", "Marsh", "5550142") if name in answer.sentence + str(rows)]
    assert not feedback.why.fn(404, as_of=asking.now).is_done


def test_a_test_appointment_is_marked_once(asking: Asking) -> None:
    """F-163."""
    asking.patient()
    appointment = asking.row(asking.check_out()).appointment_id
    told = [feedback.mark_test.fn(appointment, by="desk", key=key, as_of=asking.now).sentence for key in ("1", "2")]
    assert told == [feedback.MARKED, feedback.WAS_MARKED]
    assert not feedback.mark_test.fn(appointment, by="stranger", key="3", as_of=asking.now).is_done


def send(asking: Asking, trial: Trial, *, by: str, key: str = "run:1") -> Any:
    return feedback.send_test.fn(P, trial, by=by, key=key, as_of=asking.now)


def deliver(asking: Asking, settings: Settings) -> dict[str, int]:
    with use_settings(settings.model_copy(update={"postal_address": "100 Example Street, Albany, NY 12207"})):
        return dict(
            sum(
                (
                    messages.deliver_messages.fn(claim, as_of=asking.now)
                    for claim in messages.claims_of_messages(as_of=asking.now, limit=10)
                ),
                start=Counter[str](),
            )
        )


def test_a_test_message_shows_an_attempt_and_belongs_to_no_request(asking: Asking, own_settings: Settings) -> None:
    """F-209: marked in its subject, its link of no request; the same key sends it once."""
    for _ in range(2):
        assert send(asking, Trial(3, Channel.EMAIL), by="office").is_done
    assert deliver(asking, own_settings) == {"sent": 1}
    [mail] = read_mailbox(own_settings.mailbox_folder)
    assert mail.subject.startswith("Test: ")
    assert f"/f/{feedback_trials.NO_REQUEST}" in mail.text
    assert "100 Example Street" in mail.text
    queued = asking.db.read(lambda s: s.scalars(select(Message.process)).all())
    assert queued == [Process.PRACTICE]
    assert asking.db.read(lambda s: s.scalars(select(FeedbackRequestRow)).all()) == []


def test_a_test_text_needs_a_number(asking: Asking, own_settings: Settings) -> None:
    refused = send(asking, Trial(1, Channel.TEXT), by="coach-1")
    assert not refused.is_done
    assert "no mobile number" in refused.sentence
    asking.db.transaction(_give_phone)
    assert send(asking, Trial(1, Channel.TEXT), by="office", key="run:2").is_done
    assert deliver(asking, own_settings) == {"sent": 1}
    [text] = read_texts(own_settings.mailbox_folder)
    assert text.text.body.startswith("Test: ")


def _give_phone(session: Any) -> None:
    row = session.scalars(select(Person).where(Person.key == "office")).one()
    row.phone = keys_of(session, row.practice_id).seal("+12025550143", table="people", column="phone", row_id=row.id)


@pytest.mark.parametrize(
    ("trial", "by", "words"),
    [
        (Trial(4, Channel.EMAIL), "office", "There is no attempt 4: this practice asks 3 times."),
        (Trial(1, Channel.EMAIL), "stranger", "There is nobody with the key stranger"),
    ],
)
def test_a_test_message_that_cannot_be_is_refused(asking: Asking, trial: Trial, by: str, words: str) -> None:
    answer = send(asking, trial, by=by)
    assert not answer.is_done
    assert answer.sentence.startswith(words)
