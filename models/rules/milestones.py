"""Which lines of the history are told to whoever listens: milestones, a request that waits, a broken promise."""

from collections.abc import Mapping
from typing import Final

MILESTONES: Final[Mapping[str, str]] = {
    "agreement_signed": "golive.agreement.signed",
    "went_live": "golive.journey.went-live",
    "first_era_posted": "golive.journey.first-era",
    "graduated": "golive.journey.graduated",
    "appointment_requested": "golive.request.waiting",
    "promise_broken": "golive.promise.broken",
}
"""The kind of a line, and the name of its event."""
