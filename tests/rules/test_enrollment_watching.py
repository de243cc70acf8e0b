"""When an enrollment is looked at again, and who hears of it (E-20..E-25, E-29, O-44)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.rules.calendars import Calendar, add_business_days, business_days_between
from models.rules.decisions import SetTimer
from models.rules.enrollment import Happening, Need, State
from models.rules.enrollment_events import (
    Approve,
    CompleteTasks,
    Due,
    Rank,
    RequestDevelopment,
)
from models.rules.enrollment_facts import Decision, Enrollment, NoticeKind, Turnaround
from models.rules.enrollment_moves import move
from models.rules.enrollment_watching import UNKNOWN_PAYER, dates_from, look
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Role
from tests.rules.enrollments import (
    NOW,
    TODAY,
    Line,
    Stage,
    an_enrollment,
    asked,
    dates,
    days_from,
    decided,
    noon,
    told,
)

NOV_2 = date(2026, 11, 2)
CHASES = (NoticeKind.CHASE_PAYER, NoticeKind.CHASE_CLEARINGHOUSE)


def pending(**changes: Any) -> Stage:
    """Give an enrollment that the payer has since the second of November, a Monday."""
    facts = {"submitted_on": NOV_2, "dates": dates(NOV_2), "state_since": noon(NOV_2), "silent_since": noon(NOV_2)}
    return Stage(an_enrollment(State.PENDING_PAYER, **(facts | changes)), as_of=noon(NOV_2))


def days_of(lines: list[Line]) -> list[date]:
    return [line.day for line in lines]


def test_the_payer_is_asked_at_its_typical_time_then_at_the_75th_and_90th_then_every_five_business_days() -> None:
    """E-20: the 22nd of November is a Sunday, the 12th of December a Saturday, Christmas is no business day."""
    stage = pending()
    stage.until(noon(date(2027, 1, 1)))
    assert stage.lines() == [
        Line(date(2026, 11, 23), NoticeKind.CHASE_PAYER, Role.ENROLLMENTS_REPRESENTATIVE),
        Line(date(2026, 12, 2), NoticeKind.CHASE_PAYER, Role.ENROLLMENTS_REPRESENTATIVE),
        Line(date(2026, 12, 14), NoticeKind.CHASE_PAYER, Role.ENROLLMENTS_REPRESENTATIVE),
        Line(date(2026, 12, 21), NoticeKind.CHASE_PAYER, Role.ENROLLMENTS_REPRESENTATIVE),
        Line(date(2026, 12, 29), NoticeKind.CHASE_PAYER, Role.ENROLLMENTS_REPRESENTATIVE),
    ]
    assert set(stage.work) == {"chase"}


def test_beyond_the_high_figure_it_goes_to_a_manager_and_never_ends() -> None:
    """E-20: the payer takes sixty days at most, until the first of January."""
    stage = pending()
    stage.until(noon(date(2027, 6, 1)))
    escalated = days_of(stage.lines(NoticeKind.ESCALATED))
    assert escalated[:3] == [date(2027, 1, 6), date(2027, 1, 13), date(2027, 1, 21)]
    assert len(escalated) == 21
    assert {line.to for line in stage.lines(NoticeKind.ESCALATED)} == {Role.ONBOARDING_MANAGER}
    assert days_of(stage.lines(NoticeKind.CHASE_PAYER))[-1] == escalated[-1]
    assert set(stage.work) == {"chase", "escalated"}


@pytest.mark.parametrize("high", [160, 300])
def test_after_160_days_a_manager_takes_over_however_long_the_payer_takes(high: int) -> None:
    """E-20, O-24."""
    slow = Turnaround(100, 200, 220, 240, high)
    stage = pending(dates=dates_from(NOV_2, slow))
    stage.until(noon(days_from(NOV_2, 200)))
    assert stage.lines(NoticeKind.ESCALATED)[0].day == date(2027, 4, 12) == days_from(NOV_2, 161)


def test_a_payer_of_whom_nothing_is_known_takes_30_to_160_days() -> None:
    """E-05, O-24."""
    unknown = dates_from(NOV_2, UNKNOWN_PAYER)
    assert unknown.typical_on == days_from(NOV_2, 90)
    assert unknown.limit_on == days_from(NOV_2, 160)
    assert (UNKNOWN_PAYER.low, UNKNOWN_PAYER.high) == (30, 160)
    assert look(pending(dates=None).enrollment, 0) == look(pending(dates=unknown).enrollment, 0)


def test_days_of_a_payer_that_counts_business_days_are_the_governments() -> None:
    """E-05, E-29."""
    thirty = dates_from(TODAY, Turnaround(30, 30, 30, 30, 30, is_business_days=True))
    assert thirty.typical_on == thirty.limit_on == date(2027, 1, 7)
    calendar = dates_from(TODAY, Turnaround(30, 30, 30, 30, 30))
    assert calendar.typical_on == date(2026, 12, 23)


def test_payers_are_asked_on_days_of_the_government_even_where_the_practice_follows_the_banks() -> None:
    """E-29: on Friday, 2026-07-03 the government is closed and the banks are open."""
    june = date(2026, 6, 3)
    friday = dates_from(june, Turnaround(10, 30, 60, 90, 120))
    assert friday.typical_on == date(2026, 7, 3)
    payer = pending(dates=friday, calendar=Calendar.RESERVE).enrollment
    clearinghouse = an_enrollment(
        State.SUBMITTED, calendar=Calendar.RESERVE, silent_since=datetime(2026, 7, 1, 15, tzinfo=UTC)
    )
    assert local(look_at(payer)) == date(2026, 7, 6)
    assert local(look_at(clearinghouse)) == date(2026, 7, 3)


def look_at(enrollment: Enrollment, rung: int = 0) -> datetime:
    ahead = look(enrollment, rung)
    assert ahead is not None
    return ahead.at


def local(moment: datetime) -> date:
    assert (moment.hour, moment.minute) in ((13, 0), (14, 0))
    return moment.date()


def test_looks_are_at_nine_in_the_morning_in_summer_and_in_winter() -> None:
    """E-29: the clocks of New York change on 2026-11-01 and 2027-03-14."""
    october = an_enrollment(State.NEEDS_PRACTICE, silent_since=datetime(2026, 10, 28, 15, tzinfo=UTC))
    assert look_at(october, 0) == datetime(2026, 10, 30, 13, tzinfo=UTC)
    assert look_at(october, 1) == datetime(2026, 11, 4, 14, tzinfo=UTC)
    march = an_enrollment(State.PROVING, approved_on=date(2027, 2, 12), effective_on=None)
    assert look_at(march, 0) == datetime(2027, 3, 14, 13, tzinfo=UTC)
    arizona = an_enrollment(
        State.NEEDS_PRACTICE, zone="America/Phoenix", silent_since=datetime(2026, 10, 28, 15, tzinfo=UTC)
    )
    assert look_at(arizona, 1) == datetime(2026, 11, 4, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (State.NEEDS_PRACTICE, NoticeKind.TASKS_OPEN),
        (State.DRAFT, NoticeKind.WORK_WAITS),
        (State.READY, NoticeKind.WORK_WAITS),
        (State.TESTING, NoticeKind.WORK_WAITS),
        (State.DEGRADED, NoticeKind.WORK_WAITS),
        (State.REJECTED, NoticeKind.WORK_WAITS),
        (State.SUBMITTED, NoticeKind.CHASE_CLEARINGHOUSE),
    ],
)
def test_silence_reminds_at_2_5_and_10_days_then_the_manager_and_never_ends(state: State, kind: NoticeKind) -> None:
    """E-22, O-44: above the ladder somebody is reminded every five business days, whoever is silent."""
    stage = Stage(an_enrollment(state, needs={Need.W9: False}))
    stage.wait(100)
    own = stage.lines(kind)
    waited = [business_days_between(TODAY, day, Calendar.GOVERNMENT) for day in days_of(own)]
    if state is State.SUBMITTED:  # the manager's turn does not end the chase
        assert waited == [2, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65]
    elif state is State.NEEDS_PRACTICE:
        assert waited == [2, 5, 10, 26, 31, 36, 41, 46, 51, 56, 61, 66]
    else:
        assert waited == [2, 5, 10, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65]
    (manager,) = stage.lines(NoticeKind.ESCALATED)
    assert (manager.day, manager.to) == (add_business_days(TODAY, 15, Calendar.GOVERNMENT), Role.ONBOARDING_MANAGER)
    paused = stage.lines(NoticeKind.PROPOSE_PAUSE)
    assert days_of(paused) == [add_business_days(TODAY, 21, Calendar.GOVERNMENT)] * (state is State.NEEDS_PRACTICE)
    assert {line.to for line in own} == {
        Role.PRIMARY_CONTACT if state is State.NEEDS_PRACTICE else Role.ENROLLMENTS_REPRESENTATIVE
    }


def test_a_development_request_is_answered_within_five_business_days_by_the_practice() -> None:
    """E-21: Thanksgiving does not count; from the fifth day on we hear of it too."""
    asked_for = decided(an_enrollment(State.PENDING_PAYER), RequestDevelopment())
    assert asked(asked_for)["give"].due_at == datetime(2026, 12, 1, 22, tzinfo=UTC)
    assert asked(asked_for)["give"].role is Role.PRIMARY_CONTACT
    stage = Stage(an_enrollment(State.PENDING_PAYER))
    stage.do(RequestDevelopment())
    stage.until(noon(date(2026, 12, 2)))
    contact, ours = Role.PRIMARY_CONTACT, Role.ENROLLMENTS_REPRESENTATIVE
    assert [(line.day.day, line.to) for line in stage.lines()] == [
        (23, contact),
        (25, contact),
        (1, contact),
        (1, ours),
    ]
    before = len(stage.notices)
    stage.do(CompleteTasks())
    stage.until(noon(date(2026, 12, 12)))
    assert len(stage.notices) == before


def test_after_an_outage_one_line_goes_out_and_not_a_burst() -> None:
    """E-20, O-40, O-44."""
    practice = Stage(an_enrollment(State.NEEDS_PRACTICE))
    practice.sleep(17)
    practice.catch_up()
    assert [line.kind for line in practice.lines()] == [NoticeKind.TASKS_OPEN]
    assert practice.enrollment.rung == 3
    payer = pending()
    payer.sleep(55)
    payer.catch_up()
    assert [line.kind for line in payer.lines()] == [NoticeKind.CHASE_PAYER]


def test_a_missed_turn_of_the_manager_still_reaches_the_manager() -> None:
    """E-20, O-44."""
    practice = Stage(an_enrollment(State.NEEDS_PRACTICE))
    practice.sleep(120)
    practice.catch_up()
    assert [line.kind for line in practice.lines()] == [
        NoticeKind.TASKS_OPEN,
        NoticeKind.ESCALATED,
        NoticeKind.PROPOSE_PAUSE,
    ]
    assert practice.work["escalated"].role is Role.ONBOARDING_MANAGER
    payer = pending()
    payer.sleep(150)
    payer.catch_up()
    assert sorted(line.kind for line in payer.lines()) == [NoticeKind.CHASE_PAYER, NoticeKind.ESCALATED]


def test_an_outage_over_the_end_still_leaves_a_day_to_renew() -> None:
    """E-25, O-40: no sweep goes two steps at once."""
    stage = Stage(an_enrollment(State.LIVE, transaction=Transaction.CLAIMS, expires_on=days_from(TODAY, 80)))
    stage.sleep(100)
    stage.catch_up()
    assert stage.state() is State.RECERTIFYING
    assert NoticeKind.RECERTIFY in {line.kind for line in stage.lines()}
    assert [one.due_at for one in stage.timers.values()] == [datetime(2027, 3, 4, 14, tzinfo=UTC)]
    stage.wait(1)
    assert stage.state() is State.ENDED


def test_an_approval_that_is_recorded_late_is_looked_at_on_the_next_morning() -> None:
    """E-23, O-40."""
    stage = Stage(an_enrollment(State.PENDING_PAYER, submitted_on=days_from(TODAY, -90)))
    stage.do(Approve(on=days_from(TODAY, -60)))
    stage.catch_up()
    assert stage.state() is State.PROVING
    assert [one.due_at for one in stage.timers.values()] == [datetime(2026, 11, 24, 14, tzinfo=UTC)]
    stage.wait(1)
    assert stage.lines() == [Line(days_from(TODAY, 1), NoticeKind.PROOF_MISSING, Role.ENROLLMENTS_REPRESENTATIVE)]


def test_a_timer_that_no_longer_fits_is_set_anew_or_leads_to_nothing() -> None:
    """E-11."""
    early = decided(an_enrollment(State.PENDING_PAYER), Due("watch", NOW))
    assert (early.fields, early.notes, len(early.effects)) == ({}, (), 1)
    assert isinstance(early.effects[0], SetTimer)
    for state in (State.NOT_REQUIRED, State.ENDED, State.WITHDRAWN, State.DISPLACED):
        assert decided(an_enrollment(state), Due("watch", NOW)) == ((), (), {}, {}, (), False)


def test_the_top_three_are_watched_by_a_timer_of_their_own_kind() -> None:
    """E-04, O-25."""
    stage = Stage(an_enrollment(State.NEEDS_PRACTICE, rank=3))
    assert set(stage.timers) == {"watch_top"}
    stage.wait(10)
    stage.do(CompleteTasks())
    assert set(stage.timers) == {"watch_top"}
    stage.do(Rank(0))
    stage.wait(30)
    assert set(stage.timers) == {"watch"}


@pytest.mark.parametrize("state", [State.NEEDS_PRACTICE, State.RECERTIFYING])
def test_nothing_goes_to_a_practice_whose_journey_is_paused_or_over_and_we_hear_of_it(state: State) -> None:
    """O-45, E-21: payers do not wait for a journey to go on, so somebody of ours is told."""
    stage = Stage(an_enrollment(state, is_quiet=True))
    stage.wait(100)
    readers = {line.to for line in stage.lines()}
    assert Role.ENROLLMENTS_REPRESENTATIVE in readers
    assert Role.PRIMARY_CONTACT not in readers
    assert not stage.lines(NoticeKind.PROPOSE_PAUSE)
    start, happening = (
        (State.PENDING_PAYER, Happening.DEVELOPMENT_REQUEST)
        if state is State.NEEDS_PRACTICE
        else (State.LIVE, Happening.RECERTIFICATION_DUE)
    )
    entered = move(an_enrollment(start, is_quiet=True, expires_on=days_from(TODAY, 60)), happening, as_of=NOW)
    assert isinstance(entered, Decision)
    assert [reader for _, reader in told(entered)] == [Role.ENROLLMENTS_REPRESENTATIVE]


def test_no_line_is_written_twice_under_one_key() -> None:
    """E-26."""
    stage = pending()
    stage.until(noon(date(2027, 6, 1)))
    keys = [one.key for _, one in stage.notices]
    assert len(keys) == len(set(keys))
    assert max(len(key) for key in keys) <= 160
    assert timedelta(0) < stage.timers["watch"].due_at - stage.now < timedelta(days=10)
