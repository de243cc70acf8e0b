"""Work in batches: claim, hand over, claim again, until nothing is left or enough was taken."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from prefect import Task
from prefect.futures import PrefectFuture

from models.store.claims import Claim
from tasks.policy import safe

SIDE_BY_SIDE: Final = 2


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


def side_by_side(work: Task[..., Counter[str]], claims: Iterable[Claim], *, as_of: datetime) -> Counter[str]:
    """Work on two claims at a time: while one waits for its provider, the other one loads or settles.

    Raises:
        TaskFailed: a claim's task failed; the one beside it is finished first.
    """
    counts, under_way = Counter[str](), deque[PrefectFuture[Counter[str]]]()
    for claim in claims:
        under_way.append(work.submit(claim, as_of=as_of))
        if len(under_way) == SIDE_BY_SIDE:
            counts.update(_finished(under_way))
    while under_way:
        counts.update(_finished(under_way))
    return counts


def _finished(under_way: deque[PrefectFuture[Any]]) -> Counter[str]:
    """Wait for the oldest; after a failure for all others too, so that nothing works on behind a run that is over."""
    try:
        return Counter(under_way.popleft().result())
    except Exception:
        for other in under_way:
            other.wait()
        raise
