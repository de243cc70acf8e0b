"""Invented practices for try-outs of the stand-in for Kareo; they fit deployments/examples/maple-street.yaml."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from deployments.kareo_server.staff import TENTATIVE, State

CUSTOMER_KEY: Final = "example-key"
USER: Final = "golive@example.com"
PASSWORD: Final = "example password"  # noqa: S105 - opens nothing but the stand-in on this machine
PRACTICE: Final = "Maple Street Family Medicine"
SATURDAY: Final = 5
ZONE: Final = ZoneInfo("America/New_York")
_PEOPLE: Final = (
    ("Jordan", "Ellis", date(1984, 3, 12), "Unknown", "202-555-0101"),
    ("Maya", "Okafor", date(1991, 11, 2), "Female", "202-555-0102"),
    ("Henry", "Lindgren", date(1957, 6, 30), "Male", "202-555-0103"),
    ("Rosa", "Delgado", date(2009, 1, 24), "Female", "202-555-0104"),
    ("Rosa", "Delgado", date(2009, 1, 24), "Female", "202-555-0105"),
)
_REASONS: Final = (("New patient visit", 45), ("Follow-up", 20), ("Annual physical", 60), ("Telehealth visit", 30))


def example_state() -> State:
    """Make an account of two practices, the first with providers, visit reasons, patients and a day of appointments."""
    state = State()
    maple = state.add_practice(PRACTICE, tax_id="12-3456789").id
    other = state.add_practice("Sierra Pediatrics").id
    state.add_login(CUSTOMER_KEY, USER, PASSWORD)
    state.add_location(maple, "Maple Street")
    state.add_location(other, "Sierra")
    stone = state.add_provider(maple, "Dr. Avery Stone", npi="1555010101").id
    vale = state.add_provider(maple, "Dr. Robin Vale", npi="1555010200").id
    for name, minutes in _REASONS:
        state.add_reason(maple, name, minutes=minutes)
    patients = [_add(state, maple, number) for number in range(len(_PEOPLE))]
    day = _next_working_day(state.now().astimezone(ZONE).date())
    state.book(patients[0], provider=stone, start=_at(day, 9), reason="Follow-up", minutes=20)
    state.book(patients[1], provider=stone, start=_at(day, 11), reason="Annual physical", minutes=60)
    state.book(patients[2], provider=vale, start=_at(day, 10), status="Confirmed")
    asked = state.book(patients[1], provider=vale, start=_at(day, 14), status=TENTATIVE)
    asked.notes = "Reason for visit: sore shoulder"
    return state


def _add(state: State, practice: int, number: int) -> int:
    first, last, born, gender, mobile = _PEOPLE[number]
    email = f"{first}.{last}@example.com".lower()
    return state.add_patient(practice, first, last, born=born, gender=gender, mobile=mobile, email=email).id


def _next_working_day(today: date) -> date:
    days = (today + timedelta(days=number) for number in range(1, 4))
    return next(day for day in days if day.weekday() < SATURDAY)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE)
