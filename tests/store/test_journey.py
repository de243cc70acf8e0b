"""A whole journey through the store: what each event leaves behind in the rows."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import ConstraintBroken, Database, open_database
from models.rules.decisions import Process, Refusal
from models.rules.messages import MessageKind
from models.rules.onboarding_events import (
    AssignRole,
    Cancel,
    ChooseTopPayers,
    CompleteItem,
    Pause,
    RecordCall,
    RecordEnrollment,
    RecordPaymentIssue,
    RegisterForTraining,
    ReopenItem,
    Resume,
    SettlePaymentIssue,
    SkipItem,
)
from models.rules.onboarding_facts import (
    CallOutcome,
    CallState,
    EnrollmentOutcome,
    ItemState,
    JourneyStatus,
    PaymentIssue,
    Reason,
    StepState,
    Transaction,
)
from models.rules.roles import Party, Role
from models.store import contacts, events, messages, onboarding, practices, timers, work_items
from models.store.onboarding_changes import Recorded, begin_journey
from models.tables.messages import Message, MessageState
from models.tables.practices import RoleAssignment
from models.tables.timers import Timer, TimerState
from tests.store.journeys import (
    MONDAY,
    PAYER,
    SIGNED,
    Play,
    begun,
    intake,
    plan_sessions,
    until_go_live,
    until_graduation,
    until_handoff,
)


@pytest.fixture
def play(db: Database) -> Play:
    """Give a journey that has just begun."""
    return begun(db)


def kinds(play: Play) -> list[str]:
    found = play.db.read(lambda s: events.history(s, process=Process.ONBOARDING, process_id=play.journey_id))
    return [event.kind for event in reversed(found)]


def said(play: Play) -> Counter[MessageKind]:
    return Counter(play.db.read(lambda s: s.scalars(select(Message.kind)).all()))


def timer_states(play: Play) -> Counter[tuple[str, TimerState]]:
    found = play.db.read(lambda s: s.execute(select(Timer.kind, Timer.state)).tuples().all())
    return Counter(found)


def is_intact(play: Play) -> bool:
    return play.db.read(lambda s: events.check_chain(s, play.practice_id)).is_intact


def test_a_new_journey_is_in_its_first_step_with_its_terms(play: Play) -> None:
    """O-01."""
    journey = play.look()
    assert {key: facts.state for key, facts in journey.steps.items()} == {"service_agreement": StepState.OPEN}
    assert journey.roles[Role.SALES_REPRESENTATIVE] == "sales-1"
    assert kinds(play)[0] == "journey_started"


def test_a_signature_assigns_one_coach_and_sends_one_welcome_and_one_invitation(play: Play) -> None:
    """O-02, O-03."""
    play.must(SIGNED)
    assert isinstance(play.do(SIGNED), Refusal)
    assert play.look().roles[Role.SUCCESS_COACH] == "coach-1"
    sent = play.send()
    to_practice = [one.kind for one in sent if one.to_role is Role.PRIMARY_CONTACT]
    assert sorted(to_practice) == [MessageKind.CALL_INVITATION, MessageKind.WELCOME]
    assert play.send() == []


def test_the_coach_with_the_fewest_journeys_is_chosen_and_not_booked_twice_at_one_hour(db: Database) -> None:
    """O-02."""
    other = begun(db, "oak")
    other.must(SIGNED)
    maple = intake("maple")
    own = maple.model_copy(update={"team": [one for one in maple.team if one.role is not Role.SUCCESS_COACH]})

    def begin(session: Session) -> tuple[int, int]:
        practice = practices.register_practice(session, own, as_of=MONDAY)
        return begin_journey(session, practice.id, own, by="s", key="b", as_of=MONDAY), practice.id

    play = Play(db, *db.transaction(begin))
    play.must(SIGNED)
    assert play.look().roles[Role.SUCCESS_COACH] == "coach-1"
    assert play.look().calls["welcome", 1].starts_at != other.look().calls["welcome", 1].starts_at


def test_a_practice_has_one_journey_under_way(play: Play) -> None:
    with pytest.raises(ConstraintBroken, match="uq_journeys_present"):
        play.db.transaction(
            lambda s: begin_journey(s, play.practice_id, intake(), by="sales-1", key="again", as_of=MONDAY)
        )


def test_a_journey_reaches_graduation_and_leaves_nothing_open(play: Play) -> None:
    """O-37, O-40: every command uses nothing but the rows."""
    until_handoff(play)
    until_go_live(play)
    until_graduation(play)
    journey = play.look()
    assert journey.status is JourneyStatus.GRADUATED
    assert {step.state for step in journey.steps.values()} == {StepState.DONE}
    assert not journey.waits
    states = {state for _, state in timer_states(play)}
    assert states <= {TimerState.FIRED, TimerState.CANCELLED}
    assert play.db.read(work_items.open_for) == []
    counts = said(play)
    assert counts[MessageKind.GRADUATION] == counts[MessageKind.GO_LIVE] == counts[MessageKind.WELCOME] == 1
    assert is_intact(play)


def test_a_journey_goes_on_in_another_process(play: Play) -> None:
    """O-40."""
    until_handoff(play)
    play.db.close()
    play.db = open_database(play.db.url)
    until_go_live(play)
    play.db.close()
    assert play.look().went_live_on is not None


def test_each_payer_and_kind_is_told_once(play: Play) -> None:
    """O-27."""
    until_handoff(play)
    finished = RecordEnrollment(PAYER, Transaction.CLAIMS, EnrollmentOutcome.FINALISED)
    trouble = RecordEnrollment(PAYER, Transaction.CLAIMS, EnrollmentOutcome.IN_TROUBLE)
    play.must(finished, trouble, finished)
    play.must(RecordEnrollment(PAYER, Transaction.ERA, EnrollmentOutcome.FINALISED))
    assert said(play)[MessageKind.ENROLLMENT_FINISHED] == 2


def test_history_keeps_a_skip_and_its_reopening(play: Play) -> None:
    """O-41."""
    play.must(SIGNED)
    play.must(SkipItem("welcome.handoff_agenda", Reason.NOT_NEEDED))
    assert play.look().items["welcome.handoff_agenda"].state is ItemState.SKIPPED
    play.must(ReopenItem("welcome.handoff_agenda", Reason.ENTERED_BY_MISTAKE))
    assert play.look().items["welcome.handoff_agenda"].state is ItemState.OPEN
    found = play.db.read(lambda s: events.history(s, process=Process.ONBOARDING, process_id=play.journey_id))
    kept = {(one.kind, one.reason, one.actor) for one in found if one.subject == "welcome.handoff_agenda"}
    assert ("item_skipped", "not_needed", "coach-1") in kept
    assert ("item_reopened", "entered_by_mistake", "coach-1") in kept


def test_a_paused_journey_holds_its_timers_and_messages_and_goes_on_where_it_stopped(play: Play) -> None:
    """O-45."""
    play.must(SIGNED)
    due = dict(open_timers(play))
    play.later(days=1)
    play.must(Pause(Reason.PRACTICE_ASKED))
    play.later(days=60)
    assert play.sweep() == []
    assert play.send() == []
    assert play.db.read(timers.next_due) is None
    play.must(Resume())
    moved = dict(open_timers(play))
    assert moved["progress_report"] == due["progress_report"] + timedelta(days=60)
    assert MessageKind.WELCOME in {one.kind for one in play.send()}


def open_timers(play: Play) -> list[tuple[str, datetime]]:
    query = select(Timer.kind, Timer.due_at).where(Timer.state == TimerState.OPEN)
    return list(play.db.read(lambda s: s.execute(query).tuples().all()))


def test_a_paused_journey_refuses_work_and_a_refusal_writes_nothing(play: Play) -> None:
    """O-45."""
    play.must(SIGNED, Pause(Reason.PRACTICE_ASKED))
    before = play.look(), kinds(play), timer_states(play), said(play)
    assert isinstance(play.do(CompleteItem("welcome.handoff_agenda")), Refusal)
    assert (play.look(), kinds(play), timer_states(play), said(play)) == before


def test_a_cancelled_journey_sends_nothing_more(play: Play) -> None:
    """O-45."""
    play.must(SIGNED, Cancel(Reason.AGREEMENT_ENDED))
    play.later(days=90)
    assert play.send() == []
    assert play.sweep() == []
    assert play.db.read(lambda s: work_items.open_for(s, practice_id=play.practice_id)) == []


def test_the_same_key_is_carried_out_once(play: Play) -> None:
    """O-48."""
    assert isinstance(play.do(SIGNED, key="form-1"), Recorded)
    before = kinds(play)
    assert play.do(SIGNED, key="form-1") == Recorded(again=True)
    assert kinds(play) == before


def test_silence_is_answered_by_one_reminder_and_an_answer_ends_it(play: Play) -> None:
    """O-44."""
    play.must(SIGNED)
    play.send()
    play.later(days=9)
    assert "silence" in play.sweep()
    assert said(play)[MessageKind.REMINDER] == 1
    assert play.sweep() == []
    play.must(RecordCall("welcome", CallOutcome.RESCHEDULED))
    states = play.db.read(lambda s: s.scalars(select(Message.state).where(Message.kind == MessageKind.REMINDER)).all())
    assert states == [MessageState.CANCELLED]


def test_a_call_that_nobody_recorded_becomes_a_task_of_its_leader(play: Play) -> None:
    play.must(SIGNED)
    play.later(days=5)
    assert "call_passed" in play.sweep()
    tasks = play.db.read(lambda s: work_items.open_for(s, roles=[Role.SUCCESS_COACH]))
    assert "record.call:welcome:1" in {task.key for task in tasks}


def test_waits_say_who_is_waited_for(play: Play) -> None:
    """O-42."""
    play.must(SIGNED)
    assert {party for step, party in play.look().waits if step == "welcome_call"} == {Party.PRACTICE, Party.US}


def test_roles_change_and_history_keeps_who_it_was(play: Play) -> None:
    play.must(SIGNED)
    play.later(days=1)
    play.must(AssignRole(Role.SUCCESS_COACH, "coord-1"))
    query = select(RoleAssignment.until).where(RoleAssignment.role == Role.SUCCESS_COACH).order_by(RoleAssignment.id)
    assert play.db.read(lambda s: s.scalars(query).all()) == [play.now, None]
    assert play.look().roles[Role.SUCCESS_COACH] == "coord-1"


def test_payers_and_payment_issues_are_kept(play: Play) -> None:
    """O-25, O-34."""
    until_handoff(play)
    play.must(ChooseTopPayers((PAYER,), Reason.PRACTICE_ASKED))
    assert play.look().payers[0].chosen_rank == 1
    until_go_live(play)
    play.must(RecordPaymentIssue(PAYER, PaymentIssue.NOT_POSTED))
    assert list(play.look().payment_issues.values()) == [True]
    play.must(SettlePaymentIssue(PAYER, PaymentIssue.NOT_POSTED))
    assert list(play.look().payment_issues.values()) == [False]


def test_a_session_gives_no_more_places_than_it_has_seats(db: Database) -> None:
    """O-20."""
    first, second = begun(db, "maple"), begun(db, "oak")
    until_handoff(first)
    until_handoff(second)
    plan_sessions(db, seats=1, days=(30,))
    first.must(RegisterForTraining())
    refused = second.do(RegisterForTraining())
    assert isinstance(refused, Refusal)
    assert refused.code == "no_session"
    assert db.read(lambda s: onboarding.session_dates_of(s, [first.journey_id])[first.journey_id])


def test_journeys_are_found_by_practice_link_and_status(play: Play) -> None:
    token = play.db.read(lambda s: practices.link_token(s, play.practice_id, play.journey_id))
    digest = practices.hash_of_token(token)
    assert play.db.read(lambda s: onboarding.present_journey(s, "maple")) == play.journey_id
    assert play.db.read(lambda s: onboarding.present_journey(s, "nobody")) is None
    assert play.db.read(lambda s: onboarding.journey_of_link(s, digest)) == play.journey_id
    assert play.db.read(onboarding.journeys_of_status) == [play.journey_id]
    assert play.db.read(lambda s: onboarding.journeys_of_status(s, JourneyStatus.PAUSED)) == []
    assert play.db.read(onboarding.practices_under_way) == ["maple"]
    assert play.db.read(practices.all_practices) == [(play.practice_id, "maple")]
    assert play.db.read(lambda s: onboarding.payer_names(s, play.journey_id)) == {PAYER: "Medicare"}


def test_a_call_on_hold_gets_a_new_date_after_the_pause(play: Play) -> None:
    """O-45."""
    play.must(SIGNED, Pause(Reason.PRACTICE_ASKED))
    assert play.look().calls["welcome", 1].state is CallState.ON_HOLD
    play.later(days=20)
    play.must(Resume())
    assert play.look().calls["welcome", 1].starts_at > play.now


def test_contacts_are_opened_for_whoever_must_read(play: Play) -> None:
    pid = play.practice_id
    contact = play.db.read(lambda s: contacts.contact_of(s, pid, role=Role.PRIMARY_CONTACT))
    trainee = play.db.read(lambda s: contacts.contact_of(s, pid, role=Role.TRAINEE, person="t1"))
    coach = play.db.read(lambda s: contacts.contact_of(s, pid, role=Role.SUCCESS_COACH))
    assert [one and one.address for one in (contact, trainee, coach)] == [
        "ana@example.com",
        "tom@example.com",
        "cora@example.com",
    ]
    former = play.db.read(lambda s: contacts.contact_of(s, pid, role=Role.SUCCESS_COACH, person="coord-1"))
    assert former is not None
    assert former.address == "cor@example.com"
    assert play.db.read(lambda s: contacts.contact_of(s, pid, role=Role.PAYMENT_POSTERS)) is None
    assert play.db.read(lambda s: contacts.contact_of(s, pid, role=Role.TRAINEE, person="nobody")) is None
    assert play.db.read(messages.counts) == {}
