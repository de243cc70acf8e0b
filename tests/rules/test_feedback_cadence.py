"""When and how often a patient is asked (F-001 to F-016, F-043, F-202, F-212, F-215, F-221)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.rules.appointments import Status
from models.rules.feedback import CADENCE, Ask, Outcome, Policy, RelativeTo, RequestState, Why
from models.rules.feedback_decision import ASK, CLOSE, decide
from models.rules.feedback_events import Answer, CheckOut, Refused, Sent, Stop, Withdrawn, event_of
from models.rules.feedback_timing import is_link_valid
from tests.rules.feedbacks import (
    DAY,
    EMAIL,
    HOUR,
    NOON,
    POLICY,
    TEXT,
    Stage,
    a_person,
    a_request,
    a_visit,
    by,
    local,
    state_of,
)

MINUTE = timedelta(minutes=1)


def test_one_check_out_is_one_decision_f_001() -> None:
    stage = Stage()
    first = stage.check_out()
    assert stage.check_out() == first
    assert stage.tell(first.id, CheckOut()).fields == {}
    assert len(stage.requests) == len(stage.timers) == 1


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.CHECKED_OUT}))
@pytest.mark.parametrize("before", [None, Status.CONFIRMED, Status.CHECKED_IN])
def test_no_other_status_plans_anything_f_002_f_005(before: Status | None, status: Status) -> None:
    assert event_of(before, status) is None


@pytest.mark.parametrize("before", sorted(set(Status) - {Status.CHECKED_OUT}))
def test_a_check_out_counts_wherever_it_comes_from_f_001_f_007(before: Status) -> None:
    assert event_of(before, Status.CHECKED_OUT) == event_of(None, Status.CHECKED_OUT) == CheckOut()


def test_the_first_attempt_is_planned_three_hours_after_the_check_out_f_003() -> None:
    assert Stage().check_out().due_at == NOON + 3 * HOUR


def test_the_others_follow_after_one_day_and_five_more_f_010_f_011_f_020() -> None:
    stage = Stage()
    stage.check_out()
    stage.wait(60 * DAY)
    first = NOON + 3 * HOUR
    assert stage.sent() == [(1, TEXT, first), (2, EMAIL, first + DAY), (3, EMAIL, first + 6 * DAY)]
    assert stage.the().state is RequestState.UNANSWERED


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_answer_ends_the_cadence_f_012(number: int) -> None:
    stage = Stage()
    request = stage.check_out()
    stage.wait([3 * HOUR, 30 * HOUR, 7 * DAY][number - 1])
    stage.tell(request.id, Answer())
    stage.wait(60 * DAY)
    assert [one for one, _, _ in stage.sent()] == [1, 2, 3][:number]
    assert stage.the().state is RequestState.ANSWERED
    assert stage.timers == {}


def test_an_answer_takes_back_what_waits_to_be_sent_f_012() -> None:
    stage = Stage(is_delivering=False)
    request = stage.check_out()
    stage.wait(3 * HOUR)
    assert len(stage.queue) == 1
    stage.tell(request.id, Answer())
    assert stage.queue == []


def test_two_attempts_are_two_f_013() -> None:
    stage = Stage(policy=replace(POLICY, asks=CADENCE[:2]))
    stage.check_out()
    stage.wait(60 * DAY)
    assert [one for one, _, _ in stage.sent()] == [1, 2]


def test_a_new_number_counts_for_new_requests_f_014() -> None:
    stage = Stage(policy=replace(POLICY, asks=CADENCE[:2], omission_days=1))
    stage.check_out(1)
    stage.policy = replace(POLICY, version=2, omission_days=1)
    stage.wait(10 * DAY)
    stage.check_out(2)
    stage.wait(20 * DAY)
    assert [one for one, _, _ in stage.sent()] == [1, 2, 1, 2, 3]


def test_without_a_cadence_nobody_is_asked_f_015() -> None:
    decision = decide(a_request(policy=replace(POLICY, asks=())), a_visit(), CheckOut(), as_of=NOON)
    assert state_of(decision) == (RequestState.SUPPRESSED, Why.NO_CADENCE)


def test_the_omission_period_does_not_block_the_same_request_f_043() -> None:
    stage = Stage(policy=replace(POLICY, omission_days=365))
    stage.check_out()
    stage.wait(10 * DAY)
    assert len(stage.sends) == 3


def test_later_attempts_may_count_from_the_check_out_section_p() -> None:
    stage = Stage(now=local(3, 2, 18), policy=replace(POLICY, relative_to=RelativeTo.CHECKOUT))
    stage.check_out()
    stage.wait(10 * DAY)
    days = [local(3, 3, 9), local(3, 4, 9), local(3, 8, 20) + 13 * HOUR]
    assert [at for _, _, at in stage.sent()] == days, "one a day keeps the first two apart (F-202)"


def test_later_attempts_count_from_the_real_hand_over_section_p() -> None:
    stage = Stage(now=local(3, 2, 18))
    stage.check_out()
    stage.wait(10 * DAY)
    assert [at for _, _, at in stage.sent()] == [local(3, 3, 9), local(3, 4, 9), local(3, 9, 9)]


def test_quiet_hours_move_an_attempt_to_the_next_allowed_minute_section_p() -> None:
    assert Stage(now=local(3, 2, 17)).check_out().due_at == local(3, 3, 9)
    assert Stage(now=local(3, 2, 16, 59)).check_out().due_at == local(3, 2, 19, 59)


@pytest.mark.parametrize(("month", "day", "minutes"), [(3, 14, 0), (11, 7, 0)])
def test_three_hours_are_real_hours_when_clocks_change_f_003(month: int, day: int, minutes: int) -> None:
    checked_out_at = local(month, day, 0, 30)
    request = Stage(now=checked_out_at).check_out()
    assert request.due_at == local(month, day, 9)
    assert request.due_at - checked_out_at >= 3 * HOUR


def test_an_attempt_that_is_late_by_a_day_still_goes_out_f_212() -> None:
    stage = Stage()
    stage.check_out()
    stage.sleep(3 * HOUR + DAY)
    stage.wait(timedelta(0))
    assert stage.sent() == [(1, TEXT, NOON + 3 * HOUR + DAY)]


def test_an_attempt_that_is_later_is_left_out_and_the_next_keeps_its_distance_f_212() -> None:
    stage = Stage()
    stage.check_out()
    stage.sleep(3 * HOUR + DAY + MINUTE)
    up = stage.now
    stage.wait(DAY)
    assert stage.rows[1, 1, None].why is Why.STALE
    assert stage.sent() == [(2, EMAIL, up + DAY)]


def test_after_a_long_outage_nothing_bursts_f_212() -> None:
    for relative_to in RelativeTo:
        stage = Stage(policy=replace(POLICY, relative_to=relative_to))
        stage.check_out()
        stage.sleep(20 * DAY)
        stage.wait(HOUR)
        assert stage.sent() == []
        stage.wait(60 * DAY)
        assert len(stage.sent()) == (2 if relative_to is RelativeTo.PREVIOUS else 0)
        assert not stage.the().is_open


def test_quiet_hours_do_not_make_an_attempt_stale_but_two_outages_do_f_212() -> None:
    stage = Stage(now=local(3, 2, 7))
    stage.check_out()
    stage.sleep(14 * HOUR)
    stage.wait(HOUR)
    assert stage.the().due_at == local(3, 3, 9), "eleven hours late, and now it is night"
    assert stage.the().fresh_until == local(3, 3, 22)
    stage.sleep(25 * HOUR)
    stage.wait(timedelta(0))
    assert stage.rows[1, 1, None].why is Why.STALE
    assert stage.sent() == []


def test_a_check_out_that_is_seen_days_later_is_stale_f_212_f_213() -> None:
    request = a_request(checked_out_at=NOON - 2 * DAY)
    assert state_of(decide(request, a_visit(), CheckOut(), as_of=NOON)) == (RequestState.SUPPRESSED, Why.STALE)
    late = a_request(checked_out_at=NOON - DAY)
    planned = decide(late, a_visit(), CheckOut(), as_of=NOON)
    assert planned.fields["due_at"] == NOON
    assert planned.fields["fresh_until"] == NOON + 3 * HOUR


def test_a_timer_that_comes_too_early_is_set_again_f_003() -> None:
    stage = Stage()
    stage.check_out()
    stage.fire((1, ASK))
    assert stage.sends == []
    assert stage.timers[1, ASK].due_at == NOON + 3 * HOUR


def test_both_ways_of_an_attempt_keep_one_message_a_day_f_023_f_202() -> None:
    stage = Stage(policy=by((TEXT, EMAIL), (EMAIL,)))
    stage.check_out()
    stage.wait(10 * DAY)
    sent = [(1, TEXT, NOON + 3 * HOUR), (1, EMAIL, local(3, 3, 9)), (2, EMAIL, local(3, 4, 9))]
    assert stage.sent() == sent


def test_a_message_just_sent_counts_when_the_other_way_is_planned_f_023_f_202() -> None:
    waiting = a_request(policy=by((TEXT, EMAIL), (EMAIL,)), state=RequestState.ASKED, waits_for=TEXT, due_at=NOON)
    decision = decide(waiting, a_visit(), Sent(1, TEXT, NOON), as_of=NOON)
    assert decision.fields["due_at"] == local(3, 3, 9)


def test_four_messages_in_a_week_are_one_too_many_f_202() -> None:
    stage = Stage(policy=by((TEXT, EMAIL), (TEXT, EMAIL)))
    stage.check_out()
    stage.wait(20 * DAY)
    first, *_, fourth = (at for _, _, at in stage.sent())
    assert fourth == first + 7 * DAY


def test_a_refused_text_is_followed_by_a_mail_in_the_same_window_f_221() -> None:
    stage = Stage(provider=lambda one: Outcome.REFUSED if one.channel is TEXT else Outcome.SENT)
    stage.check_out()
    stage.wait(4 * HOUR)
    assert stage.sent() == [(1, EMAIL, NOON + 3 * HOUR)]
    assert stage.rows[1, 1, TEXT].outcome is Outcome.REFUSED


def test_each_way_is_refused_once_and_then_the_attempt_is_left_out_f_221() -> None:
    stage = Stage(provider=lambda _: Outcome.REFUSED)
    stage.check_out()
    stage.wait(60 * DAY)
    refused = [row for row in stage.rows.values() if row.outcome is Outcome.REFUSED]
    assert [(row.number, row.channel) for row in refused] == [
        (1, TEXT),
        (1, EMAIL),
        (2, EMAIL),
        (2, TEXT),
        (3, EMAIL),
        (3, TEXT),
    ]
    assert (stage.the().state, stage.the().why) == (RequestState.SUPPRESSED, Why.REFUSED)


def test_of_both_ways_the_other_is_gone_after_a_refusal_f_023_f_221() -> None:
    stage = Stage(policy=by((TEXT, EMAIL), (EMAIL,)))
    stage.provider = lambda one: Outcome.REFUSED if one.channel is TEXT else Outcome.SENT
    stage.check_out()
    stage.wait(DAY)
    assert stage.sent() == [(1, EMAIL, NOON + 3 * HOUR)]


def test_an_outcome_that_is_never_known_counts_as_sent_f_221() -> None:
    stage = Stage(provider=lambda _: Outcome.UNSURE)
    stage.check_out()
    stage.wait(3 * HOUR)
    assert stage.timers == {}, "the message is what is watched"
    stage.now += 3 * MINUTE
    stage.settle(stage.queue[0])
    assert stage.rows[1, 1, TEXT].outcome is Outcome.UNSURE
    assert stage.the().due_at == NOON + 3 * HOUR + DAY
    assert stage.the().first_sent_at == NOON + 3 * HOUR


def test_an_outcome_counts_once_f_221() -> None:
    stage = Stage(policy=by((TEXT, EMAIL), (EMAIL,)))
    request = stage.check_out()
    stage.wait(3 * HOUR)
    before = stage.the()
    for event in (Sent(1, TEXT, stage.now), Refused(1, TEXT), Withdrawn(1, TEXT), Sent(1, EMAIL, stage.now)):
        assert stage.tell(request.id, event).fields == {}
    assert stage.the() == before


def test_a_message_that_no_longer_fits_at_its_claim_is_withdrawn_and_said_again_f_203() -> None:
    stage = Stage(is_delivering=False)
    stage.check_out()
    stage.wait(9 * HOUR)
    stage.deliver()
    assert stage.sent() == []
    assert stage.rows[1, 1, TEXT].outcome is Outcome.WITHDRAWN
    stage.is_delivering = True
    stage.wait(DAY)
    assert stage.sent() == [(1, TEXT, local(3, 3, 9))]


def test_a_message_that_waits_for_days_is_stale_at_its_claim_f_212() -> None:
    stage = Stage(is_delivering=False)
    stage.check_out()
    stage.wait(3 * HOUR)
    stage.sleep(2 * DAY)
    stage.deliver()
    assert stage.sent() == []
    assert stage.rows[1, 1, None].why is Why.STALE


def test_an_outcome_after_the_end_is_still_counted_f_220() -> None:
    stage = Stage(provider=lambda _: Outcome.UNSURE)
    request = stage.check_out()
    stage.wait(3 * HOUR)
    stage.tell(request.id, Stop(Why.EXCLUDED))
    stage.settle(stage.queue[0])
    assert (stage.the().state, stage.the().sent) == (RequestState.CANCELLED, 1)
    assert stage.timers == {}


def test_a_person_answers_once_and_late_f_215() -> None:
    stage = Stage()
    request = stage.check_out()
    stage.wait(8 * DAY)
    stage.tell(request.id, Stop(Why.EXCLUDED))
    stage.tell(request.id, Answer())
    answered = stage.the()
    assert (answered.state, answered.why) == (RequestState.ANSWERED, None)
    stage.wait(DAY)
    assert stage.tell(request.id, Answer()).fields == {}
    assert stage.the() == answered


def test_an_answer_may_come_before_the_outcome_does_f_215() -> None:
    stage = Stage(provider=lambda _: Outcome.UNSURE)
    request = stage.check_out()
    assert stage.tell(request.id, Answer()).fields == {}, "nobody has a link yet"
    stage.wait(3 * HOUR)
    stage.tell(request.id, Answer())
    stage.settle(stage.queue[0])
    assert (stage.the().state, stage.the().sent) == (RequestState.ANSWERED, 1)


def test_a_link_is_valid_for_thirty_days_f_215() -> None:
    assert is_link_valid(NOON, as_of=NOON + 30 * DAY - MINUTE)
    assert not is_link_valid(NOON, as_of=NOON + 30 * DAY)


def test_the_request_closes_when_the_last_link_ends_f_215() -> None:
    stage = Stage()
    stage.check_out()
    stage.wait(10 * DAY)
    assert stage.timers[1, CLOSE].due_at == NOON + 3 * HOUR + 36 * DAY


def test_a_check_out_undone_in_time_is_cancelled_and_a_new_one_begins_anew_section_p() -> None:
    stage = Stage()
    first = stage.check_out()
    stage.wait(HOUR)
    stage.show(1, Status.CHECKED_IN)
    assert (stage.the().state, stage.the().why) == (RequestState.CANCELLED, Why.CHECK_OUT_UNDONE)
    second = stage.check_out()
    assert (first.epoch, second.epoch) == (1, 2)
    stage.wait(DAY - HOUR)
    assert stage.sent() == [(1, TEXT, NOON + 4 * HOUR)]


def test_a_check_out_undone_after_the_first_message_asks_nobody_twice_section_p() -> None:
    stage = Stage()
    stage.check_out()
    stage.wait(4 * HOUR)
    stage.show(1, Status.CHECKED_IN)
    again = stage.check_out()
    assert (again.state, again.why) == (RequestState.SUPPRESSED, Why.OMISSION)


def test_an_attempt_may_be_planned_at_any_distance() -> None:
    policy = Policy(1, (Ask(5 * HOUR, (EMAIL,)), Ask(2 * DAY, (EMAIL,))))
    stage = Stage(policy=policy, person=a_person(has_phone=False))
    stage.check_out()
    stage.wait(5 * DAY)
    assert [at for _, _, at in stage.sent()] == [NOON + 5 * HOUR, NOON + 5 * HOUR + 2 * DAY]
