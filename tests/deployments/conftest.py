"""A real Prefect server for the tests that need one, and settings that touch nothing of ours."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import TypeVar

import pytest
from prefect.client.orchestration import PrefectClient

from deployments.children import Child, Children
from deployments.environment import LOOPBACK, child_environment, prefect_address
from deployments.prefect_database import lend_template, template
from models.settings import Settings

T = TypeVar("T")
SAMPLE = Path(__file__).with_name("sample.yaml")
PATIENCE_SECONDS = 180.0  # other tests want the two cores too
Asking = Callable[[Callable[[PrefectClient], Coroutine[object, object, T]]], T]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def chosen_settings(home: Path, **others: object) -> Settings:
    ports = {"web_port": free_port(), "prefect_port": free_port()}
    return Settings.model_validate({"home": home, **ports, **others})


def wait_until(arrived: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not arrived():
        assert time.monotonic() < until, f"{what} did not happen in {PATIENCE_SECONDS:.0f} seconds"
        time.sleep(0.1)


def answers(port: int, path: str) -> bool:
    connection = HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def processes_of(home: Path) -> list[int]:
    """Find every living process that was started for this home, whatever its name."""
    mark = f"GOLIVE_HOME={home}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark in environment and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    return chosen_settings(tmp_path / "home")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Start one Prefect server per session, in the environment that the product gives it."""
    chosen = chosen_settings(tmp_path_factory.mktemp("server"))
    chosen.prefect_home.mkdir()
    lend_template(chosen.prefect_home, template())
    children = Children(chosen.home)
    place = ["--host", LOOPBACK, "--port", str(chosen.prefect_port), "--log-level", "warning"]
    command = [sys.executable, "-m", "uvicorn", "--factory", *place, "prefect.server.api.server:create_app"]
    children.start(Child("server", command, child_environment(chosen, os.environ), chosen.home / "server.log"))
    try:
        wait_until(lambda: answers(chosen.prefect_port, "/api/health"), "the Prefect server")
        yield chosen
    finally:
        children.stop()


@pytest.fixture
def ask(server: Settings) -> Asking[object]:
    """Ask the server something with a client of its own."""

    def asking(question: Callable[[PrefectClient], Coroutine[object, object, T]]) -> T:
        async def asked() -> T:
            async with PrefectClient(f"{prefect_address(server)}/api") as client:
                return await question(client)

        return asyncio.run(asked())

    return asking


def runner_command(ready: Path, listed: Path) -> list[str]:
    return [sys.executable, "-m", "deployments.runner", str(ready), str(listed)]


def start_launcher(chosen: Settings, listed: Path = SAMPLE, *only: str, **others: str) -> subprocess.Popen[str]:
    """Start golive, or parts of it, as `golive run` does, in a folder of its own."""
    variables = {
        "GOLIVE_HOME": str(chosen.home),
        "GOLIVE_PREFECT_PORT": str(chosen.prefect_port),
        "GOLIVE_WEB_PORT": str(chosen.web_port),
        "GOLIVE_TEST_LINGER": str(chosen.home / "linger.pid"),
        **others,
    }
    parts = [word for part in only for word in ("--only", part)]
    return subprocess.Popen(
        [sys.executable, "-m", "deployments.local", "--list", str(listed), *parts],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
