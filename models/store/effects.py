"""How decisions become rows: history, timers, messages and work items of many decisions, written in sets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from models.db import ring
from models.rules.decisions import (
    Ask,
    CancelMessages,
    CancelTimers,
    Change,
    Effect,
    Hold,
    Note,
    Process,
    Release,
    Say,
    SetTimer,
    Settle,
    SettleAll,
)
from models.store import events, messages, timers, work_items
from models.store.events import Line
from models.store.messages import NewMessage
from models.store.standing import Standing, call_off
from models.store.timers import NewTimer
from models.store.work_items import NewWorkItem


class Outcome(NamedTuple):
    """One decision about one process, to be written; `fired` names the timer that led to it."""

    practice_id: int
    process: Process
    process_id: int
    key: str
    actor: str
    notes: tuple[Note, ...]
    effects: tuple[Effect, ...]
    is_paused: bool = False
    fired: tuple[str, str] | None = None


@dataclass(slots=True)
class _Plan:
    """One decision's effects in their final form: what stands is changed first, what is new is added after."""

    cancel_timers: list[CancelTimers] = field(default_factory=list)
    set_timers: dict[tuple[str, str], SetTimer] = field(default_factory=dict)
    cancel_messages: list[CancelMessages] = field(default_factory=list)
    say: dict[str, Say] = field(default_factory=dict)
    settle: dict[str, str] = field(default_factory=dict)
    ask: dict[str, Ask] = field(default_factory=dict)
    settle_all: str = ""
    holds: bool = False
    shift: timedelta | None = None
    is_change: bool = False

    def add(self, effect: Effect) -> None:
        """Take in one effect after the other."""
        match effect:
            case SetTimer(kind=kind, subject=subject):
                self.set_timers[kind, subject] = effect
            case Say(key=key):
                self.say[key] = effect
            case Ask(key=key):
                self.ask[key] = effect
            case _:
                self._change(effect)

    def _change(self, effect: Change) -> None:
        self.is_change = True
        match effect:
            case CancelTimers():
                self.set_timers = {key: timer for key, timer in self.set_timers.items() if not _cancels(effect, key)}
                self.cancel_timers.append(effect)
            case CancelMessages():
                self.say = {key: say for key, say in self.say.items() if not _silences(effect, say)}
                self.cancel_messages.append(effect)
            case Settle(key=key, outcome=outcome):
                self.ask.pop(key, None)
                self.settle[key] = outcome
            case SettleAll(outcome=outcome):
                self.ask.clear()
                self.settle_all = outcome
            case Hold():
                self.holds = True
            case Release(shift=shift):
                self.shift = shift


def _cancels(effect: CancelTimers, key: tuple[str, str]) -> bool:
    return effect.kind in ("", key[0]) and effect.subject in ("", key[1])


def _silences(effect: CancelMessages, say: Say) -> bool:
    is_named = (not effect.kinds or say.kind in effect.kinds) and effect.subject in ("", say.subject)
    return is_named and effect.person in ("", say.person) and say.kind not in effect.keep


def carry_out(
    session: Session, outcomes: Sequence[Outcome], *, as_of: datetime, heads: events.Heads | None = None
) -> None:
    """Write what decisions say, and wake whoever waits for work.

    Their practices are locked first, in every transaction, so that writers never wait in a circle; `heads` is what
    that lock gave, when the caller has it.
    """
    if heads is None:
        heads = events.lock_practices(session, {outcome.practice_id for outcome in outcomes})
    plans = []
    for outcome in outcomes:
        plan = _Plan()
        for effect in outcome.effects:
            plan.add(effect)
        plans.append((outcome, plan))
    changing = [(one, plan) for one, plan in plans if plan.is_change or plan.set_timers.keys() - {one.fired}]
    call_off(session, [_standing(outcome, plan) for outcome, plan in changing], as_of=as_of)
    for outcome, plan in changing:
        _stop_or_go_on(session, outcome, plan, as_of=as_of)
    new_timers = [_new_timer(outcome, new) for outcome, plan in plans for new in plan.set_timers.values()]
    timers.set_timers(session, new_timers)
    said = [_new_message(outcome, say, as_of) for outcome, plan in plans for say in plan.say.values()]
    messages.queue(session, said, as_of=as_of)
    asked = [_new_item(outcome, ask) for outcome, plan in plans for ask in plan.ask.values()]
    work_items.open_items(session, asked, as_of=as_of)
    lines = [_line(one, number, note, as_of) for one in outcomes for number, note in enumerate(one.notes)]
    events.append(session, lines, heads)
    ring(session)


def _standing(outcome: Outcome, plan: _Plan) -> Standing:
    """Say what a decision changes of what stands: timers that are set anew replace those of their kind and subject."""
    replaced = [CancelTimers(kind, subject) for kind, subject in plan.set_timers if (kind, subject) != outcome.fired]
    gone = tuple({*plan.cancel_timers, *replaced})
    return Standing(outcome.process, outcome.process_id, outcome.key, gone, plan.cancel_messages, plan.settle)


def _stop_or_go_on(session: Session, outcome: Outcome, plan: _Plan, *, as_of: datetime) -> None:
    process, process_id = outcome.process, outcome.process_id
    if plan.holds:
        timers.hold(session, process=process, process_id=process_id)
        messages.hold(session, process=process, process_id=process_id)
    if plan.shift is not None:
        timers.release(session, process=process, process_id=process_id, shift=plan.shift)
        messages.release(session, process=process, process_id=process_id)
        work_items.shift(session, process=process, process_id=process_id, span=plan.shift, as_of=as_of)
    if plan.settle_all:
        work_items.settle_all(session, process=process, process_id=process_id, outcome=plan.settle_all, as_of=as_of)


def _new_timer(outcome: Outcome, new: SetTimer) -> NewTimer:
    return NewTimer(
        outcome.practice_id, outcome.process, outcome.process_id, new.kind, new.subject, new.number, new.due_at
    )


def _new_message(outcome: Outcome, say: Say, as_of: datetime) -> NewMessage:
    return NewMessage(
        outcome.practice_id,
        outcome.process,
        outcome.process_id,
        say.key,
        say.kind,
        say.to,
        say.person,
        say.subject,
        dict(say.fields),
        say.not_before or as_of,
        outcome.is_paused,
        say.channel,
    )


def _new_item(outcome: Outcome, ask: Ask) -> NewWorkItem:
    return NewWorkItem(
        outcome.practice_id, outcome.process, outcome.process_id, ask.key, ask.role, ask.party, ask.due_at
    )


def _line(outcome: Outcome, number: int, note: Note, as_of: datetime) -> Line:
    return Line(
        outcome.practice_id,
        outcome.process,
        outcome.process_id,
        f"{outcome.key}#{number}",
        note.kind,
        note.subject,
        outcome.actor,
        note.reason,
        dict(note.evidence),
        as_of,
    )
