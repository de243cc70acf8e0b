"""When to look at an enrollment again, and what for: one ladder of looks for each state (E-20..E-25, O-44)."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from models.rules.calendars import (
    START_OF_BUSINESS,
    Calendar,
    add_business_days,
    business_morning,
    local_day,
    local_moment,
)
from models.rules.enrollment import State
from models.rules.enrollment_facts import Dates, Enrollment, Turnaround
from models.rules.onboarding import PAYMENT_WINDOW_DAYS, SILENCE, Rung
from models.rules.onboarding_facts import Transaction

WATCH: Final = "watch"
WATCH_TOP: Final = "watch_top"
"""The two kinds of the one follow-up timer: those of the top three payers are taken first (E-04)."""

AGAIN_AFTER: Final = 5  # business days between looks once a ladder is climbed
LONGEST_WAIT: Final = 160  # calendar days from submission, then a manager takes over (E-20)
DEVELOPMENT_ANSWERED_WITHIN: Final = 5  # business days (E-21)
PROOF_WARNING: Final = 30  # calendar days after approval (E-23)
PROOF_OVERDUE: Final = 45
PAID_WITHIN: Final = PAYMENT_WINDOW_DAYS[1]
"""Calendar days within which a claim is usually paid: a younger one shows no proof missing (O-32)."""
HEARTBEAT_GAPS: Final = 3  # medians between remittances without one, but at least the days below (E-24)
HEARTBEAT_DAYS: Final = 21
RECERTIFICATION_DAYS: Final = (60, 45, 15)  # calendar days before the enrollment expires (E-25)
UNKNOWN_PAYER: Final = Turnaround(30, 90, 122, 160, 160, source="onboarding document: 30 to 160 days")
_OURS: Final = frozenset({State.DRAFT, State.READY, State.TESTING, State.DEGRADED, State.REJECTED})


class What(StrEnum):
    """What a look is for."""

    REMIND = "remind"
    CHASE = "chase"
    ESCALATE = "escalate"
    PROPOSE_PAUSE = "propose_pause"
    TAKE_EFFECT = "take_effect"
    WARN_OF_PROOF = "warn_of_proof"
    JUDGE_PROOF = "judge_proof"
    HEARTBEAT = "heartbeat"
    RECERTIFY = "recertify"
    LAPSE = "lapse"


_OF_RUNG: Final = {
    Rung.REMIND: What.REMIND,
    Rung.TELL_MANAGER: What.ESCALATE,
    Rung.PROPOSE_PAUSE: What.PROPOSE_PAUSE,
}
_PRACTICE_LADDER: Final = tuple((days, _OF_RUNG[rung]) for days, rung in SILENCE)
_OUR_LADDER: Final = tuple(one for one in _PRACTICE_LADDER if one[1] is not What.PROPOSE_PAUSE)
_CLEARINGHOUSE_LADDER: Final = tuple((days, What.CHASE if what is What.REMIND else what) for days, what in _OUR_LADDER)


class Look(NamedTuple):
    """One look ahead, with its moment (UTC)."""

    at: datetime
    what: What


def timer_kind(enrollment: Enrollment) -> str:
    """Name the timer in which an enrollment is watched."""
    return WATCH_TOP if enrollment.is_top else WATCH


def look(enrollment: Enrollment, rung: int) -> Look | None:
    """Give the look on one rung of the present state's ladder, none where nothing is waited for."""
    state = enrollment.state
    if state in _OURS:
        return _of_silence(enrollment, rung, _OUR_LADDER)
    match state:
        case State.NEEDS_PRACTICE:
            return _of_silence(enrollment, rung, _PRACTICE_LADDER)
        case State.SUBMITTED:
            return _of_silence(enrollment, rung, _CLEARINGHOUSE_LADDER)
        case State.PENDING_PAYER:
            return _of_payer(enrollment, rung)
        case State.APPROVED:
            return Look(_morning(enrollment, enrollment.works_from or _today(enrollment)), What.TAKE_EFFECT)
        case State.PROVING:
            return _of_proof(enrollment, rung)
        case State.LIVE:
            return _of_live(enrollment, rung)
        case State.RECERTIFYING if enrollment.expires_on is not None:
            return _of_expiry(enrollment, enrollment.expires_on, rung)
        case State.RECERTIFYING:
            return _of_silence(enrollment, rung, _OUR_LADDER)
        case _:
            return None


def first_rung_ahead(enrollment: Enrollment, *, as_of: datetime) -> int:
    """Name the first rung whose moment is still to come; 0 where nothing is waited for."""
    rung = 0
    while (ahead := look(enrollment, rung)) is not None and ahead.at <= as_of and not _is_last(enrollment, rung):
        rung += 1
    return rung


def dates_from(submitted_on: date, turnaround: Turnaround) -> Dates:
    """Say on which days a payer is asked after a submission, and from when a manager looks (E-20)."""
    typical, late, very_late, high = (
        _after(submitted_on, days, turnaround)
        for days in (turnaround.typical, turnaround.late, turnaround.very_late, turnaround.high)
    )
    return Dates(typical, late, very_late, min(high, submitted_on + timedelta(days=LONGEST_WAIT)))


def _after(day: date, count: int, turnaround: Turnaround) -> date:
    if turnaround.is_business_days:
        return add_business_days(day, count, Calendar.GOVERNMENT)
    return day + timedelta(days=count)


def _is_last(enrollment: Enrollment, rung: int) -> bool:
    """Say whether a rung is the end of its ladder; others go on for ever."""
    match enrollment.state:
        case State.APPROVED:
            return True
        case State.RECERTIFYING:
            return enrollment.expires_on is not None and rung >= len(RECERTIFICATION_DAYS)
        case _:
            return False


def _of_silence(enrollment: Enrollment, rung: int, ladder: tuple[tuple[int, What], ...]) -> Look:
    """Climb a ladder of silence (O-44); above its end the first rung comes back again and again."""
    more = max(rung - len(ladder) + 1, 0)
    days, what = ladder[min(rung, len(ladder) - 1)]
    if more:
        days, what = days + AGAIN_AFTER * more, ladder[0][1]
    at = business_morning(enrollment.silent_since, days, zone=enrollment.zone, calendar=enrollment.calendar)
    return Look(at, what)


def _of_payer(enrollment: Enrollment, rung: int) -> Look:
    day, what = _asked_on(enrollment.dates or dates_from(_today(enrollment), UNKNOWN_PAYER), rung)
    return Look(_morning(enrollment, day), what)


@lru_cache(maxsize=8192)
def _asked_on(dates: Dates, rung: int) -> tuple[date, What]:
    beyond = dates.limit_on + timedelta(days=1)
    asked = sorted({min(day, beyond) for day in (dates.typical_on, dates.late_on, dates.very_late_on)})
    day = add_business_days(asked[min(rung, len(asked) - 1)], 0, Calendar.GOVERNMENT)
    more = max(rung - len(asked) + 1, 0)
    day = add_business_days(day, AGAIN_AFTER * more, Calendar.GOVERNMENT)
    return day, What.ESCALATE if day > dates.limit_on else What.CHASE


def _of_proof(enrollment: Enrollment, rung: int) -> Look:
    if enrollment.transaction is Transaction.PORTAL:
        return _of_silence(enrollment, rung, _OUR_LADDER)
    begun = enrollment.works_from or _today(enrollment)
    if rung == 0:
        return Look(_morning(enrollment, begun + timedelta(days=PROOF_WARNING)), What.WARN_OF_PROOF)
    overdue = begun + timedelta(days=PROOF_OVERDUE)
    day = overdue if rung == 1 else add_business_days(overdue, AGAIN_AFTER * (rung - 1), enrollment.calendar)
    return Look(_morning(enrollment, day), What.JUDGE_PROOF)


def _of_live(enrollment: Enrollment, rung: int) -> Look | None:
    looks = []
    if enrollment.transaction is Transaction.ERA:
        seen = enrollment.last_proof_on or enrollment.works_from or _today(enrollment)
        silent = max(HEARTBEAT_GAPS * enrollment.median_gap_days, HEARTBEAT_DAYS) + HEARTBEAT_DAYS * rung
        looks.append(Look(_morning(enrollment, seen + timedelta(days=silent)), What.HEARTBEAT))
    if enrollment.expires_on is not None:
        begins = enrollment.expires_on - timedelta(days=RECERTIFICATION_DAYS[0])
        looks.append(Look(_morning(enrollment, begins), What.RECERTIFY))
    return min(looks, default=None)


def _of_expiry(enrollment: Enrollment, expires_on: date, rung: int) -> Look:
    if rung < len(RECERTIFICATION_DAYS):
        day = expires_on - timedelta(days=RECERTIFICATION_DAYS[rung])
        return Look(_morning(enrollment, day), What.REMIND)
    return Look(_morning(enrollment, expires_on + timedelta(days=1)), What.LAPSE)


def _today(enrollment: Enrollment) -> date:
    """Give the local day on which the present state began."""
    return local_day(enrollment.state_since, enrollment.zone)


def _morning(enrollment: Enrollment, day: date) -> datetime:
    return local_moment(day, START_OF_BUSINESS, enrollment.zone)
