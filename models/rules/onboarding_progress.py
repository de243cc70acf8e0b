"""What follows by itself from any change: facts settle items, items end steps, steps open steps, calls get dates."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from models.rules.calendars import END_OF_BUSINESS, START_OF_BUSINESS, add_business_days, local_moment
from models.rules.decisions import CancelTimers, SetTimer, Settle
from models.rules.messages import MessageKind
from models.rules.onboarding import (
    CHECK_IN_DAYS,
    FIRST_CLAIM_WITHIN,
    FIRST_PAYMENT_WITHIN,
    ONE_WEEK_DAYS,
    REPORT_DAYS,
    Opens,
    step_items,
)
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_evidence import DERIVED, payment_window
from models.rules.onboarding_facts import CallKey, CallState, ItemState, StepFacts, StepState, TrainingState
from models.rules.onboarding_silence import count_waits
from models.rules.roles import Role

TRAINING_IS_SCHEDULED = ("handoff.trainings", "application.register_team")
MISSED = TrainingState.MISSED


def settle(draft: Draft) -> None:
    """Carry a change through: nothing that could have ended or opened is left standing."""
    while _settle_facts(draft) | _open_later_items(draft) | _end_steps(draft) | _open_steps(draft):
        pass
    _tick_off_registrations(draft)
    _schedule_calls(draft)
    count_waits(draft)


def _open_now(draft: Draft) -> list[str]:
    return [key for key in draft.template.steps if draft.steps.get(key, StepFacts()).state is StepState.OPEN]


def _settle_facts(draft: Draft) -> bool:
    before = dict(draft.items)
    for key, holds in DERIVED.items():
        facts = draft.items.get(key)
        if facts is None or facts.state is ItemState.SKIPPED:
            continue
        if draft.steps[draft.template.step_of_item[key]].state is not StepState.OPEN:
            continue
        if holds(draft) and facts.state is ItemState.OPEN:
            draft.settle_item(key)
        elif not holds(draft) and facts.state is ItemState.DONE:
            draft.open_item(draft.template.items[key])
    return before != draft.items


def _open_later_items(draft: Draft) -> bool:
    """Open what comes after a call, once the call was held or is not needed (O-10, O-16, O-19)."""
    opened = False
    for key in _open_now(draft):
        call = draft.call_of(key)
        if call is None or not draft.is_settled(f"{call.key}.held"):
            continue
        for item in draft.template.steps[key].items:
            if item.opens is Opens.AFTER_CALL and item.key not in draft.items:
                draft.open_item(item)
                opened = True
    return opened


def _tick_off_registrations(draft: Draft) -> None:
    """Settle the coach's tasks about training once everybody has a place in every topic (O-11, O-16)."""
    needed = [(person, topic) for person in draft.journey.trainees for topic in draft.template.topics]
    if not needed or any(key not in draft.training or draft.training[key].state is MISSED for key in needed):
        return
    for item in TRAINING_IS_SCHEDULED:
        if item in draft.items and draft.items[item].state is ItemState.OPEN:
            draft.settle_item(item)
            draft.note("item_completed", item)


def _end_steps(draft: Draft) -> bool:
    ended = False
    for key in _open_now(draft):
        gates = [item.key for item in step_items(draft.template.steps[key]) if item.gates]
        if all(draft.is_settled(item) for item in gates):
            end_step(draft, key, StepState.DONE)
            ended = True
    return ended


def end_step(draft: Draft, step: str, state: StepState, *, reason: str = "") -> None:
    """End a step as done or skipped, with what follows from its end."""
    draft.end_step(step, state, reason=reason)
    AFTER_STEP.get(step, _nothing)(draft)


def _open_steps(draft: Draft) -> bool:
    opened = False
    for key, step in draft.template.steps.items():
        is_closed = draft.steps.get(key, StepFacts()).state is StepState.CLOSED
        if is_closed and all(draft.is_over(earlier) for earlier in step.after):
            draft.start_step(key)
            for item in step_items(step):
                if item.opens is Opens.WITH_STEP:
                    draft.open_item(item)
            AT_STEP.get(key, _nothing)(draft)
            opened = True
    return opened


def _nothing(_draft: Draft) -> None:
    return


def _begin_clocks(draft: Draft) -> None:
    """Start what counts from the agreement: coach, service levels and reports (O-02, O-36, O-43)."""
    _assign_coach(draft)
    signed_on = draft.signed_on or draft.today
    if draft.journey.claims_confirmed_on is None:
        _set_late_timer(draft, "first_claim_late", signed_on, FIRST_CLAIM_WITHIN)
    if draft.journey.first_era_on is None:
        _set_late_timer(draft, "first_payment_late", signed_on, FIRST_PAYMENT_WITHIN)
    if draft.journey.signed_on is None:
        first_report = draft.today + timedelta(days=REPORT_DAYS)
        draft.do(SetTimer("progress_report", _local(draft, first_report, START_OF_BUSINESS), number=1))


def _set_late_timer(draft: Draft, kind: str, signed_on: date, days: int) -> None:
    day = add_business_days(signed_on, days, draft.journey.calendar)
    draft.do(SetTimer(kind, _local(draft, day, END_OF_BUSINESS)))


def _local(draft: Draft, day: date, at: time) -> datetime:
    return local_moment(day, at, draft.journey.zone)


def _assign_coach(draft: Draft) -> None:
    """Assign the Success Coach once: the one already named, else the one with the fewest journeys (O-02)."""
    if Role.SUCCESS_COACH not in draft.roles and draft.journey.coach_candidate:
        draft.roles[Role.SUCCESS_COACH] = draft.journey.coach_candidate
        draft.note("role_assigned", Role.SUCCESS_COACH.value, staff=draft.journey.coach_candidate)


def _go_live(draft: Draft) -> None:
    """Tell the practice once, and schedule what follows go-live (O-28, O-30, O-31, O-32)."""
    if draft.went_live_on is not None:
        return
    draft.went_live_on = draft.today
    draft.columns["went_live_on"] = draft.today
    draft.note("went_live")
    payments_from, payments_until = payment_window(draft.today)
    window = {"payments_from": payments_from.isoformat(), "payments_until": payments_until.isoformat()}
    draft.say(MessageKind.GO_LIVE, "go_live", fields={"went_live_on": draft.today.isoformat(), **window})
    draft.schedule_call(("one_week", 1), earliest=draft.today + timedelta(days=ONE_WEEK_DAYS))
    schedule_check_in(draft, draft.went_live_on, number=1)
    draft.do(SetTimer("payments_late", _local(draft, payments_until, END_OF_BUSINESS)))


def schedule_check_in(draft: Draft, went_live_on: date, *, number: int) -> None:
    """Schedule a bi-weekly call on its day after go-live, and remember to schedule the one after it (O-31)."""
    day = went_live_on + timedelta(days=CHECK_IN_DAYS * number)
    draft.schedule_call(("check_in", number), earliest=max(day, draft.today))
    draft.do(SetTimer("check_in", draft.calls["check_in", number].starts_at, number=number + 1))


def stop_being_late(draft: Draft, *kinds: str) -> None:
    """Take down what would flag, or has flagged, a lateness."""
    for kind in kinds:
        draft.do(CancelTimers(kind), Settle(f"late.{kind.removesuffix('_late')}"))


AT_STEP: dict[str, Callable[[Draft], None]] = {"first_claim": _go_live}
AFTER_STEP: dict[str, Callable[[Draft], None]] = {
    "service_agreement": _begin_clocks,
    "first_claim": lambda draft: stop_being_late(draft, "first_claim_late"),
    "payments": lambda draft: stop_being_late(draft, "payments_late", "first_payment_late"),
}


def _schedule_calls(draft: Draft) -> None:
    """Date the call of each open step as soon as somebody can lead it; the welcome goes out with the first (O-03)."""
    for step in _open_now(draft):
        call = draft.call_of(step)
        if call is None or not draft.has_person(call.led_by) or draft.is_settled(f"{call.key}.held"):
            continue
        latest = draft.latest_call(call.key)
        if latest is None or _is_past(draft, latest):
            earliest = add_business_days(draft.today, call.days_ahead, draft.journey.calendar)
            draft.schedule_call((call.key, latest[1] + 1 if latest else 1), earliest=earliest)
            if call.key == "welcome" and latest is None:
                draft.say(MessageKind.WELCOME, "welcome")


def _is_past(draft: Draft, call: CallKey) -> bool:
    return draft.calls[call].state in (CallState.HELD, CallState.CANCELLED)
