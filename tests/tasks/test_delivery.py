"""Delivery of the outbox over the built-in mailbox, with every way in which the world can fail."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.rules.onboarding_events import CompleteItem, Pause, RecordCall
from models.rules.onboarding_facts import CallOutcome, Reason
from models.settings import Settings
from models.store import messages
from models.store.onboarding import present_journey
from models.tables.messages import Message, MessageState
from tasks import messages as delivery
from tasks.connectors import registry
from tasks.connectors.local import MailboxMailer
from tasks.connectors.ports import Rejected, Sight, Unknown
from tests.connectors.faulty import Fault, FaultyMailer
from tests.factories import MONDAY, a_signed_journey, record


def deliver(as_of: datetime = MONDAY, limit: int = 100) -> dict[str, int]:
    counts: dict[str, int] = {}
    for claim in delivery.claims_of_messages(as_of=as_of, limit=limit):
        for what, count in delivery.deliver_messages.fn(claim, as_of=as_of).items():
            counts[what] = counts.get(what, 0) + count
    return counts


def states(db: Database) -> dict[str, int]:
    found = db.read(lambda session: session.scalars(select(Message.state)).all())
    return {state.value: found.count(state) for state in set(found)}


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch, own_settings: Settings) -> Iterator[object]:
    inner = MailboxMailer(own_settings.mailbox_folder)

    def inject(script: Iterable[Fault] = (), opening: Iterable[Fault] = ()) -> None:
        mailer = FaultyMailer(inner, script, opening=opening)
        monkeypatch.setattr(registry, "mailer", lambda _settings: mailer)

    return inject  # type: ignore[return-value]


def test_the_welcome_and_its_invitation_arrive_once_with_a_calendar_entry(db: Database, own_settings: Settings) -> None:
    """O-03: one Welcome Email and one invitation to the Welcome Call, as .ics in the practice's zone."""
    a_signed_journey(db)
    assert deliver() == {"sent": 3}
    assert deliver() == {}
    mails = read_mailbox(own_settings.mailbox_folder)
    to_practice = [mail for mail in mails if "dana@example.com" in str(mail.to)]
    assert len(to_practice) == 2
    invitation = next(mail for mail in to_practice if mail.calendars)
    content = str(invitation.calendars[0].content)
    assert "METHOD:REQUEST" in content
    assert "TZID=America/New_York" in content
    assert "BEGIN:VTIMEZONE" in content


def test_the_practices_mail_links_to_its_journey_without_naming_it(db: Database, own_settings: Settings) -> None:
    a_signed_journey(db)
    deliver()
    welcome = next(mail for mail in read_mailbox(own_settings.mailbox_folder) if not mail.calendars)
    assert f"{own_settings.public_address}/j/" in welcome.text
    assert "maple-street" not in welcome.text


def test_an_unavailable_server_puts_messages_off_and_loses_none(db: Database, faults: object) -> None:
    a_signed_journey(db)
    faults(opening=[Fault.UNAVAILABLE])  # type: ignore[operator]
    assert deliver() == {"later": 3}
    assert deliver() == {}
    assert deliver(MONDAY + timedelta(minutes=2)) == {"sent": 3}


def test_a_server_that_never_comes_back_ends_in_dead_letters_that_the_coach_sees(db: Database, faults: object) -> None:
    a_signed_journey(db)
    faults(opening=[Fault.UNAVAILABLE] * 20)  # type: ignore[operator]
    moment = MONDAY
    for _ in range(12):
        deliver(moment)
        moment += timedelta(hours=13)
    assert states(db) == {"dead": 3}


def test_a_refusal_stops_one_message_and_not_the_others(db: Database, faults: object) -> None:
    a_signed_journey(db)
    faults([Fault.REJECTED])  # type: ignore[operator]
    assert deliver() == {"refused": 1, "sent": 2}


def test_an_unknown_outcome_is_never_sent_again_by_itself(db: Database, faults: object, own_settings: Settings) -> None:
    """F-221: unknown is looked up, never guessed."""
    a_signed_journey(db)
    faults([Fault.LOST_AFTER, Fault.LOST_BEFORE])  # type: ignore[operator]
    assert deliver() == {"unknown": 2, "sent": 1}
    assert deliver(MONDAY + timedelta(days=1)) == {}
    found = delivery.look_up_unknown.fn(as_of=MONDAY + timedelta(days=1))
    assert dict(found) == {"found": 1, "absent": 1}
    assert deliver(MONDAY + timedelta(days=1)) == {"sent": 1}
    assert len(read_mailbox(own_settings.mailbox_folder)) == 3


@pytest.mark.parametrize("error", [Rejected("malformed"), Unknown("no_answer"), ValueError("Dana Whitaker")])
def test_a_message_that_cannot_be_looked_up_keeps_none_behind_it_waiting(
    db: Database, faults: object, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """F-221: nobody will ever know of it, and it says so; the others are found."""
    a_signed_journey(db)
    faults([Fault.LOST_AFTER] * 3)  # type: ignore[operator]
    assert deliver() == {"unknown": 3}
    look_up, asked = FaultyMailer.look_up, list[str]()

    def refusing(mailer: FaultyMailer, message_id: str) -> Sight:
        asked.append(message_id)
        if message_id == asked[0]:
            raise error
        return look_up(mailer, message_id)

    monkeypatch.setattr(FaultyMailer, "look_up", refusing)
    assert delivery.look_up_unknown.fn(as_of=MONDAY + timedelta(days=1)) == {"unknown_final": 1, "found": 2}
    assert states(db) == {"unknown": 1, "sent": 2}
    assert not delivery.is_look_up_due(as_of=MONDAY + timedelta(days=2))


def test_a_replayed_dead_letter_is_a_new_attempt_with_its_own_message_id(db: Database, faults: object) -> None:
    a_signed_journey(db)
    faults([Fault.REJECTED])  # type: ignore[operator]
    deliver()
    dead = [one.id for one in db.read(messages.dead_letters)]
    assert delivery.replay_messages.fn(dead, as_of=MONDAY) == dead
    assert delivery.replay_messages.fn(dead, as_of=MONDAY) == []
    claim = next(delivery.claims_of_messages(as_of=MONDAY, limit=10))
    ids = [one.message_id for one in db.read(lambda session: messages.claimed(session, claim))]
    assert ids == [f"{dead[0]}.2@golive.invalid"]


def test_a_worker_that_died_before_the_call_is_taken_over(db: Database) -> None:
    a_signed_journey(db)
    db.transaction(lambda session: messages.claim_due(session, as_of=MONDAY, limit=10))
    assert deliver() == {}
    later = MONDAY + timedelta(minutes=5)
    assert dict(delivery.recover_messages(as_of=later)) == {"taken_over": 3}
    assert deliver(later) == {"sent": 3}


def test_a_worker_that_died_during_the_call_leaves_an_unknown_outcome(db: Database) -> None:
    a_signed_journey(db)
    claim = db.transaction(lambda session: messages.claim_due(session, as_of=MONDAY, limit=1))
    db.transaction(lambda session: messages.mark_sending(session, claim.ids, fence=claim.fence, as_of=MONDAY))
    later = MONDAY + timedelta(minutes=5)
    assert dict(delivery.recover_messages(as_of=later)) == {"unknown": 1}
    assert states(db)["unknown"] == 1


def test_a_late_worker_with_an_old_fence_changes_nothing(db: Database, own_settings: Settings) -> None:
    a_signed_journey(db)
    old = db.transaction(lambda session: messages.claim_due(session, as_of=MONDAY, limit=10))
    later = MONDAY + timedelta(minutes=5)
    delivery.recover_messages(as_of=later)
    assert deliver(later) == {"sent": 3}
    assert dict(delivery.deliver_messages.fn(old, as_of=later)) == {}
    assert len(read_mailbox(own_settings.mailbox_folder)) == 3


def test_nothing_is_sent_for_a_paused_journey(db: Database) -> None:
    """O-45: nothing is sent for a paused, cancelled or graduated one."""
    journey = a_signed_journey(db)
    record(db, journey, Pause(Reason.PRACTICE_ASKED))
    assert deliver(MONDAY + timedelta(days=60)) == {}
    assert states(db).keys() <= {"held", "cancelled"}


def test_an_invitation_whose_call_moved_is_not_sent_any_more(db: Database, own_settings: Settings) -> None:
    journey = a_signed_journey(db)
    record(db, journey, RecordCall("welcome", CallOutcome.RESCHEDULED))
    assert deliver() == {"sent": 3}
    assert states(db) == {"sent": 3, "cancelled": 2}
    invitations = [mail for mail in read_mailbox(own_settings.mailbox_folder) if mail.calendars]
    assert len(invitations) == 2
    assert all("SEQUENCE:1" in str(mail.calendars[0].content) for mail in invitations)


def test_telling_the_practice_that_it_is_live_settles_the_item_only_once_the_mail_is_out(db: Database) -> None:
    """O-28: the practice was told; the evidence is the accepted mail."""
    journey = a_signed_journey(db)
    assert present_journey_is(db, journey)
    done = record(db, journey, CompleteItem("first_claim.told"))
    assert "not open yet" in done.sentence  # type: ignore[union-attr]


def present_journey_is(db: Database, journey: int) -> bool:
    return db.read(lambda session: present_journey(session, "maple-street")) == journey


def test_a_message_without_a_reader_becomes_a_dead_letter(db: Database) -> None:
    a_signed_journey(db)
    db.transaction(lambda session: session.execute(Message.__table__.update().values(to_person="nobody")))  # type: ignore[attr-defined]
    assert deliver()["refused"] >= 1
    found = db.read(
        lambda session: session.scalars(select(Message.outcome).where(Message.state == MessageState.REFUSED)).all()
    )
    assert set(found) == {"no_recipient"}
