"""The shared SQL model: importing this package declares every table."""

from models.tables import events, keys, messages, onboarding, practices, timers, work_items

__all__ = ["events", "keys", "messages", "onboarding", "practices", "timers", "work_items"]
