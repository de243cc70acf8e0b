"""Digests: made in batches for everybody who is due; their mails go out with the other messages."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from models.db import transaction
from models.settings import settings
from models.store import digests
from tasks.policy import effect


def batches_of_digests(*, as_of: datetime, limit: int) -> Iterator[Counter[str]]:
    """Make digests, batch after batch until none is due; gives the counts of each batch."""
    batch, left = settings().dispatch_message_batch, limit
    while left > 0:
        counts = make_digests(min(batch, left), as_of=as_of)
        if not counts:
            return
        left -= counts["digests"]
        yield counts


@effect()
def make_digests(size: int, *, as_of: datetime) -> Counter[str]:
    """Make a batch of digests in one transaction; gives counts of digests and lines (E-26)."""
    return transaction(lambda session: digests.make_digests(session, as_of=as_of, limit=size))
