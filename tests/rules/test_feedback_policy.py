"""Who changes what of a practice's choices, and the sentences about a visit (F-013 to F-071, F-213)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.rules.decisions import Refusal
from models.rules.feedback import (
    CADENCE,
    CHANGED_BY,
    Ask,
    Destination,
    Links,
    Outcome,
    Policy,
    Question,
    RelativeTo,
    RequestState,
    Setting,
    Signature,
    Why,
    faults_of,
)
from models.rules.feedback_events import Answer
from models.rules.feedback_facts import Attempt
from models.rules.feedback_policy import Cadence, change_policy
from models.rules.feedback_why import REASONS, reason, why
from models.rules.roles import Role
from tests.rules.feedbacks import DAY, EMAIL, HOUR, NEW_YORK, NOON, POLICY, TEXT, Stage, a_person, a_request

MANAGER = (Role.ONBOARDING_MANAGER,)
PRACTICE = (Role.PRIMARY_CONTACT,)
VALUES = {
    Setting.CADENCE: Cadence((4 * HOUR, DAY)),
    Setting.METHOD: ((EMAIL,), (EMAIL, TEXT), (TEXT,)),
    Setting.QUESTION: Question("Was everything in order?", "¿Estuvo todo en orden?"),
    Setting.DESTINATIONS: (Destination.GOOGLE, Destination.OWN_SITE),
    Setting.LINKS: Links.PRIVATE_ONLY_FOR_ALL,
    Setting.OMISSION_DAYS: 90,
    Setting.SIGNATURE: Signature.SINCERELY_PROVIDER,
    Setting.SENSITIVE: True,
    Setting.SENDING: False,
}
ONLY_MANAGER = (Setting.CADENCE, Setting.METHOD, Setting.QUESTION, Setting.DESTINATIONS, Setting.LINKS)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("setting", list(Setting))
def test_each_setting_is_changed_by_its_roles_only_f_016_f_024_f_042_f_053_f_071(setting: Setting, role: Role) -> None:
    changed = change_policy(POLICY, {setting: VALUES[setting]}, by=[role])
    if role in CHANGED_BY[setting]:
        assert isinstance(changed, Policy)
        assert changed.version == POLICY.version + 1
        assert replace(changed, version=1) != POLICY
    else:
        assert isinstance(changed, Refusal)
        assert changed.code == "not_yours"


@pytest.mark.parametrize("setting", ONLY_MANAGER)
def test_the_onboarding_manager_alone_changes_what_is_set_in_onboarding_f_016_f_024_f_053_f_071(
    setting: Setting,
) -> None:
    assert CHANGED_BY[setting] == frozenset(MANAGER)
    refused = change_policy(POLICY, {setting: VALUES[setting]}, by=PRACTICE)
    assert isinstance(refused, Refusal)
    assert refused.sentence.startswith("Only the Onboarding Manager can change ")


def test_the_practice_serves_itself_f_042_f_052() -> None:
    changes = {Setting.OMISSION_DAYS: 365, Setting.SIGNATURE: Signature.BEST_REGARDS_PRACTICE}
    changed = change_policy(POLICY, changes, by=PRACTICE)
    assert changed == replace(POLICY, version=2, omission_days=365, signature=Signature.BEST_REGARDS_PRACTICE)


def test_one_forbidden_change_refuses_all_f_016() -> None:
    changes = {Setting.OMISSION_DAYS: 10, Setting.CADENCE: VALUES[Setting.CADENCE]}
    assert isinstance(change_policy(POLICY, changes, by=PRACTICE), Refusal)
    assert isinstance(change_policy(POLICY, changes, by=(*PRACTICE, *MANAGER)), Policy)


@pytest.mark.parametrize("days", [1, 30, 365])
def test_the_omission_period_is_a_whole_number_of_days_f_041(days: int) -> None:
    changed = change_policy(replace(POLICY, omission_days=2), {Setting.OMISSION_DAYS: days}, by=PRACTICE)
    assert isinstance(changed, Policy)
    assert changed.omission_days == days


@pytest.mark.parametrize("days", [0, 366, 1.5, "", "30", True, None, -1, 30.0])
def test_any_other_omission_period_is_refused_f_041(days: object) -> None:
    refused = change_policy(POLICY, {Setting.OMISSION_DAYS: days}, by=PRACTICE)
    assert isinstance(refused, Refusal)
    assert "a whole number of days from 1 to 365" in refused.sentence


def test_a_patient_is_asked_two_or_three_times_f_013() -> None:
    for count, is_allowed in ((0, False), (1, False), (2, True), (3, True)):
        assert (faults_of(replace(POLICY, asks=CADENCE[:count])) == ()) == is_allowed
    four = change_policy(POLICY, {Setting.CADENCE: Cadence((HOUR,) * 4)}, by=MANAGER)
    assert isinstance(four, Refusal)
    assert four.sentence == "A patient is asked at most 3 times, not 4. Leave attempts out."


def test_one_attempt_needs_a_flag_of_its_own_section_p() -> None:
    alone = change_policy(POLICY, {Setting.CADENCE: Cadence((3 * HOUR,))}, by=MANAGER)
    assert isinstance(alone, Refusal)
    assert alone.sentence == "A patient is asked 2 or 3 times, not 1; choose one of these."
    allowed = change_policy(POLICY, {Setting.CADENCE: Cadence((3 * HOUR,), allows_one_ask=True)}, by=MANAGER)
    assert isinstance(allowed, Policy)
    assert len(allowed.asks) == 1


def test_an_added_attempt_goes_the_usual_way_f_013_f_020() -> None:
    two = replace(POLICY, asks=(Ask(3 * HOUR, (EMAIL,)), Ask(DAY, (TEXT,))))
    cadence = Cadence((3 * HOUR, DAY, 5 * DAY), RelativeTo.CHECKOUT)
    three = change_policy(two, {Setting.CADENCE: cadence}, by=MANAGER)
    assert isinstance(three, Policy)
    assert [ask.channels for ask in three.asks] == [(EMAIL,), (TEXT,), (EMAIL,)]
    assert three.relative_to is RelativeTo.CHECKOUT


def test_cadence_and_method_may_change_at_once_f_013_f_024() -> None:
    changes = {Setting.METHOD: ((EMAIL,), (EMAIL,)), Setting.CADENCE: Cadence((3 * HOUR, DAY))}
    changed = change_policy(POLICY, changes, by=MANAGER)
    assert isinstance(changed, Policy)
    assert [ask.channels for ask in changed.asks] == [(EMAIL,), (EMAIL,)]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (Setting.METHOD, ((EMAIL,), (EMAIL,))),
        (Setting.METHOD, ((), (EMAIL,), (EMAIL,))),
        (Setting.METHOD, ((EMAIL, EMAIL), (EMAIL,), (EMAIL,))),
        (Setting.METHOD, "text"),
        (Setting.CADENCE, 3),
        (Setting.CADENCE, Cadence((3 * HOUR, timedelta(0)))),
        (Setting.QUESTION, Question("", "¿?")),
        (Setting.QUESTION, "Was it good?"),
        (Setting.DESTINATIONS, ("elsewhere",)),
        (Setting.LINKS, "happy_only"),
        (Setting.SIGNATURE, "Yours"),
        (Setting.SENDING, "no"),
        (Setting.SENDING, True),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_f_013_f_023_f_051_f_070_f_210(setting: Setting, value: object) -> None:
    refused = change_policy(POLICY, {setting: value}, by=MANAGER)
    assert isinstance(refused, Refusal)
    assert refused.sentence.endswith(".")
    assert refused.sentence[0].isupper()


def test_the_offered_closings_hold_the_three_of_the_document_f_051() -> None:
    named = {Signature.THANK_YOU_PRACTICE, Signature.SINCERELY_PROVIDER, Signature.BEST_REGARDS_PRACTICE}
    assert named <= set(Signature)


def told(stage: Stage, request: int = 1) -> tuple[str, ...]:
    rows = [row for (of, *_), row in stage.rows.items() if of == request]
    return why(stage.requests[request], rows, zone=NEW_YORK)


def test_why_tells_a_cadence_that_was_answered_f_213() -> None:
    stage = Stage()
    request = stage.check_out()
    assert told(stage)[-1] == "Attempt 1 of 3 is planned for March 2, 2027, 3:00 PM."
    stage.wait(30 * HOUR)
    stage.tell(request.id, Answer())
    assert told(stage) == (
        "The visit was checked out on March 2, 2027, 12:00 PM.",
        "Attempt 1 went out by text on March 2, 2027, 3:00 PM.",
        "Attempt 2 went out by email on March 3, 2027, 3:00 PM.",
        "The patient answered on March 3, 2027, 6:00 PM.",
    )


def test_why_tells_refusals_doubts_and_what_was_left_out_f_213_f_220() -> None:
    outcomes = {1: Outcome.REFUSED, 2: Outcome.UNSURE}
    stage = Stage(provider=lambda one: outcomes[one.number], person=a_person(has_phone=False))
    stage.check_out()
    stage.wait(30 * HOUR)
    assert told(stage)[1:] == (
        "Attempt 1 by email was refused on March 2, 2027, 3:00 PM; it is not tried again in this way.",
        "Attempt 1 was left out on March 2, 2027, 3:00 PM: the message could not be delivered.",
        "Attempt 2: an email is on its way since March 3, 2027, 3:00 PM.",
        "We wait to hear whether the email was taken.",
    )
    stage.settle(stage.queue[0])
    assert told(stage)[3] == (
        "Attempt 2 went out by email on March 3, 2027, 3:00 PM, perhaps: nobody confirmed it, so it is not repeated."
    )


def test_why_tells_that_nobody_answered_f_213() -> None:
    stage = Stage()
    stage.check_out()
    stage.wait(10 * DAY)
    assert told(stage)[-1] == "All attempts are over; an answer still counts while the link is valid."
    stage.wait(40 * DAY)
    assert told(stage)[-1] == "The patient did not answer; nothing more is sent."


def test_why_tells_what_was_left_of_an_attempt_f_023_f_213() -> None:
    rows = (
        Attempt(1, None, Outcome.LEFT_OUT, NOON + DAY, Why.STALE),
        Attempt(1, TEXT, Outcome.SENT, NOON),
        Attempt(2, TEXT, Outcome.WITHDRAWN, NOON + DAY),
    )
    lines = why(a_request(state=RequestState.CANCELLED, why=Why.ARCHIVED), rows, zone=NEW_YORK)
    assert lines[2] == (
        "What was left of attempt 1 was left out on March 3, 2027, 12:00 PM: its time had passed by more than a day."
    )
    assert lines[3] == "Attempt 2: a text was taken back on March 3, 2027, 12:00 PM, before it was sent."
    assert lines[4] == "Nothing more is sent: the patient's record is archived or deactivated."


@pytest.mark.parametrize("cause", list(Why))
def test_every_reason_has_words_f_213(cause: Why) -> None:
    request = a_request(state=RequestState.SUPPRESSED, why=cause)
    assert why(request, (), zone=NEW_YORK)[-1] == f"The patient was not asked: {reason(request, cause)}."
    assert cause in REASONS


def test_the_omission_period_is_named_as_it_was_f_213() -> None:
    assert reason(a_request(), Why.OMISSION) == "the patient was asked within the last 30 days"
    one = a_request(policy=replace(POLICY, omission_days=1))
    assert reason(one, Why.OMISSION) == "the patient was asked within the last 24 hours"
