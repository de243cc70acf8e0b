"""Claims worked on side by side: never more than two at a time, and none is left behind by another's failure."""

import threading
from collections import Counter
from datetime import datetime

import pytest
from prefect import Task, flow

from models.store.claims import Claim
from tasks.batches import SIDE_BY_SIDE, side_by_side
from tasks.policy import Retry, TaskFailed, effect
from tests.factories import MONDAY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.server,
    pytest.mark.xdist_group("prefect"),
    pytest.mark.usefixtures("prefect"),
]
CLAIMS = [Claim(fence, (fence,)) for fence in range(1, 6)]


class Work:
    """Work that meets the work beside it, and fails for one claim."""

    def __init__(self, *, fails_at: int = 0) -> None:
        self.fails_at = fails_at
        self.at_once = 0
        self.most = 0
        self.done: list[int] = []
        self._lock = threading.Lock()
        self._met = threading.Barrier(SIDE_BY_SIDE)

    def task(self) -> Task[[Claim, datetime], Counter[str]]:
        def work(claim: Claim, as_of: datetime) -> Counter[str]:
            assert as_of == MONDAY
            return self._worked(claim)

        return effect(Retry.NEVER)(work)

    def _worked(self, claim: Claim) -> Counter[str]:
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        if claim.fence <= SIDE_BY_SIDE:
            self._met.wait(30)
        with self._lock:
            self.at_once -= 1
            if claim.fence == self.fails_at:
                raise RuntimeError
            self.done.append(claim.fence)
        return Counter(sent=claim.fence)


def carried_out(work: Work) -> dict[str, int]:
    task = work.task()

    @flow
    def together() -> dict[str, int]:
        return dict(side_by_side(task, iter(CLAIMS), as_of=MONDAY))

    return together()


def test_two_claims_are_under_way_at_a_time_and_all_are_counted() -> None:
    work = Work()
    assert carried_out(work) == {"sent": 15}
    assert (work.most, sorted(work.done)) == (SIDE_BY_SIDE, [1, 2, 3, 4, 5])


def test_after_a_failure_what_is_under_way_ends_before_the_run_does_and_nothing_new_begins() -> None:
    work = Work(fails_at=1)
    with pytest.raises(TaskFailed):
        carried_out(work)
    assert work.done == [2]
