"""How one transition is made of its parts: new fields, history, the one timer, work items, lines for digests (E-10)."""

from collections.abc import Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from models.rules.calendars import business_deadline, local_day
from models.rules.decisions import Ask, CancelTimers, Effect, Evidence, Note, Refusal, SetTimer, Settle
from models.rules.enrollment import MOST_ATTEMPTS, Happening, Need, State, target
from models.rules.enrollment_facts import Decision, Enrollment, Notice, NoticeKind
from models.rules.enrollment_watching import (
    DEVELOPMENT_ANSWERED_WITHIN,
    WATCH,
    WATCH_TOP,
    first_rung_ahead,
    look,
    timer_kind,
)
from models.rules.onboarding import COACH_ACTS_WITHIN, PRACTICE_ANSWERS_WITHIN
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Party, Role

REPRESENTATIVE: Final = Role.ENROLLMENTS_REPRESENTATIVE
CHASE: Final = "chase"
ESCALATED: Final = "escalated"
UNKNOWN_WORD: Final = "unknown_word"
TASKS: Final[Mapping[State, tuple[str, Role]]] = {
    State.DRAFT: ("prepare", REPRESENTATIVE),
    State.NEEDS_PRACTICE: ("give", Role.PRIMARY_CONTACT),
    State.READY: ("submit", REPRESENTATIVE),
    State.TESTING: ("test", REPRESENTATIVE),
    State.DEGRADED: ("repair", REPRESENTATIVE),
    State.REJECTED: ("correct", REPRESENTATIVE),
    State.RECERTIFYING: ("recertify", Role.PRIMARY_CONTACT),
}
"""What is to be done in a state, and by whom; the key of the work item begins with the word."""
_TOLD_AT_ONCE: Final[Mapping[State, tuple[NoticeKind, tuple[Role, ...]]]] = {
    State.NEEDS_PRACTICE: (NoticeKind.TASKS_OPEN, (Role.PRIMARY_CONTACT,)),
    State.DEGRADED: (NoticeKind.IN_TROUBLE, (REPRESENTATIVE, Role.SUCCESS_COACH)),
    State.REJECTED: (NoticeKind.RETURNED, (REPRESENTATIVE,)),
    State.RECERTIFYING: (NoticeKind.RECERTIFY, (Role.PRIMARY_CONTACT, REPRESENTATIVE)),
    State.DISPLACED: (NoticeKind.IN_TROUBLE, (REPRESENTATIVE, Role.SUCCESS_COACH)),
    State.ENDED: (NoticeKind.IN_TROUBLE, (REPRESENTATIVE, Role.SUCCESS_COACH)),
}
_CLEARS_REASON: Final = frozenset({State.SUBMITTED, State.APPROVED, State.LIVE})
_WORDS: Final = frozenset(one.name for one in fields_of(Enrollment))


def today(enrollment: Enrollment, as_of: datetime) -> date:
    """Give the practice's local day of a moment."""
    return local_day(as_of, enrollment.zone)


def task_key(word: str, enrollment: Enrollment) -> str:
    """Name a work item of an enrollment."""
    return f"{word}.{enrollment.subject}"


def after(enrollment: Enrollment, decision: Decision) -> Enrollment:
    """Give the enrollment as a decision leaves it."""
    changes: dict[str, Any] = {name: value for name, value in decision.fields.items() if name in _WORDS}
    return replace(
        enrollment,
        **changes,
        needs={**enrollment.needs, **decision.needs},
        version=enrollment.version + bool(decision.fields),
    )


def does_not_fit(enrollment: Enrollment, happening: Happening) -> Refusal:
    """Say that something does not fit the state, naming both (E-10)."""
    what, state = (word.replace("_", " ") for word in (happening, enrollment.state))
    return Refusal(
        "does_not_fit",
        f"The enrollment {enrollment.subject} of {enrollment.practice} is {state}; {what} does not fit that state, "
        "so nothing was changed.",
    )


def move(
    enrollment: Enrollment,
    happening: Happening,
    *,
    as_of: datetime,
    fields: Mapping[str, object] | None = None,
    needs: Mapping[Need, bool] | None = None,
    note: Note | None = None,
) -> Decision | Refusal:
    """Go from one state to the next, where the way is allowed; `note` carries the reason and the evidence."""
    reached = target(enrollment.state, happening, is_submitted=enrollment.is_submitted)
    if reached is None:
        return does_not_fit(enrollment, happening)
    changed = _entered(enrollment, reached, fields or {}, as_of=as_of)
    told = note or Note("")
    evidence: dict[str, Evidence] = {"from": enrollment.state.value, "to": reached.value, **told.evidence}
    line = Note(f"enrollment_{happening}", enrollment.subject, told.reason, evidence)
    return Decision(
        notes=(line,),
        effects=(*_settled(enrollment), *watch(changed), *_asked(changed, happening, as_of=as_of)),
        fields=_changes(enrollment, changed),
        needs=needs or {},
        notices=_told(changed, happening),
        clears_notices=True,
    )


def _entered(enrollment: Enrollment, reached: State, fields: Mapping[str, object], *, as_of: datetime) -> Enrollment:
    changes: dict[str, Any] = {"state_since": as_of, "silent_since": as_of, "rung": 0, **fields}
    if reached in _CLEARS_REASON:
        changes["reason"] = ""
    entered = replace(enrollment, **changes, state=reached)
    if reached in (State.PENDING_PAYER, State.RECERTIFYING):  # days that are over are not made up for
        entered = replace(entered, rung=first_rung_ahead(entered, as_of=as_of))
    return entered


def _changes(old: Enrollment, new: Enrollment) -> dict[str, object]:
    names = (one.name for one in fields_of(Enrollment))
    changed = {name: getattr(new, name) for name in names if getattr(new, name) != getattr(old, name)}
    return {**changed, "state_since": new.state_since}  # two moves at one moment are two moves


def watch(enrollment: Enrollment) -> tuple[Effect, ...]:
    """Set the one follow-up timer of the present rung, or cancel it where nothing is waited for."""
    ahead = look(enrollment, enrollment.rung)
    kind = timer_kind(enrollment)
    if ahead is None:
        return (CancelTimers(WATCH), CancelTimers(WATCH_TOP))
    return (SetTimer(kind, ahead.at, number=enrollment.rung),)


def _settled(enrollment: Enrollment) -> tuple[Effect, ...]:
    words = [CHASE, ESCALATED, UNKNOWN_WORD, "log_in"]
    if enrollment.state in TASKS:
        words.append(TASKS[enrollment.state][0])
    return tuple(Settle(task_key(word, enrollment)) for word in words)


def _asked(enrollment: Enrollment, happening: Happening, *, as_of: datetime) -> tuple[Effect, ...]:
    effects: list[Effect] = []
    if enrollment.state in TASKS:
        word, role = TASKS[enrollment.state]
        due_at = _due_at(enrollment, happening, as_of=as_of)
        effects.append(Ask(task_key(word, enrollment), role, due_at))
    if enrollment.state is State.PROVING and enrollment.transaction is Transaction.PORTAL:
        due_at = business_days(enrollment, PRACTICE_ANSWERS_WITHIN, since=as_of)
        effects.append(Ask(task_key("log_in", enrollment), REPRESENTATIVE, due_at))
    if enrollment.state is State.PENDING_PAYER and happening is Happening.TASKS_DONE:  # it must reach the payer
        due_at = business_days(enrollment, COACH_ACTS_WITHIN, since=as_of)
        effects.append(Ask(task_key(CHASE, enrollment), REPRESENTATIVE, due_at))
    if is_used_up(enrollment):
        effects.append(Ask(task_key(ESCALATED, enrollment), Role.ONBOARDING_MANAGER))
    return tuple(effects)


def is_used_up(enrollment: Enrollment) -> bool:
    """Say whether the last of the allowed attempts was rejected (E-10)."""
    return enrollment.state is State.REJECTED and enrollment.attempt >= MOST_ATTEMPTS


def _due_at(enrollment: Enrollment, happening: Happening, *, as_of: datetime) -> datetime:
    if happening is Happening.DEVELOPMENT_REQUEST:
        return business_days(enrollment, DEVELOPMENT_ANSWERED_WITHIN, since=as_of)
    if TASKS[enrollment.state][1].party is Party.PRACTICE:
        return business_days(enrollment, PRACTICE_ANSWERS_WITHIN, since=as_of)
    return business_days(enrollment, COACH_ACTS_WITHIN, since=enrollment.silent_since)


def business_days(enrollment: Enrollment, days: int, *, since: datetime) -> datetime:
    """Give the end of business of the nth business day after a moment (UTC)."""
    return business_deadline(since, days, zone=enrollment.zone, calendar=enrollment.calendar)


def _told(enrollment: Enrollment, happening: Happening) -> tuple[Notice, ...]:
    told = _TOLD_AT_ONCE.get(enrollment.state)
    if told is None:
        return ()
    kind, roles = told
    notices = [notice(enrollment, kind, role, happening.value) for role in roles]
    if is_used_up(enrollment):
        notices.append(notice(enrollment, NoticeKind.ESCALATED, Role.ONBOARDING_MANAGER, happening.value))
    return tuple(dict.fromkeys(notices))


def notice(enrollment: Enrollment, kind: NoticeKind, role: Role, why: str) -> Notice:
    """Write one line for a digest; each version of an enrollment says a thing once.

    Nothing goes to a practice whose journey is paused or over (O-45), but payers do not wait: we are told instead.
    """
    if enrollment.is_quiet and role.party is Party.PRACTICE:
        role = REPRESENTATIVE
    return Notice(kind, role, f"{kind}:{role}:{why}:{enrollment.version}")
