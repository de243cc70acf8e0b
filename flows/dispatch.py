"""The standing dispatch: does at once what falls due in every capability, and costs nothing while it waits."""

from collections import Counter
from datetime import datetime

from prefect import flow

from tasks import messages, onboarding
from tasks.artifacts import show_counts
from tasks.dispatch import standing_watch
from tasks.moment import now

AT_ONCE = 10_000


@flow(flow_run_name="dispatch")
def dispatch(window_minutes: int = 15) -> dict[str, int]:
    """Stand by for one window: act upon due timers and deliver messages within a second of their commit.

    Args:
        window_minutes: How long this run lives; the next one starts when it ends.
    """
    counts = Counter[str]()
    with standing_watch(minutes=window_minutes, now=now) as watch:
        for at in watch.moments():
            counts.update(_act(at))
    show_counts(counts, key="dispatch", as_of=now())
    return dict(counts)


def _act(at: datetime) -> Counter[str]:
    """Do everything that is due at a moment: timers first, since they cause messages."""
    counts = Counter[str]()
    for claim in onboarding.claims_of_journeys(as_of=at, limit=AT_ONCE):
        counts.update(onboarding.advance_journeys(claim, as_of=at))
    for claim in onboarding.claims_of_whole_journeys(as_of=at, limit=AT_ONCE):
        counts.update(onboarding.advance_whole_journeys(claim, as_of=at))
    counts.update(messages.recover_messages(as_of=at))
    if counts["unknown"]:
        counts.update(messages.look_up_unknown(as_of=at))
    for claim in messages.claims_of_messages(as_of=at, limit=AT_ONCE):
        counts.update(messages.deliver_messages(claim, as_of=at))
    return counts
