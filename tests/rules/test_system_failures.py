"""Every failure of a practice system is told to people: what is wrong, and what to do."""

import re
from pathlib import Path

import pytest

from models.rules import system_failures
from models.rules.system_failures import SENTENCES, sentence_of

_CODE = re.compile(r'(?:Failure\(|reason=|_final\()"([a-z_]+)"')
_CONNECTORS = Path(system_failures.__file__).parents[2] / "tasks" / "connectors"
GENERAL = sentence_of("a code that nobody knows")


def codes() -> list[str]:
    files = [*_CONNECTORS.glob("kareo*.py"), *_CONNECTORS.glob("practice_calendar*.py")]
    assert len(files) > 5
    return sorted({code for file in files for code in _CODE.findall(file.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("code", codes())
def test_every_code_that_a_practice_system_raises_has_a_sentence(code: str) -> None:
    assert sentence_of(code) != GENERAL


@pytest.mark.parametrize("code", [*SENTENCES, "http_500", "permission_missing:GetAppointments", "unheard_of"])
def test_a_sentence_says_what_is_wrong_and_what_to_do(code: str) -> None:
    told = sentence_of(code)
    assert told.endswith(".")
    assert told.count(". ") >= 1
    assert "_" not in told
    assert "{" not in told


def test_a_missing_permission_is_named_in_plain_words() -> None:
    told = sentence_of("permission_missing:GetAppointments")
    assert "lacks the permission to read appointments" in told
    assert "permission to call GetCharges" in sentence_of("permission_missing:GetCharges")
    assert "<b>" not in sentence_of("permission_missing:<b>")


def test_a_status_of_http_is_named() -> None:
    assert "HTTP status 503" in sentence_of("http_503")
    assert sentence_of("http_x") == GENERAL
