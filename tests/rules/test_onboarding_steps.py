"""The ten steps: what opens and ends each, its tasks, who is waited for, and what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.rules.calendars import Calendar, add_business_days
from models.rules.decisions import Refusal
from models.rules.messages import MessageKind
from models.rules.onboarding import STEPS, ItemKind
from models.rules.onboarding_decision import HANDLERS, decide
from models.rules.onboarding_events import (
    AnswerQuestions,
    AssignRole,
    Begin,
    CompleteItem,
    Due,
    EstablishCustomerId,
    Event,
    Pause,
    ReopenItem,
    ReopenStep,
    SignAgreement,
    SkipItem,
    SkipStep,
)
from models.rules.onboarding_facts import ItemState, Reason, StepState
from models.rules.roles import Party, Role
from tests.rules.examples import START, TEAM, begun, held, new_journey, playing, work_of
from tests.rules.play import Play

ORDER = [step.key for step in STEPS]
NOT_NEEDED = Reason.NOT_NEEDED
AGAIN = Reason.MUST_BE_REPEATED


def states(play: Play) -> dict[str, StepState]:
    return {key: facts.state for key, facts in play.journey.steps.items()}


def open_tasks(play: Play, step: str) -> set[str]:
    template = play.journey.template
    return {
        key
        for key, facts in play.journey.items.items()
        if facts.state is ItemState.OPEN
        and template.step_of_item[key] == step
        and template.items[key].kind is ItemKind.TASK
    }


def test_there_are_ten_steps_in_the_documents_order() -> None:
    assert [step.title for step in STEPS] == [
        "Service Agreement",
        "Welcome Call",
        "Handoff Call",
        "Application Call",
        "Billing Rules Call",
        "Training",
        "Enrollments Processing",
        "First Claim",
        "Payments / Reimbursements",
        "Graduation",
    ]
    assert [step.milestone for step in STEPS] == [0] * 7 + [1, 2, 3]


def test_every_step_with_a_call_knows_whether_it_was_held() -> None:
    for step in STEPS:
        if step.call is not None:
            assert f"{step.call.key}.held" in {item.key for item in step.items}


def test_every_event_has_its_rule() -> None:
    assert set(HANDLERS) == set(Event.__args__)


def test_a_new_journey_is_in_its_service_agreement_step_with_its_terms_recorded() -> None:
    """O-01."""
    play = begun()
    assert states(play) == {"service_agreement": StepState.OPEN}
    assert play.journey.template.steps["service_agreement"].owner is Role.SALES_REPRESENTATIVE
    assert play.notes("journey_started")[0].evidence["terms"] == "standard"


def test_a_journey_starts_once() -> None:
    """O-01."""
    assert begun().refuses(Begin("standard")).code == "already"


def test_nothing_happens_before_the_journey_has_started() -> None:
    play = Play(new_journey(), as_of=START)
    assert play.refuses(SignAgreement(START.date())).code == "not_started"


def test_the_signature_assigns_a_coach_once() -> None:
    """O-02."""
    play = begun(roles={})
    play.do(SignAgreement(START.date()))
    assert play.journey.roles[Role.SUCCESS_COACH] == "coach-1"
    assert len(play.notes("role_assigned")) == 1
    play.do(ReopenItem("agreement.signed", Reason.ENTERED_BY_MISTAKE), SignAgreement(START.date()))
    assert len(play.notes("role_assigned")) == 1


def test_a_coach_named_in_the_intake_stays() -> None:
    """O-02."""
    play = begun(coach_candidate="coach-2")
    play.do(SignAgreement(START.date()))
    assert play.journey.roles[Role.SUCCESS_COACH] == "coach-1"


def test_the_practice_gets_one_welcome_mail_and_one_invitation() -> None:
    """O-03, F-123."""
    play = playing("welcome_call")
    assert len(play.sent(MessageKind.WELCOME)) == 1
    assert len(play.sent(MessageKind.CALL_INVITATION, Role.PRIMARY_CONTACT)) == 1
    assert play.journey.calls["welcome", 1].starts_at == datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


def test_without_a_coach_the_manager_is_asked_and_the_welcome_waits() -> None:
    """O-02, O-03."""
    play = playing("welcome_call", roles={}, coach_candidate="")
    assert play.work["assign.success_coach"].role is Role.ONBOARDING_MANAGER
    assert not play.sent(MessageKind.WELCOME)
    play.do(AssignRole(Role.SUCCESS_COACH, "coach-2"))
    assert "assign.success_coach" not in play.work
    assert len(play.sent(MessageKind.WELCOME)) == 1
    assert {each.say.to for each in play.sent(MessageKind.CALL_INVITATION)} == {
        Role.PRIMARY_CONTACT,
        Role.SUCCESS_COACH,
    }


def test_every_role_that_a_step_needs_is_asked_for_when_nobody_has_it() -> None:
    roles = {role: staff for role, staff in TEAM.items() if role in (Role.SUCCESS_COACH, Role.SALES_REPRESENTATIVE)}
    play = playing("application_call", roles=roles)
    assert "assign.success_coordinator" in play.work
    assert "assign.enrollments_representative" in play.work
    assert ("application", 1) not in play.journey.calls
    play.do(AssignRole(Role.SUCCESS_COORDINATOR, "coach-2"))
    assert ("application", 1) in play.journey.calls


def test_the_answers_are_account_details_and_are_stored() -> None:
    """O-04."""
    play = playing("welcome_call")
    decision = play.do(AnswerQuestions({"providers": 3, "uses_ehr": True}))
    assert decision.answers == {"providers": 3, "uses_ehr": True}
    assert play.refuses(AnswerQuestions({"providers": 4})).code == "already"


def test_the_preparation_is_internal_and_comes_before_the_handoff_call() -> None:
    """O-05."""
    play = playing("welcome_call")
    assert play.journey.template.items["welcome.preparation"].internal
    play.do(*[event for event in work_of("welcome_call", START.date()) if event != CompleteItem("welcome.preparation")])
    refusal = play.refuses(held("handoff"))
    assert "Prepare with the Sales Representative" in refusal.sentence
    play.do(CompleteItem("welcome.preparation"), held("handoff"))


@pytest.mark.parametrize("left_out", range(5))
def test_the_welcome_step_needs_call_answers_customer_id_and_agenda(left_out: int) -> None:
    """O-06, O-07."""
    play = playing("welcome_call")
    work = work_of("welcome_call", START.date())
    play.do(*work[:left_out], *work[left_out + 1 :])
    is_gate = work[left_out] != CompleteItem("welcome.preparation")
    assert (play.step("welcome_call") is StepState.OPEN) is is_gate


def test_the_customer_id_is_established_once_and_changed_only_after_reopening() -> None:
    """O-07."""
    play = playing("welcome_call")
    play.do(EstablishCustomerId(4711))
    assert "4711" in play.refuses(EstablishCustomerId(4712)).sentence
    play.do(ReopenItem("welcome.customer_id", Reason.ENTERED_BY_MISTAKE), EstablishCustomerId(4712))
    assert play.journey.customer_id == 4712


def test_from_the_handoff_call_on_the_coach_has_four_set_up_tasks_and_the_trainings() -> None:
    """O-10, O-11."""
    play = playing("application_call")
    assert open_tasks(play, "handoff_call") == {
        "handoff.account",
        "handoff.software",
        "handoff.ehr",
        "handoff.imports",
        "handoff.trainings",
    }
    assert {play.work[key].role for key in open_tasks(play, "handoff_call")} == {Role.SUCCESS_COACH}


def test_enrollments_begin_with_the_handoff_call() -> None:
    """O-12."""
    play = playing("enrollments")
    assert play.step("handoff_call") is StepState.DONE
    assert play.work["enrollments.begun"].role is Role.ENROLLMENTS_REPRESENTATIVE


def test_after_the_application_call_the_coach_has_three_tasks() -> None:
    """O-16."""
    play = playing("billing_rules_call")
    assert open_tasks(play, "application_call") == {
        "application.reports",
        "application.register_team",
        "application.share_forms",
    }


def test_after_the_billing_rules_call_there_are_five_tasks() -> None:
    """O-19."""
    play = playing("billing_rules_call")
    play.do(held("billing_rules"))
    assert open_tasks(play, "billing_rules_call") == {
        "billing_rules.configured",
        "billing_rules.team_trained",
        "billing_rules.fee_schedules",
        "billing_rules.insurances",
        "billing_rules.settings",
    }
    assert play.step("billing_rules_call") is StepState.OPEN
    play.do(CompleteItem("billing_rules.configured"))
    assert play.step("billing_rules_call") is StepState.DONE


def test_training_and_enrollments_run_beside_the_calls() -> None:
    play = playing("training")
    opened = {key for key, state in states(play).items() if state is StepState.OPEN}
    assert opened == {"application_call", "training", "enrollments"}


@pytest.mark.parametrize("missing", ["billing_rules_call", "training", "enrollments"])
def test_first_claim_needs_billing_rules_training_and_enrollments(missing: str) -> None:
    play = playing("application_call")
    for step in ("application_call", "billing_rules_call", "training", "enrollments"):
        if step != missing:
            play.do(*work_of(step, START.date()))
    assert "first_claim" not in play.journey.steps
    play.do(*work_of(missing, START.date()))
    assert play.step("first_claim") is StepState.OPEN


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (CompleteItem("nothing"), "unknown"),
        (SkipItem("nothing", NOT_NEEDED), "unknown"),
        (ReopenItem("nothing", AGAIN), "unknown"),
        (SkipStep("nothing", NOT_NEEDED), "unknown"),
        (ReopenStep("nothing", AGAIN), "unknown"),
        (CompleteItem("welcome.held"), "by_itself"),
        (CompleteItem("handoff.account"), "too_early"),
        (SignAgreement(date(2026, 3, 2)), "already"),
        (AssignRole(Role.PRIMARY_CONTACT, "coach-2"), "practice_role"),
        (AssignRole(Role.BILLING_TEAM, "stranger"), "unknown"),
        (AssignRole(Role.SUCCESS_COACH, "coach-1"), "already"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence_and_changes_nothing(event: Event, code: str) -> None:
    play = playing("welcome_call")
    before, messages = play.journey, len(play.messages)
    refusal = play.refuses(event)
    assert refusal.code == code
    assert refusal.sentence.endswith(".")
    assert (play.journey, len(play.messages)) == (before, messages)


def test_an_agreement_is_not_signed_in_the_future() -> None:
    assert begun().refuses(SignAgreement(START.date() + timedelta(days=1))).code == "future"


def test_the_second_of_two_people_is_told_what_already_happened() -> None:
    """O-48."""
    play = playing("application_call")
    play.do(CompleteItem("handoff.account"), by="coach-1")
    refusal = play.refuses(CompleteItem("handoff.account"), by="coach-2")
    assert refusal.sentence == "“Set up the account” was already done by coach-1 on 2026-03-02 10:00."


def test_agenda_and_documents_are_not_ticked_off_by_hand() -> None:
    play = playing("application_call")
    assert "record-document" in play.refuses(CompleteItem("document.w9")).sentence
    assert "record-call" in play.refuses(CompleteItem("application.logins")).sentence


def test_what_comes_after_a_call_waits_for_it() -> None:
    play = playing("handoff_call")
    assert "its call has to be held first" in play.refuses(CompleteItem("handoff.account")).sentence


@pytest.mark.parametrize("step", ORDER)
def test_every_open_step_shows_who_is_waited_for_and_since_when(step: str) -> None:
    """O-42."""
    play = playing(step)
    parties = {party for waiting, party in play.journey.waits if waiting == step}
    expected = {
        "service_agreement": {Party.PRACTICE},
        "welcome_call": {Party.PRACTICE, Party.US},
        "enrollments": {Party.US, Party.PAYER},
        "payments": {Party.US, Party.PAYER},
    }
    assert parties == expected.get(step, {Party.US})
    assert all(wait.since == START for (waiting, _), wait in play.journey.waits.items() if waiting == step)


def test_work_is_due_in_business_days_of_the_practice() -> None:
    """O-43."""
    play = playing("application_call")
    due = {key: ask.due_at for key, ask in play.work.items()}
    assert due["handoff.account"] == datetime(2026, 3, 3, 22, 0, tzinfo=UTC)
    assert due["document.w9"] == datetime(2026, 3, 4, 22, 0, tzinfo=UTC)


def test_first_claim_and_first_payment_are_counted_from_the_agreement() -> None:
    """O-43."""
    play = begun()
    signed_on = START.date() - timedelta(days=3)
    play.do(SignAgreement(signed_on))
    for kind, days in (("first_claim_late", 30), ("first_payment_late", 45)):
        timer = play.timer(kind)
        assert timer is not None
        assert timer.due_at.date() == add_business_days(signed_on, days, Calendar.GOVERNMENT)


def test_a_corrected_agreement_moves_the_deadlines_and_nothing_starts_twice() -> None:
    """O-43."""
    play = begun()
    play.do(SignAgreement(START.date()))
    play.wait(days=20)
    play.do(ReopenItem("agreement.signed", Reason.ENTERED_BY_MISTAKE), SignAgreement(date(2026, 2, 27)))
    late, report = play.timer("first_claim_late"), play.timer("progress_report")
    assert late is not None
    assert late.due_at.date() == add_business_days(date(2026, 2, 27), 30, Calendar.GOVERNMENT)
    assert report is not None
    assert report.set_as.number == 2


def test_a_role_that_changes_hands_invites_the_new_person_and_history_keeps_the_old_one() -> None:
    play = playing("welcome_call")
    play.do(AssignRole(Role.SUCCESS_COACH, "coach-2"))
    assert dict(play.notes("role_assigned")[-1].evidence) == {"staff": "coach-2", "before": "coach-1"}
    assert len(play.sent(MessageKind.CALL_INVITATION, Role.SUCCESS_COACH)) == 2
    assert len(play.sent(MessageKind.CALL_INVITATION, Role.PRIMARY_CONTACT)) == 1


def test_a_persons_event_needs_the_whole_journey() -> None:
    from models.rules.onboarding_facts import Head

    journey = new_journey()
    head = Head(*(getattr(journey, name) for name in Head.__slots__))
    with pytest.raises(TypeError, match="Pause needs the whole journey"):
        decide(head, Pause(Reason.PRACTICE_ASKED), by="coach-1", as_of=START)


def test_a_timer_of_an_unknown_kind_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no rule for a timer of kind nothing"):
        begun().tell(Due("nothing", START))


def test_refusals_are_values() -> None:
    assert isinstance(begun().tell(Begin("standard")), Refusal)
