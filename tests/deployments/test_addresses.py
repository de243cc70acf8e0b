"""What stands in the way of a start is said in a sentence that helps."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import deployments.addresses
from deployments.addresses import CannotStartError, check_ports, take_home
from deployments.environment import LOOPBACK
from models.settings import Settings
from tests.deployments.conftest import chosen_settings, free_port


@contextmanager
def _listening_on(port: int) -> Iterator[None]:
    with socket.socket() as other:
        other.bind((LOOPBACK, port))
        other.listen()
        yield


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployments.addresses, "_PATIENCE_SECONDS", 0.0)


@pytest.mark.parametrize(
    ("field", "setting"), [("prefect_port", "GOLIVE_PREFECT_PORT"), ("web_port", "GOLIVE_WEB_PORT")]
)
def test_a_taken_port_names_the_setting_that_changes_it(chosen: Settings, field: str, setting: str) -> None:
    port = getattr(chosen, field)
    with _listening_on(port), pytest.raises(CannotStartError) as refused:
        check_ports(chosen)
    assert f"Port {port} is taken by another program" in str(refused.value)
    assert f"{setting}={port + 1}" in str(refused.value) or f"{setting}=" in str(refused.value)


def test_free_ports_are_fine(chosen: Settings) -> None:
    check_ports(chosen)


def test_the_stand_in_for_kareo_needs_a_port_of_its_own(tmp_path: Path) -> None:
    port = free_port()
    chosen = chosen_settings(tmp_path, kareo_server_port=port)
    check_ports(chosen)
    with _listening_on(port), pytest.raises(CannotStartError, match="GOLIVE_KAREO_SERVER_PORT="):
        check_ports(chosen)
    same = chosen_settings(tmp_path, web_port=8123, kareo_server_port=8123)
    with pytest.raises(CannotStartError, match="which golive itself uses"):
        check_ports(same)


def test_one_port_for_two_servers_is_refused(tmp_path: Path) -> None:
    same = chosen_settings(tmp_path, web_port=8123, prefect_port=8123)
    with pytest.raises(CannotStartError, match="GOLIVE_WEB_PORT is 8123, which Prefect uses"):
        check_ports(same)


def test_one_home_runs_once(chosen: Settings) -> None:
    with ExitStack() as first:
        take_home(chosen, first)
        with ExitStack() as second, pytest.raises(CannotStartError, match="already runs from the folder"):
            take_home(chosen, second)
    with ExitStack() as third:
        take_home(chosen, third)
        assert chosen.logs_folder.is_dir()
