"""What follows by itself from any change: facts settle items, items end steps, steps open steps, waits are counted."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from models.rules.calendars import (
    END_OF_BUSINESS,
    START_OF_BUSINESS,
    add_business_days,
    business_morning,
    local_moment,
)
from models.rules.decisions import Ask, CancelMessages, CancelTimers, SetTimer, Settle
from models.rules.messages import MessageKind
from models.rules.onboarding import (
    CHECK_IN_DAYS,
    FIRST_CLAIM_WITHIN,
    FIRST_PAYMENT_WITHIN,
    ONE_WEEK_DAYS,
    PAYMENT_WINDOW_DAYS,
    REPORT_DAYS,
    SILENCE,
    TOP_PAYERS,
    Opens,
)
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_facts import (
    CallKey,
    CallState,
    EnrollmentOutcome,
    ItemState,
    StepFacts,
    StepState,
    TrainingState,
    WaitFacts,
)
from models.rules.roles import Party, Role

LEARNED = frozenset({TrainingState.ATTENDED, TrainingState.EXCUSED})
REMINDERS = (MessageKind.REMINDER, MessageKind.STAFF_REMINDER, MessageKind.STAFF_ESCALATION, MessageKind.PAUSE_PROPOSAL)


def top_payers(draft: Draft) -> list[str]:
    """Name the three payers that come first: chosen ones, then by expected claims (E-04, O-25)."""
    ranked = sorted(
        draft.payers.values(), key=lambda payer: (payer.chosen_rank or 99, -payer.expected_claims, payer.key)
    )
    return [payer.key for payer in ranked[:TOP_PAYERS]]


def top_payers_finalised(draft: Draft) -> bool:
    """Say whether every planned transaction of the top three payers is finalised (O-28)."""
    planned = [(key, kind) for key in top_payers(draft) for kind in draft.payers[key].transactions]
    return bool(planned) and all(draft.enrollments.get(key) is EnrollmentOutcome.FINALISED for key in planned)


def training_completed(draft: Draft) -> bool:
    """Say whether everybody who is registered, or named as a user to train, learned every topic (O-21)."""
    people = {person for person, _ in draft.training} | set(draft.journey.trainees)
    needed = [(person, topic) for person in people for topic in draft.template.topics]
    return bool(needed) and all(key in draft.training and draft.training[key].state in LEARNED for key in needed)


def one_week_call_held(draft: Draft) -> bool:
    """Say whether the call one week after go-live was held (O-30)."""
    return any(name == "one_week" and call.state is CallState.HELD for (name, _), call in draft.calls.items())


def no_enrollment_in_trouble(draft: Draft) -> bool:
    """Say whether no planned payer's enrollment is in trouble."""
    return EnrollmentOutcome.IN_TROUBLE not in draft.enrollments.values()


DERIVED: dict[str, Callable[[Draft], bool]] = {
    "training.completed": training_completed,
    "enrollments.top_payers": top_payers_finalised,
    "graduation.one_week": one_week_call_held,
    "graduation.enrollments": no_enrollment_in_trouble,
}


def settle(draft: Draft) -> None:
    """Carry a change through: nothing that could have ended or opened is left standing."""
    while _settle_facts(draft) | _end_steps(draft) | _open_steps(draft):
        pass
    _schedule_calls(draft)
    _count_waits(draft)


def _settle_facts(draft: Draft) -> bool:
    before = dict(draft.items)
    for key, holds in DERIVED.items():
        step = draft.template.step_of_item.get(key, "")
        facts = draft.items.get(key)
        if facts is None or draft.steps[step].state is not StepState.OPEN or facts.state is ItemState.SKIPPED:
            continue
        if holds(draft) and facts.state is ItemState.OPEN:
            draft.settle_item(key)
        elif not holds(draft) and facts.state is ItemState.DONE:
            draft.open_item(draft.template.items[key])
    return before != draft.items


def _end_steps(draft: Draft) -> bool:
    ended = False
    for key, step in draft.template.steps.items():
        if draft.steps.get(key, StepFacts()).state is not StepState.OPEN:
            continue
        agenda = step.call.agenda if step.call else ()
        gates = [item.key for item in (*step.items, *agenda) if item.gates]
        if all(draft.is_settled(item) for item in gates):
            draft.end_step(key, StepState.DONE)
            AFTER_STEP.get(key, _nothing)(draft)
            ended = True
    return ended


def _open_steps(draft: Draft) -> bool:
    opened = False
    for key, step in draft.template.steps.items():
        is_closed = draft.steps.get(key, StepFacts()).state is StepState.CLOSED
        if is_closed and all(draft.is_over(earlier) for earlier in step.after):
            draft.start_step(key)
            for item in (*step.items, *(step.call.agenda if step.call else ())):
                if item.opens is Opens.WITH_STEP:
                    draft.open_item(item)
            AT_STEP.get(key, _nothing)(draft)
            opened = True
    return opened


def _nothing(_draft: Draft) -> None:
    return


def begin_clocks(draft: Draft) -> None:
    """Start what counts from the agreement: coach, service levels and reports (O-02, O-36, O-43)."""
    journey = draft.journey
    assign_coach(draft)
    for kind, days in (("first_claim_late", FIRST_CLAIM_WITHIN), ("first_payment_late", FIRST_PAYMENT_WITHIN)):
        draft.do(SetTimer(kind, draft.business_days(days)))
    first_report = draft.today + timedelta(days=REPORT_DAYS)
    draft.do(SetTimer("progress_report", local_moment(first_report, START_OF_BUSINESS, journey.zone), number=1))


def assign_coach(draft: Draft) -> None:
    """Assign the Success Coach once: the one already named, else the one with the fewest journeys (O-02)."""
    if Role.SUCCESS_COACH in draft.roles:
        return
    if draft.journey.coach_candidate:
        draft.roles[Role.SUCCESS_COACH] = draft.journey.coach_candidate
        draft.note("role_assigned", Role.SUCCESS_COACH.value, staff=draft.journey.coach_candidate)
        return
    draft.do(Ask(f"assign.{Role.SUCCESS_COACH}", Role.ONBOARDING_MANAGER, draft.business_days(1)))


def _go_live(draft: Draft) -> None:
    """Tell the practice once, and schedule what follows go-live (O-28, O-30, O-31, O-32)."""
    if draft.went_live_on is not None:
        return
    draft.went_live_on = draft.today
    draft.columns["went_live_on"] = draft.today
    draft.note("went_live", on=draft.today.isoformat())
    draft.say(MessageKind.GO_LIVE, "go_live")
    draft.schedule_call(("one_week", 1), earliest=draft.today + timedelta(days=ONE_WEEK_DAYS))
    schedule_check_in(draft, draft.went_live_on, number=1)
    window_ends = draft.today + timedelta(days=PAYMENT_WINDOW_DAYS[1])
    draft.do(SetTimer("payments_late", local_moment(window_ends, END_OF_BUSINESS, draft.journey.zone)))


def schedule_check_in(draft: Draft, went_live_on: date, *, number: int) -> None:
    """Schedule a bi-weekly call on its day after go-live, and remember to schedule the one after it (O-31)."""
    day = went_live_on + timedelta(days=CHECK_IN_DAYS * number)
    draft.schedule_call(("check_in", number), earliest=max(day, draft.today))
    draft.do(SetTimer("check_in", draft.calls["check_in", number].starts_at, number=number + 1))


AT_STEP: dict[str, Callable[[Draft], None]] = {"first_claim": _go_live}
AFTER_STEP: dict[str, Callable[[Draft], None]] = {"service_agreement": begin_clocks}


def _schedule_calls(draft: Draft) -> None:
    """Schedule the call of each open step as soon as somebody can lead it; the welcome goes out with the first (O-03)."""
    for step, facts in draft.steps.items():
        call = draft.template.steps[step].call
        if facts.state is not StepState.OPEN or call is None or not draft.has_person(call.led_by):
            continue
        latest = draft.latest_call(call.key)
        if latest is None or _must_be_repeated(draft, call.key, latest):
            earliest = add_business_days(draft.today, call.days_ahead, draft.journey.calendar)
            draft.schedule_call((call.key, latest[1] + 1 if latest else 1), earliest=earliest)
            if call.key == "welcome" and latest is None:
                draft.say(MessageKind.WELCOME, "welcome")


def _must_be_repeated(draft: Draft, call: str, latest: CallKey) -> bool:
    is_past = draft.calls[latest].state in (CallState.HELD, CallState.CANCELLED)
    return is_past and not draft.is_settled(f"{call}.held")


def _count_waits(draft: Draft) -> None:
    """Keep one wait per step and side, and restart its silence when it begins, is answered or a call moves (O-42, O-44)."""
    for step in draft.steps:
        parties = {_party(draft, item.key) for item in draft.open_items(step)}
        for party in Party:
            _count_wait(draft, step, party, is_waited_for=party in parties)


def _party(draft: Draft, item: str) -> Party:
    """Name who is waited for: us once a document has arrived, else whoever owns the item."""
    if draft.items[item].state is ItemState.RECEIVED:
        return Party.US
    return draft.template.items[item].party


def _count_wait(draft: Draft, step: str, party: Party, *, is_waited_for: bool) -> None:
    key = (step, party)
    old = draft.waits.get(key)
    if not is_waited_for:
        if old is not None:
            draft.waits[key] = None
            stop_reminding(draft, step, party)
        return
    since = old.since if old else draft.as_of
    silent_since = _silent_since(draft, step, party, old)
    new = WaitFacts(since, max([silent_since, *_appointed(draft, step)]))
    if new != old:
        draft.waits[key] = new
        start_reminding(draft, step, party, new)


def _silent_since(draft: Draft, step: str, party: Party, old: WaitFacts | None) -> datetime:
    if old is None or (party is Party.PRACTICE and step in draft.answered):
        return draft.as_of
    return min(old.silent_since, draft.as_of)


def _appointed(draft: Draft, step: str) -> list[datetime]:
    """List the dates of a step that were agreed upon: nobody is silent before them."""
    if step == "training":
        booked = (place for place in draft.training.values() if place.state is TrainingState.REGISTERED)
        return [place.starts_at for place in booked if place.starts_at]
    call = draft.template.steps[step].call
    dates = [facts for (name, _), facts in draft.calls.items() if call and name == call.key]
    return [facts.starts_at + timedelta(minutes=facts.minutes) for facts in dates if facts.state is CallState.SCHEDULED]


def stop_reminding(draft: Draft, step: str, party: Party) -> None:
    """Cancel what was pending because of a silence that is over (O-44)."""
    subject = silence_subject(step, party)
    draft.do(CancelTimers("silence", subject), CancelMessages(REMINDERS, subject))
    draft.do(Settle(f"silent.{subject}"), Settle(f"propose_pause.{subject}"))


def start_reminding(draft: Draft, step: str, party: Party, wait: WaitFacts) -> None:
    """Begin, or begin again, to count a silence; a payer's is watched by the enrollment's own rules (E-20)."""
    stop_reminding(draft, step, party)
    if party is not Party.PAYER:
        journey = draft.journey
        due_at = business_morning(wait.silent_since, SILENCE[0][0], zone=journey.zone, calendar=journey.calendar)
        draft.do(SetTimer("silence", due_at, silence_subject(step, party)))


def silence_subject(step: str, party: Party) -> str:
    """Name a silence where timers, messages and work items need one word for it."""
    return f"{step}:{party}"
