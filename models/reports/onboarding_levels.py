"""What is promised about time, and whether it was kept; lateness is shown, never hidden (O-32, O-43)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from models.reports.onboarding_views import Level, ServiceLevel
from models.rules.calendars import add_business_days, local_day
from models.rules.onboarding import FIRST_CLAIM_WITHIN, FIRST_PAYMENT_WITHIN, PAYMENT_WINDOW_DAYS
from models.rules.onboarding_facts import Head

TIMER_OF_LEVEL = {
    Level.FIRST_CLAIM: "first_claim_late",
    Level.FIRST_PAYMENT: "first_payment_late",
    Level.PAYMENTS: "payments_late",
}
"""The clock of each promise: its day moves with pauses, so it says more than counting from the agreement."""


def service_levels(head: Head, due_at: Mapping[Level, datetime | None], *, as_of: datetime) -> tuple[ServiceLevel, ...]:
    """List the promises that count already; `due_at` holds the moment (UTC) to which each clock was set."""
    levels = []
    if head.signed_on is not None:
        for key, days, met_on in (
            (Level.FIRST_CLAIM, FIRST_CLAIM_WITHIN, head.claims_confirmed_on),
            (Level.FIRST_PAYMENT, FIRST_PAYMENT_WITHIN, head.first_era_on),
        ):
            counted = add_business_days(head.signed_on, days, head.calendar)
            levels.append(_level(head, key, (None, _due(head, due_at.get(key), counted)), met_on, as_of))
    if head.went_live_on is not None:
        first, last = (head.went_live_on + timedelta(days=days) for days in PAYMENT_WINDOW_DAYS)
        window = (first, _due(head, due_at.get(Level.PAYMENTS), last))
        levels.append(_level(head, Level.PAYMENTS, window, head.first_era_on, as_of))
    return tuple(levels)


def _due(head: Head, due_at: datetime | None, counted: date) -> date:
    return counted if due_at is None else local_day(due_at, head.zone)


def _level(
    head: Head, key: Level, window: tuple[date | None, date], met_on: date | None, as_of: datetime
) -> ServiceLevel:
    earliest_on, due_on = window
    return ServiceLevel(key, earliest_on, due_on, met_on, (met_on or local_day(as_of, head.zone)) > due_on)
