"""Log lines as JSON: what each says, what none says, and who writes them."""

import json
import logging
import logging.config
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from deployments.cli import main
from deployments.environment import prefect_environment
from deployments.log_lines import BLANK, JsonLines, TextLines, chosen_lines
from deployments.parts import WEB_LOGGING
from models.settings import Settings, use_settings
from tasks import artifacts

PERSON = "Rosa Marsh"
MAIL = "rosa.marsh@example.com"


def line(message: str = "swept", *arguments: object, error: BaseException | None = None, **extra: object) -> Any:
    """Give one record as JSON lines write it."""
    told = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("golive.any", logging.WARNING, "any.py", 7, message, arguments, told)
    record.__dict__.update(extra)
    written = JsonLines().format(record)
    assert "\n" not in written
    return json.loads(written)


def json_settings(home: Path) -> Settings:
    return Settings(home=home, log_format="json")


def test_a_line_says_when_how_bad_who_and_what() -> None:
    told = line("swept %s", 7)
    assert told.pop("time").endswith("+00:00")
    assert told == {"level": "warning", "logger": "golive.any", "message": "swept 7"}


def test_a_line_of_a_run_names_the_run_its_deployment_and_its_figures() -> None:
    number = uuid4()
    assert line(flow_run_id=number)["run"] == str(number)
    told = line(flow_run_id="4f", flow_run_name="dispatch", flow_name="dispatch", figures={"sent": 3})
    assert {name: told[name] for name in ("run", "run_name", "deployment", "figures")} == {
        "run": "4f",
        "run_name": "dispatch",
        "deployment": "dispatch",
        "figures": {"sent": 3},
    }


def test_what_nobody_allowed_is_left_out() -> None:
    assert PERSON not in json.dumps(line(patient=PERSON, args=None, note={"name": PERSON}))


def test_of_an_error_the_class_and_the_places_are_told_and_never_the_words() -> None:
    def fail() -> None:
        message = f"no mailbox of {PERSON}"
        raise ValueError(message)

    try:
        fail()
    except ValueError as error:
        told = line("sweep failed", error=error)
    assert told["error"] == "ValueError"
    assert told["places"][-1].startswith("fail:")
    assert PERSON not in json.dumps(told)


def test_what_looks_like_a_person_is_blanked_wherever_it_stands() -> None:
    told = json.dumps(line("no answer of %s", MAIL, figures={MAIL: 1}, flow_run_name="call 202-555-0143"))
    assert "example.com" not in told
    assert "555-0143" not in told
    assert BLANK in told


@pytest.mark.parametrize(("word", "kind"), [("text", TextLines), ("json", JsonLines)])
def test_the_setting_chooses_the_lines_of_the_web_site(tmp_path: Path, word: str, kind: type) -> None:
    with use_settings(Settings.model_validate({"home": tmp_path, "log_format": word})):
        assert type(chosen_lines()) is kind
    declared = yaml.safe_load(WEB_LOGGING.read_text())
    assert declared["formatters"]["chosen"] == {"()": "deployments.log_lines.chosen_lines"}
    assert declared["root"]["handlers"] == ["console"]


def test_the_text_of_the_web_site_is_blanked_too() -> None:
    record = logging.LogRecord("golive.site", logging.ERROR, "any.py", 7, "page failed for %s", (MAIL,), None)
    assert TextLines().format(record).endswith(f"golive.site - page failed for {BLANK}")


def test_the_site_writes_json_as_uvicorn_is_told_to(tmp_path: Path) -> None:
    code = (
        "import logging.config, pathlib, sys, yaml;"
        "logging.config.dictConfig(yaml.safe_load(pathlib.Path(sys.argv[1]).read_text()));"
        "logging.getLogger('golive.site').error('page failed: %s', 'ValueError')"
    )
    home = {"GOLIVE_HOME": str(tmp_path), "GOLIVE_LOG_FORMAT": "json"}
    command = [sys.executable, "-c", code, str(WEB_LOGGING)]
    done = subprocess.run(command, env={**os.environ, **home}, capture_output=True, text=True, check=True)
    assert json.loads(done.stderr)["message"] == "page failed: ValueError"


def test_prefects_console_is_told_its_formatter(tmp_path: Path) -> None:
    name = "PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER"
    assert name not in prefect_environment(Settings(home=tmp_path))
    assert prefect_environment(json_settings(tmp_path))[name] == "json"


def test_prefect_reads_the_formatter_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.logging.configuration import load_logging_config

    monkeypatch.setenv("PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER", "json")
    config = load_logging_config(WEB_LOGGING.parents[1] / "logging.yml")
    assert config["handlers"]["console"]["formatter"] == "json"
    assert config["formatters"]["json"] == {"()": "deployments.log_lines.JsonLines"}
    assert config["handlers"]["api"]["formatter"] == "redacted_message"


def test_a_command_says_how_it_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with use_settings(json_settings(tmp_path)):
        assert main(["settings"]) == 0
    told = json.loads(capsys.readouterr().err)
    assert (told["logger"], told["message"]) == ("golive.command", "settings ended")
    assert logging.getLogger("golive").handlers == []
    with use_settings(Settings(home=tmp_path)):
        assert main(["settings"]) == 0
    assert capsys.readouterr().err == ""


def test_each_sweep_logs_its_figures(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    from tests.factories import MONDAY

    monkeypatch.setattr(artifacts, "create_table_artifact", lambda *_, **__: None)
    with caplog.at_level(logging.INFO, logger="golive.figures"):
        artifacts.show_counts.fn(Counter(sent=3, late=1), key="dispatch", as_of=MONDAY)
    [record] = caplog.records
    told = json.loads(JsonLines().format(record))
    assert (told["message"], told["figures"]) == ("figures of dispatch", {"sent": 3, "late": 1})
