"""Reconciling: what a lost database may have sent is looked up where a provider can tell, else it is unknown."""

from collections import Counter
from datetime import datetime
from functools import partial
from typing import Final

from models.db import read, transaction
from models.inputs.answers import Answer
from models.store import look_ups, practices, restores
from models.store.look_ups import Doubtful
from models.store.messages import Outcome
from models.store.restores import DOUBTED, SURELY_ABSENT, Quarantine
from models.tables.messages import MessageState
from tasks import (
    appointments,
    clearinghouse,
    digests,
    enrollment,
    feedback,
    messages,
    onboarding,
    reports,
    sync,
    texting,
)
from tasks.connectors.ports import Sight
from tasks.outcomes import settle_doubt
from tasks.policy import TaskFailed

AT_ONCE: Final = 10_000
ROUNDS: Final = 100
"""What is found sent leads to more that was due; so often it is looked at most, far more often than is needed."""
UNREAD: Final = "systems_not_read"
_READ: Final = frozenset({"changed", "unchanged", "new", "deleted", "deferred", "dead", "not_connected"})
NOT_IN_QUARANTINE: Final = "The database is not in quarantine: it was not restored, or it was released already."
NOT_READ: Final = (
    "{} practice systems or clearinghouses did not answer. What they would show may have caused messages: run golive "
    "restore --reconcile again, or with --leave-unread when they stay away for long."
)
NOT_RECONCILED: Final = "It was not reconciled yet. Run golive restore --reconcile first."
STILL_QUEUED: Final = "{} messages were queued since it was reconciled. Run golive restore --reconcile once more."
UNKNOWN_STAFF: Final = "There is no member of staff with the key {}; write who releases it."


def reconcile(*, leave_unread: bool = False, as_of: datetime) -> Answer:
    """Let time catch up in silence, doubt whatever may have been sent since the backup, and look it up.

    Safe to run again at any time before the release, also after it was killed.
    """
    since = read(restores.quarantine)
    if since is None:
        return Answer.refused(NOT_IN_QUARANTINE)
    until = since.stopped_at if since.stopped_at < since.restored_at else as_of
    counts = Counter[str]()
    for _ in range(ROUNDS):
        counts[UNREAD] = _catch_up(until)[UNREAD]
        counts["doubted"] += transaction(partial(restores.doubt_messages, since=since, as_of=until))
        looked = _look_up(since, until)
        counts.update(looked)
        if not looked:
            break
    if counts[UNREAD] and not leave_unread:
        return Answer.refused(NOT_READ.format(counts[UNREAD]))
    counts.update(transaction(lambda session: restores.doubt_writes(session, as_of=as_of)))
    transaction(lambda session: restores.note_reconciled(session, since.id, dict(counts), as_of=as_of))
    return Answer(is_done=True, sentence=_told(counts))


def release(*, by: str, as_of: datetime) -> Answer:
    """Let a named person end the quarantine: from now on the database sends."""
    since = read(restores.quarantine)
    if since is None:
        return Answer.refused(NOT_IN_QUARANTINE)
    if by not in read(practices.active_staff):
        return Answer.refused(UNKNOWN_STAFF.format(by))
    if since.reconciled_at is None:
        return Answer.refused(NOT_RECONCILED)
    queued = read(partial(restores.waiting_messages, since=since))
    if queued:
        return Answer.refused(STILL_QUEUED.format(queued))
    if not transaction(partial(restores.release, restore=since.id, by=by, as_of=as_of)):
        return Answer.refused(NOT_IN_QUARANTINE)
    return Answer(is_done=True, sentence="The database is released; what is due goes out with the next dispatch.")


def status() -> Answer:
    """Say whether the database is in quarantine, and how far it has come."""
    since = read(restores.quarantine)
    if since is None:
        return Answer(is_done=True, sentence=NOT_IN_QUARANTINE)
    done = f"reconciled on {since.reconciled_at:%Y-%m-%d %H:%M} UTC" if since.reconciled_at else "not reconciled yet"
    return Answer(
        is_done=True,
        sentence=f"The database is in quarantine: a backup of {since.made_at:%Y-%m-%d %H:%M} UTC, restored on "
        f"{since.restored_at:%Y-%m-%d %H:%M} UTC, {done}.",
    )


def _catch_up(until: datetime) -> Counter[str]:
    """Act upon everything that fell due, as the lost database did; in quarantine nothing goes out.

    What practice systems and clearinghouses show by now is read first: it may have caused messages as well.
    """
    counts = Counter(messages.recover_messages(as_of=until)) + _read_systems(until)
    for size in texting.batches_of_events(as_of=until, limit=AT_ONCE):
        counts.update(texting.take_in_events.fn(size, as_of=until))
    for size in onboarding.batches_of_journeys(as_of=until, limit=AT_ONCE):
        counts.update(onboarding.advance_journeys.fn(size, as_of=until))
    for claim in onboarding.claims_of_whole_journeys(as_of=until, limit=AT_ONCE):
        counts.update(onboarding.advance_whole_journeys.fn(claim, as_of=until))
    for size in enrollment.batches_of_enrollments(as_of=until, limit=AT_ONCE):
        counts.update(enrollment.watch_enrollments.fn(size, as_of=until))
    for size in appointments.batches_of_visits(as_of=until, limit=AT_ONCE):
        counts.update(appointments.advance_visits.fn(size, as_of=until))
    for size in feedback.batches_of_requests(as_of=until, limit=AT_ONCE):
        counts.update(feedback.ask_for_feedback.fn(size, as_of=until))
    while made := digests.make_digests.fn(AT_ONCE, as_of=until):
        counts.update(made)
    reports.queue_weekly.fn(as_of=until, limit=AT_ONCE)
    return counts


def _read_systems(until: datetime) -> Counter[str]:
    counts = Counter[str]()
    for looks in sync.looks_of_changes(as_of=until, limit=AT_ONCE):
        seen = sync.look_for_changes.fn(looks, as_of=until)
        counts.update(seen)
        counts[UNREAD] += sum(count for word, count in seen.items() if word not in _READ)
    try:
        counts.update(clearinghouse.poll_statuses.fn(as_of=until))
    except TaskFailed:
        counts[UNREAD] += 1
    return counts


def _look_up(since: Quarantine, until: datetime) -> Counter[str]:
    counts = Counter[str]()
    while doubtful := _doubted(until):
        for one, sight in messages.seen_since_backup(doubtful, made_at=since.made_at, as_of=until):
            outcome = conclude(one, sight, since)
            is_written = transaction(partial(settle_doubt, doubtful=one, outcome=outcome, as_of=until))
            counts[outcome.code if is_written else "lost"] += 1
    return counts


def _doubted(until: datetime) -> list[Doubtful]:
    found = read(lambda session: look_ups.due(session, as_of=until, limit=messages.LOOK_UP_AT_ONCE))
    return [one for one in found if one.before == DOUBTED]


def conclude(doubtful: Doubtful, sight: Sight, since: Quarantine) -> Outcome:
    """Say what follows from a look: found is sent; surely absent goes out later, once; anything else a person decides.

    Absence proves nothing for what was queued after the backup: the lost database named it otherwise.
    """
    if sight is Sight.FOUND:
        return Outcome(MessageState.SENT, "found")
    if sight is Sight.ABSENT and doubtful.message.queued_at <= since.made_at:
        return Outcome(MessageState.PENDING, SURELY_ABSENT)
    return Outcome(MessageState.UNKNOWN, look_ups.FINAL)


def _told(counts: Counter[str]) -> str:
    return (
        f"{counts['doubted']} messages may have been sent since the backup: {counts['found']} were found at their "
        f"providers, {counts[SURELY_ABSENT]} surely were not sent and will be, {counts[look_ups.FINAL]} stay unknown "
        f"and are work items of their coaches; {counts['writes']} writes and {counts['submissions']} submissions are "
        "looked up before they are made. Next: golive restore --release --by KEY."
    )
