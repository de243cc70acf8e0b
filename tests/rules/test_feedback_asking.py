"""Who is asked, and how: consent, exclusion, omission, duplicates (F-020 to F-043, F-157, F-160 to F-163)."""

from datetime import timedelta
from typing import Any

import pytest

from models.rules.appointments import Status
from models.rules.feedback import CADENCE, MOST_A_DAY, MOST_A_WEEK, Ask, Outcome, RequestState, Why
from models.rules.feedback_asking import no_way, ways
from models.rules.feedback_decision import ASK, decide, still_fits
from models.rules.feedback_events import CheckOut, Due, Refused, Withdrawn
from models.rules.feedback_facts import Request, Rival
from models.rules.feedback_timing import allowed_from
from tests.rules.feedbacks import (
    DAY,
    EMAIL,
    HOME,
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
SECOND = timedelta(seconds=1)
NO_TEXTS: dict[str, Any] = {"allows_texts": False}


def sent_by(*chosen: tuple[Any, ...], person: Any = None) -> list[tuple[int, Any]]:
    stage = Stage(policy=by(*chosen) if chosen else POLICY, person=person or a_person())
    stage.check_out()
    stage.wait(20 * DAY)
    return [(number, way) for number, way, _ in stage.sent()]


def test_by_default_a_text_comes_first_and_then_mails_f_020() -> None:
    assert sent_by() == [(1, TEXT), (2, EMAIL), (3, EMAIL)]


def test_the_first_attempt_may_be_a_mail_f_021() -> None:
    assert sent_by((EMAIL,), (EMAIL,)) == [(1, EMAIL), (2, EMAIL)]


def test_later_attempts_may_be_texts_f_022() -> None:
    assert sent_by((TEXT,), (TEXT,), (TEXT,)) == [(1, TEXT), (2, TEXT), (3, TEXT)]


def test_an_attempt_may_go_by_both_ways_f_023() -> None:
    assert sent_by((TEXT, EMAIL), (EMAIL,)) == [(1, TEXT), (1, EMAIL), (2, EMAIL)]


def test_without_consent_a_text_becomes_a_mail_f_031() -> None:
    assert sent_by(person=a_person(**NO_TEXTS)) == [(1, EMAIL), (2, EMAIL), (3, EMAIL)]
    assert sent_by((TEXT, EMAIL), (EMAIL,), person=a_person(**NO_TEXTS)) == [(1, EMAIL), (2, EMAIL)]


def test_a_mail_never_becomes_a_text_by_itself_section_p() -> None:
    assert ways(Ask(DAY, (EMAIL,)), a_person(has_email=False)) == ()


def test_a_step_without_consent_and_address_is_left_out_with_its_reason_section_p() -> None:
    stage = Stage()
    stage.check_out()
    stage.person = a_person(**NO_TEXTS, has_email=False)
    stage.wait(4 * HOUR)
    assert stage.rows[1, 1, None].why is Why.NO_CONSENT_AND_NO_EMAIL
    stage.person = a_person(**NO_TEXTS)
    stage.wait(DAY)
    assert [(number, way) for number, way, _ in stage.sent()] == [(2, EMAIL)]


def test_consent_that_ends_between_two_ways_leaves_the_other_one_f_023_f_031() -> None:
    stage = Stage(policy=by((TEXT, EMAIL), (EMAIL,)))
    stage.check_out()
    stage.wait(4 * HOUR)
    stage.person = a_person(is_text_stopped=True)
    stage.wait(2 * DAY)
    assert [(number, way) for number, way, _ in stage.sent()] == [(1, TEXT), (1, EMAIL), (2, EMAIL)]


def test_a_later_step_without_a_way_is_left_out_though_an_earlier_one_was_sent_section_p() -> None:
    stage = Stage()
    stage.check_out()
    stage.wait(4 * HOUR)
    stage.person = a_person(has_email=False)
    stage.wait(DAY)
    assert stage.rows[1, 2, None].why is Why.NO_EMAIL


def test_a_second_way_that_is_gone_does_not_hide_that_the_first_was_sent_f_023() -> None:
    stage = Stage(policy=by((TEXT, EMAIL), (TEXT,)))
    stage.check_out()
    stage.wait(4 * HOUR)
    stage.person = a_person(has_email=False)
    stage.wait(2 * DAY)
    assert [(number, way) for number, way, _ in stage.sent()] == [(1, TEXT), (2, TEXT)]
    assert (1, 1, None) not in stage.rows


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"has_email": False, "has_phone": False}, Why.NO_CONTACT),
        ({"has_email": False, "allows_texts": False}, Why.NO_CONSENT_AND_NO_EMAIL),
        ({"has_email": False, "is_text_stopped": True}, Why.OPTED_OUT),
        ({"has_phone": False, "is_email_stopped": True}, Why.OPTED_OUT),
        ({"is_text_stopped": True, "is_email_stopped": True}, Why.OPTED_OUT),
        ({"is_text_stopped": True}, None),
        ({"is_email_stopped": True}, None),
    ],
)
def test_who_cannot_be_reached_is_told_apart_f_213(facts: dict[str, Any], why: Why | None) -> None:
    assert no_way(CADENCE, a_person(**facts)) is why
    decision = decide(a_request(), a_visit(person=a_person(**facts)), CheckOut(), as_of=NOON)
    assert state_of(decision) == (RequestState.SUPPRESSED if why else RequestState.PLANNED, why)


def test_who_has_only_a_phone_is_not_reached_by_mails_f_213() -> None:
    assert no_way((Ask(DAY, (EMAIL,)),), a_person(has_email=False)) is Why.NO_EMAIL


def test_who_opts_out_of_everything_ends_the_request_f_213() -> None:
    stage = Stage()
    stage.check_out()
    stage.person = a_person(is_text_stopped=True, is_email_stopped=True)
    stage.wait(4 * HOUR)
    assert (stage.the().state, stage.the().why) == (RequestState.CANCELLED, Why.OPTED_OUT)


@pytest.mark.parametrize(
    ("visit", "person", "why"),
    [
        ({"is_deleted": True}, {}, Why.DELETED),
        ({"is_test": True}, {}, Why.TEST_APPOINTMENT),
        ({"is_checked_out": False}, {}, Why.CHECK_OUT_UNDONE),
        ({"has_patient": False}, {}, Why.NO_PATIENT),
        ({"is_checklist_green": False}, {}, Why.CHECKLIST_RED),
        ({"is_sending": False}, {}, Why.SENDING_STOPPED),
        ({}, {"is_archived": True}, Why.ARCHIVED),
        ({}, {"is_excluded": True}, Why.EXCLUDED),
        ({}, {"asked_at": NOON - DAY}, Why.OMISSION),
        ({}, {"rivals": (Rival(7, NOON),)}, Why.DUPLICATE_PERSON),
    ],
)
def test_a_visit_without_a_request_says_why_f_157_f_160_f_163_f_213(
    visit: dict[str, Any], person: dict[str, Any], why: Why
) -> None:
    facts = a_visit(**visit, person=a_person(**person))
    decision = decide(a_request(), facts, CheckOut(), as_of=NOON)
    assert state_of(decision) == (RequestState.SUPPRESSED, why)
    assert decision.notes[0].reason == why


@pytest.mark.parametrize("why", [Why.EXCLUDED, Why.ARCHIVED, Why.DELETED])
@pytest.mark.parametrize("hours", [1, 4, 30])
def test_a_stop_ends_the_cadence_at_once_f_033_f_160_f_163(why: Why, hours: int) -> None:
    stage = Stage()
    stage.check_out()
    stage.wait(hours * HOUR)
    before = list(stage.sends)
    stage.stop(why)
    stage.wait(60 * DAY)
    assert stage.sends == before
    assert (stage.the().state, stage.the().why) == (RequestState.CANCELLED, why)


@pytest.mark.parametrize("facts", [{"is_excluded": True}, {"is_archived": True}, {"is_held": True}])
def test_what_waits_to_be_sent_is_looked_at_again_f_033_f_160(facts: dict[str, Any]) -> None:
    stage = Stage(is_delivering=False)
    stage.check_out()
    stage.wait(3 * HOUR)
    stage.person = a_person(**facts)
    stage.deliver()
    assert stage.sent() == []


def test_a_deleted_visit_takes_back_what_waits_f_163() -> None:
    stage = Stage(is_delivering=False)
    stage.check_out()
    stage.wait(3 * HOUR)
    stage.show(1, Status.DELETED)
    assert (stage.queue, stage.the().why) == ([], Why.DELETED)


@pytest.mark.parametrize(("after", "is_asked"), [(-HOUR, False), (timedelta(0), False), (SECOND, True)])
def test_only_visits_checked_out_after_the_toggle_is_cleared_f_035(after: timedelta, is_asked: bool) -> None:
    visit = a_visit(person=a_person(included_again_at=NOON - after))
    decision = decide(a_request(), visit, CheckOut(), as_of=NOON)
    assert (state_of(decision)[0] is RequestState.PLANNED) == is_asked


@pytest.mark.parametrize("days", [1, 30, 365])
def test_exactly_so_many_days_end_the_omission_period_f_040_section_p(days: int) -> None:
    for since, is_asked in ((days * DAY - SECOND, False), (days * DAY, True)):
        visit = a_visit(person=a_person(asked_at=NOON - since))
        decision = decide(a_request(policy=by((EMAIL,), (EMAIL,), omission_days=days)), visit, CheckOut(), as_of=NOON)
        assert (state_of(decision)[0] is RequestState.PLANNED) == is_asked


def test_the_omission_period_counts_from_the_first_message_f_040_section_p() -> None:
    stage = Stage()
    stage.check_out(1)
    stage.wait(3 * HOUR + 30 * DAY - SECOND)
    assert stage.check_out(2).why is Why.OMISSION
    stage.wait(SECOND)
    assert stage.check_out(3).is_open


def test_a_new_omission_period_counts_for_later_decisions_f_042() -> None:
    stage = Stage()
    stage.check_out(1)
    stage.wait(2 * DAY)
    omitted = stage.check_out(2)
    stage.policy = by((EMAIL,), (EMAIL,), omission_days=1, version=2)
    assert stage.check_out(3).is_open
    assert stage.requests[omitted.id].why is Why.OMISSION, "never tried again later (section P)"


def test_a_request_sent_meanwhile_to_a_duplicate_record_counts_f_161() -> None:
    visit = a_visit(person=a_person(asked_at=NOON + HOUR))
    request = a_request(due_at=NOON + 3 * HOUR, fresh_until=NOON + 27 * HOUR)
    decision = decide(request, visit, Due(ASK, NOON + 3 * HOUR, 1), as_of=NOON + 3 * HOUR)
    assert state_of(decision) == (RequestState.SUPPRESSED, Why.OMISSION)


def test_a_first_message_that_is_a_later_attempt_minds_the_omission_period_too_f_040() -> None:
    visit = a_visit(person=a_person(asked_at=NOON + HOUR))
    request = a_request(number=1, due_at=NOON + DAY, previous_at=NOON)
    decision = decide(request, visit, Due(ASK, NOON + DAY, 2), as_of=NOON + DAY)
    assert state_of(decision) == (RequestState.SUPPRESSED, Why.OMISSION)


def test_of_two_visits_of_one_day_the_later_is_asked_about_section_p() -> None:
    stage = Stage(now=local(3, 2, 10))
    stage.check_out(1, starts_at=local(3, 2, 9))
    stage.wait(HOUR)
    stage.check_out(2, starts_at=local(3, 2, 10, 30))
    stage.wait(60 * DAY)
    assert {one.request for one in stage.sends} == {2}
    assert stage.the(1).why is Why.DUPLICATE_PERSON


def test_the_later_visit_wins_whichever_is_checked_out_first_section_p() -> None:
    stage = Stage(now=local(3, 2, 11))
    stage.check_out(2, starts_at=local(3, 2, 10, 30))
    assert stage.check_out(1, starts_at=local(3, 2, 9)).why is Why.DUPLICATE_PERSON
    stage.wait(60 * DAY)
    assert len(stage.sends) == 3


def test_when_the_later_check_out_is_undone_the_earlier_visit_is_asked_about_section_p() -> None:
    stage = Stage(now=local(3, 2, 10))
    stage.check_out(1, starts_at=local(3, 2, 9))
    stage.check_out(2, starts_at=local(3, 2, 9, 30))
    stage.show(2, Status.CONFIRMED)
    stage.wait(60 * DAY)
    assert [one.request for one in stage.sends] == [1, 1, 1]


def test_of_visits_of_two_days_the_older_goes_first_f_161() -> None:
    stage = Stage(now=local(3, 2, 19))
    stage.check_out(1, starts_at=local(3, 2, 18))
    stage.wait(13 * HOUR)
    assert stage.check_out(2, starts_at=local(3, 3, 7, 30)).why is Why.DUPLICATE_PERSON


def test_what_is_under_way_counts_as_asked_f_161() -> None:
    stage = Stage(now=local(3, 2, 10), provider=lambda _: Outcome.UNSURE)
    stage.check_out(1)
    stage.wait(3 * HOUR)
    assert stage.check_out(2).why is Why.OMISSION


def test_of_any_rivals_exactly_one_goes_on_f_161() -> None:
    starts = [local(3, 2, 9), local(3, 2, 15), local(3, 2, 15), local(3, 3, 9), local(3, 3, 11)]
    rivals = [Rival(number, at) for number, at in enumerate(starts)]
    asked = []
    for own in rivals:
        others = tuple(one for one in rivals if one is not own)
        visit = a_visit(starts_at=own.starts_at, person=a_person(rivals=others))
        decision = decide(a_request(id=own.id), visit, CheckOut(), as_of=NOON)
        asked += [own.id] if state_of(decision)[0] is RequestState.PLANNED else []
    assert asked == [1]


@pytest.mark.parametrize("switch", ["is_green", "is_sending"])
def test_an_attempt_waits_while_sending_is_blocked_f_157(switch: str) -> None:
    stage = Stage()
    stage.check_out()
    setattr(stage, switch, False)
    stage.wait(5 * HOUR)
    assert stage.sent() == []
    setattr(stage, switch, True)
    stage.wait(HOUR)
    assert [number for number, _, _ in stage.sent()] == [1]


def test_what_is_blocked_for_more_than_a_day_is_left_out_f_157_f_212() -> None:
    stage = Stage(is_green=True)
    stage.check_out()
    stage.is_green = False
    stage.wait(60 * DAY)
    assert [one.why for one in stage.rows.values()] == [Why.CHECKLIST_RED] * 3
    assert (stage.the().state, stage.the().why) == (RequestState.SUPPRESSED, Why.CHECKLIST_RED)


def test_a_refusal_while_sending_is_blocked_tries_nothing_else_f_157_f_221() -> None:
    request = a_request(due_at=NOON, fresh_until=NOON + DAY, waits_for=TEXT, state=RequestState.ASKED)
    decision = decide(request, a_visit(is_sending=False), Refused(1, TEXT), as_of=NOON)
    assert [one.outcome for one in decision.attempts] == [Outcome.REFUSED, Outcome.LEFT_OUT]


def test_the_hard_limits_hold_in_every_zone_where_a_person_may_be_f_202() -> None:
    assert (MOST_A_DAY, MOST_A_WEEK) == (1, 3)
    visit = a_visit(person=a_person(recent_sends=(NOON,)))
    assert allowed_from(NOON + MINUTE, visit) == local(3, 3, 9)
    week = tuple(NOON - days * DAY for days in (6, 4, 2))
    assert allowed_from(NOON, a_visit(person=a_person(recent_sends=week))) == NOON + DAY


def test_a_waiting_message_fits_only_while_everything_holds_f_012_f_202() -> None:
    request = a_request(due_at=NOON, fresh_until=NOON + DAY, waits_for=TEXT, state=RequestState.ASKED)
    message = Withdrawn(1, TEXT)
    assert still_fits(request, a_visit(), message, as_of=NOON)
    for facts in ({"recent_sends": (NOON - HOUR,)}, {"is_text_stopped": True}, NO_TEXTS, {"asked_at": NOON - DAY}):
        assert not still_fits(request, a_visit(person=a_person(**facts)), message, as_of=NOON), facts
    assert not still_fits(request, a_visit(), Withdrawn(1, EMAIL), as_of=NOON)
    assert not still_fits(request, a_visit(), Withdrawn(2, TEXT), as_of=NOON)


def test_a_second_way_fits_though_the_practice_did_not_choose_it_f_221() -> None:
    request: Request = a_request(due_at=NOON, fresh_until=NOON + DAY, tried=(TEXT,), waits_for=EMAIL)
    assert still_fits(request, a_visit(person=a_person(places=(HOME,))), Withdrawn(1, EMAIL), as_of=NOON)
