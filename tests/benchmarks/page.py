"""Writes docs/benchmarks.md and its chart from what a run of the benchmarks measured: `make bench` calls it."""

import json
import os
import platform
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import altair as alt

from templates import charts
from templates.charts import Drawing, Picture, Row, rows_of
from tests.benchmarks.table import Measured

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE, CHART = "benchmarks.md", "images/benchmarks.png"
BAR: Final = 30
LONGEST_NAME: Final = 420
HEAD: Final = """# Benchmarks

`make bench` measures golive beside a floor: the same work as bare SQL, one reused connection, a bare split of the same
bytes, in the same run on the same machine. Medians of several runs; ratios are of medians, and they travel better
between machines than seconds do. This page and its chart are written by that command; do not edit them.
"""


class Work(NamedTuple):
    """What was measured of one work; where it has a floor, that is the last."""

    title: str
    measured: tuple[Measured, ...]

    @property
    def ratio(self) -> float | None:
        """Say how many times the floor ours took; none without a floor."""
        ours, *others = self.measured
        return ours.median / others[-1].median if others else None


class Machine(NamedTuple):
    """Where it was measured."""

    cores: int
    processor: str
    load: float


def read(file: Path) -> list[Work]:
    """Read what one run kept; a work that was measured twice counts as it was measured last.

    Raises:
        ValueError: nothing was measured.
    """
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    works = dict[str, Work]()
    for line in lines:
        told = json.loads(line)
        works[told["title"]] = Work(told["title"], tuple(_measured(one) for one in told["measured"]))
    if not works:
        message = f"{file.name} holds no measurements: run `make bench`, which makes it."
        raise ValueError(message)
    return list(works.values())


def _measured(told: Mapping[str, Any]) -> Measured:
    return Measured(told["name"], told["rows"], tuple(told["seconds"]))


def this_machine() -> Machine:
    """Say what this machine is, and how busy."""
    facts = Path("/proc/cpuinfo")
    names = (
        [line.partition(": ")[2] for line in facts.read_text().splitlines() if line.startswith("model name")]
        if (facts.exists())
        else []
    )
    return Machine(os.cpu_count() or 1, names[0] if names else platform.machine(), os.getloadavg()[0])


def words(works: Sequence[Work], machine: Machine, on: date) -> str:
    """Write the page."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("prefect", "sqlalchemy", "psycopg", "pydantic"))
    python, sqlite = platform.python_version(), sqlite3.sqlite_version
    where = f"{machine.cores} cores ({machine.processor}), load {machine.load:.1f} at the end of the run"
    when = f"Measured on {on:%B} {on.day}, {on.year}: {where}, Python {python}, SQLite {sqlite}, {packages}."
    lines = [HEAD, when, "", f"![How many times the floor each work takes]({CHART})"]
    for work in works:
        lines += ["", f"## {work.title[0].upper()}{work.title[1:]}", "", *_table(work)]
    return "\n".join(lines) + "\n"


def _table(work: Work) -> list[str]:
    """Write one work as a table: the median, the spread of all runs, and the ratio to the floor."""
    heads = ["| way | rows | median | from | to | rows a second | times the floor |", "|---|--:|--:|--:|--:|--:|--:|"]
    floor = work.measured[-1].median
    has_floor = work.ratio is not None
    return heads + [
        f"| {one.name} | {one.rows:,} | {_time(one.median)} | {_time(min(one.seconds))} | {_time(max(one.seconds))} | "
        f"{one.per_second:,.0f} | {f'{one.median / floor:.1f}' if has_floor else ''} |"
        for one in work.measured
    ]


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def picture(works: Sequence[Work]) -> Picture:
    """Draw how many times the floor each work takes; works without a floor are left out."""
    rows: list[Row] = [{"work": one.title, "ratio": one.ratio} for one in works if one.ratio is not None]
    return Picture(
        "Times the floor (1 is the bare work)",
        "One bar per work: how many times as long golive takes as the bare work. The tables hold the figures.",
        lambda width: _bars(rows, width),
    )


def _bars(rows: Sequence[Row], width: int) -> Drawing:
    base = alt.Chart(rows_of(rows)).encode(
        y=alt.Y("work:N", sort=None, title=None, axis=alt.Axis(labelLimit=LONGEST_NAME, ticks=False, domain=False)),
        x=alt.X("ratio:Q", title="Times the floor"),
    )
    bars = base.mark_bar(color=charts.CORE, height={"band": 0.6})
    labels = base.mark_text(align="left", dx=4, color=charts.INK).encode(text=alt.Text("ratio:Q", format=".1f"))
    floor = alt.Chart(rows_of([{"ratio": 1}])).mark_rule(color=charts.TARGET, strokeDash=[4, 3]).encode(x="ratio:Q")
    return alt.layer(bars, labels, floor).properties(width=width, height=BAR * len(rows) + 2 * BAR)


def write(file: Path, docs: Path, *, machine: Machine, on: date) -> None:
    """Write the page and its chart into a folder of documents.

    Raises:
        ValueError: nothing was measured.
    """
    works = read(file)
    (docs / CHART).parent.mkdir(parents=True, exist_ok=True)
    (docs / CHART).write_bytes(charts.png(picture(works), width=900))
    (docs / PAGE).write_text(words(works, machine, on), encoding="utf-8")


if __name__ == "__main__":
    try:
        write(Path(sys.argv[1]), DOCS, machine=this_machine(), on=datetime.now(UTC).date())
    except ValueError as error:
        sys.exit(str(error))
