"""Answers to private feedback: checked, released by a person, sent to that patient once, by an allowed way (F-083)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.mailbox import read_mailbox, read_texts
from models.rules.decisions import Process, Refusal
from models.rules.messages import Channel
from models.rules.reply_checker import Verdict
from models.rules.reputation_private import (
    BARRIERS,
    AnswerState,
    Barrier,
    PrivateAnswer,
    Reach,
    barrier_to,
    may_draft,
)
from models.settings import Settings
from models.store import events, keys, private_answers
from models.store.actors import Actor, actor_of
from models.store.private_answers import Standing
from models.tables.feedback import FeedbackAnswerRow, PrivateAnswerRow
from models.tables.messages import Message, MessageState
from models.tables.work_items import WorkItem
from tests.store.asking import Asking
from tests.tasks.test_delivery import deliver
from tests.web.answering import a_practice, ask
from tests.web.reputation import tell

KEY = "maple-street"
WORDS = "Thank you for telling us. We are sorry, and we will do better."
TEXT, EMAIL = Channel.TEXT, Channel.EMAIL


@pytest.fixture
def own_settings(own_settings: Settings) -> Settings:
    """Give an installation with a postal address, which mails to patients need."""
    object.__setattr__(own_settings, "postal_address", "1 Main Street, Albany NY")
    return own_settings


class Office:
    """The front office of a practice that got a feedback."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self.feedback = ask(asking)
        tell(asking, self.feedback, is_satisfied=False)

    def do(self, what: Any, *args: Any, feedback: int = 0) -> str:
        """Give the code of a refusal, or how the answer stands."""

        def work(session: Session) -> Standing | Refusal:
            actor = actor_of(session, KEY, "desk")
            assert isinstance(actor, Actor)
            done: Standing | Refusal = what(session, feedback or self.feedback, *args, actor, as_of=self.asking.now)
            return done

        done = self.asking.db.transaction(work)
        return done.code if isinstance(done, Refusal) else done.state.value

    def draft(self, words: str = WORDS) -> str:
        return self.do(private_answers.draft, words)

    def release(self, channel: Channel = EMAIL) -> str:
        return self.do(private_answers.release, channel)

    def take_back(self) -> str:
        return self.do(private_answers.take_back)

    @property
    def row(self) -> PrivateAnswerRow:
        return self.asking.db.read(lambda s: s.scalars(select(PrivateAnswerRow)).one())

    @property
    def messages(self) -> list[Message]:
        query = select(Message).where(Message.process == Process.REPUTATION).order_by(Message.queued_at, Message.id)
        return list(self.asking.db.read(lambda s: s.scalars(query).all()))

    @property
    def work(self) -> list[WorkItem]:
        query = select(WorkItem).where(WorkItem.key.like("message.%"))
        return list(self.asking.db.read(lambda s: s.scalars(query).all()))

    @property
    def patient(self) -> int:
        scene = self.asking.scene(self.feedback)
        assert scene.patient is not None
        return scene.patient

    def at(self, hour: int) -> None:
        """Let it be a full hour (UTC) of the day after tomorrow; New York is five hours behind."""
        later = self.asking.now + timedelta(days=2)
        self.asking.now = later.replace(hour=hour, minute=0, second=0, microsecond=0)


@pytest.fixture
def office(db: Database, own_settings: Settings) -> Office:
    assert own_settings.postal_address
    return Office(a_practice(db))


@pytest.mark.database
@pytest.mark.parametrize("channel", list(Channel))
def test_a_released_answer_goes_to_that_patient_once(office: Office, own_settings: Settings, channel: Channel) -> None:
    """F-083: its words travel in no field; what was fed back counts as read."""
    office.at(17)
    assert office.draft() == "checked"
    assert deliver(office.asking.now) == {}
    assert office.release(channel) == "released"
    assert WORDS not in office.row.words
    [message] = office.messages
    assert (message.fields, message.channel) == ({}, channel)
    assert deliver(office.asking.now) == {"sent": 1}
    assert deliver(office.asking.now + timedelta(days=2)) == {}
    texts = [one.text.body for one in read_texts(own_settings.mailbox_folder)]
    mails = [one.text for one in read_mailbox(own_settings.mailbox_folder)]
    assert sum(WORDS in one for one in (texts if channel is TEXT else mails)) == 1
    assert office.asking.db.read(lambda s: s.get_one(FeedbackAnswerRow, office.feedback)).read_at is not None
    after = (office.release(channel), office.draft("Another one."), office.take_back())
    assert after == ("not_waiting", "released", "sent")


@pytest.mark.database
def test_the_mail_carries_a_way_out_and_an_address(office: Office, own_settings: Settings) -> None:
    """F-207, F-209."""
    office.at(17)
    office.draft()
    office.release(EMAIL)
    deliver(office.asking.now)
    mail = next(one for one in read_mailbox(own_settings.mailbox_folder) if WORDS in one.text)
    assert "/s/" in mail.text
    assert "1 Main Street" in mail.text
    assert mail.subject == "Maple Street Family Medicine has answered you"


@pytest.mark.database
def test_words_about_health_dates_or_money_are_not_released(office: Office) -> None:
    """F-209, F-211."""
    assert office.draft("Your diagnosis and the bill of Monday are in your chart.") == "draft"
    assert office.row.verdict is Verdict.BLOCKED
    assert office.row.findings
    assert office.release() == "has_findings"
    assert office.draft() == "checked"
    assert office.row.edition == 2


@pytest.mark.database
def test_an_answer_waits_for_the_hours_of_the_patient_and_is_put_off_when_they_end(office: Office) -> None:
    """F-203, F-204: released at night, it waits; claimed late, it waits once more."""
    office.at(4)
    office.draft()
    assert office.release() == "released"
    [message] = office.messages
    assert message.due_at > office.asking.now + timedelta(hours=8)
    assert deliver(office.asking.now) == {}
    late = message.due_at + timedelta(hours=14)
    assert deliver(late) == {"withdrawn": 1}
    [message] = office.messages
    assert message.state is MessageState.PENDING
    assert message.due_at > late
    assert deliver(message.due_at) == {"sent": 1}


@pytest.mark.database
def test_what_was_not_sent_yet_is_taken_back_and_may_be_released_anew(office: Office) -> None:
    office.at(4)
    office.draft()
    office.release()
    assert office.take_back() == "taken_back"
    assert [message.state for message in office.messages] == [MessageState.CANCELLED]
    assert deliver(office.asking.now + timedelta(hours=12)) == {}
    assert (office.draft(), office.release(TEXT)) == ("checked", "released")
    waiting = next(one for one in office.messages if one.state is MessageState.PENDING)
    assert waiting.channel is TEXT
    assert deliver(waiting.due_at) == {"sent": 1}
    number = office.row.id
    lines = office.asking.db.read(lambda s: events.history(s, process=Process.REPUTATION, process_id=number))
    assert [(line.kind.removeprefix("private_answer_"), line.actor) for line in reversed(lines)] == [
        (kind, "desk") for kind in ("drafted", "released", "taken_back", "drafted", "released")
    ]


@pytest.mark.database
@pytest.mark.parametrize("channel", list(Channel))
def test_nobody_is_written_to_who_stopped_before_or_after_the_release(office: Office, channel: Channel) -> None:
    """F-205: after it, the message ends as a dead letter that the front office sees."""
    office.at(17)
    office.draft()
    office.release(channel)
    office.asking.stop(office.patient, channel)
    assert deliver(office.asking.now) == {"refused": 1}
    [item] = office.work
    assert (item.role, item.closed_at) == ("front_office", None)
    assert office.take_back() == "taken_back"
    assert [one.closed_at is None for one in office.work] == [False]
    office.draft()
    assert office.release(channel) == f"{'text' if channel is TEXT else 'mail'}_stopped"


@pytest.mark.database
def test_a_text_needs_a_consent_that_still_holds(office: Office) -> None:
    """F-201."""
    office.at(17)
    office.draft()
    office.asking.consent(office.patient, is_given=False, at=office.asking.now)
    assert office.release(TEXT) == "no_consent"
    assert office.release(EMAIL) == "released"


@pytest.mark.database
def test_an_archived_patient_is_not_written_to(office: Office) -> None:
    """F-160."""
    office.at(17)
    office.draft()
    office.asking.change(office.patient, archived_at=office.asking.now)
    assert office.release() == "archived"


@pytest.mark.database
def test_a_long_answer_goes_by_mail_only(office: Office) -> None:
    office.at(17)
    assert office.draft("We are sorry. " * 60) == "checked"
    assert office.release(TEXT) == "too_long"
    assert office.release(EMAIL) == "released"


@pytest.mark.database
def test_a_feedback_that_is_not_this_practices_is_like_one_that_does_not_exist(office: Office) -> None:
    assert office.draft("x" * 2_001) == "too_long"
    for number in (7, office.feedback + 1):
        assert office.do(private_answers.draft, WORDS, feedback=number) == "unknown_feedback"
    assert office.release() == "no_answer"


@pytest.mark.database
def test_after_the_key_is_gone_nothing_is_sent(office: Office) -> None:
    office.at(17)
    office.draft()
    office.release()
    office.asking.db.transaction(lambda s: keys.destroy(s, office.asking.practice))
    assert deliver(office.asking.now) == {"refused": 1}


@pytest.mark.parametrize(
    ("channel", "reach", "barrier"),
    [
        (TEXT, Reach(has_agreed=True), None),
        (EMAIL, Reach(), None),
        (TEXT, Reach(), Barrier.NO_CONSENT),
        (TEXT, Reach(is_stopped=True, has_agreed=True), Barrier.TEXT_STOPPED),
        (EMAIL, Reach(is_stopped=True), Barrier.MAIL_STOPPED),
        (TEXT, Reach(has_address=False, has_agreed=True), Barrier.NO_NUMBER),
        (EMAIL, Reach(has_address=False), Barrier.NO_ADDRESS),
        (EMAIL, Reach(is_archived=True), Barrier.ARCHIVED),
    ],
)
def test_what_stands_against_a_way_has_a_sentence(channel: Channel, reach: Reach, barrier: Barrier | None) -> None:
    """F-160, F-201, F-205."""
    assert barrier_to(channel, reach) is barrier
    assert set(BARRIERS) == set(Barrier)


def test_only_a_released_answer_keeps_its_words() -> None:
    for state in AnswerState:
        assert (may_draft(PrivateAnswer(state, Verdict.CLEAN)) is not None) == (state is AnswerState.RELEASED)
    assert may_draft(None) is None
