"""What people do with enrollments: named in words, refused in sentences, recorded once, shown as rows."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.answers import Answer
from models.rules.enrollment import Need, State
from models.rules.enrollment_events import Acknowledge, Approve, Command, Prepare, Waive
from models.rules.onboarding_events import ChooseTopPayers, RecordEnrollment, SignAgreement, SkipStep
from models.rules.onboarding_facts import EnrollmentOutcome, Reason, Transaction
from models.rules.turnarounds import class_of
from models.store import enrollment_journey
from models.store.enrollment import find_enrollments, load_enrollments
from models.store.events import check_chain
from models.store.keys import keys_of
from models.store.onboarding import load_journey
from models.store.practices import find_practice
from models.store.turnarounds import turnaround_for
from models.tables.enrollment import BillingIdentityRow
from tasks import enrollment
from tasks.enrollment import Billing, Which
from tests.factories import MONDAY, a_journey, an_intake, play, record

P = "maple-street"
BY = "enroll-1"
PAYERS = [
    {"key": "medicare", "name": "Medicare", "expected_claims_per_month": 90, "transactions": ["claims", "portal"]},
    {"key": "evergreen", "name": "Evergreen", "expected_claims_per_month": 60, "transactions": ["era"]},
]
CLAIMS = Which(P, "medicare", Transaction.CLAIMS)
PORTAL = Which(P, "medicare", Transaction.PORTAL)
ERA = Which(P, "evergreen", Transaction.ERA)
OTHER_NPI = "1003000126"
PROVIDERS = [{"npi": "1234567893", "name": "Dr. Stone"}, {"npi": OTHER_NPI, "name": "Dr. Vale"}]


@pytest.fixture
def journey(db: Database) -> int:
    """Give a journey whose enrollments are begun by nobody yet."""
    found = a_journey(db, an_intake(payers=PAYERS, providers=PROVIDERS, tax_id="12-3456789"))
    record(db, found, SignAgreement(MONDAY.date()), by="sales-1")
    play(db, found, [SkipStep(step, Reason.DONE_ELSEWHERE) for step in ("welcome_call", "handoff_call")])
    return found


def begin(billing: Billing = Billing(), *, key: str = "run:0", practice: str = P, by: str = BY) -> Answer:  # noqa: B008
    return enrollment.begin.fn(practice, billing, by=by, key=key, as_of=MONDAY)


def do(which: Which, *events: Command, key: str = "k", days: int = 0) -> Answer:
    answer = Answer.repeated()
    for number, event in enumerate(events):
        at = MONDAY + timedelta(days=days)
        answer = enrollment.record.fn(which, event, by=BY, key=f"{key}{number}{days}", as_of=at)
    return answer


def state(db: Database, which: Which) -> State:
    found = db.read(lambda s: load_enrollments(s, find_enrollments(s, which)))
    [one] = found.values()
    return one.state


def test_the_payers_of_a_journey_are_begun_once_with_the_practices_tax_id(db: Database, journey: int) -> None:
    """E-01, E-03."""
    assert begin().sentence == "3 enrollments of maple-street were begun, 0 were known already."
    again = begin(key="run:1")
    assert again.is_done
    assert again.sentence == "All 3 enrollments of maple-street were begun before; nothing was changed."

    def identity(session: Session) -> tuple[str, str, str]:
        [row] = session.scalars(select(BillingIdentityRow)).all()
        keys = keys_of(session, row.practice_id)
        tax_id = keys.unseal(row.tax_id, table="billing_identities", column="tax_id", row_id=row.id)
        return row.key, row.npi, tax_id

    assert db.read(identity) == ("group", "1234567893", "12-3456789")
    begin(Billing(OTHER_NPI), key="run:2")
    assert db.read(identity) == ("group", OTHER_NPI, "12-3456789")
    begin(key="run:3")
    assert db.read(identity)[1] == OTHER_NPI, "an NPI that was given once is kept"
    assert db.read(lambda s: load_journey(s, journey, as_of=MONDAY)).enrollments


@pytest.mark.usefixtures("journey")
def test_each_provider_can_bill_alone_and_then_must_be_named() -> None:
    """E-01."""
    assert begin(Billing(is_per_provider=True)).sentence.startswith("6 enrollments")
    told = do(CLAIMS, Prepare()).sentence
    assert told == (
        f"maple-street has medicare:claims for several billings: {OTHER_NPI}, 1234567893; name one of them in billing."
    )
    one = Which(P, "medicare", Transaction.CLAIMS, OTHER_NPI)
    assert do(one, Prepare()).is_done
    assert "but not for the billing group" in do(Which(P, "medicare", Transaction.CLAIMS, "group"), Prepare()).sentence


@pytest.mark.parametrize(
    ("which", "by", "told"),
    [
        (Which("elm-street", "medicare", Transaction.CLAIMS), BY, "There is no practice with the key elm-street"),
        (CLAIMS, "stranger", "There is no member of staff with the key stranger"),
        (Which(P, "nobody", Transaction.CLAIMS), BY, "has no enrollment nobody:claims; begin-enrollments makes"),
        (Which(P, "medicare", Transaction.ERA), BY, "has no enrollment medicare:era"),
    ],
)
@pytest.mark.usefixtures("journey")
def test_what_is_not_there_is_named(which: Which, by: str, told: str) -> None:
    begin()
    answer = enrollment.record.fn(which, Prepare(), by=by, key="x", as_of=MONDAY)
    assert not answer.is_done
    assert told in answer.sentence


def test_a_practice_without_a_journey_and_a_stranger_are_refused(db: Database) -> None:
    assert "There is no journey of a practice with the key maple-street" in begin().sentence
    a_journey(db)
    assert "There is no member of staff with the key stranger" in begin(by="stranger").sentence


@pytest.mark.usefixtures("journey")
def test_an_answer_says_how_it_stands_and_what_comes_next(db: Database) -> None:
    begin()
    asked = do(CLAIMS, Prepare((Need.W9,)))
    assert asked.sentence == (
        "Recorded: medicare:claims of maple-street is needs practice. "
        "The practice gives Form W-9: complete-enrollment-tasks."
    )
    assert do(CLAIMS, Prepare((Need.W9,))).sentence == "This was recorded before; nothing was changed."
    assert "does not fit that state" in do(CLAIMS, Approve(), key="other").sentence
    assert state(db, CLAIMS) is State.NEEDS_PRACTICE


@pytest.mark.usefixtures("journey")
def test_a_submission_takes_the_time_of_its_payer(db: Database) -> None:
    """E-05, E-20: Medicare 30 / 38 / 45 days."""
    begin()
    do(CLAIMS, Prepare())
    answer = enrollment.submit.fn(CLAIMS, date(2026, 11, 20), by=BY, key="s", as_of=MONDAY)
    assert answer.is_done
    expected = db.read(lambda s: turnaround_for(s, "medicare", Transaction.CLAIMS, payer_class=class_of("medicare")))
    [found] = db.read(lambda s: load_enrollments(s, find_enrollments(s, CLAIMS))).values()
    assert found.dates is not None
    assert (found.dates.typical_on - date(2026, 11, 20)).days == expected.typical
    assert not enrollment.submit.fn(CLAIMS, None, by=BY, key="t", as_of=MONDAY).is_done
    do(ERA, Prepare())
    late = enrollment.submit.fn(ERA, date(2026, 12, 20), by=BY, key="u", as_of=MONDAY)
    assert "is still to come" in late.sentence


@pytest.mark.usefixtures("journey")
def test_a_login_proves_a_portal_account_and_nothing_else(db: Database) -> None:
    """E-12."""
    begin()

    def log_in(which: Which, day: date | None = None, key: str = "l") -> Answer:
        return enrollment.record_login.fn(which, day, by=BY, key=key, as_of=MONDAY)

    assert "no portal account" in log_in(CLAIMS).sentence
    assert "changes nothing there" in log_in(PORTAL).sentence
    do(PORTAL, Prepare())
    enrollment.submit.fn(PORTAL, None, by=BY, key="s", as_of=MONDAY)
    do(PORTAL, Acknowledge(), key="a")
    assert "kept in mind" in log_in(PORTAL, key="early").sentence
    do(PORTAL, Approve(), key="b")
    assert "still to come" in log_in(PORTAL, date(2027, 1, 1)).sentence
    assert log_in(PORTAL, key="m").is_done
    assert state(db, PORTAL) is State.LIVE
    assert log_in(PORTAL, key="m").sentence.startswith("This was recorded before")


@pytest.mark.usefixtures("journey")
def test_the_choice_of_top_payers_ranks_enrollments_in_the_same_transaction() -> None:
    """E-04."""
    begin()
    choice = ChooseTopPayers(("evergreen", "medicare"), Reason.PRACTICE_ASKED)
    answer = enrollment.record_in_journey.fn(P, choice, by=BY, key="c", as_of=MONDAY)
    assert answer.kinds == ("top_payers_chosen",)
    assert [(row["top"], row["payer"]) for row in enrollment.rows.fn(P)] == [
        ("1", "evergreen"), ("2", "medicare"), ("2", "medicare"),
    ]  # fmt: skip
    again = enrollment.record_in_journey.fn(P, choice, by=BY, key="d", as_of=MONDAY)
    assert again.sentence == "These payers already come first, in this order."
    known = enrollment.record_in_journey.fn(P, choice, by=BY, key="c", as_of=MONDAY)
    assert known.sentence.startswith("This was recorded before")


def test_an_outcome_is_recorded_by_hand_only_where_no_enrollment_is_followed(db: Database, journey: int) -> None:
    finalised = RecordEnrollment("evergreen", Transaction.ERA, EnrollmentOutcome.FINALISED)

    def by_hand(key: str) -> Answer:
        return enrollment.record_in_journey.fn(P, finalised, by=BY, key=key, as_of=MONDAY)

    assert by_hand("a").is_done
    begin()
    told = by_hand("b")
    assert not told.is_done
    assert told.sentence == (
        "evergreen:era of maple-street is enrolled here: record what the payer said with record-payer-answer, "
        "or end it with waive-enrollment or withdraw-enrollment; the journey follows by itself."
    )
    outcome = db.read(lambda s: load_journey(s, journey, as_of=MONDAY)).enrollments["evergreen", Transaction.ERA]
    assert outcome is EnrollmentOutcome.IN_PROGRESS


@pytest.mark.usefixtures("journey")
def test_a_story_tells_the_row_the_history_and_the_days() -> None:
    """E-28."""
    begin()
    do(CLAIMS, Prepare((Need.W9,)), days=2)
    told = enrollment.story.fn(CLAIMS, as_of=MONDAY + timedelta(days=5))
    assert not isinstance(told, str)
    [present], history, days = told
    assert present["state"] == "needs practice"
    assert [line["what"] for line in history] == ["checked missing", "ranked", "created"]
    assert days[-1] == {
        "attempt": "all", "practice": "3.0", "us": "2.0", "clearinghouse": "0.0", "payer": "0.0", "days": "5.0",
    }  # fmt: skip
    assert "has no enrollment" in str(enrollment.story.fn(Which(P, "x", Transaction.ERA), as_of=MONDAY))


def test_the_nightly_net_tells_what_a_journey_lacks_and_ranks_anew(
    db: Database, monkeypatch: pytest.MonkeyPatch, journey: int
) -> None:
    begin()
    feed = enrollment_journey.feed_journeys
    monkeypatch.setattr(enrollment_journey, "feed_journeys", lambda *_, **__: 0)
    do(ERA, Waive(Reason.NOT_NEEDED))
    monkeypatch.setattr(enrollment_journey, "feed_journeys", feed)
    record(db, journey, ChooseTopPayers(("evergreen",), Reason.PRACTICE_ASKED), key="unranked")
    [batch] = enrollment.practices_to_catch_up()
    counts = enrollment.catch_up.fn(batch, as_of=MONDAY)
    assert counts == {"practices": 1, "ranked": 3, "told": 1}
    outcome = db.read(lambda s: load_journey(s, journey, as_of=MONDAY)).enrollments["evergreen", Transaction.ERA]
    assert outcome is EnrollmentOutcome.FINALISED
    assert enrollment.catch_up.fn(batch, as_of=MONDAY) == {"practices": 1}


def test_a_practice_that_fails_at_night_stops_no_other(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("maple-street", "oak-street"):
        a_journey(db, an_intake(key))
        begin(practice=key, by="coach-1")
    [both] = enrollment.practices_to_catch_up()
    feed = enrollment_journey.feed_journeys

    def fail(session: Session, practices: list[int], **more: object) -> int:
        if both[0] in practices:
            message = "a bug"
            raise RuntimeError(message)
        return feed(session, practices, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(enrollment_journey, "feed_journeys", fail)
    assert enrollment.catch_up.fn(both, as_of=MONDAY) == {"practices": 2, "failed": 1}
    practice = db.read(lambda s: find_practice(s, "oak-street"))
    assert practice is not None
    assert db.read(lambda s: check_chain(s, practice.id)).is_intact


@pytest.mark.usefixtures("journey")
def test_due_looks_are_taken_in_batches() -> None:
    begin()
    later = MONDAY + timedelta(days=8)
    assert list(enrollment.batches_of_enrollments(as_of=MONDAY, limit=10)) == []
    sizes = []
    for size in enrollment.batches_of_enrollments(as_of=later, limit=10):
        sizes.append(size)
        assert enrollment.watch_enrollments.fn(size, as_of=later) == {"enrollment_remind": 3}
    assert sizes == [10]
