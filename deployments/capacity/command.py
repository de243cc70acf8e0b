"""The command `golive simulate`: how many coaches and enrollment staff so many practices need, and what waits."""

import argparse
import math
import os
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deployments.capacity.figures import Sheet, sheets_of, write
from deployments.capacity.play import play
from deployments.capacity.report import write_report
from deployments.capacity.tally import Tally
from deployments.capacity.wanted import Wanted, usual_starts

MOST_PRACTICES, MOST_DAYS, MOST_PEOPLE, MOST_JOBS = 20_000, 1_000, 10_000, 64
LONGEST_DAY: Final = 12.0
BEGINS_ON: Final = date(2027, 1, 4)
MONDAY: Final = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Play many invented practices against the product's own rules, and write a report with its figures as CSV."""
    given = _parser().parse_args(arguments)
    out, began = Console(), time.monotonic()
    wanted = _wanted(given)
    tally = _play(wanted, given.jobs, out)
    sheets = sheets_of(tally, wanted)
    given.out.mkdir(parents=True, exist_ok=True)
    write(sheets, given.out)
    report = write_report(sheets, wanted, given.out / "report.html")
    _tell(sheets["summary"], time.monotonic() - began, out)
    out.print(f"Report: {report}", markup=False)
    return 0


def _wanted(given: argparse.Namespace) -> Wanted:
    starts = given.starts_per_week or usual_starts(given.practices, given.days)
    people = (given.coaches, given.enrollment_staff)
    return Wanted(given.practices, given.days, given.seed, given.begins, starts, *people, given.hours)


def _play(wanted: Wanted, jobs: int, out: Console) -> Tally:
    tally = Tally()
    columns = (TextColumn("Practices"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out) as progress:
        bar = progress.add_task("Practices", total=wanted.practices)
        for team, counted in play(wanted, jobs=jobs):
            tally.add(counted)
            progress.advance(bar, len(team.practices))
    return tally


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="golive simulate", description=main.__doc__)
    add = parser.add_argument
    add("--practices", type=_whole(MOST_PRACTICES), default=200, help="how many practices there are")
    add("--days", type=_whole(MOST_DAYS), default=200, help="over how many days they are played")
    add("--seed", type=_whole(2**31, least=0), default=1, help="another number invents other practices")
    add("--out", type=_folder, default=Path("simulation"), help="the folder for the report and its CSV files")
    add("--starts-per-week", type=_whole(MOST_PRACTICES), help="how many practices start each week")
    add("--coaches", type=_whole(MOST_PEOPLE), help="how many coaches there are; without it, as many as needed")
    add("--enrollment-staff", type=_whole(MOST_PEOPLE), help="how many people enroll; without it, as many as needed")
    add("--hours", type=_hours, default=6.0, help="hours a day that each of them works on calls and tasks")
    add("--begins", type=_monday, default=BEGINS_ON, help="the Monday on which it begins, like 2027-01-04")
    add("--jobs", type=_whole(MOST_JOBS), default=os.cpu_count() or 1, help="how many processes play")
    return parser


def _whole(most: int, *, least: int = 1) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or not least <= int(text) <= most:
            message = f"{text!r} is not a whole number from {least} to {most:,}; write such a number."
            raise argparse.ArgumentTypeError(message)
        return int(text)

    return read


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not 1 <= hours <= LONGEST_DAY:
        message = f"{text!r} is not a number of hours from 1 to {LONGEST_DAY:g}; write one like 6 or 6.5."
        raise argparse.ArgumentTypeError(message)
    return hours


def _monday(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.weekday() != MONDAY or not 2020 <= day.year <= 2100:  # noqa: PLR2004 - years with known holidays
        message = f"{text!r} is not a Monday from 2020 to 2100; write one like {BEGINS_ON}."
        raise argparse.ArgumentTypeError(message)
    return day


def _folder(text: str) -> Path:
    folder = Path(text)
    if folder.exists() and not folder.is_dir():
        message = f"{text!r} is a file; name a folder, or one that is still to be made."
        raise argparse.ArgumentTypeError(message)
    return folder


def _tell(summary: Sheet, seconds: float, out: Console) -> None:
    table = Table(title=f"Simulated in {seconds:.0f} s", title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in summary.lines:
        table.add_row(str(name), f"{value:,}" if isinstance(value, int) else str(value))
    out.print(table)
