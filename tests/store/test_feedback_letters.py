"""Letters that ask for feedback: what is claimed is looked at again, and what no longer fits is taken back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.letters import FeedbackLetter
from models.inputs.practice_system import SystemPatient
from models.rules.consent import Source, StopReason
from models.rules.decisions import Say
from models.rules.feedback import Ask, Outcome, RequestState, Signature, Why
from models.rules.feedback_decision import decide, still_fits
from models.rules.feedback_events import Withdrawn
from models.rules.feedback_windows import Place
from models.rules.messages import Channel
from models.sealing import INSTALLATION
from models.store import keys, message_stops, messages
from models.store.contact import keep_contact
from models.store.feedback_letters import WITHDRAWN, load_feedback_letters, read_fitting_letters
from models.store.messages import ClaimedMessage
from models.tables.consent import ConsentRow, StopRow
from models.tables.messages import MessageState
from tests.rules.feedbacks import EMAIL, HOUR, NOON, TEXT, a_person, a_request, a_visit, by
from tests.store.asking import PHONE, Asking, an_asking

ADDRESS = "https://golive.example.com"


@pytest.fixture
def asking(db: Database) -> Asking:
    """Give a practice that asks, with one patient."""
    one = an_asking(db)
    one.patient()
    return one


def asked(asking: Asking) -> int:
    """Let a visit be checked out and its first message be queued; gives the request."""
    request = asking.check_out()
    assert asking.wait(hours=3, minutes=1) == {"feedback_asked": 1}
    return request


def claimed(asking: Asking) -> dict[int, FeedbackLetter | str]:
    """Claim what is due and load its letters, by request."""
    claim = asking.db.transaction(lambda s: messages.claim_due(s, as_of=asking.now, limit=50))
    chosen = asking.db.read(lambda s: messages.claimed(s, claim))
    found = letters_of(asking, chosen)
    return {message.process_id: found[message.id] for message in chosen}


def letters_of(asking: Asking, chosen: Sequence[ClaimedMessage]) -> dict[int, FeedbackLetter | str]:
    """Load letters as deliveries do; what may go out as it stands is the same where practices are locked."""
    fitting = asking.db.read(lambda s: read_fitting_letters(s, chosen, address=ADDRESS, as_of=asking.now))
    locked = asking.db.transaction(lambda s: load_feedback_letters(s, chosen, address=ADDRESS, as_of=asking.now))
    assert fitting.items() <= locked.items()
    assert WITHDRAWN not in fitting.values()
    return locked


def states(asking: Asking, request: int) -> list[tuple[Channel, MessageState]]:
    return [(one.channel, one.state) for one in asking.messages(request)]


def test_what_fits_gets_its_letter(asking: Asking) -> None:
    """F-050, F-209: the practice, the first name and the two links, and no more."""
    asking.choose(signature=Signature.SINCERELY_PROVIDER)
    request = asked(asking)
    letter = claimed(asking)[request]
    assert isinstance(letter, FeedbackLetter)
    assert (letter.reader.address, letter.reader.first_name, letter.reader.name) == (PHONE, "Rosa", "Rosa")
    assert (letter.number, letter.is_last, letter.signature) == (1, False, Signature.SINCERELY_PROVIDER)
    assert letter.provider
    assert len(letter.link.removeprefix(f"{ADDRESS}/f/")) == 22
    assert len(letter.stop_link.removeprefix(f"{ADDRESS}/s/")) == 22


def test_neutral_wording_follows_the_present_policy_and_the_signature_the_requests(asking: Asking) -> None:
    """F-014, F-209."""
    request = asked(asking)
    asking.choose(is_sensitive=True, signature=Signature.BEST_REGARDS_PRACTICE)
    letter = claimed(asking)[request]
    assert isinstance(letter, FeedbackLetter)
    assert (letter.is_sensitive, letter.signature) == (True, Signature.THANK_YOU_PRACTICE)


def test_contact_is_the_practice_systems_by_now_and_windows_follow_it(asking: Asking) -> None:
    """F-162, F-204: at 1 p.m. in New York it is 8 a.m. in Honolulu."""
    patient = asking.patient()
    asking.now -= 2 * HOUR
    request = asking.check_out()
    record = SystemPatient(
        "91", "Rosa", "Marsh", None, email="new@example.com", mobile="+18085550142", zip_code="96813"
    )
    asking.db.transaction(
        lambda s: keep_contact(s, keys.keys_of(s, asking.practice), patient, record, as_of=asking.now)
    )
    asking.db.transaction(lambda s: s.add(a_consent(index_of(s, asking, "+18085550142"), patient, asking)))
    asking.wait(hours=3, minutes=1)
    assert claimed(asking)[request] == WITHDRAWN
    assert "Pacific/Honolulu" in asking.row(request).places
    row = asking.row(request)
    assert row.due_at is not None
    assert timedelta(minutes=50) < row.due_at - asking.now < HOUR
    asking.now = row.due_at
    asking.sweep()
    letter = claimed(asking)[request]
    assert isinstance(letter, FeedbackLetter)
    assert letter.reader.address == "+18085550142"


def index_of(session: Session, asking: Asking, phone: str) -> str:
    return keys.keys_of(session, asking.practice).blind(phone, purpose="phone")


def a_consent(index: str, patient: int, asking: Asking) -> ConsentRow:
    return ConsentRow(
        practice_id=asking.practice,
        patient_id=patient,
        address_index=index,
        channel=TEXT,
        is_given=True,
        source=Source.PAPER,
        wording="paper",
        locale="en",
        at=asking.now - HOUR,
    )


@pytest.mark.parametrize("consents", ["newer", "withdrawn"])
def test_without_an_older_consent_the_text_is_taken_back_and_a_mail_goes_out(asking: Asking, consents: str) -> None:
    """F-201: asserted once more against the very number; the same way is not tried again."""
    patient = asking.patient(consents=False)
    request = asked(asking)
    is_newer = consents == "newer"
    asking.consent(patient, is_given=is_newer, at=asking.now + HOUR if is_newer else None)
    assert claimed(asking) == {request: WITHDRAWN}
    assert states(asking, request) == [(TEXT, MessageState.CANCELLED), (EMAIL, MessageState.PENDING)]
    assert [one.outcome for one in asking.attempts(request)] == [Outcome.WITHDRAWN, Outcome.WAITING]
    letter = claimed(asking)[request]
    assert isinstance(letter, FeedbackLetter)
    assert letter.reader.address == "rosa@example.com"


def test_a_stop_of_the_whole_installation_becomes_the_practices_own(asking: Asking) -> None:
    """F-205."""
    request = asked(asking)

    def stop_everywhere(session: Session) -> None:
        place = message_stops.everywhere(session, PHONE)
        message_stops.stop(session, place, message_stops.Cause(StopReason.KEYWORD), as_of=asking.now)

    asking.db.transaction(lambda s: keys.make_keys(s, INSTALLATION, as_of=asking.now))
    asking.db.transaction(stop_everywhere)
    assert claimed(asking) == {request: WITHDRAWN}
    assert states(asking, request)[-1] == (EMAIL, MessageState.PENDING)
    rows = asking.db.read(lambda s: s.scalars(select(StopRow).order_by(StopRow.practice_id)).all())
    assert [(row.practice_id, row.reason) for row in rows] == [
        (INSTALLATION, StopReason.KEYWORD),
        (asking.practice, StopReason.KEYWORD),
    ]


def test_a_doubtful_text_holds_what_was_claimed(asking: Asking) -> None:
    """F-205."""
    patient = asking.patient()
    request = asked(asking)
    asking.stop(patient, is_doubtful=True)
    assert claimed(asking) == {request: WITHDRAWN}
    assert states(asking, request) == [(TEXT, MessageState.CANCELLED)]
    assert asking.wait(minutes=59) == {}


def test_a_message_that_waited_for_more_than_a_day_is_left_out(asking: Asking) -> None:
    """F-212."""
    request = asked(asking)
    asking.now += timedelta(hours=24, minutes=1)
    assert claimed(asking) == {request: WITHDRAWN}
    [_, left_out] = asking.attempts(request)
    assert (left_out.outcome, left_out.why) == (Outcome.LEFT_OUT, Why.STALE)
    assert asking.row(request).state is RequestState.ASKED


def test_a_mail_nobody_can_open_any_more_is_told_by_a_code(asking: Asking) -> None:
    request = asked(asking)
    claim = asking.db.transaction(lambda s: messages.claim_due(s, as_of=asking.now, limit=5))
    chosen = asking.db.read(lambda s: messages.claimed(s, claim))
    asking.db.transaction(lambda s: keys.destroy(s, asking.practice))
    found = letters_of(asking, chosen)
    assert list(found.values()) == ["cannot_unseal"]
    assert states(asking, request) == [(TEXT, MessageState.CLAIMED)]


def test_a_claim_that_was_lost_takes_nothing_back(asking: Asking) -> None:
    request = asked(asking)
    claim = asking.db.transaction(lambda s: messages.claim_due(s, as_of=asking.now, limit=5))
    chosen = [replace(one, fence=one.fence + 1) for one in asking.db.read(lambda s: messages.claimed(s, claim))]
    asking.now += timedelta(hours=30)
    found = letters_of(asking, chosen)
    assert list(found.values()) == [WITHDRAWN]
    assert states(asking, request) == [(TEXT, MessageState.CLAIMED)]
    assert asking.row(request).waits_for is TEXT


PLACES = ((Place("America/New_York"),), (Place("America/New_York"), Place("Pacific/Honolulu")))


@pytest.mark.slow
def test_what_is_taken_back_never_asks_in_the_same_way_again_at_once() -> None:
    """Else a claim and a decision would run in a circle: of 20,000 scenes none does."""
    random = Random(5)
    taken_back = said = 0
    for _ in range(20_000):
        chance = random.random
        number, waits = random.randint(0, 2), random.choice([TEXT, EMAIL])
        as_of = NOON + timedelta(hours=random.choice([3, 9, 15, 27, 40]))
        person = a_person(
            has_email=chance() < 0.8,
            has_phone=chance() < 0.8,
            allows_texts=chance() < 0.7,
            is_text_stopped=chance() < 0.2,
            is_email_stopped=chance() < 0.2,
            is_held=chance() < 0.1,
            is_excluded=chance() < 0.1,
            asked_at=as_of - timedelta(days=random.randint(1, 60)) if chance() < 0.2 else None,
            recent_sends=tuple(as_of - timedelta(hours=random.randint(1, 170)) for _ in range(random.randint(0, 3))),
            places=random.choice(PLACES),
        )
        visit = a_visit(person=person, is_checklist_green=chance() < 0.9, is_sending=chance() < 0.9)
        ways = [random.choice([(TEXT,), (EMAIL,), (TEXT, EMAIL), (EMAIL, TEXT)]) for _ in range(3)]
        tried = () if chance() < 0.7 else (EMAIL if waits is TEXT else TEXT,)
        request = a_request(
            policy=by(*ways),
            state=RequestState.ASKED,
            number=number,
            waits_for=waits,
            tried=tried,
            fresh_until=as_of + timedelta(hours=random.choice([-1, 20])),
            first_sent_at=as_of - timedelta(days=2) if number or chance() < 0.2 else None,
            sent=number,
        )
        event = Withdrawn(number + 1, waits)
        if still_fits(request, visit, event, as_of=as_of):
            continue
        taken_back += 1
        decision = decide(request, visit, event, as_of=as_of)
        ways_now = [effect.channel for effect in decision.effects if isinstance(effect, Say)]
        said += len(ways_now)
        assert waits not in ways_now
    assert taken_back > 5_000
    assert said > 200


def test_an_attempt_by_both_ways_has_one_letter_each(db: Database) -> None:
    """F-023, F-202: the second waits for another day."""
    asking = an_asking(db, asks=(Ask(3 * HOUR, (TEXT, EMAIL)), Ask(24 * HOUR, (EMAIL,))))
    asking.patient()
    request = asked(asking)
    letter = claimed(asking)[request]
    assert isinstance(letter, FeedbackLetter)
    assert states(asking, request) == [(TEXT, MessageState.CLAIMED)]
