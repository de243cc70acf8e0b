"""SQL is the memory: Prefect's whole database is deleted while work is under way, and nothing is lost or doubled."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect.client.orchestration import PrefectClient
from sqlalchemy import select, update

from deployments.declared import read_declared
from deployments.environment import PREFECT_YAML, prefect_address
from deployments.prefect_database import FILE_NAME
from models.db import Database, open_database
from models.inputs.mailbox import read_mailbox
from models.settings import Settings, use_settings
from models.store import events
from models.tables.messages import Message, MessageState
from models.tables.practices import Practice
from models.tables.timers import Timer
from tests.deployments.conftest import chosen_settings, processes_of, start_launcher, wait_until
from tests.factories import a_signed_journey, an_intake

pytestmark = [pytest.mark.server, pytest.mark.slow]
SEEDED, MEANWHILE = 25, 8
LISTED = ("dispatch", "start-journey", "confirm-request")
SECONDS_TO_STOP = 120


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("GOLIVE_EXAMPLE", "false")
    some = chosen_settings(tmp_path / "home")
    yield some
    for pid in processes_of(some.home):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """Give the standing dispatch and two forms of ours, as prefect.yaml has them."""
    head, *parts = PREFECT_YAML.read_text(encoding="utf-8").split("\n  - name: ")
    chosen = [part for part in parts if part.split("\n", 1)[0] in LISTED]
    file = tmp_path / "prefect.yaml"
    file.write_text("\n  - name: ".join([head, *chosen]), encoding="utf-8")
    assert sorted(one.name for one in read_declared(file)) == sorted(LISTED)
    return file


@pytest.fixture
def ours(chosen: Settings, sqlite_template: Path) -> Iterator[Database]:
    """Give our own database as the launcher will find it."""
    chosen.home.mkdir()
    shutil.copy(sqlite_template, chosen.database_file)
    opened = open_database(chosen.resolved_database_url)
    with use_settings(chosen):  # sealed with the keys of that home
        yield opened
    opened.close()


def sign(db: Database, numbers: range) -> None:
    """Let practices sign their agreements: each gets a welcome and two invitations."""
    for number in numbers:
        a_signed_journey(db, an_intake(f"practice-{number}"), as_of=datetime.now(UTC))


def mails_of(chosen: Settings) -> list[str]:
    return [one.message_id for one in read_mailbox(chosen.mailbox_folder)]


def registered(chosen: Settings) -> dict[str, str | None]:
    """Name what Prefect knows of deployments, each with its version."""

    async def ask() -> dict[str, str | None]:
        async with PrefectClient(f"{prefect_address(chosen)}/api") as client:
            return {one.name: one.version for one in await client.read_deployments()}

    return asyncio.run(ask())


def kill(launcher: subprocess.Popen[str], chosen: Settings) -> None:
    launcher.kill()
    launcher.communicate()
    wait_until(lambda: processes_of(chosen.home) == [], "the end of every child")


def let_leases_end(db: Database) -> None:
    """Let what dead workers held be taken over, as two minutes would."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    for table in (Message, Timer):
        ended = update(table).where(table.lease_until.is_not(None)).values(lease_until=past)
        db.transaction(lambda session, ended=ended: session.execute(ended))  # type: ignore[misc]


def states(db: Database) -> Counter[MessageState]:
    return Counter(db.read(lambda session: session.scalars(select(Message.state)).all()))


def test_prefect_forgets_everything_and_nothing_is_lost_or_doubled(
    chosen: Settings, ours: Database, listed: Path
) -> None:
    sign(ours, range(SEEDED))
    first = start_launcher(chosen, listed)
    wait_until((chosen.home / "runner.ready").exists, "the deployments")
    known = registered(chosen)
    wait_until(lambda: len(mails_of(chosen)) > 0, "the first mail")
    for file in chosen.prefect_home.glob(f"{FILE_NAME}*"):
        file.unlink()  # the server still runs, and so does the dispatch
    sign(ours, range(SEEDED, SEEDED + MEANWHILE))
    kill(first, chosen)
    shutil.rmtree(chosen.prefect_home)
    sign(ours, range(SEEDED + MEANWHILE, SEEDED + 2 * MEANWHILE))
    let_leases_end(ours)

    again = start_launcher(chosen, listed)
    sent = Counter({MessageState.SENT: 3 * (SEEDED + 2 * MEANWHILE)})
    wait_until(lambda: states(ours) == sent, "the last mail")
    wait_until((chosen.home / "runner.ready").exists, "the deployments")
    assert registered(chosen) == known
    assert sorted(known) == sorted(LISTED)
    again.send_signal(signal.SIGINT)
    said, _ = again.communicate(timeout=SECONDS_TO_STOP)
    assert again.returncode == os.EX_OK, said

    arrived = mails_of(chosen)
    assert len(arrived) == len(set(arrived)) == sent.total()
    practices = ours.read(lambda session: session.scalars(select(Practice.id)).all())
    assert len(practices) == SEEDED + 2 * MEANWHILE
    assert all(ours.read(lambda s, one=one: events.check_chain(s, one)).is_intact for one in practices)  # type: ignore[misc]
