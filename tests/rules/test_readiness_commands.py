"""What people and the clock do at the gate: signatures, findings, forms one by one, the launch, and tasks for roles."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.rules.decisions import Ask, Note, Settle
from models.rules.readiness import BY_KEY
from models.rules.readiness_commands import (
    Command,
    CountForms,
    DisableForm,
    Exempt,
    Fail,
    Launch,
    Look,
    SignOff,
)
from models.rules.readiness_facts import GATE, LAUNCH, Change, CheckState, Finding, GateState, Proof
from models.rules.roles import Role
from tests.rules.readiness_examples import COACH, NOON, NPI, OTHER, Play, practice, provider, standing, without

SEEN = Proof.SEEN_ON_SCREEN
ON = Finding.STILL_ON


def notes(change: Change, kind: str) -> list[Note]:
    return [note for note in change.notes if note.kind == kind]


def asked(change: Change) -> dict[str, Role]:
    return {effect.key: effect.role for effect in change.effects if isinstance(effect, Ask)}


def closed(change: Change) -> set[str]:
    return {effect.key for effect in change.effects if isinstance(effect, Settle)}


def test_a_signature_keeps_evidence_checker_and_time() -> None:
    """A-01, A-06."""
    play = Play(without(practice(), "feedback_questions"))
    change = play.do(SignOff("feedback_questions", Proof.SCREENSHOT_FILED))
    record = change.records["feedback_questions", ""]
    assert (record.state, record.checker, record.checked_at) == (CheckState.PASSED, COACH, NOON)
    assert record.evidence == {"proof": "screenshot_filed"}
    assert notes(change, "check_signed_off") == [
        Note("check_signed_off", "feedback_questions", "screenshot_filed", {"checker": COACH})
    ]
    assert play.stands() is GateState.GREEN
    assert notes(change, "gate_green")


def test_one_signature_can_cover_every_provider_to_whom_a_check_applies() -> None:
    """A-09."""
    play = Play(without(practice(providers=(provider(), provider(OTHER), provider("1555010200"))), "office_hours"))
    play.do(Exempt("office_hours", OTHER))
    change = play.do(SignOff("office_hours", SEEN))
    assert {note.subject for note in notes(change, "check_signed_off")} == {
        f"office_hours:{NPI}",
        "office_hours:1555010200",
    }
    assert play.stands() is GateState.GREEN


def test_a_later_step_cannot_be_signed_before_the_earlier_one() -> None:
    """A-12."""
    play = Play(without(practice(), "profiles_unpublished", "scheduler_disabled", "presence_disabled"))
    refusal = play.refuses(SignOff("presence_disabled", SEEN))
    assert refusal.sentence == (
        "Online Presence is not enabled comes after Online scheduler is disabled. See to that first."
    )
    for check in ("profiles_unpublished", "scheduler_disabled", "presence_disabled"):
        play.do(SignOff(check, SEEN))
    assert play.stands() is GateState.GREEN


def test_an_active_online_presence_is_a_task_to_contact_kareo_support_until_they_turned_it_off() -> None:
    """A-12."""
    play = Play(practice())
    change = play.do(Fail("presence_disabled", ON))
    assert asked(change) == {"readiness.contact_kareo_support": Role.SUCCESS_COACH}
    assert play.stands() is GateState.RED
    assert "A-12 Online Presence is not enabled" in play.refuses(Launch()).sentence
    change = play.do(SignOff("presence_disabled", Proof.TOLD_BY_KAREO_SUPPORT))
    assert closed(change) == {"readiness.contact_kareo_support"}
    assert play.stands() is GateState.GREEN


def test_a_finding_may_come_before_its_turn() -> None:
    """A-12: whoever sees early that Online Presence is active can ask Kareo Support at once."""
    play = Play(without(practice(), "profiles_unpublished", "scheduler_disabled", "presence_disabled"))
    change = play.do(Fail("presence_disabled", ON))
    assert set(asked(change)) == {"readiness.profiles_unpublished", "readiness.contact_kareo_support"}


def test_forms_are_disabled_one_by_one_until_none_is_left() -> None:
    """A-08: each disabling is a line of the history."""
    play = Play(without(practice(), "forms_disabled"))
    assert play.refuses(DisableForm()).code == "not_counted"
    play.do(CountForms(2))
    left = []
    for _ in range(2):
        assert standing(play.facts, "forms_disabled").state is CheckState.FAILED
        change = play.do(DisableForm())
        left += [note.evidence["enabled"] for note in notes(change, "form_disabled")]
    assert left == [1, 0]
    assert play.refuses(DisableForm()).code == "none_left"
    assert play.stands() is GateState.GREEN


def test_a_form_that_is_enabled_again_turns_the_gate_red() -> None:
    """A-08."""
    play = Play(practice())
    change = play.do(CountForms(1))
    assert asked(change) == {"readiness.forms_disabled": Role.SUCCESS_COACH}
    assert play.stands() is GateState.RED


def test_forms_of_other_practices_are_not_counted() -> None:
    """A-08."""
    play = Play(practice(is_engage=False))
    for command in (CountForms(1), DisableForm()):
        assert "does not subscribe to Kareo Engage" in play.refuses(command).sentence


REFUSED: list[tuple[Command, str]] = [
    (SignOff("calendar_hours", SEEN), "automatic"),
    (SignOff("insurances", SEEN), "automatic"),
    (Fail("surveys_off", ON), "automatic"),
    (SignOff("forms_disabled", SEEN), "counted"),
    (SignOff("nonsense", SEEN), "unknown_check"),
    (SignOff("office_hours", SEEN, "1999999984"), "unknown_provider"),
    (SignOff("scheduler_disabled", SEEN, NPI), "not_by_provider"),
    (Fail("office_hours", ON), "which"),
    (Exempt("scheduler_disabled", ""), "not_by_provider"),
    (Exempt("office_hours", ""), "not_by_provider"),
]


@pytest.mark.parametrize(("command", "code"), REFUSED)
def test_what_cannot_be_recorded_is_refused_in_plain_words(command: Command, code: str) -> None:
    refusal = Play(practice()).refuses(command)
    assert refusal.code == code
    assert refusal.sentence.endswith(".")
    assert "1999999984" not in refusal.sentence


def test_a_check_that_does_not_apply_cannot_be_signed() -> None:
    """A-12."""
    refusal = Play(practice(has_kareo=False)).refuses(SignOff("scheduler_disabled", SEEN))
    assert refusal.sentence == (
        "Online scheduler is disabled: this check does not apply. The practice has no Kareo account."
    )


def test_nobody_can_sign_for_no_provider() -> None:
    """A-09."""
    assert Play(practice(providers=())).refuses(SignOff("office_hours", SEEN)).code == "nobody"


def test_a_provider_who_is_left_out_can_be_taken_in_again() -> None:
    """A-11."""
    play = Play(practice(providers=(provider(), provider(OTHER, reminders=None))))
    for check in ("patient_communications", "surveys_off"):
        assert notes(play.do(Exempt(check, OTHER)), "check_left_out")
    assert play.stands() is GateState.GREEN
    assert not play.do(Exempt("surveys_off", OTHER)).notes, "it was left out before"
    play.do(Exempt("patient_communications", OTHER, is_exempt=False))
    assert standing(play.facts, "patient_communications").state is CheckState.OPEN


def test_the_website_launches_once_when_the_gate_is_green() -> None:
    """A-01."""
    play = Play(practice())
    change = play.do(Launch())
    assert change.records[LAUNCH].evidence == {"passed": 16, "not_applicable": 0}
    assert notes(change, "website_launched")
    assert play.refuses(Launch()).sentence == "The website was launched on 2026-11-23 already; nothing was changed."


def test_a_launch_is_refused_while_the_gate_is_red_and_names_what_is_missing() -> None:
    """A-01."""
    refusal = Play(without(practice(insurances=0), "feedback_questions")).refuses(Launch())
    assert refusal.sentence == (
        "The website cannot launch: 2 of 16 checks are missing: A-04 Insurances; "
        "A-06 Post-appointment feedback questions. "
        "Next: A-04 Insurances: Configure the insurances that patients can choose."
    )


def test_every_launched_gate_holds_evidence_for_what_golive_saw_itself() -> None:
    """A-01."""
    play = Play(practice())
    play.do(Launch())
    automatic = [check.key for check in BY_KEY.values() if check.judge]
    assert {key for key, _ in play.facts.records} >= set(automatic)


def test_each_open_check_is_asked_for_once_of_the_right_role() -> None:
    """A-03, A-04, A-09, A-27."""
    play = Play(without(practice(insurances=0, alert_recipients=0), "office_hours"))
    first = play.do(Look())
    assert asked(first) == {
        "readiness.new_appointment_alerts": Role.INTEGRATIONS_SPECIALIST,
        "readiness.insurances": Role.ONBOARDING_MANAGER,
        "readiness.office_hours": Role.FRONT_OFFICE,
    }
    assert play.do(Look()).effects == ()
    play.facts = replace(play.facts, insurances=1)
    assert closed(play.do(Look())) == {"readiness.insurances"}


def test_ours_is_due_on_the_next_business_day_and_the_practices_on_the_second() -> None:
    play = Play(without(practice(insurances=0), "office_hours"))
    due = {effect.key: effect.due_at for effect in play.do(Look()).effects if isinstance(effect, Ask)}
    assert due["readiness.insurances"] == datetime(2026, 11, 24, 22, tzinfo=UTC)
    assert due["readiness.office_hours"] == datetime(2026, 11, 25, 22, tzinfo=UTC)


def test_a_check_that_turns_false_later_turns_the_gate_red_again_and_opens_a_task() -> None:
    """A-01, A-03: after the launch, recipients change only through the Onboarding Manager (A-27)."""
    play = Play(practice())
    play.do(Launch())
    play.now += timedelta(days=30)
    play.facts = replace(play.facts, alert_recipients=0)
    change = play.do(Look(), by="golive")
    assert play.stands() is GateState.RED
    assert [note.evidence["before"] for note in notes(change, "check_open")] == ["passed"]
    assert notes(change, "gate_red")
    assert asked(change) == {"readiness.new_appointment_alerts": Role.ONBOARDING_MANAGER}
    assert change.records[GATE].state is CheckState.FAILED


def test_a_look_that_finds_nothing_new_leaves_no_line_but_renews_the_time() -> None:
    """A-01."""
    play = Play(practice())
    assert play.do(Look(), by="golive").notes
    play.now += timedelta(days=1)
    again = play.do(Look(), by="golive")
    assert (again.notes, again.effects) == ((), ())
    assert again.records["insurances", ""].checked_at == play.now


def test_what_golive_saw_itself_is_not_said_to_be_a_persons_work() -> None:
    """A-01."""
    play = Play(without(practice(), "feedback_questions"))
    change = play.do(SignOff("feedback_questions", SEEN))
    assert {note.evidence["checker"] for note in notes(change, "check_passed")} == {"golive"}
    assert change.records["insurances", ""].checker == "golive"
