"""The checks before launch, one by one: when each passes, fails, stays open or does not apply."""

from dataclasses import replace
from typing import Any

import pytest

from models.rules.messages import MessageKind, Owner
from models.rules.readiness import ACCEPTANCE, BY_KEY, CHECKS
from models.rules.readiness_facts import CheckState, Facts, Finding, GateState, Platform, Proof, Record, Reminders
from models.rules.readiness_gate import FeedbackBlock, evidence_in_words, feedback_block, step_warning, task_words
from models.rules.roles import Role
from tests.rules.readiness_examples import (
    COACH,
    NOON,
    NPI,
    OTHER,
    REMINDED,
    look,
    practice,
    provider,
    standing,
    without,
)

PASSED, FAILED, OPEN, NO = CheckState.PASSED, CheckState.FAILED, CheckState.OPEN, CheckState.NOT_APPLICABLE
BOTH = frozenset({Owner.GOLIVE, Owner.KAREO})
OURS = frozenset({Owner.GOLIVE})
KAREOS = frozenset({Owner.KAREO})


def test_the_gate_is_green_when_every_check_has_passed() -> None:
    """A-01."""
    gate = look(practice())
    assert gate.state is GateState.GREEN
    assert gate.next_step == "Launch the website."
    assert {one.state for one in gate.standings} == {PASSED}


def test_every_check_from_a_02_to_a_12_is_there_once_with_words_and_somebody_to_act() -> None:
    """A-01."""
    assert {check.rule for check in CHECKS} == {*(f"A-{number:02}" for number in range(2, 13)), "A-81", "A-105"}
    assert len(BY_KEY) == len(CHECKS)
    for check in CHECKS:
        assert check.title
        assert check.todo.endswith(".")
        assert set(check.after) <= set(BY_KEY)
        assert len(check.key) <= 40, "the column is that long"


def test_one_missing_check_keeps_the_gate_red_and_is_the_next_step() -> None:
    """A-01."""
    gate = look(practice(insurances=0))
    assert gate.state is GateState.RED
    assert [one.check.key for one in gate.missing] == ["insurances"]
    assert gate.next_step == "A-04 Insurances: Configure the insurances that patients can choose."


def test_every_answered_check_says_who_looked_and_when() -> None:
    """A-01."""
    for one in look(practice()).standings:
        for part in one.parts:
            assert (part.checker, part.checked_at) == (COACH if one.check.judge is None else "golive", NOON)
            assert part.verdict.sentence


def test_who_acts_follows_the_documents() -> None:
    """A-03 to A-07, A-27."""
    by_rule = {check.rule: check.role for check in CHECKS}
    assert by_rule["A-03"] is Role.INTEGRATIONS_SPECIALIST
    assert {by_rule[rule] for rule in ("A-04", "A-05", "A-06", "A-07")} == {Role.ONBOARDING_MANAGER}
    assert {by_rule[rule] for rule in ("A-09", "A-10")} == {Role.FRONT_OFFICE}
    assert BY_KEY["new_appointment_alerts"].role_after_launch is Role.ONBOARDING_MANAGER


@pytest.mark.parametrize(
    ("calendars", "with_hours", "state"), [(0, 0, OPEN), (1, 0, FAILED), (1, 1, PASSED), (2, 1, PASSED)]
)
def test_a_provider_needs_hours_in_the_calendar(calendars: int, with_hours: int, state: CheckState) -> None:
    """A-02, F-140: a calendar whose weekdays are all off offers nothing there, and another one may."""
    one = provider(OTHER, calendars=calendars, calendars_with_hours=with_hours)
    found = standing(practice(providers=(provider(), one)), "calendar_hours")
    assert found.state is state
    assert (OTHER in found.sentence) is (state is not PASSED)


def test_a_practice_whose_providers_are_unknown_has_no_green_gate() -> None:
    """A-02: nothing is true of nobody."""
    gate = look(practice(providers=()))
    assert gate.state is GateState.RED
    assert {"calendar_hours", "office_hours", "profiles_unpublished"} <= {one.check.key for one in gate.missing}


def test_leaving_out_every_provider_offers_nobody_and_stays_open() -> None:
    """A-02."""
    left_out = Record(NO, {}, COACH, NOON)
    assert standing(practice(records={("calendar_hours", NPI): left_out}), "calendar_hours").state is OPEN
    assert standing(practice(records={("office_hours", NPI): left_out}), "office_hours").state is NO


COUNTED = [
    ("new_appointment_alerts", "alert_recipients", "A-03"),
    ("insurances", "insurances", "A-04"),
    ("reasons_for_visit", "booking_reasons", "A-05"),
    ("feedback_notifications", "feedback_attempts", "A-07"),
    ("visit_reasons", "visit_reasons", "A-10"),
]


@pytest.mark.parametrize(("check", "name", "rule"), COUNTED)
def test_what_nothing_is_configured_for_is_open(check: str, name: str, rule: str) -> None:
    """A-03, A-04, A-05, A-07, A-10, F-015, F-141, F-142, F-143, F-145."""
    assert BY_KEY[check].rule == rule
    assert standing(practice(**{name: 0}), check).state is OPEN
    assert standing(practice(**{name: 1}), check).state is PASSED


SIGNED = [
    ("feedback_questions", "A-06", Platform.PATIENTPOP),
    ("office_hours", "A-09", Platform.KAREO),
    ("profiles_unpublished", "A-12", Platform.KAREO),
    ("scheduler_disabled", "A-12", Platform.KAREO),
    ("presence_disabled", "A-12", Platform.KAREO),
]


@pytest.mark.parametrize(("check", "rule", "platform"), SIGNED)
def test_what_no_system_can_be_asked_waits_for_a_signature(check: str, rule: str, platform: Platform) -> None:
    """A-06, A-09, A-12, F-144, F-150, F-154, F-155, F-156."""
    assert (BY_KEY[check].rule, BY_KEY[check].platform) == (rule, platform)
    assert standing(practice(), check).state is PASSED
    found = standing(without(practice(), check), check)
    assert (found.state, "Nobody has looked yet." in found.sentence) == (OPEN, True)


def test_each_provider_is_signed_off_alone() -> None:
    """A-09, A-12: a provider who comes later keeps the gate red until somebody looked."""
    two = (provider(), provider(OTHER))
    facts = replace(practice(), providers=two)
    for check in ("office_hours", "profiles_unpublished"):
        found = standing(facts, check)
        assert found.state is OPEN
        assert OTHER in found.sentence
        assert NPI not in found.sentence


def test_forms_concern_engage_subscribers_only() -> None:
    """A-08, F-146."""
    facts = without(practice(), "forms_disabled")
    assert standing(facts, "forms_disabled").state is OPEN
    found = standing(replace(facts, is_engage=False), "forms_disabled")
    assert (found.state, found.sentence) == (NO, "The practice does not subscribe to Kareo Engage.")
    assert look(replace(facts, is_engage=False)).state is GateState.GREEN


@pytest.mark.parametrize(("left", "words"), [(2, "2 forms still enabled."), (1, "1 form still enabled.")])
def test_an_enabled_form_keeps_the_gate_red(left: int, words: str) -> None:
    """A-08, F-146."""
    facts = practice(records={("forms_disabled", ""): Record(FAILED, {"enabled": left}, COACH, NOON)})
    found = standing(facts, "forms_disabled")
    assert (found.state, found.sentence) == (FAILED, words)


def test_a_practice_without_kareo_has_nothing_to_turn_off_there() -> None:
    """A-09, A-11, A-12, A-105."""
    facts = practice(has_kareo=False, is_engage=False)
    gate = look(facts)
    assert gate.state is GateState.GREEN
    left_out = {one.check.key for one in gate.standings if one.state is NO}
    assert left_out == {
        "forms_disabled",
        "office_hours",
        "surveys_off",
        "profiles_unpublished",
        "scheduler_disabled",
        "presence_disabled",
    }


def test_a_visit_reason_without_a_duration_fails() -> None:
    """A-10, F-151."""
    assert standing(practice(visit_reasons_without_minutes=1), "visit_reasons").state is FAILED


COMMUNICATIONS = [
    (None, OPEN),
    (Reminders(is_on=False, minutes_before=(120,), has_surveys=False), FAILED),
    (Reminders(is_on=True, minutes_before=(), has_surveys=False), FAILED),
    (Reminders(is_on=True, minutes_before=(0,), has_surveys=False), FAILED),
    (REMINDED, PASSED),
]


@pytest.mark.parametrize(("reminders", "state"), COMMUNICATIONS)
def test_communications_are_on_with_each_reminder_configured(reminders: Reminders | None, state: CheckState) -> None:
    """A-11, F-152."""
    facts = practice(providers=(provider(), provider(OTHER, reminders=reminders)))
    assert standing(facts, "patient_communications").state is state


def test_surveys_that_are_on_fail_even_before_their_turn() -> None:
    """A-11, F-153."""
    on = replace(REMINDED, has_surveys=True)
    assert standing(practice(providers=(provider(reminders=on),)), "surveys_off").state is FAILED
    early = replace(on, is_on=False)
    assert standing(practice(providers=(provider(reminders=early),)), "surveys_off").state is FAILED


def test_surveys_are_settled_only_after_communications() -> None:
    """A-11, F-153: first Patient Communications on, then Surveys off."""
    off = replace(REMINDED, is_on=False)
    found = standing(practice(providers=(provider(reminders=off),)), "surveys_off")
    assert found.state is OPEN
    assert found.sentence == "Comes after: Patient Communications are on, each reminder configured."
    assert not found.is_due


def test_profiles_scheduler_and_presence_come_one_after_the_other() -> None:
    """A-12."""
    facts = without(practice(), "profiles_unpublished", "scheduler_disabled", "presence_disabled")
    order = ("profiles_unpublished", "scheduler_disabled", "presence_disabled")
    assert [standing(facts, one).is_due for one in order] == [True, False, False]
    signed = {("profiles_unpublished", NPI): practice().records["profiles_unpublished", NPI]}
    facts = replace(facts, records={**facts.records, **signed})
    assert [standing(facts, one).is_due for one in order] == [False, True, False]


def test_an_active_online_presence_asks_to_contact_kareo_support_and_keeps_the_gate_red() -> None:
    """A-12, F-156."""
    found = Record(FAILED, {"finding": Finding.STILL_ON.value}, COACH, NOON)
    facts = practice(records={("presence_disabled", ""): found})
    one = standing(facts, "presence_disabled")
    assert one.task == "readiness.contact_kareo_support"
    assert look(facts).state is GateState.RED
    assert look(facts).next_step == (
        "A-12 Online Presence is not enabled: "
        "Contact Kareo Support to disable Online Presence; sign this off once they have."
    )


def owners(**kinds: frozenset[Owner]) -> dict[MessageKind, frozenset[Owner]]:
    return {MessageKind(kind): chosen for kind, chosen in kinds.items()}


REMINDING: list[tuple[dict[str, Any], CheckState]] = [
    ({}, PASSED),
    ({"owners": owners(appointment_reminder=BOTH)}, FAILED),
    ({"owners": owners(appointment_reminder=OURS)}, FAILED),
    ({"owners": owners(telehealth_reminder=OURS)}, FAILED),
    ({"has_kareo": False}, PASSED),
    ({"has_kareo": False, "owners": owners(appointment_reminder=KAREOS)}, FAILED),
    ({"has_kareo": False, "owners": owners(appointment_reminder=OURS)}, PASSED),
    ({"providers": (provider(reminders=replace(REMINDED, is_on=False)),)}, FAILED),
    ({"providers": (provider(reminders=None),)}, OPEN),
]


@pytest.mark.parametrize(("changed", "state"), REMINDING)
def test_reminders_come_from_one_system_never_both_never_none(changed: dict[str, Any], state: CheckState) -> None:
    """A-81, F-110: a live Kareo account reminds by itself, so that reminders of ours would be the second ones."""
    assert standing(practice(**changed), "one_reminder_system").state is state


OWNED: list[tuple[Facts, str]] = [
    (practice(owners=owners(request_received=BOTH)), "request received: both systems would send it"),
    (practice(owners=owners(request_received=OURS)), "request received: both systems would send it"),
    (practice(owners=owners(request_alert=KAREOS)), "request alert: no system would send it"),
    (practice(owners=owners(request_alert=BOTH)), "request alert: both systems would send it"),
    (
        practice(has_kareo=False, owners=owners(appointment_declined=KAREOS)),
        "appointment declined: no system would send it",
    ),
    (
        practice(has_kareo=False, owners=owners(appointment_declined=BOTH)),
        "appointment declined: both systems would send it",
    ),
]


@pytest.mark.parametrize(("facts", "words"), OWNED)
def test_two_owners_or_none_for_a_kind_of_message_fail(facts: Facts, words: str) -> None:
    """A-105."""
    found = standing(facts, "one_owner_per_message")
    assert (found.state, words in found.sentence) == (FAILED, True)
    assert look(facts).state is GateState.RED


@pytest.mark.parametrize("has_kareo", [True, False])
def test_owners_that_say_what_holds_anyway_pass(has_kareo: bool) -> None:
    """A-105."""
    chosen = owners(request_alert=OURS, request_received=KAREOS if has_kareo else OURS)
    assert standing(practice(has_kareo=has_kareo, owners=chosen), "one_owner_per_message").state is PASSED


@pytest.mark.parametrize("step", ["application_call", "training"])
def test_calendar_and_settings_accept_the_application_call_and_the_training(step: str) -> None:
    """A-91."""
    assert ACCEPTANCE[step] == ("A-02", "A-09", "A-10", "A-11", "A-12")
    assert step_warning(look(practice()), step) == ""
    assert step_warning(look(practice(insurances=0)), step) == "", "insurances are no part of these steps"
    warning = step_warning(look(practice(visit_reasons=0)), step)
    assert warning == (
        "Calendar and appointment settings: 7 of 8 checks settled. Missing: Visit reasons have their durations."
    )


def test_other_steps_of_the_journey_have_no_warning() -> None:
    """A-91."""
    assert step_warning(look(practice(visit_reasons=0)), "welcome_call") == ""


BLOCKS: list[tuple[dict[str, Any], FeedbackBlock | None]] = [
    ({}, None),
    ({"insurances": 0, "alert_recipients": 0}, None),
    ({"providers": (provider(reminders=replace(REMINDED, has_surveys=True)),)}, FeedbackBlock.SURVEYS_ON),
    ({"providers": (provider(reminders=None),)}, FeedbackBlock.SURVEYS_UNKNOWN),
    ({"providers": (provider(reminders=replace(REMINDED, is_on=False)),)}, None),
    ({"owners": owners(appointment_reminder=BOTH)}, FeedbackBlock.REMINDERS_TWICE),
    ({"has_kareo": False, "providers": (provider(reminders=None),)}, None),
]


@pytest.mark.parametrize(("changed", "block"), BLOCKS)
def test_feedback_is_blocked_where_both_systems_would_ask(changed: dict[str, Any], block: FeedbackBlock | None) -> None:
    """F-157: Kareo's surveys or doubled reminders block it; another red check does not."""
    assert feedback_block(practice(**changed)) is block


def test_all_evidence_has_words() -> None:
    for proof in Proof:
        assert evidence_in_words({"proof": proof.value}).endswith(".")
    for finding in Finding:
        assert evidence_in_words({"finding": finding.value}).startswith("Found: ")
    assert evidence_in_words({}) == ""


def test_every_work_item_of_the_gate_has_words() -> None:
    for check in CHECKS:
        assert task_words(f"readiness.{check.key}") == f"{check.title}: {check.todo}"
    assert task_words("readiness.contact_kareo_support").startswith("Contact Kareo Support")
    assert task_words("welcome.preparation") == "welcome.preparation"
