"""The environment of Prefect: known names, quiet, private, on this machine only."""

import stat
from pathlib import Path

import pytest
from prefect.settings import Settings as PrefectSettings

from deployments.environment import child_environment, prefect_address, prefect_environment
from models.settings import Settings
from tests.deployments.conftest import chosen_settings

MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SERVER_MODE = {"mode": "server", "master_key": MASTER_KEY, "public_address": "https://onboarding.example.com"}


def test_every_variable_is_one_that_prefect_knows(chosen: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {name: value for name, value in prefect_environment(chosen).items() if name.startswith("PREFECT_")}
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    understood = PrefectSettings().to_environment_variables(exclude_unset=True)
    assert sorted(ours.keys() - understood.keys()) == []


def test_prefect_listens_on_this_machine_only(tmp_path: Path) -> None:
    outside = chosen_settings(tmp_path, host="0.0.0.0", **SERVER_MODE)  # noqa: S104 - this is what must not matter
    environment = prefect_environment(outside)
    assert environment["PREFECT_SERVER_API_HOST"] == "127.0.0.1"
    assert environment["PREFECT_WORKER_WEBSERVER_HOST"] == "127.0.0.1"
    assert prefect_address(outside).startswith("http://127.0.0.1:")


def test_local_mode_opens_without_a_password(chosen: Settings) -> None:
    assert not any(name.endswith("AUTH_STRING") for name in prefect_environment(chosen))


def test_server_mode_keeps_one_password_in_a_private_file(tmp_path: Path) -> None:
    chosen = chosen_settings(tmp_path, **SERVER_MODE)
    first, second = prefect_environment(chosen), prefect_environment(chosen)
    assert first["PREFECT_SERVER_API_AUTH_STRING"] == second["PREFECT_API_AUTH_STRING"]
    assert len(first["PREFECT_API_AUTH_STRING"]) > 40
    assert stat.S_IMODE((chosen.prefect_home / "password").stat().st_mode) == 0o600


def test_a_password_from_the_environment_counts_and_is_not_written_down(tmp_path: Path) -> None:
    chosen = chosen_settings(tmp_path, **SERVER_MODE)
    given = {"PREFECT_SERVER_API_AUTH_STRING": "golive:not-a-real-one-555-0100"}
    environment = child_environment(chosen, given)
    assert environment["PREFECT_API_AUTH_STRING"] == given["PREFECT_SERVER_API_AUTH_STRING"]
    assert not (chosen.prefect_home / "password").exists()


def test_stray_prefect_variables_do_not_reach_a_child(chosen: Settings) -> None:
    inherited = {"PATH": "/bin", "PREFECT_API_URL": "https://elsewhere.example.com", "PREFECT_API_KEY": "secret"}
    environment = child_environment(chosen, inherited)
    assert environment["PREFECT_API_URL"] == f"{prefect_address(chosen)}/api"
    assert "PREFECT_API_KEY" not in environment
    assert environment["PATH"] == "/bin"


def test_prefect_keeps_its_memory_where_the_settings_say(tmp_path: Path) -> None:
    name = "PREFECT_SERVER_DATABASE_CONNECTION_URL"
    assert name not in prefect_environment(chosen_settings(tmp_path))
    elsewhere = chosen_settings(tmp_path, prefect_database_url="postgresql://golive@localhost/prefect")
    assert prefect_environment(elsewhere)[name] == "postgresql+asyncpg://golive@localhost/prefect"
