"""What is decided about appointments, word by word, as it was read and approved (tests/golden.py)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from models.rules.appointment_decision import decide
from models.rules.appointment_events import (
    Absent,
    Cancel,
    CancelInPortal,
    Confirm,
    Decline,
    Delete,
    DeleteInPortal,
    Due,
    Event,
    Refused,
    Replaced,
    Reschedule,
    SetStatus,
    Submit,
    Unsure,
    Withdraw,
)
from models.rules.appointment_facts import Appointment
from models.rules.appointments import CancelReason, DeclineReason, Origin, Status
from tests.golden import compare
from tests.rules.told import case
from tests.rules.visits import NOW, SPOKEN_BY_KAREO, START, a_request, a_visit, shown

APPROVED = Path(__file__).parent / "approved"
HALF_HOUR, DAY = timedelta(minutes=30), timedelta(days=1)
BUSY = ((START, START + HALF_HOUR), (START + 2 * HALF_HOUR, START + 3 * HALF_HOUR))
COMMANDS: tuple[Event, ...] = (
    Confirm("office-visit", 45, forms=("history", "consent")),
    Decline(DeclineReason.INSURANCE_NOT_ACCEPTED),
    Withdraw(),
    Reschedule(START + DAY),
    Cancel(CancelReason.BY_PATIENT),
    SetStatus(Status.CONFIRMED),
    SetStatus(Status.CHECKED_IN),
    Delete(),
    CancelInPortal(),
    DeleteInPortal(),
)
NEWS: tuple[Event, ...] = (*(shown(status) for status in Status if status is not Status.LAPSED), Absent())
HAPPENED: tuple[Event, ...] = (Refused("x" * 70), Unsure("no_answer"), Replaced())


def in_every_state() -> Iterator[tuple[Appointment, Event]]:
    """Let everything happen to appointments in every state."""
    for status in Status:
        visit = a_request(status=status, confirmed_at=None if status in ("tentative", "lapsed") else NOW)
        for event in (*COMMANDS, *NEWS, *HAPPENED):
            yield visit, event


def with_more_to_say() -> Iterator[tuple[Appointment, Event]]:
    """Let things happen to appointments about which more is known."""
    request, visit = a_request(), a_visit()
    yield a_request(is_virtual=True), Submit((("desk", "email"), ("desk", "text")), overlaps_own=True)
    yield a_request(communications=SPOKEN_BY_KAREO), Submit()
    yield request, Confirm("office-visit", 45, starts_at=START + DAY, is_virtual=True, collides=BUSY)
    yield request, Confirm("office-visit", 45, starts_at=START + DAY, collides=BUSY, despite_conflict=True)
    yield a_request(is_virtual=True), Confirm("office-visit", 720)
    yield request, Confirm("office-visit", 721)
    yield request, Confirm("office-visit", 0)
    yield request, Confirm("office-visit", 30, starts_at=NOW)
    yield visit, Reschedule(START + DAY, 60, collides=BUSY)
    yield visit, Reschedule(START + DAY, 60, collides=BUSY, despite_conflict=True)
    yield visit, Reschedule(NOW)
    yield visit, SetStatus(Status.NO_SHOW)
    yield a_visit(starts_at=NOW), SetStatus(Status.NO_SHOW)
    for wanted in (Status.CONFIRMED, Status.DECLINED, Status.CANCELLED, Status.DELETED):
        yield a_request(wanted=wanted), Withdraw()
        yield a_request(wanted=wanted), shown(Status.CANCELLED)
        yield a_request(wanted=wanted), shown(Status.RESCHEDULED)
        yield a_request(wanted=wanted), Due("lapse", START)
    yield a_request(starts_at=NOW), Due("lapse", NOW)
    yield a_visit(starts_at=NOW), Due("lapse", NOW)
    yield visit, Due("tea", NOW)


def with_more_to_see() -> Iterator[tuple[Appointment, Event]]:
    """Let the practice system show appointments about which more is known."""
    moved: dict[str, Any] = {"starts_at": START + DAY, "ends_at": START + DAY + 2 * HALF_HOUR}
    for origin in (Origin.KAREO, Origin.WIDGET):
        for status in (Status.TENTATIVE, Status.CONFIRMED, Status.CHECKED_OUT):
            yield a_request(origin=origin, system_modified_at=None, fingerprint="", system_id=""), shown(status)
    for before in (
        a_request(has_insurance=True, intake_forms="history"),
        a_visit(),
        a_visit(communications=SPOKEN_BY_KAREO),
    ):
        yield before, shown(Status.CONFIRMED, **moved, is_virtual=True, word="Confirmed", visit_reason="Office Visit")
        yield before, shown(Status.RESCHEDULED, **moved, provider_id=21, location_id=22, patient_id=23, is_group=True)
        yield before, shown(Status.RESCHEDULED, collides=True)
        yield replace(before, has_conflict=True), shown(Status.CONFIRMED, collides=True)
        yield replace(before, has_conflict=True), shown(Status.CHECKED_IN)
        yield replace(before, portal_cancelled_at=NOW), shown(Status.NO_SHOW)
        yield replace(before, portal_deleted_at=NOW), shown(Status.CANCELLED)
        yield replace(before, portal_cancelled_at=NOW), Absent()
        yield before, shown(Status.CHECKED_OUT, minutes=-1)
        yield before, shown(Status.CANCELLED, minutes=-1)
        yield replace(before, provider_id=None), shown(before.status, minutes=0)
    yield a_request(status=Status.LAPSED), shown(Status.TENTATIVE)
    yield a_request(status=Status.LAPSED), shown(Status.TENTATIVE, **moved)
    yield a_visit(status=Status.DECLINED, confirmed_at=None), shown(Status.CONFIRMED, minutes=-1)
    yield a_visit(checked_out_at=NOW, status=Status.CHECKED_OUT), shown(Status.CHECKED_OUT)


def remembered() -> Iterator[tuple[Appointment, Event]]:
    """Let reminders fall due."""
    for visit in (a_visit(), a_visit(is_virtual=True), a_visit(communications=SPOKEN_BY_KAREO), a_request()):
        for minutes in (2880, 120):
            yield visit, Due("reminder", START - timedelta(minutes=minutes), minutes)
    yield a_visit(), Due("reminder", START - timedelta(minutes=90), 120)


def told(cases: Iterable[tuple[Appointment, Event]]) -> str:
    """Write what is decided, each time as of now or as the timer falls due."""
    return "".join(
        case(visit, event, decide(visit, event, as_of=getattr(event, "due_at", NOW)), usual=a_request())
        for visit, event in cases
    )


def test_everything_that_may_happen_leads_to_what_was_approved_a_25_a_54_a_85_a_100() -> None:
    compare(APPROVED / "appointments.txt", told(in_every_state()))


def test_what_more_there_is_to_say_was_approved_a_25_a_35_a_37_a_94() -> None:
    compare(APPROVED / "appointments_more.txt", told(with_more_to_say()))


def test_what_the_practice_system_shows_leads_to_what_was_approved_a_48_a_76_a_89_a_101_a_104() -> None:
    compare(APPROVED / "appointments_seen.txt", told(with_more_to_see()))


def test_reminders_say_what_was_approved_a_45_a_81() -> None:
    compare(APPROVED / "appointments_reminders.txt", told(remembered()))
