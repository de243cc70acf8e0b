"""What a practice may count on of its enrollments: the next date, what is asked, who is waited for."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from models.db import Database
from models.reports.enrollment import Ahead, NextDay, PracticeStatus, next_day, practice_status
from models.rules.calendars import Calendar
from models.rules.enrollment import Need, State
from models.rules.enrollment_events import CompleteTasks
from models.rules.enrollment_facts import Dates, Enrollment
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Party
from models.store import enrollment_begin
from models.store.enrollment_begin import Identity, Wanted
from tests.factories import MONDAY
from tests.store.enrolling import Enrolling, enrolling
from tests.web.enrollments import several_states

TODAY = date(2026, 11, 23)
DATES = Dates(date(2026, 12, 31), date(2027, 1, 4), date(2027, 1, 6), date(2027, 1, 7))


def an_enrollment(state: State, **facts: object) -> Enrollment:
    now = datetime(2026, 11, 23, 15, tzinfo=UTC)
    known = (1, 1, "maple", "America/New_York", Calendar.GOVERNMENT, "aetna", Transaction.ERA, "group", state, 1)
    return Enrollment(*known, now, now, **facts)  # type: ignore[arg-type]


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


NEXT = (
    (an_enrollment(State.DRAFT), None),
    (an_enrollment(State.NEEDS_PRACTICE), NextDay(Ahead.PLEASE_BY, day(2))),
    (an_enrollment(State.READY), None),
    (an_enrollment(State.READY, cutover_on=day(9)), NextDay(Ahead.GOES_OUT, day(9))),
    (an_enrollment(State.READY, cutover_on=day(0)), None),
    (an_enrollment(State.SUBMITTED, dates=DATES), NextDay(Ahead.EXPECTED, DATES.typical_on, DATES.very_late_on)),
    (an_enrollment(State.PENDING_PAYER), None),
    (an_enrollment(State.APPROVED, effective_on=day(30)), NextDay(Ahead.IN_FORCE, day(30))),
    (an_enrollment(State.APPROVED, effective_on=day(0)), None),
    (an_enrollment(State.PROVING), None),
    (an_enrollment(State.LIVE), None),
    (an_enrollment(State.LIVE, expires_on=day(400)), NextDay(Ahead.VALID_UNTIL, day(400))),
    (an_enrollment(State.RECERTIFYING, expires_on=day(60)), NextDay(Ahead.RENEW_BY, day(60))),
    (an_enrollment(State.REJECTED, dates=DATES), None),
)


@pytest.mark.parametrize(("enrollment", "ahead"), NEXT)
def test_the_next_date_is_one_that_a_practice_can_count_on(enrollment: Enrollment, ahead: NextDay | None) -> None:
    assert next_day(enrollment, day(2), today=TODAY) == ahead


@pytest.mark.parametrize(
    ("today", "ahead"),
    [
        (TODAY, NextDay(Ahead.EXPECTED, date(2026, 12, 31), date(2027, 1, 6))),
        (date(2027, 1, 2), NextDay(Ahead.EXPECTED, date(2027, 1, 2), date(2027, 1, 6))),
        (date(2027, 1, 6), NextDay(Ahead.EXPECTED, date(2027, 1, 6), date(2027, 1, 6))),
        (date(2027, 1, 7), NextDay(Ahead.LATER_THAN_USUAL)),
    ],
)
def test_an_answer_is_never_expected_on_a_day_that_is_over(today: date, ahead: NextDay) -> None:
    """E-05, E-20: from the payer's typical to its late days."""
    assert next_day(an_enrollment(State.PENDING_PAYER, dates=DATES), None, today=today) == ahead


def status_of(one: Enrolling) -> PracticeStatus:
    return one.db.read(lambda s: practice_status(s, one.journey, as_of=one.now))


def test_the_top_three_payers_come_first_each_with_its_kinds_in_their_order(db: Database) -> None:
    """E-04."""
    status = status_of(several_states(db))
    assert [(payer.key, payer.is_top) for payer in status.payers] == [
        ("medicare", True),
        ("aetna", True),
        ("cigna", True),
        ("humana", False),
    ]
    assert [one.transaction.value for one in status.payers[0].enrollments] == ["claims", "era", "eft", "portal"]
    assert status.name == "Cedar Hill Family Medicine"


def test_who_is_waited_for_and_since_when_is_shown_for_each(db: Database) -> None:
    """E-21, O-42: a question of the payer waits on the practice."""
    medicare, aetna, cigna, _ = status_of(several_states(db)).payers
    parties = [one.party for payer in (medicare, aetna, cigna) for one in payer.enrollments]
    assert parties == [
        *(Party.PAYER, Party.PAYER, Party.PRACTICE, None),
        *(None, Party.US, Party.PRACTICE, None),
        *(Party.CLEARINGHOUSE, Party.US),
    ]
    assert {one.since_on for one in medicare.enrollments} == {TODAY}


def test_what_the_practice_must_do_stands_by_its_day(db: Database) -> None:
    """E-21: five business days for what the payer asks, two for the rest."""
    asked = status_of(several_states(db)).asked
    assert [(payer.key, one.needs, one.ahead) for payer, one in asked] == [
        ("medicare", (Need.W9, Need.BANK_LETTER), NextDay(Ahead.PLEASE_BY, date(2026, 11, 25))),
        ("aetna", (Need.ANSWER_TO_PAYER,), NextDay(Ahead.PLEASE_BY, date(2026, 12, 1))),
    ]


def test_what_was_given_is_not_asked_for(db: Database) -> None:
    one = several_states(db)
    one.do("medicare", CompleteTasks((Need.W9,)), transaction="eft")
    assert status_of(one).asked[0][1].needs == (Need.BANK_LETTER,)
    one.do("medicare", CompleteTasks(), transaction="eft")
    assert [payer.key for payer, _ in status_of(one).asked] == ["aetna"]


def test_one_withdrawn_is_not_counted(db: Database) -> None:
    status = status_of(several_states(db))
    assert len(status.enrollments) == sum(len(payer.enrollments) for payer in status.payers) - 1


def test_several_billing_identities_are_told_apart_by_their_npi(db: Database) -> None:
    """E-01."""
    one = enrolling(db)

    def add(session: Session) -> None:
        provider = Identity("dr", "1538293842", is_group=False)
        enrollment_begin.save_identities(session, one.practice, [provider])
        wanted = [Wanted("medicare", "Medicare", Transaction.CLAIMS, "dr")]
        who = {"by": "coach-1", "key": "more"}
        enrollment_begin.begin_enrollments(session, one.practice, wanted, **who, as_of=MONDAY)

    db.transaction(add)
    status = status_of(one)
    npis = {payer.key: [each.npi for each in payer.enrollments] for payer in status.payers}
    assert npis == {"medicare": ["1234567893", "1538293842"], "evergreen": [""], "harbor": [""]}


def test_another_practices_enrollments_are_not_there(db: Database) -> None:
    several_states(db)
    other = enrolling(db)
    assert [payer.key for payer in status_of(other).payers] == ["medicare", "evergreen", "harbor"]
