"""Two workers on one PostgreSQL, with the three commands of the README."""

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest
from sqlalchemy import select

from models.db import open_database
from models.inputs.mailbox import read_mailbox
from models.settings import Settings, SettingsError, load_settings, use_settings
from models.tables.messages import Message, MessageState
from tasks.moment import now
from tests.deployments.conftest import chosen_settings, processes_of, start_launcher, wait_until
from tests.deployments.system_postgres import a_postgres, needs_postgres
from tests.factories import a_signed_journey, an_intake

ROOT = Path(__file__).parents[2]
SECONDS_TO_STOP = 180


def commands() -> list[str]:
    """Give the three commands of the README."""
    below = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Two workers on PostgreSQL\n", 1)[1]
    block = re.split(r"```\n?", below)[1]
    return [line for line in block.replace("\\\n", " ").splitlines() if line]


def test_the_readme_needs_three_commands() -> None:
    first, second, third = commands()
    assert first.startswith("sudo -u postgres psql ")
    assert second.startswith("printf ")
    assert third == "make run"


def test_several_workers_need_postgresql_and_two_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLIVE_WORKERS", "2")
    with pytest.raises(SettingsError, match="SQLite has one writer"):
        load_settings()
    monkeypatch.setenv("GOLIVE_DATABASE_URL", "postgresql://u@h/golive")
    monkeypatch.setenv("GOLIVE_PREFECT_DATABASE_URL", "postgresql://u@h/golive")
    with pytest.raises(SettingsError, match="name the same database"):
        load_settings()
    monkeypatch.setenv("GOLIVE_PREFECT_DATABASE_URL", "postgresql://u@h/prefect")
    assert load_settings().workers == 2


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Follow the README on a machine with a PostgreSQL; `make run` is left to the test."""
    first, second, _ = commands()
    folder = Path(gettempdir(), f"golive-workers-{os.getpid()}")  # postgres may enter it, unlike the test's own
    with a_postgres(folder) as port:
        psql = ["psql", "-h", str(folder), "-p", str(port), "-U", "postgres"]
        subprocess.run([*psql, *shlex.split(first)[4:]], check=True, stdout=subprocess.DEVNULL)
        lines = subprocess.run(["/bin/sh", "-c", second], check=True, capture_output=True, text=True, cwd=tmp_path)
        assert lines.stdout == ""
        for line in (tmp_path / ".env").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            monkeypatch.setenv(name, value.replace("localhost", f"127.0.0.1:{port}"))
        monkeypatch.setenv("GOLIVE_EXAMPLE", "false")
        chosen = chosen_settings(
            tmp_path / "home",
            workers=2,
            database_url=os.environ["GOLIVE_DATABASE_URL"],
            prefect_database_url=os.environ["GOLIVE_PREFECT_DATABASE_URL"],
        )
        yield chosen
        for pid in processes_of(chosen.home):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """Give both standing dispatches, as prefect.yaml has them."""
    head, *parts = (ROOT / "prefect.yaml").read_text(encoding="utf-8").split("\n  - name: ")
    chosen = [part for part in parts if part.split("\n", 1)[0] in {"dispatch", "keep-in-step"}]
    file = tmp_path / "prefect.yaml"
    file.write_text("\n  - name: ".join([head, *chosen]), encoding="utf-8")
    return file


@pytest.mark.server
@pytest.mark.slow
@needs_postgres
def test_two_workers_come_up_on_postgresql_share_the_work(installed: Settings, listed: Path) -> None:
    launcher = start_launcher(installed, listed)
    ready = [installed.home / f"{name}.ready" for name in ("runner", "runner-2")]
    wait_until(lambda: launcher.poll() is not None or all(one.exists() for one in ready), "both workers")
    assert launcher.poll() is None, launcher.communicate()[0]
    ours = open_database(installed.resolved_database_url)
    with use_settings(installed):
        for number in range(20):
            a_signed_journey(ours, an_intake(f"practice-{number}"), as_of=now())

    def all_sent() -> bool:
        states = ours.read(lambda session: session.scalars(select(Message.state)).all())
        return states == [MessageState.SENT] * 60

    wait_until(all_sent, "the last mail")
    ours.close()
    arrived = [one.message_id for one in read_mailbox(installed.mailbox_folder)]
    assert len(arrived) == len(set(arrived)) == 60
    assert all(worker(installed, f"--number {number} --of 2") for number in (1, 2))
    assert not (installed.prefect_home / "prefect.db").exists()
    launcher.send_signal(signal.SIGINT)
    said, _ = launcher.communicate(timeout=SECONDS_TO_STOP)
    assert launcher.returncode == os.EX_OK, said


def worker(chosen: Settings, mark: str) -> int:
    """Find the process of a worker; 0 while there is none."""
    for pid in processes_of(chosen.home):
        line = Path(f"/proc/{pid}/cmdline")
        words = line.read_bytes().replace(b"\0", b" ").decode() if line.exists() else ""
        if "deployments.runner" in words and mark in words:
            return pid
    return 0
