"""What a reviewer should know of an appointment, and which flow comes next: codes and names of flows, no person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from models.rules.appointment_commands import CANCELLABLE
from models.rules.appointment_facts import Appointment
from models.rules.appointment_portal import drifts_of
from models.rules.appointments import CALLED_OFF, UNDECIDED, Drift, Status
from models.rules.matching import MatchOutcome

NEAR: Final = timedelta(hours=12)
"""So long before its start an appointment is what the front desk sees to; before that it can be moved."""
_DECIDE: Final = ("confirm-request", "decline-request")
_BOOKED: Final = frozenset({Status.CONFIRMED, Status.RESCHEDULED})
_FLOWS: Final[Mapping[Status, tuple[str, ...]]] = {
    Status.TENTATIVE: _DECIDE,
    Status.LAPSED: _DECIDE,
    Status.CHECKED_IN: ("check-out",),
    Status.NO_SHOW: ("reschedule-appointment", "correct-status"),
}


class Remark(StrEnum):
    """What a reviewer is told beside the columns (A-35, A-43, A-72, A-82, A-94, A-96, A-97)."""

    CONFLICT = "conflict"
    SAYS_NEW = "says_new"
    AMBIGUOUS = "ambiguous"
    OVERLAPS_OWN = "overlaps_own"
    NOT_REACHABLE = "not_reachable"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Review:
    """What is known when an appointment is looked at; `collides` says that its time meets something else."""

    visit: Appointment
    says_new: bool = False
    match: MatchOutcome | None = None
    overlaps_own: bool = False
    is_reachable: bool = True
    collides: bool = False


def remarks(review: Review) -> tuple[Remark, ...]:
    """List what a reviewer should know; nothing of what was called off."""
    visit = review.visit
    if visit.status in CALLED_OFF:
        return ()
    found = {
        Remark.CONFLICT: review.collides or visit.has_conflict,
        Remark.SAYS_NEW: review.says_new and review.match is MatchOutcome.EXISTING,
        Remark.AMBIGUOUS: review.match is MatchOutcome.AMBIGUOUS,
        Remark.OVERLAPS_OWN: review.overlaps_own,
        Remark.NOT_REACHABLE: not review.is_reachable,
        Remark.LAPSED: visit.status is Status.LAPSED,
    }
    return tuple(remark for remark, is_so in found.items() if is_so)


def next_flows(visit: Appointment, *, as_of: datetime) -> tuple[str, ...]:
    """Name the flows that come next; none while a decision is on its way, or when nothing is left to do."""
    if visit.wanted is not None:
        return ()
    drifts = drifts_of(visit)
    if drifts:
        return _repairs(visit, drifts)
    if visit.status in _BOOKED:
        is_near = visit.starts_at - as_of <= NEAR
        return ("check-in", "record-no-show") if is_near else ("reschedule-appointment", "cancel-appointment")
    return _FLOWS.get(visit.status, ())


def _repairs(visit: Appointment, drifts: frozenset[Drift]) -> tuple[str, ...]:
    """Name what makes both systems agree (A-51, A-52, A-104)."""
    if Drift.DELETED_IN_PORTAL in drifts:
        return ("delete-appointment",)
    if visit.status in UNDECIDED:
        return ("decline-request",)
    return ("cancel-appointment",) if visit.status in CANCELLABLE else ()
