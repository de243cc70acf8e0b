"""Does once, without Prefect, what the standing flows do: for when Prefect is away, and safe beside it."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from models.db import DatabaseFailure
from models.settings import SettingsError
from tasks import (
    appointments,
    clearinghouse,
    enrollment,
    feedback,
    messages,
    onboarding,
    payer_files,
    practice_system,
    sync,
    texting,
)
from tasks.moment import now
from tasks.policy import TaskFailed
from tasks.quarantine import SENTENCE, is_quarantined

AT_ONCE: Final = 10_000
_BEFORE: Final[tuple[tuple[Any, Any], ...]] = (
    (texting.batches_of_events, texting.take_in_events),
    (onboarding.batches_of_journeys, onboarding.advance_journeys),
    (onboarding.claims_of_whole_journeys, onboarding.advance_whole_journeys),
    (enrollment.batches_of_enrollments, enrollment.watch_enrollments),
    (appointments.batches_of_visits, appointments.advance_visits),
    (feedback.batches_of_requests, feedback.ask_for_feedback),
)
"""What causes messages, in the order of the standing dispatch: where work comes from, and what does it."""
_AFTER: Final[tuple[tuple[Any, Any], ...]] = (
    (messages.claims_of_messages, messages.deliver_messages),
    (practice_system.claims_of_pushes, practice_system.push_appointments),
    (sync.watched_requests, sync.look_at_requests),
    (sync.looks_of_changes, sync.look_for_changes),
    (clearinghouse.claims_of_submissions, clearinghouse.push_submissions),
)
"""What goes out, and what is asked for."""


def catch_up(*, as_of: datetime) -> Counter[str]:
    """Do everything that is due at a moment; what a flow does at the same time it does not do again.

    Raises:
        TaskFailed: something failed; what was done before stays done, and the rest is due still.
    """
    counts = _each(_BEFORE, as_of)
    counts.update(messages.recover_messages(as_of=as_of))
    if messages.is_look_up_due(as_of=as_of):
        counts.update(messages.look_up_unknown.fn(as_of=as_of))
    counts.update(practice_system.recover_pushes(as_of=as_of))
    counts.update(_each(_AFTER, as_of))
    counts.update(_read_payer_files(as_of))
    return +counts


def _each(steps: Sequence[tuple[Any, Any]], as_of: datetime) -> Counter[str]:
    counts = Counter[str]()
    for pieces, work in steps:
        for piece in pieces(as_of=as_of, limit=AT_ONCE):
            counts.update(work.fn(piece, as_of=as_of))
    return counts


def _read_payer_files(as_of: datetime) -> Counter[str]:
    """Read what waits in the inbox; a folder that cannot be used is said by the flow that reads it."""
    found = payer_files.waiting_files.fn(limit=AT_ONCE)
    if isinstance(found, str):
        return Counter({"payer files not read": 1})
    counts = Counter[str]()
    for batch in found[0]:
        counts.update(payer_files.read_waiting_files.fn(batch, as_of=as_of)[0])
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    """Catch up once and write what was done, as counts; nothing of anybody is in them."""
    parser = argparse.ArgumentParser(
        prog="golive catch-up",
        description="Do what is due, once and without Prefect: timers, messages, look-ups, writes to practice systems, "
        "looks at them, submissions, payer files. Nothing is done twice where flows run at the same time.",
    )
    parser.parse_args(arguments)
    try:
        if is_quarantined():
            sys.stderr.write(f"{SENTENCE}\n")
            return os.EX_TEMPFAIL
        counts = catch_up(as_of=now())
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    except (DatabaseFailure, TaskFailed) as failure:
        sys.stderr.write(f"Not everything could be done: {failure}. What is left is due still; try again.\n")
        return os.EX_UNAVAILABLE
    told = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    sys.stdout.write(f"Done: {told}.\n" if told else "Nothing was due.\n")
    return os.EX_OK
