"""The outbox: delivered alone when needed, dead letters shown and replayed, unknown outcomes looked up."""

from collections import Counter

from prefect import flow

from models.inputs.forms import MessageIds, numbers_of
from tasks import messages
from tasks.artifacts import show_counts, show_rows
from tasks.batches import side_by_side
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined


@flow(flow_run_name="deliver-messages")
@unless_quarantined
def deliver_messages(as_of: str = "", limit: int = 1_000) -> dict[str, int]:
    """Deliver the messages that are due, beside the standing dispatch.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most messages that this run takes.
    """
    at = moment(as_of)
    counts = messages.recover_messages(as_of=at)
    claims = messages.claims_of_messages(as_of=at, limit=limit)
    counts.update(side_by_side(messages.deliver_messages, claims, as_of=at))
    show_counts(counts, key="deliver-messages", as_of=at)
    return dict(counts)


@flow(flow_run_name="show-dead-letters")
def show_dead_letters() -> int:
    """List the messages that were refused, given up, or whose outcome nobody knows."""
    rows = messages.list_dead_letters()
    show_rows(rows, key="dead-letters", description="Messages that did not arrive, or may not have")
    return len(rows)


@flow(flow_run_name="replay-messages")
@unless_quarantined
def replay_messages(ids: MessageIds) -> list[int]:
    """Send dead letters once more, as a person decided; one with an unknown outcome may arrive twice.

    Args:
        ids: Numbers from the list of dead letters, separated by commas.
    """
    return messages.replay_messages(numbers_of(ids), as_of=now())


@flow(flow_run_name="look-up-unknown")
@unless_quarantined
def look_up_unknown(as_of: str = "") -> dict[str, int]:
    """Ask the provider what became of messages whose outcome nobody knows; surely absent ones are due again.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    counts = Counter(messages.look_up_unknown(as_of=at))
    show_counts(counts, key="look-up-unknown", as_of=at)
    return dict(counts)
