"""The demonstration: one invented practice from agreement to graduation, a half-year in under a minute."""

import argparse
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import event

from deployments import example_practices
from deployments.half_year import BEGINS, DAYS, set_up
from deployments.report import write_report
from models.db import Database, open_database, read, use_database
from models.migrations.migrate import upgrade
from models.rules.onboarding_facts import Journey
from models.settings import Settings, settings, use_settings
from models.store import onboarding
from models.tables.base import counted_ids


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
    """Play the example practice with eight payers in a folder of its own; what was there before is replaced."""
    out = console or Console()
    folder = settings().home / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    chosen = Settings(
        home=folder,
        database_url="",
        mailer="mailbox",
        texter="mailbox",
        postal_address=example_practices.POSTAL_ADDRESS,
    )
    with use_settings(chosen):
        database = open_database(chosen.resolved_database_url)
        try:
            with use_database(database), counted_ids():
                upgrade(database)
                _keep_in_memory(database)
                played = _play(seed, days, out, folder)
        finally:
            database.close()
    _tell(played, out)
    return played


def _keep_in_memory(database: Database) -> None:
    """Wait for no disk: what a power cut destroys here is played again."""
    database.engine.dispose()
    event.listen(database.engine, "connect", lambda plain, _: plain.execute("PRAGMA synchronous = OFF"))


def _play(seed: int, days: int, out: Console, folder: Path) -> Played:
    began = time.monotonic()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("day {task.completed:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out) as progress:
        bar = progress.add_task("Playing", total=days)

        def on_day(now: datetime) -> None:
            progress.update(bar, completed=(now - BEGINS).days, description=f"{now:%B %Y}")

        played = set_up(seed, days=days, on_day=on_day)
        counts, world = played.simulation.play(), played.simulation.world
        progress.update(bar, completed=(world.now - BEGINS).days, total=(world.now - BEGINS).days or 1)
    facts = read(lambda session: onboarding.load_journey(session, world.journey_id, as_of=world.now))
    report = write_report(
        world.journey_id,
        folder / "report.html",
        counts=counts + played.chores.counts,
        practice_addresses=[person.email for person in example_practices.intake_with_eight_payers().people],
        as_of=world.now,
    )
    return Played(facts, counts, time.monotonic() - began, folder, report, world.now)


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
