"""What schedules start in a simulation: files are read, the clearinghouse is asked, digests go out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import partial

from deployments.simulate import AT_ONCE, Act, Plan, World
from tasks import clearinghouse, digests, enrollment, messages, payer_files

EARLY, MORNING, AFTERNOON = time(11, 40), time(15, 10), time(19, 10)
"""In UTC: before office hours, and twice within them."""
MONDAY, SATURDAY = 0, 5


@dataclass(slots=True)
class Chores:
    """Whatever is scheduled beside the standing dispatch."""

    world: World
    counts: Counter[str] = field(default_factory=Counter)

    def plans(self) -> Iterator[Plan]:
        """Plan what is left of today."""
        yield from self._round(MORNING, self._in_the_morning)
        yield from self._round(AFTERNOON, self._in_the_afternoon)
        if self.world.now.weekday() < SATURDAY:
            yield from self._round(EARLY, self._early)

    def _round(self, at: time, act: Act) -> Iterator[Plan]:
        moment = datetime.combine(self.world.now.date(), at, tzinfo=UTC)
        if moment >= self.world.now:
            yield Plan(moment, f"chores {moment:%Y-%m-%d %H:%M}", act)

    def _early(self, as_of: datetime) -> str:
        self._count("doubtful messages", messages.look_up_unknown.fn(as_of=as_of))
        for numbers in payer_files.practices_to_check():
            self._count("evidence", payer_files.check_practices.fn(numbers, as_of=as_of))
        if as_of.weekday() == MONDAY:  # each night in production; here nothing is ever left behind
            for several in enrollment.practices_to_catch_up():
                self._count("journeys", enrollment.catch_up.fn(several, as_of=as_of))
        return ""

    def _in_the_morning(self, as_of: datetime) -> str:
        self._count("clearinghouse", clearinghouse.poll_statuses.fn(as_of=as_of))
        found = payer_files.waiting_files.fn(limit=AT_ONCE)
        if isinstance(found, str):
            return found
        for batch in found[0]:
            counts, _ = payer_files.read_waiting_files.fn(batch, as_of=as_of)
            self._count("files", counts)
        return self._in_the_afternoon(as_of)

    def _in_the_afternoon(self, as_of: datetime) -> str:
        for claim in clearinghouse.claims_of_submissions(as_of=as_of, limit=AT_ONCE):
            self._count("submissions", clearinghouse.push_submissions.fn(claim, as_of=as_of))
        self._digests(as_of)
        return ""

    def _digests(self, as_of: datetime) -> None:
        make = partial(digests.make_digests.fn, AT_ONCE, as_of=as_of)
        while counts := make():
            self._count("digests", counts)

    def _count(self, what: str, counts: Counter[str]) -> None:
        self.counts.update({f"{what}: {word}": count for word, count in counts.items()})
