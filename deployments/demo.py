"""The demonstration: one invented practice from agreement to graduation, a half-year in under a minute."""

import argparse
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.orm import Session

from deployments import example_practices
from deployments.report import write_report
from deployments.simulate import Simulation
from models.db import open_database, read, transaction, use_database
from models.migrations.migrate import upgrade
from models.rules.onboarding_facts import Journey
from models.rules.onboarding_sessions import plan_sessions
from models.settings import Settings, settings, use_settings
from models.store import onboarding, onboarding_changes, practices, training

BEGINS = datetime(2026, 11, 30, 15, tzinfo=UTC)
DAYS = 230


@dataclass(frozen=True, slots=True)
class Played:
    """What the half-year came to."""

    journey: Journey
    counts: Counter[str]
    seconds: float
    folder: Path
    report: Path
    ended_at: datetime


def run_demo(*, seed: int = 2, days: int = DAYS, console: Console | None = None) -> Played:
    """Play the first example practice in a folder of its own, below the home; what was there before is replaced."""
    out = console or Console()
    folder = settings().home / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    chosen = Settings(home=folder, database_url="", mailer="mailbox", texter="mailbox")
    with use_settings(chosen):
        database = open_database(chosen.resolved_database_url)
        try:
            with use_database(database):
                upgrade(database)
                played = _play(seed, days, out, folder)
        finally:
            database.close()
    _tell(played, out)
    return played


def _play(seed: int, days: int, out: Console, folder: Path) -> Played:
    began = time.monotonic()
    journey = _begin()
    until = BEGINS + timedelta(days=days)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("day {task.completed:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out) as progress:
        bar = progress.add_task("Playing", total=days)
        simulation = Simulation(
            journey,
            seed,
            BEGINS,
            until,
            on_day=lambda now: progress.update(bar, completed=(now - BEGINS).days, description=f"{now:%B %Y}"),
        )
        counts = simulation.play()
        progress.update(bar, completed=(simulation.now - BEGINS).days, total=(simulation.now - BEGINS).days or 1)
    ended_at = simulation.now
    facts = read(lambda session: onboarding.load_journey(session, journey, as_of=ended_at))
    report = write_report(journey, folder / "report.html", counts=counts, as_of=ended_at)
    return Played(facts, counts, time.monotonic() - began, folder, report, ended_at)


def _begin() -> int:
    intake = example_practices.first_intake()

    def begin(session: Session) -> int:
        training.add_sessions(session, plan_sessions(as_of=BEGINS))
        practices.register_staff(session, intake.team, as_of=BEGINS)
        practice = practices.register_practice(session, intake, as_of=BEGINS)
        return onboarding_changes.begin_journey(session, practice.id, intake, by="sales-1", key="demo", as_of=BEGINS)

    return transaction(begin)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the demonstration from the command line."""
    parser = argparse.ArgumentParser(prog="golive demo", description=run_demo.__doc__)
    parser.add_argument("--seed", type=int, default=2, help="another number plays another half-year")
    parser.add_argument("--days", type=int, default=DAYS, help="how many days are played at most")
    given = parser.parse_args(arguments)
    run_demo(seed=given.seed, days=given.days)
    return 0


def _tell(played: Played, out: Console) -> None:
    """Say at the end what happened."""
    journey = played.journey
    table = Table(
        title=f"{journey.practice}: {(played.ended_at - BEGINS).days} days in {played.seconds:.1f} s",
        title_justify="left",
    )
    table.add_column("what")
    table.add_column("result", justify="right")
    rows = {
        "journey": journey.status.value,
        "agreement signed": str(journey.signed_on),
        "went live": str(journey.went_live_on),
        "first ERA posted": str(journey.first_era_on),
        **{what: str(count) for what, count in sorted(played.counts.items())},
    }
    for what, result in rows.items():
        table.add_row(what, result)
    out.print(table)
    out.print(f"Report: {played.report}")
    out.print(f"Mails and invitations: {played.folder / 'mailbox'}")
