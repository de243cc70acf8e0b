"""Digests on their way: what each mail says, and that what is over, refused or unknown is told neither twice nor never.

Every test proves a part of E-26.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.rules.enrollment import Need, RejectReason
from models.rules.enrollment_events import CompleteTasks, Prepare
from models.rules.onboarding_events import Pause, Resume
from models.rules.onboarding_facts import Reason
from models.settings import Settings
from models.store import enrollment_sweep
from models.store.digests import DIGESTS
from models.tables.messages import Message
from tasks import digests, messages
from tasks.connectors import registry
from tasks.connectors.local import MailboxMailer
from tests.connectors.faulty import Fault, FaultyMailer
from tests.factories import MONDAY, an_intake, play
from tests.store.enrolling import enrolling, notices

DAY = timedelta(days=1)
W9 = Prepare((Need.W9, Need.BANK_LETTER))


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch, own_settings: Settings) -> list[Fault]:
    script: list[Fault] = []
    mailer = FaultyMailer(MailboxMailer(own_settings.mailbox_folder), script)
    monkeypatch.setattr(registry, "mailer", lambda _settings: FaultyMailer(mailer, list(script)))
    return script


@pytest.fixture(autouse=True)
def _as_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "make_digests", digests.make_digests.fn)


def make(days: float = 0) -> list[dict[str, int]]:
    return [dict(counts) for counts in digests.batches_of_digests(as_of=MONDAY + days * DAY, limit=100)]


def deliver(days: float = 0) -> dict[str, int]:
    counts: dict[str, int] = {}
    for claim in messages.claims_of_messages(as_of=MONDAY + days * DAY, limit=100):
        for what, count in messages.deliver_messages.fn(claim, as_of=MONDAY + days * DAY).items():
            counts[what] = counts.get(what, 0) + count
    return counts


def outcomes(db: Database) -> list[tuple[str, str]]:
    query = select(Message.state, Message.outcome).where(Message.kind.in_(DIGESTS)).order_by(Message.id)
    return [(state.value, outcome) for state, outcome in db.read(lambda s: s.execute(query).tuples().all())]


def mails(own: Settings) -> list[str]:
    return [f"{mail.to} {mail.subject}\n{mail.text}" for mail in read_mailbox(own.mailbox_folder)]


def test_the_practice_reads_what_it_must_do_for_whom_and_since_when(db: Database, own_settings: Settings) -> None:
    enrolling(db).do("evergreen", W9)
    assert make() == [{"digests": 1, "lines": 1}]
    assert deliver(0.01) == {"sent": 1}
    (mail,) = mails(own_settings)
    for words in (
        "dana@example.com",
        "1 thing to do for your payers",
        "Evergreen Health Plan: E-claims",
        "Since Monday, November 23, 2026",
        "Please send us: a voided check or a letter from your bank, your form W-9.",
        f"{own_settings.public_address}/j/",
        "/enrollments",
        "Staff coach-1",
    ):
        assert words in mail
    assert notices(db) == ["told"]
    assert (make(1), deliver(1)) == ([], {})


def test_our_people_read_over_all_practices_the_top_three_payers_first(db: Database, own_settings: Settings) -> None:
    payers = [
        {"key": key, "name": key.title(), "expected_claims_per_month": claims, "transactions": ["claims"]}
        for key, claims in (("rare", 1), ("often", 90), ("more", 80), ("some", 70))
    ]
    maple = enrolling(db, an_intake(payers=payers))
    cedar = enrolling(db, an_intake("cedar-hill", name="Cedar Hill", payers=payers))
    for payer in ("rare", "often"):
        maple.reject(payer, RejectReason.SIGNATURE)
    cedar.reject("more", RejectReason.WRONG_FORM)
    make()
    assert deliver(0.01) == {"sent": 1}
    (mail,) = mails(own_settings)
    assert "enroll-1@golive.example.com" in mail
    assert "3 to look at" in mail
    places = [
        mail.index(words) for words in ("Maple Street Family Medicine, Often", "Cedar Hill, More", "Rare, claims")
    ]
    assert places == sorted(places)
    assert "then resubmit-enrollment" in mail
    assert "/staff/enrollments" in mail


def test_what_went_away_before_the_send_is_left_out(db: Database, own_settings: Settings) -> None:
    maple = enrolling(db)
    maple.do("medicare", W9)
    maple.do("harbor", W9)
    make()
    maple.do("medicare", CompleteTasks())
    assert deliver(0.01) == {"sent": 1}
    (mail,) = mails(own_settings)
    assert "Harbor Mutual" in mail
    assert "Medicare" not in mail
    assert notices(db) == ["cancelled", "told"]


def test_an_empty_digest_is_not_sent(db: Database, own_settings: Settings) -> None:
    maple = enrolling(db)
    maple.do("medicare", W9)
    make()
    maple.do("medicare", CompleteTasks())
    assert deliver(0.01) == {"cancelled": 1}
    assert outcomes(db) == [("cancelled", "nothing_to_say")]
    assert mails(own_settings) == []


def test_what_was_given_in_part_is_not_asked_for_again(db: Database, own_settings: Settings) -> None:
    """O-44: the answer ends the reminder on its way; the next one names only what is left."""
    maple = enrolling(db)
    maple.do("medicare", W9)
    make()
    maple.do("medicare", CompleteTasks((Need.W9,)))
    assert deliver(0.01) == {"cancelled": 1}
    db.transaction(lambda s: enrollment_sweep.fire_timers(s, as_of=MONDAY + 2 * DAY, limit=100))
    assert make(2) == [{"digests": 2, "lines": 3}]
    deliver(2.01)
    (mail,) = [mail for mail in mails(own_settings) if "dana@example.com" in mail]
    assert "Please send us: a voided check or a letter from your bank." in mail


def test_a_pause_keeps_a_made_digest_back_and_its_lines_come_after_it(db: Database, own_settings: Settings) -> None:
    """O-45."""
    maple = enrolling(db)
    maple.do("medicare", W9)
    make()
    play(db, maple.journey, [Pause(Reason.PRACTICE_ASKED)])
    assert deliver(0.01) == {"cancelled": 1}
    assert outcomes(db) == [("cancelled", "journey_not_under_way")]
    play(db, maple.journey, [Resume()], as_of=MONDAY + DAY)
    assert make(1) == [{"digests": 1, "lines": 1}]
    assert deliver(1.01) == {"sent": 1}
    assert len(mails(own_settings)) == 1


def test_a_refused_mail_is_told_with_the_next_digest(db: Database, faults: list[Fault]) -> None:
    enrolling(db).do("medicare", W9)
    make()
    faults.append(Fault.REJECTED)
    assert deliver(0.01)["refused"] == 1
    faults.clear()
    assert notices(db) == ["pending"]
    assert make(0.02) == []
    assert make(1) == [{"digests": 1, "lines": 1}]
    assert deliver(1.01) == {"sent": 1}
    assert notices(db) == ["told"]


def test_a_mail_that_is_tried_again_keeps_its_lines(db: Database, faults: list[Fault], own_settings: Settings) -> None:
    maple = enrolling(db)
    maple.do("medicare", W9)
    make()
    faults.append(Fault.UNAVAILABLE)
    assert deliver(0.01) == {"later": 1}
    faults.clear()
    maple.do("harbor", W9, as_of=MONDAY + DAY)
    assert deliver(0.5) == {"sent": 1}
    assert make(1) == [{"digests": 1, "lines": 1}]
    deliver(1.01)
    first, second = mails(own_settings)
    assert {"Medicare" in first, "Medicare" in second} == {True, False}


def test_what_may_have_arrived_is_not_told_again(db: Database, faults: list[Fault]) -> None:
    enrolling(db).do("medicare", W9)
    make()
    faults.append(Fault.LOST_AFTER)
    assert deliver(0.01)["unknown"] == 1
    assert notices(db) == ["told"]
    assert make(1) == []
