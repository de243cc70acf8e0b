"""The last minute, the other case, the exact words: where a small change to a rule went unnoticed before."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from models.rules.appointment_events import Seen
from models.rules.appointment_facts import Communications
from models.rules.appointments import Status
from models.rules.availability import CellState, Reason, explain, offers
from models.rules.availability_busy import collisions
from models.rules.availability_clock import minute_from, minute_of
from models.rules.availability_faults import clock, settings_faults
from models.rules.availability_week import week_grid
from models.rules.calendars import Calendar
from models.rules.decisions import Ask, Refusal, SetTimer
from models.rules.enrollment import Happening, Need, State
from models.rules.enrollment_events import (
    Acknowledge,
    Approve,
    CompleteTasks,
    NeedTest,
    RecordTest,
    Reject,
    RequestDevelopment,
    Submit,
)
from models.rules.enrollment_moves import business_days, move
from models.rules.enrollment_watching import look
from models.rules.enrollment_words import events_towards
from models.rules.feedback import LINK_VALID, Policy, RequestState, Setting
from models.rules.feedback_decision import ASK, CLOSE, decide
from models.rules.feedback_events import Due, Sent
from models.rules.feedback_facts import Decision, after
from models.rules.feedback_policy import Cadence, change_policy, supposed
from models.rules.feedback_replay import PastVisit, replay
from models.rules.feedback_texts import Meaning, read
from models.rules.feedback_timing import allowed_from
from models.rules.feedback_windows import NoCommonWindowError, Window, next_allowed
from models.rules.messages import CATALOGUE, MessageKind, Owner
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Role
from tests.rules import visits
from tests.rules.availability_examples import LONG_BEFORE, MONDAY, block, calendar, utc
from tests.rules.enrollments import NOW, TODAY, USUAL, an_enrollment, asked, refused
from tests.rules.feedbacks import DAY, EMAIL, HOME, HOUR, NOON, POLICY, TEXT, a_person, a_request, a_visit, by


@pytest.mark.parametrize("kind", MessageKind)
def test_a_kind_that_a_practice_says_nothing_about_is_sent_by_whom_the_catalogue_names_a_105(kind: MessageKind) -> None:
    assert Communications().are_ours(kind) is (CATALOGUE[kind].owner is Owner.GOLIVE)
    assert Communications({kind: Owner.GOLIVE}).are_ours(kind)


def test_what_is_cancelled_in_the_portal_stays_a_task_while_the_practice_system_keeps_it_a_50_a_104() -> None:
    visit = visits.a_visit(portal_cancelled_at=visits.NOW)
    decision = visits.decided(visit, visits.shown(Status.CONFIRMED, word="Confirmed"))
    assert visits.settled(decision) == []
    assert decision.fields.get("portal_cancelled_at", visits.NOW) == visits.NOW


def seen_without_provider(minutes: float) -> tuple[bool, Seen]:
    """See what was seen before, with the provider that could not be told then."""
    event = visits.shown(Status.CONFIRMED, minutes=minutes, fingerprint="a")
    decision = visits.decided(visits.a_visit(provider_id=None), event)
    return decision.fields.get("provider_id") == event.provider_id, event


def test_a_gap_is_filled_by_the_same_moment_and_not_by_an_older_one_a_89() -> None:
    assert seen_without_provider(0)[0]
    assert not seen_without_provider(-1)[0]


def test_the_shortest_notice_is_counted_from_now_and_its_very_minute_is_offered_a_64() -> None:
    settings, nine = calendar(minimum_notice_minutes=60), utc(MONDAY, "09:00")
    assert offers(settings, (), [], nine, as_of=nine - timedelta(minutes=60))
    assert not offers(settings, (), [], nine, as_of=nine - timedelta(minutes=59))


def test_what_ends_or_begins_as_a_slot_begins_or_ends_is_not_in_its_way_a_59() -> None:
    nine, ten = utc(MONDAY, "09:00"), utc(MONDAY, "10:00")
    around = [(nine - timedelta(hours=1), nine), (ten, ten + timedelta(hours=1))]
    assert list(collisions(calendar(), around, nine, ten)) == []
    assert list(collisions(calendar(buffer_before=1, buffer_after=1), around, nine, ten)) == around


def test_faults_of_a_calendar_name_their_place_a_61() -> None:
    assert [one.place for one in settings_faults(calendar(zone="Mars/Base"))] == ["zone"]
    short = calendar(horizon_days=0, minimum_notice_minutes=1440)
    assert [(one.place, one.code) for one in settings_faults(short)] == [
        ("minimum_notice_minutes", "notice_over_horizon")
    ]


@pytest.mark.parametrize(
    ("minute", "words"),
    [(0, "12:00 AM"), (719, "11:59 AM"), (720, "12:00 PM"), (1439, "11:59 PM"), (1440, "midnight"), (1470, "12:30 AM")],
)
def test_a_minute_is_read_from_a_clock_of_twelve_hours_a_61(minute: int, words: str) -> None:
    assert clock(minute) == words


def test_a_time_with_nothing_open_after_it_has_no_next_start_a_66() -> None:
    once = calendar(week=(*(calendar().week[:1]), *([replace(calendar().week[0], is_available=False, windows=())] * 6)))
    late = explain(once, (), [], utc(MONDAY, "10:30") + timedelta(seconds=1), as_of=LONG_BEFORE)
    assert late.limit is None


PORTAL: dict[str, Any] = {"transaction": Transaction.PORTAL}


def test_a_portal_that_is_approved_is_logged_in_to_within_two_business_days_e_12_e_25() -> None:
    enrollment = an_enrollment(State.APPROVED, **PORTAL)
    decision = move(enrollment, Happening.EFFECTIVE_DATE_REACHED, as_of=NOW)
    assert not isinstance(decision, Refusal)
    expected = Ask("log_in.aetna:portal", Role.ENROLLMENTS_REPRESENTATIVE, datetime(2026, 11, 25, 22, tzinfo=UTC))
    assert asked(decision)["log_in"] == expected


def test_what_a_state_shows_is_dated_and_numbered_e_11_e_15() -> None:
    """Each step on the way has the day that was shown and the present attempt."""
    on, attempt = TODAY, 2
    ready = an_enrollment(State.READY, attempt=attempt)
    ways = {
        State.TESTING: (Submit(USUAL, on), Acknowledge(on=on, attempt=2), NeedTest(on=on, attempt=2)),
        State.APPROVED: (Submit(USUAL, on), Acknowledge(on=on, attempt=2), Approve(on=on, attempt=2)),
    }
    for target, expected in ways.items():
        assert events_towards(ready, target, on=on, turnaround=USUAL) == expected
    testing = an_enrollment(State.TESTING, attempt=attempt)
    rejected = events_towards(testing, State.REJECTED, on=on)
    assert rejected[0] == RecordTest(is_passed=False, on=on, attempt=2)
    assert isinstance(rejected[1], Reject)
    assert (rejected[1].on, rejected[1].attempt) == (on, 2)
    assert events_towards(testing, State.APPROVED, on=on) == (RecordTest(is_passed=True, on=on, attempt=2),)
    (more,) = events_towards(an_enrollment(State.PENDING_PAYER, attempt=attempt), State.NEEDS_PRACTICE, on=on)
    assert isinstance(more, RequestDevelopment)
    assert (more.on, more.attempt) == (on, 2)


def test_a_request_counts_its_changes_and_only_those() -> None:
    request = a_request(version=4)
    assert after(request, Decision(fields={"sent": 1})).version == 5
    assert after(request, Decision()) is request


def test_a_request_closes_thirty_days_after_its_last_message_however_late_we_hear_of_it_f_215() -> None:
    request = a_request(state=RequestState.ASKED, number=2, waits_for=EMAIL, sent=2, first_sent_at=NOON)
    decision = decide(request, a_visit(), Sent(3, EMAIL, NOON + 6 * DAY), as_of=NOON + 6 * DAY + 5 * HOUR)
    assert SetTimer(CLOSE, NOON + 6 * DAY + LINK_VALID) in decision.effects


def test_a_law_moves_what_the_practices_own_window_would_allow_f_203() -> None:
    place = replace(a_visit().person.places[0], state="TX")
    noon = Window(time(15), time(16), state="TX")
    visit = a_visit(person=a_visit().person._replace(places=(place,)))
    assert allowed_from(NOON, visit) == NOON
    assert allowed_from(NOON, visit._replace(laws=(noon,))) == NOON + 3 * HOUR


def refusal(changes: dict[Setting, object], *by: Role) -> Refusal:
    told = change_policy(POLICY, changes, by=by or (Role.ONBOARDING_MANAGER,))
    assert isinstance(told, Refusal)
    return told


def test_refusals_about_a_practices_choices_have_a_code_and_say_who_may_f_016_f_042_f_052() -> None:
    same = refusal({Setting.OMISSION_DAYS: POLICY.omission_days}, Role.PRIMARY_CONTACT)
    assert same == Refusal("same", "This is what the practice has chosen already; nothing was changed.")
    assert refusal({Setting.METHOD: ((TEXT,),)}) == Refusal(
        "faulty", "Name the ways of each attempt: there are 3 attempts, and ways for 1."
    )
    assert refusal({Setting.SENDING: False}, Role.TRAINEE).sentence == (
        "Only the Success Coach, the Onboarding Manager or the practice itself, by its primary contact, can change "
        "whether patients are asked at all; ask there. Nothing was changed."
    )


def test_a_simulated_choice_has_its_times_its_ways_and_its_omission_f_013() -> None:
    cadence = Cadence((HOUR, DAY), allows_one_ask=True)
    told = supposed(POLICY, cadence=cadence, method=((TEXT,), (EMAIL, TEXT)), omission_days=9)
    assert [(ask.after, ask.channels) for ask in told.asks] == [(HOUR, (TEXT,)), (DAY, (EMAIL, TEXT))]
    assert told == replace(POLICY, asks=told.asks, allows_one_ask=True, omission_days=9)
    assert isinstance(told, Policy)


@pytest.mark.parametrize(
    ("text", "meaning", "locale"),
    [
        ("\U0001f6d1\ufe0f", Meaning.STOP, "en"),
        ("Thank you so much. STOP", Meaning.STOP, "en"),
        ("It was good. Alto", Meaning.STOP, "es"),
    ],
)
def test_a_wish_to_stop_is_read_in_its_language_f_205(text: str, meaning: Meaning, locale: str) -> None:
    found = read(text)
    assert (found.meaning, found.locale) == (meaning, locale)


def test_offices_of_the_government_are_closed_on_the_friday_before_a_saturday_holiday_e_20() -> None:
    before = datetime(2026, 7, 2, 15, tzinfo=UTC)
    enrollment = an_enrollment(State.DRAFT, calendar=Calendar.GOVERNMENT)
    assert business_days(enrollment, 1, since=before) == datetime(2026, 7, 6, 21, tzinfo=UTC)


def test_a_portal_that_is_to_be_proved_is_looked_at_as_our_own_work_e_25() -> None:
    found = look(an_enrollment(State.PROVING, **PORTAL), 0)
    assert found == look(an_enrollment(State.READY), 0)


def test_what_is_still_to_be_given_is_listed_with_commas() -> None:
    asked_for = {Need.W9: False, Need.BANK_LETTER: False, Need.TAX_ID_LETTER: True}
    told = refused(an_enrollment(State.NEEDS_PRACTICE, needs=asked_for), CompleteTasks((Need.CORRECTED_FORM,)))
    assert told.sentence == "corrected_form was not asked for; still to be given is: w9, bank_letter."


def test_a_moment_between_two_minutes_belongs_to_the_next_one_a_59() -> None:
    nine = utc(MONDAY, "09:00")
    assert minute_from(nine + timedelta(seconds=1)) == minute_from(nine + timedelta(minutes=1)) == minute_of(nine) + 1


def test_a_next_start_is_looked_for_until_tomorrow_a_66() -> None:
    monday = calendar().week[0]
    off = replace(monday, is_available=False, windows=())
    week = (monday, off, monday, off, off, off, off)
    late = explain(calendar(week=week), (), [], utc(MONDAY, "10:30") + timedelta(seconds=1), as_of=LONG_BEFORE)
    assert late.limit is None


def test_the_end_of_the_day_ends_open_time_whatever_blocks_lie_behind_it_a_65() -> None:
    behind = (block(660, 690, opens=True), block(660, 690))
    told = explain(calendar(day_end=660), behind, [], utc(MONDAY, "10:45"), as_of=LONG_BEFORE)
    assert told.reason is Reason.DOES_NOT_FIT


def test_each_of_several_claims_is_shown_in_its_cell_a_55() -> None:
    busy = [(utc(MONDAY, "09:00"), utc(MONDAY, "09:30")), (utc(MONDAY, "10:00"), utc(MONDAY, "10:30"))]
    cells = [one for one in week_grid(calendar(), (), busy, first=MONDAY) if one.day == MONDAY]
    shown = {one.start for one in cells if one.state is CellState.BUSY}
    assert shown == {540, 600}


def test_an_attempt_whose_second_way_is_gone_closes_thirty_days_after_what_was_sent_f_215() -> None:
    known = {"state": RequestState.ASKED, "number": 2, "sent": 3, "first_sent_at": NOON, "previous_at": NOON}
    known |= {"tried": (TEXT,), "is_handed_over": True, "due_at": NOON + DAY, "fresh_until": NOON + 2 * DAY}
    request = a_request(policy=by((TEXT,), (EMAIL,), (TEXT, EMAIL)), **known)
    unreachable = a_visit(person=a_person(has_email=False))
    decision = decide(request, unreachable, Due(ASK, NOON + DAY, 3), as_of=NOON + DAY)
    assert SetTimer(CLOSE, NOON + LINK_VALID) in decision.effects


def test_windows_that_never_meet_say_so_f_203() -> None:
    never = Window(time(9), time(20), weekdays=frozenset())
    with pytest.raises(NoCommonWindowError, match=r"^this window is never open$"):
        next_allowed(NOON, (HOME,), practice=never)


def test_a_simulation_counts_every_message_of_every_person_f_010() -> None:
    visits_past = [PastVisit(one, one, NOON, a_visit()) for one in (1, 2)]
    told = replay(visits_past, POLICY, asked_before={})
    assert told.messages == {(1, TEXT): 2, (2, EMAIL): 2, (3, EMAIL): 2}


@pytest.mark.parametrize("text", ["We came on Monday STOP", "st\ufe0fop"])
def test_a_stop_in_capitals_or_with_a_mark_inside_is_read_as_english_f_205(text: str) -> None:
    found = read(text)
    assert (found.meaning, found.locale) == (Meaning.STOP, "en")
