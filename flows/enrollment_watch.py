"""Payer enrollments over the months: due looks acted upon, and journeys brought up to date each night."""

from collections import Counter

from prefect import flow

from tasks import enrollment
from tasks.artifacts import show_counts
from tasks.moment import moment
from tasks.quarantine import unless_quarantined


@flow(flow_run_name="watch-enrollments")
@unless_quarantined
def watch_enrollments(as_of: str = "", limit: int = 10_000) -> dict[str, int]:
    """Act upon enrollments whose next look is due, those of the top three payers first, beside the standing dispatch.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most timers that this run takes.
    """
    at = moment(as_of)
    counts = Counter[str]()
    for size in enrollment.batches_of_enrollments(as_of=at, limit=limit):
        counts.update(enrollment.watch_enrollments(size, as_of=at))
    show_counts(counts, key="watch-enrollments", as_of=at)
    return dict(counts)


@flow(flow_run_name="catch-up-enrollments")
@unless_quarantined
def catch_up_enrollments(as_of: str = "") -> dict[str, int]:
    """Bring every journey under way up to date with its enrollments and payments, and payers to their places.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    counts = Counter[str]()
    for several in enrollment.practices_to_catch_up():
        counts.update(enrollment.catch_up(several, as_of=at))
    show_counts(counts, key="catch-up-enrollments", as_of=at)
    return dict(counts)
