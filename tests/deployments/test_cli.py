"""The command `golive`."""

import importlib

import pytest

from deployments.cli import COMMANDS, Command, main
from models.settings import Settings, use_settings


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.word)
def test_every_command_can_be_asked_for_help(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert callable(importlib.import_module(command.module).main)
    with pytest.raises(SystemExit) as left:
        main([command.word, "--help"])
    assert left.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_an_unknown_word_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["runn"])
    assert "'run'" in capsys.readouterr().err


def test_settings_are_shown_without_secrets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    with use_settings(Settings.model_validate({"twilio_auth_token": "not-for-eyes"})):
        assert main(["settings"]) == 0
    shown = capsys.readouterr().out
    assert "GOLIVE_PREFECT_PORT" in shown
    assert "(set)" in shown
    assert "not-for-eyes" not in shown
