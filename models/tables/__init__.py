"""The shared SQL model: importing this package declares every table."""

from models.tables import (
    appointments,
    booking,
    enrollment,
    events,
    keys,
    messages,
    onboarding,
    patients,
    payer_files,
    practice_systems,
    practices,
    timers,
    work_items,
)

__all__ = [
    "appointments",
    "booking",
    "enrollment",
    "events",
    "keys",
    "messages",
    "onboarding",
    "patients",
    "payer_files",
    "practice_systems",
    "practices",
    "timers",
    "work_items",
]
