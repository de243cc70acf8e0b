"""Delivery of what is said about appointments: to patients by mail, to the practice by mail and text."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.mailbox import read_mailbox, read_texts
from models.inputs.outgoing import Accepted, OutgoingText
from models.rules.appointment_decision import decide
from models.rules.appointment_events import Due, Submit
from models.rules.appointment_facts import SILENT, Communications, Decision
from models.rules.appointments import Status
from models.rules.messages import Channel, MessageKind, Owner
from models.rules.roles import Role
from models.settings import Settings
from models.store import handed_texts, keys, messages
from models.tables.messages import Message
from models.tables.patients import PatientRow
from models.tables.work_items import WorkItem
from tasks import messages as delivery
from tasks.connectors import registry
from tasks.connectors.local import MailboxTexter
from tasks.connectors.ports import Sight, Unknown
from tests.connectors.faulty import Fault, FaultyTexter
from tests.factories import MONDAY, a_signed_journey, an_intake
from tests.store.visits import (
    OURS,
    STARTS_AT,
    Visit,
    a_visit,
    add_patient,
    add_recipient,
    add_request,
    connect_kareo,
    set_owner,
)
from tests.tasks.test_delivery import deliver

SCHEDULED = MessageKind.APPOINTMENT_SCHEDULED
REMINDER = MessageKind.APPOINTMENT_REMINDER
BEFORE = STARTS_AT - timedelta(hours=2)
Inject = Callable[[Iterable[Fault]], None]


@pytest.fixture
def visit(db: Database) -> Visit:
    """Give a confirmed appointment whose patient is known, with the built-in calendar."""
    one = a_visit(db)
    add_patient(one)
    return one


@pytest.fixture
def request_for(db: Database) -> Visit:
    """Give a request that waits, of a patient who is not matched yet."""
    one = a_visit(db, status=Status.TENTATIVE)
    add_request(one)
    return one


@pytest.fixture
def texter_faults(monkeypatch: pytest.MonkeyPatch, own_settings: Settings) -> Inject:
    def inject(script: Iterable[Fault]) -> None:
        texter = FaultyTexter(MailboxTexter(own_settings.mailbox_folder), script)
        monkeypatch.setattr(registry, "texter", lambda _settings: texter)

    return inject


def submit(visit: Visit, *alerts: tuple[str, str], communications: Communications = OURS) -> None:
    """Take the request in, as the booking does."""
    decision = decide(visit.facts(communications=communications), Submit(alerts), as_of=MONDAY)
    assert isinstance(decision, Decision)
    visit.carry_out(*decision.effects)


def outcomes(db: Database) -> dict[str, str]:
    query = select(Message.kind, Message.state, Message.outcome)
    return {
        kind.value: f"{state.value}:{outcome}" for kind, state, outcome in db.read(lambda s: s.execute(query).all())
    }


def open_roles(db: Database) -> set[Role]:
    query = select(WorkItem.role).where(WorkItem.closed_at.is_(None), WorkItem.key.startswith("message."))
    return set(db.read(lambda s: s.scalars(query).all()))


def test_a_request_leads_to_one_mail_to_its_patient(request_for: Visit, own_settings: Settings) -> None:
    """A-26: exactly one, and none more however often it is submitted or delivered."""
    for _ in range(2):
        submit(request_for)
        deliver()
    (mail,) = read_mailbox(own_settings.mailbox_folder)
    assert mail.to == "Rosie Quick <asked@example.com>"
    assert mail.sender == "Maple Street Family Medicine via golive <onboarding@example.com>"
    assert mail.subject == "Maple Street Family Medicine has your appointment request"
    assert "Private" not in mail.text + mail.html


def test_the_practice_is_alerted_by_mail_and_by_text(request_for: Visit, own_settings: Settings) -> None:
    """A-27: neither names the patient nor the reason."""
    add_recipient(request_for.db, request_for.practice, "desk", Channel.EMAIL, "desk@example.com")
    add_recipient(request_for.db, request_for.practice, "desk", Channel.TEXT, "+12025550199", locale="es")
    submit(request_for, ("desk", "email"), ("desk", "text"), communications=SILENT)
    assert deliver() == {"sent": 2}
    (mail,) = read_mailbox(own_settings.mailbox_folder)
    (stored,) = read_texts(own_settings.mailbox_folder)
    assert mail.to == "desk@example.com"
    assert f"{own_settings.public_address}/staff/work" in mail.text
    assert "Dr. Avery Stone" in mail.text
    assert stored.text.recipient == "+12025550199"
    assert stored.text.body.startswith("Maple Street Family Medicine: nueva solicitud de cita para el martes 1 de")
    said = mail.subject + mail.text + mail.html + stored.text.body
    assert [word for word in ("Ros", "Quick", "asked@", "555-", "5550143", "Private") if word in said] == []
    assert not re.search(r"(?<!\d)0143(?!\d)", said)


def test_without_recipients_nobody_is_alerted_and_the_request_lands(request_for: Visit) -> None:
    """A-28."""
    submit(request_for, communications=SILENT)
    assert deliver() == {}
    assert outcomes(request_for.db) == {}
    query = select(WorkItem.key).where(WorkItem.closed_at.is_(None))
    assert request_for.db.read(lambda s: s.scalars(query).all()) == ["review"]


def test_a_confirmed_visit_reaches_the_patients_calendar(visit: Visit, own_settings: Settings) -> None:
    """A-40."""
    visit.tell(SCHEDULED)
    assert deliver() == {"sent": 1}
    (mail,) = read_mailbox(own_settings.mailbox_folder)
    assert mail.to == "Rosalind Quick <rosalind@example.com>"
    assert mail.subject == "Your appointment is scheduled: Tuesday, December 1, 2026 at 10:00 AM EST"
    content = str(mail.calendars[0].content)
    for part in ("METHOD:REQUEST", "BEGIN:VTIMEZONE", f"UID:visit.{visit.id}@golive.invalid"):
        assert part in content


def test_a_declined_request_is_told_with_the_way_to_another_time(visit: Visit, own_settings: Settings) -> None:
    """A-42."""
    visit.change(status=Status.DECLINED)
    visit.tell(MessageKind.APPOINTMENT_DECLINED)
    assert deliver() == {"sent": 1}
    (mail,) = read_mailbox(own_settings.mailbox_folder)
    assert mail.subject == "Your appointment request could not be scheduled"
    assert "call the office" in mail.text
    assert mail.calendars == ()


def test_a_video_visit_is_reminded_of_as_one(visit: Visit, own_settings: Settings) -> None:
    """A-45, A-81."""
    visit.change(is_virtual=True)
    due = Due("reminder", BEFORE, 120)
    decision = decide(visit.facts(patient_id=1), due, as_of=BEFORE)
    assert isinstance(decision, Decision)
    visit.carry_out(*decision.effects, as_of=BEFORE)
    assert deliver(BEFORE) == {"sent": 1}
    (mail,) = read_mailbox(own_settings.mailbox_folder)
    assert mail.subject.startswith("Reminder: your video visit")


@pytest.mark.parametrize("change", [{"status": Status.CANCELLED}, {"starts_at": STARTS_AT + timedelta(days=1)}])
@pytest.mark.parametrize("kind", [SCHEDULED, REMINDER])
def test_what_does_not_fit_any_more_is_cancelled_shortly_before(
    visit: Visit, kind: MessageKind, change: dict[str, Any], own_settings: Settings
) -> None:
    visit.tell(kind)
    visit.change(**change)
    assert deliver() == {"cancelled": 1}
    assert outcomes(visit.db) == {kind.value: "cancelled:superseded"}
    assert open_roles(visit.db) == set()
    assert read_mailbox(own_settings.mailbox_folder) == []


def test_a_reminder_that_waited_until_the_visit_is_over_is_not_sent(visit: Visit) -> None:
    visit.tell(REMINDER)
    assert deliver(STARTS_AT) == {"cancelled": 1}
    assert outcomes(visit.db) == {REMINDER.value: "cancelled:over"}


def test_a_visit_is_entered_moved_and_called_off_in_one_entry(visit: Visit, own_settings: Settings) -> None:
    """A-40, A-43."""
    visit.tell(SCHEDULED)
    deliver()
    later = STARTS_AT + timedelta(days=1)
    visit.change(starts_at=later, ends_at=later + timedelta(minutes=30), status=Status.RESCHEDULED, version=2)
    visit.tell(MessageKind.APPOINTMENT_MOVED, as_of=MONDAY + timedelta(minutes=1))
    deliver(MONDAY + timedelta(minutes=1))
    visit.change(status=Status.CANCELLED, version=3)
    visit.tell(MessageKind.APPOINTMENT_CANCELLED, as_of=MONDAY + timedelta(minutes=2))
    deliver(MONDAY + timedelta(minutes=2))
    mails = reversed(read_mailbox(own_settings.mailbox_folder))
    entries = [str(mail.calendars[0].content) for mail in mails]
    found = [
        (entry.partition("METHOD:")[2][:6], entry.partition("SEQUENCE:")[2][:1], f"UID:visit.{visit.id}@" in entry)
        for entry in entries
    ]
    assert found == [("REQUES", "1", True), ("REQUES", "2", True), ("CANCEL", "3", True)]


@pytest.mark.parametrize("kind", [SCHEDULED, REMINDER, MessageKind.APPOINTMENT_DECLINED, MessageKind.INTAKE_FORMS])
def test_what_kareo_sends_never_leaves_from_here(visit: Visit, kind: MessageKind, own_settings: Settings) -> None:
    """A-81, A-84, A-105: the last guard, for what was queued before the account was there."""
    visit.tell(kind)
    connect_kareo(visit.db, visit.practice)
    assert deliver() == {"cancelled": 1}
    assert outcomes(visit.db) == {kind.value: "cancelled:not_ours"}
    assert read_mailbox(own_settings.mailbox_folder) == []


def test_a_kind_that_the_practice_gave_to_us_is_sent_beside_kareo(visit: Visit) -> None:
    """A-105: the owner is a setting per kind."""
    connect_kareo(visit.db, visit.practice)
    set_owner(visit.db, visit.practice, SCHEDULED, Owner.GOLIVE)
    visit.tell(SCHEDULED)
    assert deliver() == {"sent": 1}


def test_a_batch_may_hold_journeys_and_appointments_mails_and_texts(request_for: Visit, own_settings: Settings) -> None:
    add_recipient(request_for.db, request_for.practice, "desk", Channel.TEXT, "+12025550199")
    submit(request_for, ("desk", "text"))
    a_signed_journey(request_for.db, an_intake("oak-street"))
    assert deliver() == {"sent": 5}
    assert len(read_mailbox(own_settings.mailbox_folder)) == 4
    assert len(read_texts(own_settings.mailbox_folder)) == 1


@pytest.fixture
def alerted(request_for: Visit) -> Visit:
    """Give a request with one alert by text in the queue."""
    add_recipient(request_for.db, request_for.practice, "desk", Channel.TEXT, "+12025550199")
    submit(request_for, ("desk", "text"), communications=SILENT)
    return request_for


def test_an_unavailable_texter_puts_a_text_off(alerted: Visit, texter_faults: Inject, own_settings: Settings) -> None:
    texter_faults([Fault.UNAVAILABLE])
    assert deliver() == {"later": 1}
    assert deliver() == {}
    assert deliver(MONDAY + timedelta(minutes=2)) == {"sent": 1}
    assert len(read_texts(own_settings.mailbox_folder)) == 1


def test_a_refused_alert_is_shown_to_whoever_can_change_its_recipient(alerted: Visit, texter_faults: Inject) -> None:
    """A-27, F-121: recipients change only through the Onboarding Manager."""
    texter_faults([Fault.REJECTED])
    assert deliver() == {"refused": 1}
    assert open_roles(alerted.db) == {Role.ONBOARDING_MANAGER}


def test_a_text_with_an_unknown_outcome_is_looked_up_by_what_it_said(
    alerted: Visit, texter_faults: Inject, own_settings: Settings
) -> None:
    """F-221: unknown is looked up, never guessed."""
    add_recipient(alerted.db, alerted.practice, "back", Channel.TEXT, "+12025550198")
    submit(alerted, ("back", "text"), communications=SILENT)
    texter_faults([Fault.LOST_AFTER, Fault.LOST_BEFORE])
    assert deliver() == {"unknown": 2}
    assert not delivery.is_look_up_due(as_of=MONDAY + timedelta(seconds=119))
    first, second = MONDAY + timedelta(seconds=130), MONDAY + timedelta(seconds=190)
    assert delivery.is_look_up_due(as_of=first)
    assert dict(delivery.look_up_unknown.fn(as_of=first)) == {"found": 1, "absent": 1}
    assert deliver(first) == {}
    assert dict(delivery.look_up_unknown.fn(as_of=second)) == {"absent": 1}
    assert deliver(second) == {"sent": 1}
    assert len(read_texts(own_settings.mailbox_folder)) == 2


def test_a_text_is_looked_for_with_the_words_and_since_the_moment_of_its_queueing(
    alerted: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Remembers:
        def __init__(self) -> None:
            self.sent: list[OutgoingText] = []
            self.asked: list[OutgoingText] = []

        def send(self, text: OutgoingText) -> Accepted:
            self.sent.append(text)
            raise Unknown(reason="no_answer")

        def look_up(self, text: OutgoingText) -> Sight:
            self.asked.append(text)
            return Sight.FOUND

    texter = Remembers()
    monkeypatch.setattr(registry, "texter", lambda _settings: texter)
    late = MONDAY + timedelta(hours=1)
    deliver(late)
    delivery.look_up_unknown.fn(as_of=late + timedelta(hours=1))
    (sent,), (asked,) = texter.sent, texter.asked
    assert (sent.body, sent.recipient, sent.attempt) == (asked.body, asked.recipient, asked.attempt)
    assert (sent.sent_at, asked.sent_at) == (late, MONDAY)


def test_nobody_can_tell_of_a_text_that_cannot_be_written_again(alerted: Visit, texter_faults: Inject) -> None:
    texter_faults([Fault.LOST_AFTER])
    deliver()
    alerted.db.transaction(lambda s: keys.destroy(s, alerted.practice))
    later = MONDAY + timedelta(days=1)
    assert dict(delivery.look_up_unknown.fn(as_of=later)) == {"cannot_tell": 1}
    assert dict(delivery.look_up_unknown.fn(as_of=later + timedelta(minutes=1))) == {"unknown_final": 1}
    assert not delivery.is_look_up_due(as_of=later + timedelta(days=9))
    assert deliver(later) == {}
    assert open_roles(alerted.db) == {Role.ONBOARDING_MANAGER}


def test_a_worker_that_died_during_a_text_leaves_an_unknown_outcome(alerted: Visit) -> None:
    claim = alerted.db.transaction(lambda s: messages.claim_due(s, as_of=MONDAY, limit=1))
    [message] = alerted.db.read(lambda s: messages.claimed(s, claim))
    text = OutgoingText(attempt=message.message_id, sent_at=MONDAY, recipient="+12025550143", body="A request waits.")

    def mark(session: Session) -> None:
        messages.mark_sending(session, claim.ids, fence=claim.fence, as_of=MONDAY)
        handed_texts.keep(session, [(message, text)])

    alerted.db.transaction(mark)
    later = MONDAY + timedelta(minutes=5)
    assert dict(delivery.recover_messages(as_of=later)) == {"unknown": 1}
    for minutes in (2, 3):
        found = delivery.look_up_unknown.fn(as_of=later + timedelta(minutes=minutes))
        assert dict(found) == {"absent": 1}
    assert deliver(later + timedelta(minutes=3)) == {"sent": 1}


def test_an_alert_is_not_sent_once_somebody_has_decided(alerted: Visit) -> None:
    alerted.change(status=Status.CONFIRMED)
    assert deliver() == {"cancelled": 1}
    assert outcomes(alerted.db) == {"request_alert": "cancelled:decided"}


@pytest.mark.parametrize("what", ["archived", "no_address", "key_gone"])
def test_whom_no_mail_can_reach_the_office_is_asked_to_call(visit: Visit, what: str) -> None:
    visit.tell(SCHEDULED)
    if what == "key_gone":
        visit.db.transaction(lambda s: keys.destroy(s, visit.practice))
    elif what == "archived":
        visit.db.transaction(lambda s: s.execute(update(PatientRow).values(archived_at=MONDAY)))
    else:
        add_patient(visit, email="")
    code = {"archived": "patient_archived", "no_address": "no_recipient", "key_gone": "cannot_unseal"}[what]
    assert deliver() == {"refused": 1}
    assert outcomes(visit.db) == {SCHEDULED.value: f"refused:{code}"}
    assert open_roles(visit.db) == {Role.FRONT_OFFICE}


@pytest.mark.parametrize("kind", [SCHEDULED, MessageKind.REQUEST_ALERT])
def test_what_goes_wrong_while_writing_names_nobody(
    db: Database, monkeypatch: pytest.MonkeyPatch, kind: MessageKind
) -> None:
    visit = a_visit(db, status=Status.TENTATIVE if kind is MessageKind.REQUEST_ALERT else Status.CONFIRMED)
    add_patient(visit)
    add_recipient(db, visit.practice, "desk", Channel.TEXT, "+12025550199")
    if kind is MessageKind.REQUEST_ALERT:
        submit(visit, ("desk", "text"), communications=SILENT)
    else:
        visit.tell(kind)

    def failing(letter: object, **_: object) -> object:
        raise ValueError(vars(type(letter)), "Rosalind Quick rosalind@example.com +12025550199")

    monkeypatch.setattr(delivery, "compose_mail", failing)
    monkeypatch.setattr(delivery, "compose_text", failing)
    assert deliver() == {"refused": 1}
    assert outcomes(db) == {kind.value: "refused:cannot_write:ValueError"}


def test_only_codes_and_ids_are_kept_of_what_was_said(visit: Visit, own_settings: Settings) -> None:
    add_recipient(visit.db, visit.practice, "desk", Channel.TEXT, "+12025550199")
    visit.tell(SCHEDULED)
    visit.tell(MessageKind.INTAKE_FORMS)
    deliver()
    found = visit.db.read(lambda s: s.scalars(select(Message)).all())
    rows = [[getattr(one, column.name) for column in Message.__table__.columns] for one in found]
    assert len(rows) == 2
    words = ("Rosalind", "Quick", "example.com", "5550143", "555-0143", "Avery", "Private")
    assert [word for word in words if word in str(rows)] == []
    assert not re.search(r"(?<!\d)0143(?!\d)", str(rows))
