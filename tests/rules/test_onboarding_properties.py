"""Whatever people record, in whatever order, and whenever timers fire: what always holds of a journey."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models.rules.decisions import Refusal
from models.rules.messages import MessageKind
from models.rules.onboarding import CALLS, STEPS, TOPICS, step_items
from models.rules.onboarding_decision import decide
from models.rules.onboarding_events import (
    AnswerQuestions,
    AssignRole,
    Begin,
    Cancel,
    ChooseTopPayers,
    CompleteItem,
    ConfirmFirstClaims,
    Due,
    EstablishCustomerId,
    Event,
    ExcuseFromTraining,
    Graduate,
    Pause,
    RecordAttendance,
    RecordCall,
    RecordDocument,
    RecordEnrollment,
    RecordFirstEra,
    RecordPaymentIssue,
    RegisterForTraining,
    ReopenItem,
    ReopenStep,
    RescheduleTraining,
    Resume,
    SettlePaymentIssue,
    SignAgreement,
    SkipItem,
    SkipStep,
)
from models.rules.onboarding_evidence import waits_for
from models.rules.onboarding_facts import (
    OVER,
    SETTLED,
    CallKey,
    CallOutcome,
    CallState,
    Decision,
    DocumentOutcome,
    EnrollmentOutcome,
    JourneyStatus,
    PaymentIssue,
    Reason,
    StepFacts,
    StepState,
    Transaction,
)
from models.rules.onboarding_letters import date_of
from models.rules.onboarding_sentences import sentence
from models.rules.roles import PRACTICE_ROLES, Party, Role
from tests.reports.forecasts import forecast
from tests.rules.examples import PAYERS, STAFF, START, TRAINEES, finish_everything, new_journey, work_of
from tests.rules.play import Play, State

pytestmark = pytest.mark.slow

CLOSED = (JourneyStatus.CANCELLED, JourneyStatus.GRADUATED)
CLOSED_STEP = StepFacts()
TOLD_FOR_EVER = (MessageKind.CALL_INVITATION, MessageKind.ENROLLMENT_FINISHED)
"""Kinds whose key says to whom or of what; asking for them again is how they are told once."""

STEP_KEYS = [step.key for step in STEPS]
ITEM_KEYS = [item.key for step in STEPS for item in step_items(step)]
items = st.sampled_from([*ITEM_KEYS, "nothing"])
steps = st.sampled_from([*STEP_KEYS, "nothing"])
reasons = st.sampled_from(Reason)
people = st.sampled_from([*TRAINEES, "stranger"])
topics = st.sampled_from([*(topic.key for topic in TOPICS), "nothing"])
payers = st.sampled_from([*(payer.key for payer in PAYERS), "unknown"])
hours = st.integers(-48, 400).map(lambda count: START + timedelta(hours=count))
days = st.integers(-5, 40).map(lambda count: (START + timedelta(days=count)).date())

COMMANDS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Begin, st.just("standard")),
    st.builds(SignAgreement, days),
    st.just(AnswerQuestions({"providers": 2})),
    st.builds(EstablishCustomerId, st.integers(1, 9)),
    st.builds(
        RecordCall,
        st.sampled_from([*CALLS, "nothing"]),
        st.sampled_from(CallOutcome),
        st.lists(items, max_size=2).map(tuple),
        st.none() | hours,
    ),
    st.builds(CompleteItem, items),
    st.builds(SkipItem, items, reasons),
    st.builds(ReopenItem, items, reasons),
    st.builds(SkipStep, steps, reasons),
    st.builds(ReopenStep, steps, reasons),
    st.builds(RecordDocument, items, st.sampled_from(DocumentOutcome), st.none() | reasons),
    st.builds(RegisterForTraining, st.lists(people, max_size=2).map(tuple), st.lists(topics, max_size=3).map(tuple)),
    st.builds(RecordAttendance, people, topics, st.booleans()),
    st.builds(RescheduleTraining, people, topics),
    st.builds(ExcuseFromTraining, people, topics, reasons),
    st.builds(AssignRole, st.sampled_from(Role), st.sampled_from([*sorted(STAFF), "stranger"])),
    st.builds(Pause, reasons),
    st.just(Resume()),
    st.builds(ChooseTopPayers, st.lists(payers, max_size=4).map(tuple), reasons),
    st.builds(RecordEnrollment, payers, st.sampled_from(Transaction), st.sampled_from(EnrollmentOutcome)),
    st.builds(ConfirmFirstClaims, st.booleans(), st.booleans()),
    st.builds(RecordFirstEra, days),
    st.builds(RecordPaymentIssue, payers, st.sampled_from(PaymentIssue)),
    st.builds(SettlePaymentIssue, payers, st.sampled_from(PaymentIssue)),
    st.just(Graduate()),
)


def dates_in_calendars(play: Play, call: CallKey) -> dict[str, datetime]:
    """Say when a call is in whose calendar, once everything that is queued has arrived."""
    dates: dict[str, datetime] = {}
    for message in play.messages.values():
        say, is_gone = message.say, message.state is State.CANCELLED
        if is_gone or say.subject != f"call:{call[0]}:{call[1]}":
            continue
        if say.kind is MessageKind.CALL_CANCELLED:
            dates.pop(say.person or say.to, None)
        else:
            dates[say.person or say.to] = date_of(say.fields)
    return dates


class Journeys(RuleBasedStateMachine):
    """People and timers act upon one journey at random."""

    play: Play
    told = 0

    @initialize(known=st.sets(st.sampled_from(sorted(set(Role) - PRACTICE_ROLES))), candidate=st.booleans())
    def begin(self, known: set[Role], candidate: bool) -> None:
        roles = dict.fromkeys(known, "coach-2")
        self.play = Play(new_journey(roles=roles, coach_candidate="coach-1" if candidate else ""), as_of=START)
        self.play.do(Begin("standard"))

    @rule(event=COMMANDS)
    def somebody_acts(self, event: Event) -> None:
        self.play.now += timedelta(seconds=1)
        before = self.play.journey
        told = self.play.tell(event)
        if isinstance(told, Refusal):
            assert self.play.journey is before
            assert told.sentence.endswith(".")

    @rule(data=st.data(), reason=reasons)
    def somebody_acts_on_what_there_is(self, data: st.DataObject, reason: Reason) -> None:
        """Aim at items, steps, calls and places that exist, or most commands would be refused as unknown."""
        journey = self.play.journey
        item, step = (data.draw(st.sampled_from(sorted(known))) for known in (journey.items, journey.steps))
        call = data.draw(st.sampled_from(sorted({name for name, _ in journey.calls}) or ["welcome"]))
        person, topic = data.draw(st.sampled_from(sorted(journey.training) or [("user-1", "logs")]))
        outcome = data.draw(st.sampled_from(DocumentOutcome))
        event = data.draw(
            st.sampled_from(
                [
                    CompleteItem(item),
                    SkipItem(item, reason),
                    ReopenItem(item, reason),
                    SkipStep(step, reason),
                    ReopenStep(step, reason),
                    RecordDocument(item, outcome, reason),
                    RecordCall(call, data.draw(st.sampled_from(CallOutcome))),
                    RecordAttendance(person, topic, attended=False),
                    RescheduleTraining(person, topic),
                    ExcuseFromTraining(person, topic, reason),
                ]
            )
        )
        self.somebody_acts(event)

    @rule(data=st.data(), coaches=st.lists(st.sampled_from(["coach-1", "coach-2"]), min_size=1, max_size=3))
    def a_call_that_lies_ahead_changes_hands(self, data: st.DataObject, coaches: list[str]) -> None:
        calls = [name for (name, _), call in self.play.journey.calls.items() if call.starts_at > self.play.now]
        name = data.draw(st.sampled_from(sorted(calls) or ["handoff"]))
        for coach in coaches:
            role = data.draw(st.sampled_from(CALLS[name].attendees))
            self.somebody_acts(AssignRole(role, coach))

    @precondition(lambda self: self.play.journey.status is JourneyStatus.PAUSED)
    @rule()
    def the_journey_goes_on(self) -> None:
        self.somebody_acts(Resume())

    @precondition(lambda self: self.play.journey.steps.get("graduation", CLOSED_STEP).state is StepState.OPEN)
    @rule()
    def the_journey_graduates(self) -> None:
        finish_everything(self.play)
        self.somebody_acts(Graduate())

    @rule(count=st.integers(1, 3))
    def the_next_steps_are_worked(self, count: int) -> None:
        """Go along, or random commands would hardly ever leave the first steps."""
        for _ in range(count):
            opened = [key for key, facts in self.play.journey.steps.items() if facts.state is StepState.OPEN]
            for step in opened:
                self.play.now += timedelta(seconds=1)
                for event in work_of(step, self.play.now.date()):
                    self.play.tell(event)

    @rule(hours=st.integers(1, 24 * 30))
    def time_passes(self, hours: int) -> None:
        self.play.wait(hours=hours)

    @rule(hours=st.integers(1, 24 * 60))
    def nothing_runs_for_a_while(self, hours: int) -> None:
        self.play.sleep_until(self.play.now + timedelta(hours=hours))
        silences = [key for key in self.play.due_timers() if key[0] == "silence"]
        before = len(self.play.messages)
        for key in silences:
            self.play.fire(key)
        assert len(self.play.messages) <= before + len(silences)
        self.play.catch_up()

    @precondition(lambda self: len(self.play.history) > 60)
    @rule(reason=reasons)
    def the_journey_is_cancelled(self, reason: Reason) -> None:
        self.play.tell(Cancel(reason))

    @invariant()
    def steps_are_over_only_when_their_gates_are_settled(self) -> None:
        journey = self.play.journey
        for key, facts in journey.steps.items():
            gates = [item.key for item in step_items(journey.template.steps[key]) if item.gates]
            is_settled = all(item in journey.items and journey.items[item].state in SETTLED for item in gates)
            if facts.state is StepState.DONE:
                assert is_settled, key
            if facts.state is StepState.OPEN and journey.status is JourneyStatus.ACTIVE:
                assert not is_settled, key

    @invariant()
    def an_open_step_waits_for_somebody(self) -> None:
        journey = self.play.journey
        if journey.status is JourneyStatus.ACTIVE:
            for key, facts in journey.steps.items():
                if facts.state is StepState.OPEN:
                    assert any(step == key for step, _ in journey.waits), key

    @invariant()
    def waits_are_what_open_items_wait_for(self) -> None:
        journey = self.play.journey
        if journey.status is JourneyStatus.ACTIVE:
            owners = journey.template.step_of_item
            wanted = {(owners[item], waits_for(journey, item)) for item in journey.items}
            assert {key for key in wanted if key[1] is not None} == set(journey.waits)

    @invariant()
    def silence_timers_belong_to_waits(self) -> None:
        waits = {f"{step}:{party}" for step, party in self.play.journey.waits if party is not Party.PAYER}
        assert {subject for kind, subject in self.play.timers if kind == "silence"} <= waits

    @invariant()
    def a_step_opens_only_after_the_ones_before_it(self) -> None:
        journey = self.play.journey
        for key in journey.steps:
            assert all(earlier in journey.steps for earlier in journey.template.steps[key].after)

    @invariant()
    def nothing_is_said_twice(self) -> None:
        assert {say.kind for say in self.play.said_again} <= set(TOLD_FOR_EVER)

    @invariant()
    def a_scheduled_call_has_its_timer_and_its_work_item(self) -> None:
        for (name, number), call in self.play.journey.calls.items():
            subject = f"call:{name}:{number}"
            if call.state is CallState.SCHEDULED:
                is_watched = self.play.timer("call_passed", subject) or f"record.{subject}" in self.play.work
                assert is_watched
                assert subject in self.play.work
            else:
                assert not self.play.timer("call_passed", subject)
                assert subject not in self.play.work

    @invariant()
    def a_call_of_a_step_is_scheduled_at_most_once(self) -> None:
        journey = self.play.journey
        for name, step in journey.template.step_of_call.items():
            dated = [key for key, call in journey.calls.items() if key[0] == name and call.state is CallState.SCHEDULED]
            assert len(dated) <= 1
            assert not dated or journey.steps[step].state not in OVER

    @invariant()
    def calendars_hold_what_lies_ahead_for_whoever_attends_and_nothing_else(self) -> None:
        journey = self.play.journey
        if journey.status is not JourneyStatus.ACTIVE:
            return
        for key, call in journey.calls.items():
            if call.starts_at <= self.play.now or call.state is CallState.HELD:
                continue
            dates = dates_in_calendars(self.play, key)
            ahead = {who: on for who, on in dates.items() if on > self.play.now}
            roles = CALLS[key[0]].attendees if call.state is CallState.SCHEDULED else ()
            known = {journey.roles.get(role, role) for role in roles if role in {*journey.roles, *PRACTICE_ROLES}}
            assert ahead == dict.fromkeys(known, call.starts_at), key

    @invariant()
    def a_closed_journey_emits_nothing(self) -> None:
        if self.play.journey.status in CLOSED:
            assert not self.play.timers
            assert not self.play.work
            assert not self.play.journey.waits
            queued = [each.say.kind for each in self.play.messages.values() if each.state in (State.QUEUED, State.HELD)]
            assert set(queued) <= {MessageKind.GRADUATION}
            assert isinstance(decide(self.play.journey, Resume(), by="x", as_of=self.play.now), Refusal)
            due = Due("call_passed", self.play.now, "call:welcome:1")
            assert decide(self.play.journey, due, by="x", as_of=self.play.now) == Decision()

    @invariant()
    def a_paused_journey_sends_nothing(self) -> None:
        if self.play.journey.status is JourneyStatus.PAUSED:
            assert not any(each.state is State.QUEUED for each in self.play.messages.values())
            assert all(timer.is_held for timer in self.play.timers.values())

    @invariant()
    def a_forecast_is_a_range_that_lies_ahead(self) -> None:
        found = forecast(self.play.journey, as_of=self.play.now, draws=10)
        if found is not None:
            dates = found.dates
            assert self.play.now.date() - timedelta(days=1) <= dates.early <= dates.likely <= dates.late

    @invariant()
    def every_new_line_of_the_history_has_its_sentence(self) -> None:
        for line in self.play.history[self.told :]:
            note = line.note
            words = sentence(
                note.kind,
                subject=note.subject,
                reason=note.reason,
                actor=line.by,
                evidence=note.evidence,
                template=self.play.journey.template,
            )
            assert words.endswith(".")
            assert "_" not in words
        self.told = len(self.play.history)


Journeys.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
TestJourneys = Journeys.TestCase
