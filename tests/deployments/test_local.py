"""`make run`: up with one command, down without a trace, and up again as if nothing had happened."""

import os
import signal
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deployments.prefect_database import FILE_NAME
from models.settings import Settings
from tests.deployments.conftest import answers, chosen_settings, processes_of, start_launcher, wait_until

pytestmark = [pytest.mark.server, pytest.mark.slow]
SECONDS_TO_STOP = 120


@pytest.fixture
def chosen(tmp_path: Path) -> Iterator[Settings]:
    some = chosen_settings(tmp_path / "home")
    yield some
    for pid in processes_of(some.home):
        os.kill(pid, signal.SIGKILL)


def _lingering(chosen: Settings) -> int:
    """Wait for the standing sample flow of this start, and give its process."""
    mark = chosen.home / "linger.pid"
    wait_until(lambda: mark.exists() and mark.read_text(encoding="ascii") != "", "the standing run")
    pid = int(mark.read_text(encoding="ascii"))
    mark.unlink()
    return pid


def _states(chosen: Settings) -> dict[str, int]:
    question = (
        "SELECT state_type, count(*) FROM flow_run JOIN deployment ON deployment.id = flow_run.deployment_id "
        "WHERE deployment.name = 'linger' GROUP BY 1"
    )
    with closing(sqlite3.connect(chosen.prefect_home / FILE_NAME)) as database:
        return dict(database.execute(question).fetchall())


def _stop(launcher: subprocess.Popen[str]) -> str:
    launcher.send_signal(signal.SIGINT)
    said, _ = launcher.communicate(timeout=SECONDS_TO_STOP)
    assert launcher.returncode == os.EX_OK, said
    return said


def test_it_starts_answers_stops_and_starts_again(chosen: Settings) -> None:
    first = start_launcher(chosen)
    _lingering(chosen)
    assert answers(chosen.prefect_port, "/api/health")
    assert answers(chosen.prefect_port, "/")  # the pages of Prefect, without a password
    assert answers(chosen.web_port, "/health")
    assert stat.S_IMODE((chosen.prefect_home / FILE_NAME).stat().st_mode) == 0o600
    said = _stop(first)
    assert f"http://127.0.0.1:{chosen.prefect_port}" in said
    assert "Deployments are served" in said
    assert processes_of(chosen.home) == []

    second = start_launcher(chosen)
    _lingering(chosen)
    assert _states(chosen) == {"CANCELLED": 1, "RUNNING": 1}
    _stop(second)
    assert processes_of(chosen.home) == []


def test_a_standing_run_that_dies_is_followed_by_the_next_at_once(chosen: Settings) -> None:
    launcher = start_launcher(chosen)
    os.kill(_lingering(chosen), signal.SIGKILL)
    _lingering(chosen)
    assert _states(chosen) == {"CRASHED": 1, "RUNNING": 1}
    _stop(launcher)


def test_killed_without_warning_it_leaves_nothing_and_goes_on_when_started_again(chosen: Settings) -> None:
    launcher = start_launcher(chosen)
    _lingering(chosen)
    launcher.kill()
    launcher.communicate()
    wait_until(lambda: processes_of(chosen.home) == [], "the end of every child")

    again = start_launcher(chosen)
    _lingering(chosen)
    states = _states(chosen)
    assert states.pop("CRASHED") == 1
    assert 1 <= states["RUNNING"] <= 2  # the start and the crash each ask for one; the limit keeps it at two
    _stop(again)


def test_a_wrong_list_ends_the_start_with_the_place_to_look(chosen: Settings, tmp_path: Path) -> None:
    wrong = tmp_path / "prefect.yaml"
    wrong.write_text("name: sample\ndeployments: []\n", encoding="utf-8")
    launcher = start_launcher(chosen, wrong)
    said, _ = launcher.communicate(timeout=SECONDS_TO_STOP)
    assert launcher.returncode == os.EX_CONFIG
    assert "The part runner does not stay up" in said
    assert "prefect.yaml > deployments" in (chosen.logs_folder / "runner.log").read_text(encoding="utf-8")
    assert processes_of(chosen.home) == []
