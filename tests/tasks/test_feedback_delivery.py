"""Delivery of what asks for feedback: every outcome reaches its request, nothing goes twice or against a stop."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.mailbox import read_mailbox, read_texts
from models.inputs.outgoing import Accepted, OutgoingText
from models.inputs.practice_system import SystemPatient
from models.rules.consent import StopReason
from models.rules.feedback import Outcome, RequestState, Signature, Why
from models.rules.feedback_events import Answer
from models.rules.messages import Channel
from models.settings import Settings
from models.store import message_stops, messages, noted
from models.store.contact_copies import keep_copies
from models.store.keys import keys_of
from models.store.message_stops import Cause, Place
from models.store.noted import Taken
from models.tables.consent import StopRow
from models.tables.messages import HandedTextRow, Message, MessageState
from models.tables.patients import PatientRow
from models.tables.work_items import WorkItem
from tasks import handing_over
from tasks import messages as delivery
from tasks.connectors import local, registry
from tasks.connectors.local import MailboxTexter
from tasks.connectors.ports import Rejected, Sight
from tests.connectors.faulty import Fault, FaultyTexter
from tests.store.asking import Asking, an_asking
from tests.tasks.test_delivery import deliver

TEXT, EMAIL = Channel.TEXT, Channel.EMAIL
Inject = Callable[[Iterable[Fault]], None]


@pytest.fixture
def own_settings(own_settings: Settings) -> Settings:
    """Give an installation with a postal address, which feedback mails need."""
    object.__setattr__(own_settings, "postal_address", "1 Main Street, Albany NY")
    return own_settings


@pytest.fixture
def asking(db: Database, own_settings: Settings) -> Asking:
    """Give a practice that asks, one patient, and a first text in the queue."""
    assert own_settings.postal_address
    one = an_asking(db)
    one.patient()
    return one


def asked(asking: Asking) -> int:
    request = asking.check_out()
    assert asking.wait(hours=3, minutes=1) == {"feedback_asked": 1}
    return request


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch, own_settings: Settings) -> Inject:
    def inject(script: Iterable[Fault]) -> None:
        texter = FaultyTexter(MailboxTexter(own_settings.mailbox_folder), script)
        monkeypatch.setattr(registry, "texter", lambda _settings: texter)

    return inject


def outcomes(asking: Asking, request: int) -> list[tuple[str, Outcome]]:
    return [(one.channel, one.outcome) for one in asking.attempts(request)]


def look(asking: Asking, **span: float) -> dict[str, int]:
    asking.now += timedelta(**span)
    return dict(delivery.look_up_unknown.fn(as_of=asking.now))


def test_what_was_sent_moves_its_request_on(asking: Asking, own_settings: Settings) -> None:
    """F-010, F-220: told in the transaction that settles the message; the next attempt counts from the real send."""
    request = asked(asking)
    assert deliver(asking.now) == {"sent": 1}
    row = asking.row(request)
    assert (row.number, row.sent, row.waits_for, row.state) == (1, 1, None, RequestState.ASKED)
    assert row.first_sent_at is not None
    assert timedelta(0) <= row.first_sent_at - asking.now < timedelta(seconds=30)
    assert asking.wait(days=1, minutes=1) == {"feedback_asked": 1}
    assert deliver(asking.now) == {"sent": 1}
    [text], [mail] = read_texts(own_settings.mailbox_folder), read_mailbox(own_settings.mailbox_folder)
    assert text.text.body.count("/f/") == 1
    assert mail.to == "Rosa <rosa@example.com>"
    assert outcomes(asking, request) == [("text", Outcome.SENT), ("email", Outcome.SENT)]


def test_after_a_refusal_the_second_way_is_tried_and_nobody_is_asked_to_help(asking: Asking, faults: Inject) -> None:
    """F-221."""
    request = asked(asking)
    faults([Fault.REJECTED])
    assert deliver(asking.now) == {"refused": 1}
    assert outcomes(asking, request) == [("text", Outcome.REFUSED), ("email", Outcome.WAITING)]
    assert deliver(asking.now + timedelta(minutes=1)) == {"sent": 1}
    assert asking.db.read(lambda s: s.scalars(select(WorkItem)).all()) == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [("twilio_21610", StopReason.PROVIDER), ("twilio_21614", StopReason.UNDELIVERABLE), ("twilio_30007", None)],
)
def test_a_number_that_takes_no_texts_is_stopped(
    asking: Asking, monkeypatch: pytest.MonkeyPatch, code: str, reason: StopReason | None
) -> None:
    """F-205, F-221."""

    class Refusing:
        def send(self, text: OutgoingText) -> Accepted:
            raise Rejected(reason=code)

    monkeypatch.setattr(registry, "texter", lambda _settings: Refusing())
    asked(asking)
    assert deliver(asking.now) == {"refused": 1}
    found = asking.db.read(lambda s: s.scalars(select(StopRow.reason)).all())
    assert list(found) == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("fault", "sight"),
    [
        (Fault.UNAVAILABLE, None),
        (Fault.LOST_AFTER, None),
        (Fault.LOST_BEFORE, None),
        (Fault.LOST_BEFORE, Sight.CANNOT_TELL),
        (Fault.REJECTED, None),
    ],
)
def test_only_a_definite_refusal_lets_another_provider_try(
    asking: Asking, faults: Inject, monkeypatch: pytest.MonkeyPatch, fault: Fault, sight: Sight | None
) -> None:
    """F-222: neither a provider that is away nor an outcome that nobody knows, however long it stays so."""
    request = asked(asking)
    faults([fault])
    if sight is not None:
        monkeypatch.setattr(FaultyTexter, "look_up", lambda *_: sight)
    deliver(asking.now)
    for _ in range(3):
        look(asking, seconds=130)
        asking.sweep()
        if fault is not Fault.REJECTED:
            assert [one.channel for one in asking.messages(request)] == [TEXT]
        deliver(asking.now)
    ways = [one.channel for one in asking.messages(request)]
    assert ways == ([TEXT, EMAIL] if fault is Fault.REJECTED else [TEXT])


def test_an_unknown_text_that_is_found_counts_as_sent(asking: Asking, faults: Inject, own_settings: Settings) -> None:
    """F-221: after 120 seconds; by its token, though the practice writes in other words by now."""
    request = asked(asking)
    faults([Fault.LOST_AFTER])
    assert deliver(asking.now) == {"unknown": 1}
    assert outcomes(asking, request) == [("text", Outcome.WAITING)]
    asking.choose(is_sensitive=True, signature=Signature.BEST_REGARDS_PRACTICE)
    assert look(asking, seconds=110) == {}
    assert look(asking, seconds=20) == {"found": 1}
    assert outcomes(asking, request) == [("text", Outcome.SENT)]
    assert len(read_texts(own_settings.mailbox_folder)) == 1


def test_a_text_is_looked_up_at_the_number_to_which_it_went(
    asking: Asking, faults: Inject, own_settings: Settings
) -> None:
    """F-221, F-162: Kareo names another number meanwhile, and nothing is sent to it a second time."""
    request = asked(asking)
    faults([Fault.LOST_AFTER])
    assert deliver(asking.now) == {"unknown": 1}
    [kept] = kept_texts(asking)
    [text] = read_texts(own_settings.mailbox_folder)
    assert text.text.recipient not in kept.content
    assert text.text.body not in kept.content
    record = SystemPatient("91", "Rosa", "Marsh", None, email="rosa@example.com", mobile="+12125550199")
    [patient] = asking.db.read(lambda s: s.scalars(select(PatientRow)).all())
    asking.db.transaction(lambda s: keep_copies(s, keys_of(s, asking.practice), {patient.id: record}, as_of=asking.now))
    assert look(asking, seconds=130) == {"found": 1}
    assert outcomes(asking, request) == [("text", Outcome.SENT)]
    assert len(read_texts(own_settings.mailbox_folder)) == 1
    assert kept_texts(asking) == []


def test_what_was_handed_over_is_kept_until_its_outcome_is_known_only(asking: Asking, faults: Inject) -> None:
    """F-221: nothing of it stays behind an attempt that was taken, refused or put off."""
    asked(asking)
    for fault, result in ((Fault.UNAVAILABLE, "later"), (Fault.REJECTED, "refused")):
        faults([fault])
        assert deliver(asking.now) == {result: 1}
        assert kept_texts(asking) == []
        asking.now += timedelta(minutes=2)


def kept_texts(asking: Asking) -> list[HandedTextRow]:
    return list(asking.db.read(lambda s: s.scalars(select(HandedTextRow)).all()))


def test_an_unknown_text_that_is_surely_absent_twice_is_due_again(
    asking: Asking, faults: Inject, own_settings: Settings
) -> None:
    """F-221: with a new attempt number, and looked at again at its claim."""
    request = asked(asking)
    faults([Fault.LOST_BEFORE])
    assert deliver(asking.now) == {"unknown": 1}
    assert look(asking, seconds=130) == {"absent": 1}
    assert deliver(asking.now) == {}
    assert look(asking, seconds=61) == {"absent": 1}
    assert deliver(asking.now) == {"sent": 1}
    [text] = read_texts(own_settings.mailbox_folder)
    assert text.text.attempt.endswith(".2@golive.invalid")
    assert outcomes(asking, request) == [("text", Outcome.SENT)]


def test_an_unknown_text_about_which_nobody_can_tell_is_final_and_counts_as_sent(
    asking: Asking, faults: Inject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-221: visible to staff, never sent again."""
    request = asked(asking)
    faults([Fault.LOST_BEFORE])
    deliver(asking.now)
    monkeypatch.setattr(FaultyTexter, "look_up", lambda *_: Sight.CANNOT_TELL)
    assert look(asking, seconds=130) == {"cannot_tell": 1}
    assert look(asking, seconds=61) == {"unknown_final": 1}
    assert outcomes(asking, request) == [("text", Outcome.UNSURE)]
    [letter] = delivery.list_dead_letters.fn()
    assert (letter["state"], letter["why"]) == ("unknown", "unknown_final")
    [dead] = asking.messages(request)
    assert delivery.replay_messages.fn([dead.id], as_of=asking.now) == [dead.id]
    assert deliver(asking.now) == {"withdrawn": 1}


def test_a_mail_with_an_unknown_outcome_is_final_at_once(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-221: mail servers have no look-up."""
    request = asked(asking)
    deliver(asking.now)
    asking.wait(days=1, minutes=1)
    [_, mail] = asking.messages(request)
    unknown = update(Message).where(Message.id == mail.id)
    lost = unknown.values(state=MessageState.UNKNOWN, outcome="no_answer", settled_at=None)
    asking.db.transaction(lambda s: s.execute(lost))
    monkeypatch.setattr(local.MailboxMailer, "look_up", lambda *_: Sight.CANNOT_TELL)
    assert look(asking) == {"unknown_final": 1}
    assert outcomes(asking, request)[-1] == ("email", Outcome.UNSURE)
    assert asking.row(request).number == 2


def test_an_unavailable_provider_is_tried_later_and_after_a_day_not_at_all(asking: Asking, faults: Inject) -> None:
    """F-212: each claim looks again."""
    request = asked(asking)
    faults([Fault.UNAVAILABLE] * 2)
    assert deliver(asking.now) == {"later": 1}
    asking.now += timedelta(minutes=2)
    assert deliver(asking.now) == {"later": 1}
    asking.now += timedelta(hours=24)
    assert deliver(asking.now) == {"withdrawn": 1}
    assert asking.attempts(request)[-1].why is Why.STALE


@pytest.mark.parametrize("what", ["unavailable", "lost", "not begun"])
def test_a_stop_while_a_call_is_made_leaves_no_request_waiting_for_a_message_that_never_goes(
    asking: Asking, faults: Inject, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """F-012, F-220: a message that is not tried again tells its request, which goes on with the other way."""
    request = asked(asking)
    faults([Fault.LOST_BEFORE if what == "lost" else Fault.UNAVAILABLE])
    send = FaultyTexter.send

    def stopped_meanwhile(self: FaultyTexter, text: OutgoingText) -> Accepted:
        stop_texts(asking, request)
        return send(self, text)

    monkeypatch.setattr(FaultyTexter, "send", stopped_meanwhile)
    if what == "not begun":
        monkeypatch.setattr(handing_over._Line, "_called", _ended_before(asking, request))
    deliver(asking.now)
    if what == "lost":
        look(asking, seconds=130)
        look(asking, seconds=61)
    text = asking.messages(request)[0]
    assert text.state is MessageState.CANCELLED
    assert asking.row(request).waits_for is not TEXT
    assert asking.row(request).waits_for is EMAIL or asking.attempts(request)[0].outcome is not Outcome.WAITING


def _ended_before(asking: Asking, request: int) -> Callable[..., handing_over._Done]:
    """Give a line that is closed just before its call, while the patient stops texts."""

    def called(_line: object, marked: handing_over._Marked, _providers: object) -> handing_over._Done:
        stop_texts(asking, request)
        return handing_over._Done(marked.message)

    return called


def stop_texts(asking: Asking, request: int) -> None:
    """Let the patient of a request end texts, by keyword."""

    whose = asking.scene(request).patient
    assert whose is not None

    def write(session: Session) -> None:
        patient = session.get_one(PatientRow, whose)
        place = Place(asking.practice, patient.phone_index)
        message_stops.stop(session, place, Cause(StopReason.KEYWORD), as_of=asking.now)
        message_stops.take_back(session, {place: [whose]}, as_of=asking.now)

    asking.db.transaction(write)


def test_an_answer_after_the_claim_stops_the_message(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-012: what is not marked yet is cancelled, and the worker finds it lost."""
    request = asked(asking)
    load = delivery._load

    def answered_meanwhile(*given: object) -> object:
        found = load(*given)  # type: ignore[arg-type]
        asking.tell(request, Answer())
        return found

    monkeypatch.setattr(delivery, "_load", answered_meanwhile)
    assert deliver(asking.now) == {"lost": 1}
    [message] = asking.messages(request)
    assert message.state is MessageState.CANCELLED
    assert asking.row(request).state is RequestState.ANSWERED


def test_what_was_noted_as_taken_is_sent_although_the_worker_died(asking: Asking, own_settings: Settings) -> None:
    """F-220: noted after the call, settled later: neither asked about nor sent again."""
    request = asked(asking)
    claim = asking.db.transaction(lambda s: messages.claim_due(s, as_of=asking.now, limit=5))
    [number] = claim.ids
    asking.db.transaction(lambda s: messages.mark_sending(s, claim.ids, fence=claim.fence, as_of=asking.now))
    taken = Taken(number, "SM1", asking.now)
    asking.db.transaction(lambda s: noted.note_accepted(s, [taken], fence=claim.fence))
    assert asking.row(request).waits_for is TEXT
    later = asking.now + timedelta(minutes=3)
    assert dict(delivery.recover_messages(as_of=later)) == {"sent": 1}
    [message] = asking.messages(request)
    assert (message.state, message.reference, message.settled_at) == (MessageState.SENT, "SM1", asking.now)
    assert asking.row(request).first_sent_at == asking.now
    assert dict(delivery.recover_messages(as_of=later)) == {}


def test_what_was_not_begun_within_its_time_is_given_back_and_looked_at_again(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-203: what was looked at a minute ago may have changed."""
    request = asked(asking)
    monkeypatch.setattr(handing_over, "CLAIM_VALID", timedelta(seconds=-1))
    assert next(iter(deliver(asking.now, limit=1).items())) == ("given_back", 1)
    monkeypatch.setattr(handing_over, "CLAIM_VALID", timedelta(seconds=60))
    monkeypatch.setattr(handing_over, "MARK_VALID", timedelta(seconds=-1))
    claim = next(delivery.claims_of_messages(as_of=asking.now, limit=1))
    assert dict(delivery.deliver_messages.fn(claim, as_of=asking.now)) == {"given_back": 1}
    [message] = asking.messages(request)
    assert (message.state, message.attempts) == (MessageState.PENDING, 0)
