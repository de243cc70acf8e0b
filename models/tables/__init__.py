"""The shared SQL model: importing this package declares every table."""

from models.tables import (
    appointments,
    booking,
    events,
    keys,
    messages,
    onboarding,
    patients,
    practice_systems,
    practices,
    timers,
    work_items,
)

__all__ = [
    "appointments",
    "booking",
    "events",
    "keys",
    "messages",
    "onboarding",
    "patients",
    "practice_systems",
    "practices",
    "timers",
    "work_items",
]
