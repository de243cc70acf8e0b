"""A decision in the making: the journey as it will be, and everything that has to happen beside."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from models.rules.calendars import (
    add_business_days,
    business_deadline,
    is_business_day,
    local_day,
    local_moment,
    zone_of,
)
from models.rules.decisions import Ask, CancelTimers, Effect, Evidence, Note, Say, Settle, SetTimer
from models.rules.messages import MessageKind
from models.rules.onboarding import (
    COACH_ACTS_WITHIN,
    PRACTICE_ANSWERS_WITHIN,
    Item,
    ItemKind,
)
from models.rules.onboarding_facts import (
    OVER,
    SETTLED,
    CallFacts,
    CallKey,
    CallState,
    Decision,
    ItemFacts,
    ItemState,
    Journey,
    StepFacts,
    StepState,
    WaitFacts,
)
from models.rules.roles import Party, Role

K = TypeVar("K")
V = TypeVar("V")

SLOTS = tuple(time(hour, minute) for hour in (10, 11, 13, 14, 15, 16) for minute in (0, 30))


class Draft:
    """Gathers what changes. Reads see the changes already made; `finish` gives the decision."""

    def __init__(self, journey: Journey, *, by: str, as_of: datetime) -> None:
        self.journey = journey
        self.template = journey.template
        self.by = by
        self.as_of = as_of
        self.today = local_day(as_of, journey.zone)
        self.steps = dict(journey.steps)
        self.items = dict(journey.items)
        self.calls = dict(journey.calls)
        self.waits: dict[tuple[str, Party], WaitFacts | None] = dict(journey.waits)
        self.roles = dict(journey.roles)
        self.training = dict(journey.training)
        self.payers = {payer.key: payer for payer in journey.payers}
        self.enrollments = dict(journey.enrollments)
        self.issues = dict(journey.payment_issues)
        self.went_live_on = journey.went_live_on
        self.columns: dict[str, object] = {}
        self.answers: dict[str, object] = {}
        self.answered: set[str] = set()
        self._notes: list[Note] = []
        self._effects: list[Effect] = []

    def note(self, kind: str, subject: str = "", *, reason: str = "", **evidence: Evidence) -> None:
        """Add a line to the history."""
        self._notes.append(Note(kind, subject, reason, evidence))

    def do(self, *effects: Effect) -> None:
        """Add timers, messages or work items."""
        self._effects.extend(effects)

    def say(
        self,
        kind: MessageKind,
        key: str,
        *,
        to: Role = Role.PRIMARY_CONTACT,
        subject: str = "",
        person: str = "",
        fields: Mapping[str, Evidence] | None = None,
    ) -> None:
        """Queue one message."""
        self.do(Say(kind, to, key, subject, person, fields or {}))

    def business_days(self, days: int) -> datetime:
        """Give the end of business of the nth business day from now (UTC)."""
        return business_deadline(self.as_of, days, zone=self.journey.zone, calendar=self.journey.calendar)

    def is_over(self, step: str) -> bool:
        """Say whether a step is done or skipped."""
        return self.steps.get(step, StepFacts()).state in OVER

    def is_settled(self, item: str) -> bool:
        """Say whether an item is done or skipped; one that never opened is not."""
        facts = self.items.get(item)
        return facts is not None and facts.state in SETTLED

    def open_items(self, step: str) -> list[Item]:
        """List the items of a step that are open, in their order."""
        found = [key for key, owner in self.template.step_of_item.items() if owner == step and key in self.items]
        return [self.template.items[key] for key in found if not self.is_settled(key)]

    def open_item(self, item: Item) -> None:
        """Open an item, with a work item for whoever must act, unless it is covered in a call or follows from facts."""
        self.items[item.key] = ItemFacts(ItemState.OPEN, self.as_of)
        if item.kind in (ItemKind.TASK, ItemKind.DOCUMENT):
            days = PRACTICE_ANSWERS_WITHIN if item.party is Party.PRACTICE else COACH_ACTS_WITHIN
            self.do(Ask(item.key, item.role, self.business_days(days)))

    def settle_item(self, item: str, state: ItemState = ItemState.DONE, *, reason: str = "") -> None:
        """Close an item and its work item."""
        opened_at = self.items[item].opened_at if item in self.items else self.as_of
        self.items[item] = ItemFacts(state, opened_at, self.as_of, self.by, reason)
        self.do(Settle(item, state.value))

    def propose_start(self, day: date, minutes: int) -> datetime:
        """Find the first free slot from a day on, in the practice's zone, on a business day."""
        taken = [*self.journey.busy, *self._own_calls()]
        while True:
            if is_business_day(day, self.journey.calendar):
                for slot in SLOTS:
                    start = local_moment(day, slot, self.journey.zone)
                    end = start + timedelta(minutes=minutes)
                    if start > self.as_of and all(end <= begun or start >= ended for begun, ended in taken):
                        return start
            day += timedelta(days=1)

    def _own_calls(self) -> list[tuple[datetime, datetime]]:
        scheduled = (call for call in self.calls.values() if call.state is CallState.SCHEDULED)
        return [(call.starts_at, call.starts_at + timedelta(minutes=call.minutes)) for call in scheduled]

    def schedule_call(self, key: CallKey, *, earliest: date) -> None:
        """Put a call into the calendar and invite whoever attends."""
        call = self.template.calls[key[0]]
        self.calls.pop(key, None)
        start = self.propose_start(earliest, call.minutes)
        self._date_call(key, CallFacts(CallState.SCHEDULED, start, call.minutes))
        self.note("call_scheduled", call.key, number=key[1], starts_at=start.isoformat())

    def move_call(self, key: CallKey, start: datetime | None) -> None:
        """Give a call a new date, the next free one when none is named; everybody gets the updated invitation."""
        old = self.calls.pop(key)
        earliest = add_business_days(self.today, self.template.calls[key[0]].days_ahead, self.journey.calendar)
        new = start or self.propose_start(earliest, old.minutes)
        self._date_call(key, replace(old, state=CallState.SCHEDULED, starts_at=new, sequence=old.sequence + 1))
        self.do(Settle(f"record.{call_subject(key)}", "moved"))
        self.note("call_moved", key[0], number=key[1], starts_at=new.isoformat())

    def _date_call(self, key: CallKey, facts: CallFacts) -> None:
        self.calls[key] = facts
        ends_at = facts.starts_at + timedelta(minutes=facts.minutes)
        leader = self.template.calls[key[0]].led_by
        self.do(SetTimer("call_passed", ends_at + timedelta(hours=1), call_subject(key)))
        self.do(Ask(call_subject(key), leader, ends_at))
        self.do(*self._invitations(key))

    def _invitations(self, key: CallKey) -> list[Say]:
        return [self.invitation(key, role) for role in self.template.calls[key[0]].attendees if self.has_person(role)]

    def invitation(self, key: CallKey, role: Role) -> Say:
        """Invite one role to a call; a change of date or of the person is a new message, nothing else is."""
        sequence = self.calls[key].sequence
        who = self.roles.get(role, "")
        name, number = key
        return Say(
            MessageKind.CALL_INVITATION,
            role,
            f"{call_subject(key)}:{sequence}:{role}:{who}",
            call_subject(key),
            fields={"call": name, "number": number, "sequence": sequence},
        )

    def has_person(self, role: Role) -> bool:
        """Say whether somebody holds a role; the practice's primary contact always exists."""
        return role is Role.PRIMARY_CONTACT or role in self.roles

    def drop_call(self, key: CallKey, state: CallState = CallState.CANCELLED) -> None:
        """Take a call out of the calendar."""
        self.calls[key] = replace(self.calls[key], state=state)
        subject = call_subject(key)
        self.do(
            CancelTimers("call_passed", subject), Settle(subject, state.value), Settle(f"record.{subject}", state.value)
        )

    def latest_call(self, name: str) -> CallKey | None:
        """Name the newest call of a kind."""
        return max((key for key in self.calls if key[0] == name), default=None)

    def scheduled_calls(self) -> list[CallKey]:
        """List the calls that are still ahead or waiting for their outcome."""
        return [key for key, call in sorted(self.calls.items()) if call.state is CallState.SCHEDULED]

    def start_step(self, step: str) -> None:
        """Open a step and whatever opens with it."""
        self.steps[step] = StepFacts(StepState.OPEN, self.as_of)
        self.note("step_opened", step)

    def end_step(self, step: str, state: StepState, *, reason: str = "") -> None:
        """End a step as done or skipped."""
        opened_at = self.steps.get(step, StepFacts()).opened_at or self.as_of
        self.steps[step] = StepFacts(state, opened_at, self.as_of)
        self.note(f"step_{state}", step, reason=reason)

    def local_time(self, moment: datetime) -> str:
        """Write a moment as the practice's clocks show it."""
        return f"{moment.astimezone(zone_of(self.journey.zone)):%Y-%m-%d %H:%M}"

    def finish(self) -> Decision:
        """Give what changed, and only that."""
        old = self.journey
        return Decision(
            notes=tuple(self._notes),
            effects=tuple(self._effects),
            journey=self.columns,
            roles=_changed(old.roles, self.roles),
            steps=_changed(old.steps, self.steps),
            waits=_changed(dict[tuple[str, Party], WaitFacts | None](old.waits), self.waits),
            items=_changed(old.items, self.items),
            calls=_changed(old.calls, self.calls),
            training=_changed(old.training, self.training),
            payers=_changed({payer.key: payer for payer in old.payers}, self.payers),
            enrollments=_changed(old.enrollments, self.enrollments),
            payment_issues=_changed(old.payment_issues, self.issues),
            answers=self.answers,
        )


def call_subject(key: CallKey) -> str:
    """Name a call where timers, messages and work items need one word for it."""
    return f"call:{key[0]}:{key[1]}"


def _changed(old: Mapping[K, V], new: Mapping[K, V]) -> dict[K, V]:
    return {key: value for key, value in new.items() if old.get(key) != value}
