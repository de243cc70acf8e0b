"""Reckons from measured figures what so many practices need; writes the table of docs/sizing.md."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

DAY: Final = 86_400
# Measured on PostgreSQL by tests/benchmarks/test_chain.py, November 23, 2026, at a load of 15 to 18.
VISIT_MS: Final = 8.8
"""Processor milliseconds of one visit: taken in three times, decided, mailed once, answered."""
MESSAGE_MS: Final = 2.9
"""Of these, one message decided and mailed."""
VISIT_BYTES: Final = 11_043
"""Bytes of such a visit with its indexes and its history; on SQLite 6,078."""
RUN_SECONDS: Final = 4.4
"""Processor seconds of a flow's process before its first line, at most (3.6 to 4.4)."""
SCHEDULED_RUNS: Final = 1_171
"""Runs a day by the schedules of prefect.yaml, however many practices there are."""
# Memory in MB, read from running processes.
FLOW_MB, SERVER_MB, WORKER_MB, WEB_MB = 130, 240, 260, 240
FLOWS_AT_ONCE: Final = 8
CONNECTIONS_OF_FLOW, CONNECTIONS_OF_WEB, CONNECTIONS_OF_SERVER = 4, 15, 15
# Assumed; whoever knows their practices better puts in their own.
VISITS_A_DAY: Final = 40
WORKDAYS: Final = 250
MESSAGES_A_VISIT: Final = 3
MESSAGE_BYTES: Final = 3_000
ASKS_A_DAY: Final = 96
ASK_MS: Final = 20.0
FORMS_A_WEEK: Final = 1
PEAK: Final = 6
"""The busiest hour holds so many times the mean of a day."""
BUSY: Final = 0.5
"""A processor is planned to be busy for no more than this share in the busiest hour."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What so many practices need."""

    practices: int

    @property
    def visits(self) -> int:
        """Visits on a workday."""
        return self.practices * VISITS_A_DAY

    @property
    def messages_a_second(self) -> float:
        """Messages a second in the busiest hour."""
        return self.visits * MESSAGES_A_VISIT * PEAK / DAY

    @property
    def runs(self) -> int:
        """Flow runs on a workday: by the clock, and by people with a form."""
        return SCHEDULED_RUNS + ceil(self.practices * FORMS_A_WEEK / 5)

    @property
    def work_seconds(self) -> float:
        """Processor seconds of a workday for visits, messages and the asking of practice systems."""
        more = (MESSAGES_A_VISIT - 1) * MESSAGE_MS
        return (self.visits * (VISIT_MS + more) + self.practices * ASKS_A_DAY * ASK_MS) / 1_000

    @property
    def run_seconds(self) -> float:
        """Processor seconds of a workday for starting flow runs."""
        return self.runs * RUN_SECONDS

    @property
    def cores(self) -> int:
        """Cores for workers in the busiest hour."""
        return ceil((self.work_seconds + self.run_seconds) * PEAK / DAY / BUSY)

    @property
    def database_cores(self) -> int:
        """Cores for PostgreSQL: as much as the work itself, since its own part was not measured apart."""
        return max(1, ceil(self.work_seconds * PEAK / DAY / BUSY))

    @property
    def workers(self) -> int:
        """Worker processes: one for every two cores, and two so that one may die."""
        return max(2, ceil(self.cores / 2))

    @property
    def servers(self) -> int:
        """Prefect servers: two so that one may die; one more for each 20,000 runs a day."""
        return max(2, ceil(self.runs / 20_000) + 1)

    @property
    def sites(self) -> int:
        """Web sites: two so that one may die."""
        return 2

    @property
    def gigabytes(self) -> float:
        """Memory without the database."""
        flows = self.workers * (WORKER_MB + FLOWS_AT_ONCE * FLOW_MB)
        return (flows + self.servers * SERVER_MB + self.sites * WEB_MB) / 1_000

    @property
    def disk_a_year(self) -> float:
        """Gigabytes of a year's visits, before anything is purged."""
        each = VISIT_BYTES + (MESSAGES_A_VISIT - 1) * MESSAGE_BYTES
        return self.visits * WORKDAYS * each / 1e9

    @property
    def connections(self) -> int:
        """Connections to PostgreSQL at most."""
        flows = self.workers * FLOWS_AT_ONCE * CONNECTIONS_OF_FLOW
        return flows + self.sites * CONNECTIONS_OF_WEB + self.servers * CONNECTIONS_OF_SERVER


SIZES: Final = (1_000, 10_000, 100_000)


def table(sizes: Sequence[int] = SIZES) -> str:
    """Write the table of what is needed, one column for each size."""
    plans = [Plan(size) for size in sizes]
    head = ["| practices |" + "".join(f" {one.practices:,} |" for one in plans), "|---|" + "--:|" * len(plans)]
    return "\n".join([*head, *(f"| {what} |" + "".join(f" {one} |" for one in cells) for what, cells in _rows(plans))])


def _rows(plans: Sequence[Plan]) -> Iterator[tuple[str, list[str]]]:
    yield "visits on a workday", [f"{one.visits:,}" for one in plans]
    yield "messages a second in the busiest hour", [f"{one.messages_a_second:,.1f}" for one in plans]
    yield "flow runs on a workday", [f"{one.runs:,}" for one in plans]
    yield "processor seconds of a workday, work", [f"{one.work_seconds:,.0f}" for one in plans]
    yield "processor seconds of a workday, starting runs", [f"{one.run_seconds:,.0f}" for one in plans]
    yield "cores for workers", [f"{one.cores:,}" for one in plans]
    yield "cores for PostgreSQL", [f"{one.database_cores:,}" for one in plans]
    yield "workers, each with up to eight flows", [f"{one.workers:,}" for one in plans]
    yield "Prefect servers", [f"{one.servers:,}" for one in plans]
    yield "web sites", [f"{one.sites:,}" for one in plans]
    yield "memory without PostgreSQL, GB", [f"{one.gigabytes:,.1f}" for one in plans]
    yield "disk of a year's visits, GB", [f"{one.disk_a_year:,.0f}" for one in plans]
    yield "connections to PostgreSQL, at most", [f"{one.connections:,}" for one in plans]


if __name__ == "__main__":
    sys.stdout.write(f"{table([int(size) for size in sys.argv[1:]] or SIZES)}\n")
