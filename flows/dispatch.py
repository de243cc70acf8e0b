"""The standing dispatches: they do at once what falls due in every capability, and cost nothing while they wait.

There are two, so that a slow practice system never keeps a message waiting.
"""

from collections import Counter
from datetime import datetime

from prefect import flow

from tasks import (
    announcements,
    appointments,
    clearinghouse,
    enrollment,
    feedback,
    messages,
    offboarding,
    onboarding,
    practice_system,
    sync,
    texting,
)
from tasks.artifacts import show_counts
from tasks.batches import side_by_side
from tasks.dispatch import due_writes_and_looks, standing_watch
from tasks.moment import now
from tasks.quarantine import unless_quarantined

AT_ONCE = 10_000


@flow(flow_run_name="dispatch")
@unless_quarantined
def dispatch(window_minutes: int = 15) -> dict[str, int]:
    """Stand by for one window: act upon due timers and deliver messages within a second of their commit.

    Args:
        window_minutes: Length of a window; a run lives until its window ends and the next run has taken over.
    """
    counts = Counter[str]()
    with standing_watch(minutes=window_minutes, now=now) as watch:
        for at in watch.moments():
            counts.update(_act(at))
    show_counts(counts, key="dispatch", as_of=now())
    return dict(counts)


def _act(at: datetime) -> Counter[str]:
    """Do everything that is due at a moment: what patients wrote first, then timers, since both cause messages."""
    counts = Counter[str]()
    for size in texting.batches_of_events(as_of=at, limit=AT_ONCE):
        counts.update(texting.take_in_events(size, as_of=at))
    for size in onboarding.batches_of_journeys(as_of=at, limit=AT_ONCE):
        counts.update(onboarding.advance_journeys(size, as_of=at))
    for claim in onboarding.claims_of_whole_journeys(as_of=at, limit=AT_ONCE):
        counts.update(onboarding.advance_whole_journeys(claim, as_of=at))
    for size in enrollment.batches_of_enrollments(as_of=at, limit=AT_ONCE):
        counts.update(enrollment.watch_enrollments(size, as_of=at))
    for size in appointments.batches_of_visits(as_of=at, limit=AT_ONCE):
        counts.update(appointments.advance_visits(size, as_of=at))
    for size in feedback.batches_of_requests(as_of=at, limit=AT_ONCE):
        counts.update(feedback.ask_for_feedback(size, as_of=at))
    if offboarding.is_due(as_of=at):
        counts.update(offboarding.act_upon_due(as_of=at))
    counts.update(messages.recover_messages(as_of=at))
    if messages.is_look_up_due(as_of=at):
        counts.update(messages.look_up_unknown(as_of=at))
    claims = messages.claims_of_messages(as_of=at, limit=AT_ONCE)
    counts.update(side_by_side(messages.deliver_messages, claims, as_of=at))
    counts.update(announcements.tell_milestones())
    return counts


@flow(flow_run_name="keep-in-step")
@unless_quarantined
def keep_in_step(window_minutes: int = 15) -> dict[str, int]:
    """Stand by for one window: write to practice systems within a second of the commit, and look for changes there.

    Args:
        window_minutes: Length of a window; a run lives until its window ends and the next run has taken over.
    """
    counts = Counter[str]()
    with standing_watch(minutes=window_minutes, now=now, due=due_writes_and_looks) as watch:
        for at in watch.moments():
            counts.update(_synchronise(at))
    show_counts(counts, key="keep-in-step", as_of=now())
    return dict(counts)


def _synchronise(at: datetime) -> Counter[str]:
    """Write first, since people wait for it; then look at undecided requests, for other changes; then submit."""
    counts = Counter(practice_system.recover_pushes(as_of=at))
    for claim in practice_system.claims_of_pushes(as_of=at, limit=AT_ONCE):
        counts.update(practice_system.push_appointments(claim, as_of=at))
    for watched in sync.watched_requests(as_of=at, limit=AT_ONCE):
        counts.update(sync.look_at_requests(watched, as_of=at))
    for looks in sync.looks_of_changes(as_of=at, limit=AT_ONCE):
        counts.update(sync.look_for_changes(looks, as_of=at))
    for claim in clearinghouse.claims_of_submissions(as_of=at, limit=AT_ONCE):
        counts.update(clearinghouse.push_submissions(claim, as_of=at))
    return counts
