"""Children are watched and never left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.children import MOST_RESTARTS, Child, Children
from tests.deployments.conftest import wait_until

STUBBORN = "trap '' TERM; echo here; while true; do sleep 1; done"
PARENT = """
import sys, time
from pathlib import Path
from deployments.children import Child, Children
children = Children(Path(sys.argv[1]))
script = 'echo $$ > "$0/pids"; sleep 600 & echo $! >> "$0/pids"; wait'
command = ["/bin/sh", "-c", script, sys.argv[1]]
children.start(Child("family", command, {"PATH": "/usr/bin:/bin"}, Path(sys.argv[1]) / "log"))
time.sleep(600)
"""


def _alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="ascii").split(")")[1].split()[0] != "Z"


def _child(folder: Path, script: str, *, patience: float = 5.0) -> Child:
    command = ["/bin/sh", "-c", script]
    return Child("test", command, {"PATH": os.environ["PATH"]}, folder / "test.log", patience)


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    some = Children(tmp_path)
    yield some
    some.stop()


def test_a_child_that_ignores_the_request_is_ended(children: Children, tmp_path: Path) -> None:
    child = _child(tmp_path, STUBBORN, patience=0.2)
    children.start(child)
    wait_until(lambda: "here" in child.log.read_text(encoding="ascii"), "the child's first word")
    children.stop()
    assert not child.running


def test_a_dead_child_is_started_again_but_not_for_ever(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployments.children.time.sleep", lambda _seconds: None)
    child = _child(tmp_path, "exit 1")
    children.start(child)
    gave_up = None
    for _ in range(MOST_RESTARTS + 1):
        assert gave_up is None
        assert child.process is not None
        child.process.wait(5)
        gave_up = children.revive()
    assert gave_up is child


def test_nothing_survives_a_launcher_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)])
    pids = tmp_path / "pids"
    wait_until(lambda: pids.exists() and len(pids.read_text(encoding="ascii").split()) == 2, "the family")
    family = [int(pid) for pid in pids.read_text(encoding="ascii").split()]
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not any(map(_alive, family)), "the end of the family")
