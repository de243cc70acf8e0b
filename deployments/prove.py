"""The command `golive prove`: invented histories with everything that goes wrong, checked by a reader of traces."""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deployments.checker.feedback import FeedbackWatcher
from deployments.checker.journeys import JourneyWatcher
from deployments.checker.reading import Breach, Line, Watcher, breaches
from deployments.histories.chance import Chance, Faults
from deployments.histories.feedback_play import FeedbackPlay
from deployments.histories.feedback_pure import PureSide
from deployments.histories.journey_trace import journey_history
from deployments.histories.trace import write

FEEDBACK, JOURNEYS = "feedback", "journeys"
WATCHERS: Final[Mapping[str, Callable[[], Watcher]]] = {FEEDBACK: FeedbackWatcher, JOURNEYS: JourneyWatcher}
AT_ONCE: Final = 50
MOST_SHOWN: Final = 20
MOST_JOBS: Final = 64


@dataclass(slots=True)
class Proof:
    """What many histories came to: how many, what happened in them, and what broke a promise in which."""

    histories: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[int, Breach]] = field(default_factory=list)

    def add(self, other: "Proof") -> None:
        """Add what other histories came to."""
        self.histories += other.histories
        self.happened += other.happened
        self.broken += other.broken


def history(seed: int, *, days: int, about: str = FEEDBACK) -> list[Line]:
    """Play one history; the same seed gives the same lines."""
    if about == JOURNEYS:
        return journey_history(seed, days=days)
    return FeedbackPlay(PureSide(), Chance(seed), Faults(), days).play().lines


def prove(seeds: Sequence[int], *, days: int, about: str = FEEDBACK) -> Proof:
    """Play histories one after the other, and check each."""
    proof = Proof()
    for seed in seeds:
        lines = history(seed, days=days, about=about)
        proof.histories += 1
        proof.happened.update(line["what"] for line in lines)
        proof.broken += [(seed, one) for one in breaches(lines, WATCHERS[about]())]
    return proof


def prove_many(seeds: Sequence[int], *, days: int, jobs: int, about: str = FEEDBACK) -> Iterator[Proof]:
    """Play histories in several processes; gives what each part of them came to."""
    parts = [seeds[start : start + AT_ONCE] for start in range(0, len(seeds), AT_ONCE)]
    if jobs == 1:
        yield from (prove(part, days=days, about=about) for part in parts)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(_prove, parts, [days] * len(parts), [about] * len(parts))


def _prove(part: Sequence[int], days: int, about: str) -> Proof:
    return prove(part, days=days, about=about)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play many histories, or one alone, from the command line."""
    given = _parser().parse_args(arguments)
    out = Console()
    if given.only is not None:
        return _show_one(given, out)
    began = time.monotonic()
    seeds = range(given.seed, given.seed + given.histories)
    proof = Proof()
    columns = (TextColumn("Playing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out) as progress:
        bar = progress.add_task("Playing", total=len(seeds))
        for part in prove_many(seeds, days=given.days, jobs=given.jobs, about=given.about):
            proof.add(part)
            progress.update(bar, completed=proof.histories)
    _tell(proof, given, time.monotonic() - began, out)
    return 1 if proof.broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="golive prove", description=main.__doc__)
    about = "what the histories are about: patients who are asked, or practices on their way to graduation"
    parser.add_argument("about", nargs="?", choices=sorted(WATCHERS), default=FEEDBACK, help=about)
    parser.add_argument("--histories", type=_whole(1_000_000), default=500, help="how many histories are played")
    parser.add_argument("--days", type=_whole(2_000), default=200, help="how many days each of them lasts")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first history")
    parser.add_argument("--jobs", type=_whole(MOST_JOBS), default=2, help="how many processes play")
    parser.add_argument("--only", type=int, help="play this one history alone and show what breaks a promise in it")
    parser.add_argument("--trace", type=Path, help="with --only: the file into which its lines are written")
    return parser


def _whole(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= most:
            message = f"{text!r} is not a whole number from 1 to {most}; write such a number."
            raise argparse.ArgumentTypeError(message)
        return int(text)

    return read


def _show_one(given: argparse.Namespace, out: Console) -> int:
    seed: int = given.only
    lines = history(seed, days=given.days, about=given.about)
    if given.trace is not None:
        write(lines, given.trace)
        out.print(f"{len(lines)} lines: {given.trace}")
    found = breaches(lines, WATCHERS[given.about]())
    for one in found:
        out.print(f"{one.promise} {one.at} {one.what}", markup=False)
    out.print(f"History {seed}: {len(lines)} lines, {len(found)} broken promises.")
    return 1 if found else 0


def _tell(proof: Proof, given: argparse.Namespace, seconds: float, out: Console) -> None:
    days, about = given.days, given.about
    table = Table(title=f"{proof.histories:,} histories of {days} days in {seconds:.0f} s", title_justify="left")
    table.add_column("what happened")
    table.add_column("times", justify="right")
    for what, times in sorted(proof.happened.items()):
        table.add_row(what.replace("_", " "), f"{times:,}")
    out.print(table)
    for seed, one in proof.broken[:MOST_SHOWN]:
        out.print(f"{one.promise} {one.what}; replay: golive prove {about} --only {seed} --days {days}", markup=False)
    out.print(f"{len(proof.broken):,} broken promises.")
