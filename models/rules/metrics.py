"""What /metrics shows: the name of each figure, what it means, and the few labels it may carry."""

import re
from typing import Final, NamedTuple


class Metric(NamedTuple):
    """One figure by name; labels are words of ours, never of a person, a practice or a payer."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()


class Measured(NamedTuple):
    """One value of a metric; `labels` in the order of the metric's."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()


DATABASE_UP: Final = Metric("golive_database_up", "1 while the database answers, else 0.")
ALARM: Final = Metric("golive_alarm", "1 while an alarm of the watchdog stands, else 0.", ("alarm",))
TIMERS_OPEN: Final = Metric("golive_timers_open", "Timers that are set, due or not.")
TIMERS_DUE: Final = Metric("golive_timers_due", "Timers that are due.", ("process", "kind"))
TIMERS_OVERDUE: Final = Metric(
    "golive_timers_overdue", "Timers that have been due for more than 15 minutes.", ("process", "kind")
)
OLDEST_OVERDUE: Final = Metric("golive_oldest_overdue_seconds", "For how long the oldest due work has been left lying.")
QUEUE: Final = Metric("golive_queue", "What waits to go out or is under way, by queue and state.", ("queue", "state"))
UNKNOWN: Final = Metric("golive_unknown_outcomes", "What may have gone out, and nobody knows.", ("queue",))
WORK_ITEMS: Final = Metric(
    "golive_work_items_open", "What people have to do, by role and kind.", ("process", "kind", "role")
)
BREACHES: Final = Metric("golive_breaches_open", "Broken promises that nobody has released.", ("promise",))
SWEEP_AGE: Final = Metric(
    "golive_last_sweep_age_seconds", "How long ago a sweep was last answered from outside.", ("sweep",)
)
PROVIDER_ERRORS: Final = Metric(
    "golive_provider_errors", "What providers refused or did not settle, as it stands.", ("provider", "outcome")
)
KEY_AGE: Final = Metric("golive_key_age_seconds", "For how long the oldest key of a practice has been in use.")
BACKUP_AGE: Final = Metric("golive_backup_age_seconds", "How long ago the newest backup was made.")
DISK_FREE: Final = Metric("golive_disk_free_bytes", "Free bytes of the disk that the home is on.")
DISK_SIZE: Final = Metric("golive_disk_size_bytes", "Size of that disk in bytes.")
CERTIFICATE_LEFT: Final = Metric("golive_certificate_seconds_left", "For how long the web site's certificate is valid.")

METRICS: Final = (
    DATABASE_UP,
    ALARM,
    TIMERS_OPEN,
    TIMERS_DUE,
    TIMERS_OVERDUE,
    OLDEST_OVERDUE,
    QUEUE,
    UNKNOWN,
    WORK_ITEMS,
    BREACHES,
    SWEEP_AGE,
    PROVIDER_ERRORS,
    KEY_AGE,
    BACKUP_AGE,
    DISK_FREE,
    DISK_SIZE,
    CERTIFICATE_LEFT,
)
"""Every figure that is read anew at each look, in the order in which they are told."""

PAGE_SECONDS: Final = Metric(
    "golive_page_seconds", "Time until a page was answered, by the route's pattern.", ("method", "route", "status")
)
"""Counted while the web site runs, as a histogram."""
OTHER: Final = "other"
_WORD: Final = re.compile(r"[a-z][a-z_]{0,39}")


def kind_of(key: str) -> str:
    """Give the kind of a key such as `review` or `chase.medicare:claims`; what is no word of ours is `other`."""
    kind = key.partition(".")[0]
    return kind if _WORD.fullmatch(kind) else OTHER
