"""Digests of what waits around payer enrollments: one mail per person and day."""

from collections import Counter

from prefect import flow

from tasks import digests
from tasks.artifacts import show_counts
from tasks.moment import moment
from tasks.quarantine import unless_quarantined

AT_ONCE = 10_000


@flow(flow_run_name="send-digests")
@unless_quarantined
def send_digests(as_of: str = "", limit: int = AT_ONCE) -> dict[str, int]:
    """Tell practices and our own people what waits around payer enrollments, in office hours, once a day at most.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most digests that this run makes.
    """
    at, counts = moment(as_of), Counter[str]()
    for batch in digests.batches_of_digests(as_of=at, limit=limit):
        counts.update(batch)
    show_counts(counts, key="send-digests", as_of=at)
    return dict(counts)
