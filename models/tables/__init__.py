"""The shared SQL model: importing this package declares every table."""

from models.tables import (
    appointments,
    booking,
    consent,
    enrollment,
    events,
    feedback,
    keys,
    messages,
    onboarding,
    patients,
    payer_files,
    practice_systems,
    practices,
    texting,
    timers,
    work_items,
)

__all__ = [
    "appointments",
    "booking",
    "consent",
    "enrollment",
    "events",
    "feedback",
    "keys",
    "messages",
    "onboarding",
    "patients",
    "payer_files",
    "practice_systems",
    "practices",
    "texting",
    "timers",
    "work_items",
]
