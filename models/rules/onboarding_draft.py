"""A decision in the making: the journey as it will be, and everything that has to happen beside."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from models.rules.calendars import (
    END_OF_BUSINESS,
    add_business_days,
    business_deadline,
    is_business_day,
    local_day,
    local_moment,
    zone_of,
)
from models.rules.decisions import (
    Ask,
    CancelMessages,
    CancelTimers,
    Effect,
    Evidence,
    Note,
    Say,
    SetTimer,
    Settle,
)
from models.rules.messages import MessageKind
from models.rules.onboarding import (
    COACH_ACTS_WITHIN,
    PRACTICE_ANSWERS_WITHIN,
    Call,
    Item,
    ItemKind,
)
from models.rules.onboarding_evidence import waits_for
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
from models.rules.roles import PRACTICE_ROLES, Party, Role

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
        self.trainees = journey.trainees
        self.training = dict(journey.training)
        self.payers = journey.payers
        self.enrollments = dict(journey.enrollments)
        self.issues = dict(journey.payment_issues)
        self.signed_on = journey.signed_on
        self.went_live_on = journey.went_live_on
        self.columns: dict[str, object] = {}
        self.answers: dict[str, object] = {}
        self.acted: set[tuple[str, Party]] = set()
        self._needed: set[Role] = set()
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

    def is_closed(self, step: str) -> bool:
        """Say whether a step has not opened yet."""
        return self.steps.get(step, StepFacts()).state is StepState.CLOSED

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
        self.need(item.role)
        if item.kind in (ItemKind.TASK, ItemKind.DOCUMENT):
            days = PRACTICE_ANSWERS_WITHIN if item.party is Party.PRACTICE else COACH_ACTS_WITHIN
            self.do(Ask(item.key, item.role, self.business_days(days)))

    def settle_item(self, item: str, state: ItemState = ItemState.DONE, *, reason: str = "") -> None:
        """Close an item and its work items; whoever was waited for because of it has acted, unless we skipped it."""
        opened_at = self.items[item].opened_at if item in self.items else self.as_of
        party = waits_for(self, item) if state is ItemState.DONE else Party.US
        self.items[item] = ItemFacts(state, opened_at, self.as_of, self.by, reason)
        self.do(Settle(item, state.value))
        if self.template.items[item].kind is ItemKind.DOCUMENT:
            self.do(Settle(f"check.{item}", state.value))
        if party is not None:
            self.acted.add((self.template.step_of_item[item], party))

    def need(self, role: Role) -> None:
        """Ask the Onboarding Manager to give a role of ours to somebody, unless somebody has it."""
        if not self.has_person(role) and role not in self._needed:
            self._needed.add(role)
            self.do(Ask(f"assign.{role}", Role.ONBOARDING_MANAGER, self.business_days(COACH_ACTS_WITHIN)))

    def propose_start(self, day: date, minutes: int) -> datetime:
        """Find the first free slot from a day on, in the practice's zone, on a business day."""
        taken = [*self.journey.busy, *self._own_calls()]
        while True:
            if is_business_day(day, self.journey.calendar):
                for start in self._slots(day, minutes):
                    end = start + timedelta(minutes=minutes)
                    if all(end <= begun or start >= ended for begun, ended in taken):
                        return start
            day += timedelta(days=1)

    def _slots(self, day: date, minutes: int) -> list[datetime]:
        closes = local_moment(day, END_OF_BUSINESS, self.journey.zone) - timedelta(minutes=minutes)
        starts = (local_moment(day, slot, self.journey.zone) for slot in SLOTS)
        return [start for start in starts if self.as_of < start <= closes]

    def _own_calls(self) -> list[tuple[datetime, datetime]]:
        scheduled = (call for call in self.calls.values() if call.state is CallState.SCHEDULED)
        return [(call.starts_at, call.starts_at + timedelta(minutes=call.minutes)) for call in scheduled]

    def schedule_call(self, key: CallKey, *, earliest: date) -> None:
        """Put a call into the calendar and invite whoever attends."""
        call = self.template.calls[key[0]]
        start = self.propose_start(earliest, call.minutes)
        for role in call.attendees:
            self.need(role)
        self._date_call(key, CallFacts(CallState.SCHEDULED, start, call.minutes))
        self.note("call_scheduled", call.key, number=key[1], starts_at=self.local_time(start))

    def move_call(self, key: CallKey, start: datetime | None) -> None:
        """Give a call a new date, the next free one when none is named; everybody gets the updated invitation."""
        old = self.calls.pop(key)
        earliest = add_business_days(self.today, self.template.calls[key[0]].days_ahead, self.journey.calendar)
        new = start or self.propose_start(earliest, old.minutes)
        self._take_down(key, "moved")
        self._date_call(key, replace(old, state=CallState.SCHEDULED, starts_at=new, sequence=old.sequence + 1))
        self.note("call_moved", key[0], number=key[1], starts_at=self.local_time(new))

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
        subject, who = call_subject(key), self.roles.get(role, "")
        say_key = f"{subject}:{self.calls[key].sequence}:{role}:{who}"
        return Say(MessageKind.CALL_INVITATION, role, say_key, subject, who, self._entry(key))

    def _entry(self, key: CallKey) -> dict[str, Evidence]:
        """Say which entry of a calendar is meant, in which version, and on which date."""
        call = self.calls[key]
        starts_at = call.starts_at.astimezone(UTC).isoformat()
        return {"call": key[0], "number": key[1], "sequence": call.sequence, "starts_at": starts_at}

    def call_off(self, key: CallKey) -> None:
        """Cancel a call: whoever may have been invited gets it out of the calendar, each person once (O-41, O-48)."""
        attendees = self.template.calls[key[0]].attendees
        readers = {self.roles.get(role, role.value): role for role in attendees if self.has_person(role)}
        self.drop_call(key)
        self._take_out_of_calendars(key, readers)
        self.note("call_cancelled", key[0], number=key[1])

    def hand_over_call(self, key: CallKey, role: Role, *, before: str) -> None:
        """Let a call follow its role to another person: the one who leaves gets a cancellation, the new one is invited.

        Whoever still attends in another role stays. A call on hold invites nobody before it has a date again (O-45).
        """
        subject, roles = call_subject(key), self.template.calls[key[0]].attendees
        attending = {self.roles.get(each, "") for each in roles}
        if before and before not in attending:
            self.do(CancelMessages((MessageKind.CALL_INVITATION,), subject, before))
            self._take_out_of_calendars(key, {before: role})
        self.do(CancelMessages((MessageKind.CALL_CANCELLED,), subject, self.roles[role]))
        if self.calls[key].state is CallState.SCHEDULED:
            self.do(self.invitation(key, role))

    def _take_out_of_calendars(self, key: CallKey, readers: Mapping[str, Role]) -> None:
        """Cancel one entry for its readers; delivery leaves out whom no invitation has reached.

        The call's sequence rises with it, so that somebody who comes back can be invited anew (RFC 5546).
        """
        call = self.calls[key]
        if call.starts_at <= self.as_of:
            return
        self.calls[key] = replace(call, sequence=call.sequence + 1)
        subject, entry = call_subject(key), self._entry(key)
        for who, role in readers.items():
            say_key = f"{subject}:{entry['sequence']}:cancelled:{who}"
            person = "" if role in PRACTICE_ROLES else who
            self.do(Say(MessageKind.CALL_CANCELLED, role, say_key, subject, person, entry))

    def has_person(self, role: Role) -> bool:
        """Say whether somebody holds a role; the practice's own people always exist."""
        return role in PRACTICE_ROLES or role in self.roles

    def drop_call(self, key: CallKey, state: CallState = CallState.CANCELLED) -> None:
        """Take a call out of the calendar; an invitation that did not go out yet is not sent."""
        self.calls[key] = replace(self.calls[key], state=state)
        self._take_down(key, state.value)

    def _take_down(self, key: CallKey, outcome: str) -> None:
        subject = call_subject(key)
        self.do(CancelTimers("call_passed", subject), CancelMessages((MessageKind.CALL_INVITATION,), subject))
        self.do(Settle(subject, outcome), Settle(f"record.{subject}", outcome))

    def hold_call(self, key: CallKey) -> None:
        """Mark a call as held; one that took place before its date keeps the moment at which it did.

        Nobody gets a cancellation of it: who was there knows, and a mail that calls it off would only confuse.
        """
        call = self.calls[key]
        self.calls[key] = replace(call, starts_at=min(call.starts_at, self.as_of))
        self.drop_call(key, CallState.HELD)

    def latest_call(self, name: str) -> CallKey | None:
        """Name the newest call of a kind."""
        return max((key for key in self.calls if key[0] == name), default=None)

    def current_call(self, name: str) -> CallKey | None:
        """Name the call of a kind whose outcome comes next: the first with a date, else the newest."""
        dated = (key for key in self.scheduled_calls() if key[0] == name)
        return next(dated, self.latest_call(name))

    def call_of(self, step: str) -> Call | None:
        """Name the call of a step."""
        return self.template.steps[step].call

    def scheduled_calls(self) -> list[CallKey]:
        """List the calls that are still ahead or waiting for their outcome."""
        return [key for key, call in sorted(self.calls.items()) if call.state is CallState.SCHEDULED]

    def start_step(self, step: str) -> None:
        """Open a step."""
        self.steps[step] = StepFacts(StepState.OPEN, self.as_of)
        self.need(self.template.steps[step].owner)
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
            payers={payer.key: payer for payer in self.payers if payer not in old.payers},
            enrollments=_changed(old.enrollments, self.enrollments),
            payment_issues=_changed(old.payment_issues, self.issues),
            answers=self.answers,
        )


def call_subject(key: CallKey) -> str:
    """Name a call where timers, messages and work items need one word for it."""
    return f"call:{key[0]}:{key[1]}"


def _changed(old: Mapping[K, V], new: Mapping[K, V]) -> dict[K, V]:
    return {key: value for key, value in new.items() if old.get(key) != value}
