"""What the follow-up timer of an enrollment means when it falls due (E-20..E-25, O-44)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from models.rules.calendars import business_morning, local_day
from models.rules.decisions import Ask, Effect, Note, Refusal, SetTimer
from models.rules.enrollment import Happening, State
from models.rules.enrollment_events import Due
from models.rules.enrollment_facts import Decision, Enrollment, Notice, NoticeKind
from models.rules.enrollment_moves import (
    CHASE,
    ESCALATED,
    REPRESENTATIVE,
    business_days,
    move,
    notice,
    task_key,
    today,
    watch,
)
from models.rules.enrollment_watching import PAID_WITHIN, PROOF_OVERDUE, Look, What, look, timer_kind
from models.rules.onboarding import COACH_ACTS_WITHIN
from models.rules.roles import Role

_CHASED: Final[Mapping[State, NoticeKind]] = {
    State.SUBMITTED: NoticeKind.CHASE_CLEARINGHOUSE,
    State.PENDING_PAYER: NoticeKind.CHASE_PAYER,
}
_MOVES: Final[Mapping[What, Happening]] = {
    What.TAKE_EFFECT: Happening.EFFECTIVE_DATE_REACHED,
    What.RECERTIFY: Happening.RECERTIFICATION_DUE,
    What.LAPSE: Happening.LAPSED,
}
_CLIMBED: Final = {what: f"enrollment_{what}" for what in What}
_FAULTS: Final = frozenset({Happening.PROOF_OVERDUE, Happening.HEARTBEAT_LOST})


def on_due(enrollment: Enrollment, due: Due, *, as_of: datetime) -> Decision | Refusal:
    """Act upon every rung that is due, together; a timer that no longer fits is set anew or leads to nothing."""
    ahead = look(enrollment, enrollment.rung)
    if ahead is None:
        return Decision()
    if ahead.at > as_of:
        return Decision(effects=watch(enrollment))
    looks, rung = _due_looks(enrollment, ahead, as_of=as_of)
    happening = _happening(enrollment, looks, as_of=as_of)
    if happening is None:
        return _climb(enrollment, looks, rung, as_of=as_of)
    note = Note("", evidence={"late_by": (as_of - due.due_at).days})
    fields = {"reason": happening.value} if happening in _FAULTS else {}
    return _not_at_once(enrollment, move(enrollment, happening, as_of=as_of, fields=fields, note=note), as_of=as_of)


def _not_at_once(enrollment: Enrollment, moved: Decision | Refusal, *, as_of: datetime) -> Decision | Refusal:
    """Look at what a timer led to on the next business morning at the earliest: one sweep never goes two steps."""
    if isinstance(moved, Refusal):
        return moved
    morning = business_morning(as_of, 1, zone=enrollment.zone, calendar=enrollment.calendar)
    effects = (
        one._replace(due_at=morning) if isinstance(one, SetTimer) and one.due_at <= as_of else one
        for one in moved.effects
    )
    return moved._replace(effects=tuple(effects))


def _due_looks(enrollment: Enrollment, first: Look, *, as_of: datetime) -> tuple[list[Look], Look | None]:
    """List the looks that are due, and give the next: after an outage one line goes out, not a burst."""
    looks = [first]
    while looks[-1].what not in _MOVES:
        ahead = look(enrollment, enrollment.rung + len(looks))
        if ahead is None or ahead.at > as_of:
            return looks, ahead
        looks.append(ahead)
    return looks, None


def _happening(enrollment: Enrollment, looks: list[Look], *, as_of: datetime) -> Happening | None:
    whats = [one.what for one in looks]
    for what, happening in _MOVES.items():
        if what in whats:
            return happening
    if What.JUDGE_PROOF in whats or What.HEARTBEAT in whats:
        return _fault(enrollment, whats, paid_by_now=today(enrollment, as_of) - timedelta(days=PAID_WITHIN))
    return None


def _fault(enrollment: Enrollment, whats: list[What], *, paid_by_now: date) -> Happening | None:
    if What.JUDGE_PROOF in whats and _is_proof_overdue(enrollment, paid_by_now):
        return Happening.PROOF_OVERDUE
    since = local_day(enrollment.silent_since, enrollment.zone)
    if What.HEARTBEAT in whats and enrollment.has_open_claims and since <= paid_by_now:
        return Happening.HEARTBEAT_LOST
    return None


def _is_proof_overdue(enrollment: Enrollment, paid_by_now: date) -> bool:
    """Say whether a proof should have come (E-23); claims that began only after the 45 days have their two weeks too.

    Without these, every enrollment that was approved long before go-live would be in trouble on the day after it.
    """
    first, begun = enrollment.first_claim_on, enrollment.works_from
    if first is None or begun is None:
        return False
    return first <= max(begun + timedelta(days=PROOF_OVERDUE), paid_by_now)


def _climb(enrollment: Enrollment, looks: list[Look], left: Look | None, *, as_of: datetime) -> Decision:
    rung = enrollment.rung + len(looks)
    timer: tuple[Effect, ...] = () if left is None else (SetTimer(timer_kind(enrollment), left.at, number=rung),)
    effects: tuple[Effect, ...] = ()
    notices: tuple[Notice, ...] = ()
    for what in dict.fromkeys([one.what for one in looks]):
        done, told = _said(enrollment, what, as_of=as_of)
        effects, notices = effects + done, notices + told
    if not effects and not notices:  # a look that tells nobody anything is no history
        return Decision(effects=timer, fields={"rung": rung})
    note = Note(_CLIMBED[looks[-1].what], enrollment.subject, evidence={"rung": rung, "state": enrollment.state.value})
    return Decision((note,), timer + effects, {"rung": rung}, notices=tuple(dict.fromkeys(notices)))


def _said(enrollment: Enrollment, what: What, *, as_of: datetime) -> tuple[tuple[Effect, ...], tuple[Notice, ...]]:
    """Say what one look asks of whom, as work items and as lines for digests."""
    why = str(enrollment.rung)
    match what:
        case What.REMIND:
            kind, *roles = _reminded(enrollment)
            return (), tuple(notice(enrollment, kind, role, why) for role in roles)
        case What.CHASE:
            return _chase(enrollment, why, as_of=as_of)
        case What.ESCALATE:
            return _escalate(enrollment, why, as_of=as_of)
        case What.PROPOSE_PAUSE if not enrollment.is_quiet:
            return (), (notice(enrollment, NoticeKind.PROPOSE_PAUSE, Role.SUCCESS_COACH, why),)
        case What.WARN_OF_PROOF:
            due_at = business_days(enrollment, COACH_ACTS_WITHIN, since=as_of)
            ask = Ask(task_key(CHASE, enrollment), REPRESENTATIVE, due_at)
            return (ask,), (notice(enrollment, NoticeKind.PROOF_MISSING, REPRESENTATIVE, why),)
        case _:
            return (), ()


def _reminded(enrollment: Enrollment) -> tuple[NoticeKind, *tuple[Role, ...]]:
    """Say what is waited for, and who is reminded: we too where a payer will not wait (E-21, E-25)."""
    if enrollment.state is State.RECERTIFYING:
        return NoticeKind.RECERTIFY, Role.PRIMARY_CONTACT, REPRESENTATIVE
    if enrollment.state is State.PROVING:
        return NoticeKind.PORTAL_LOGIN_MISSING, REPRESENTATIVE
    if enrollment.state is not State.NEEDS_PRACTICE:
        return NoticeKind.WORK_WAITS, REPRESENTATIVE
    if enrollment.is_submitted and enrollment.rung > 0:
        return NoticeKind.TASKS_OPEN, Role.PRIMARY_CONTACT, REPRESENTATIVE
    return NoticeKind.TASKS_OPEN, Role.PRIMARY_CONTACT


def _chase(enrollment: Enrollment, why: str, *, as_of: datetime) -> tuple[tuple[Effect, ...], tuple[Notice, ...]]:
    kind = _CHASED.get(enrollment.state, NoticeKind.PROOF_MISSING)
    due_at = business_days(enrollment, COACH_ACTS_WITHIN, since=as_of)
    return (Ask(task_key(CHASE, enrollment), REPRESENTATIVE, due_at),), (notice(enrollment, kind, REPRESENTATIVE, why),)


def _escalate(enrollment: Enrollment, why: str, *, as_of: datetime) -> tuple[tuple[Effect, ...], tuple[Notice, ...]]:
    effects: tuple[Effect, ...] = (Ask(task_key(ESCALATED, enrollment), Role.ONBOARDING_MANAGER),)
    told = notice(enrollment, NoticeKind.ESCALATED, Role.ONBOARDING_MANAGER, why)
    if enrollment.state not in _CHASED:
        return effects, (told,)
    more, also = _chase(enrollment, why, as_of=as_of)
    return (*effects, *more), (told, *also)
