"""Work in batches: claim, hand over, claim again, until nothing is left or enough was taken."""

from collections.abc import Callable, Iterator

from models.store.claims import Claim
from tasks.policy import safe


def in_batches(claim: Callable[[int], Claim], *, limit: int, batch: int) -> Iterator[Claim]:
    """Yield claims of at most `batch` rows; a claim is made only when the one before was dealt with."""
    left = limit
    while left > 0:
        claimed = safe(claim)(min(batch, left))
        if not claimed:
            return
        left -= len(claimed.ids)
        yield claimed
        if len(claimed.ids) < batch:
            return
