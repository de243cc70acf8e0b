"""The last look at a log line before anybody can read it."""

import logging

import pytest

from deployments.log_lines import BLANK, redact
from deployments.redaction import RedactingFormatter


@pytest.mark.parametrize(
    "personal",
    [
        "dana.rivers@example.com",
        "202-555-0143",
        "(202) 555-0143",
        "+12025550143",
        "2025550143",
        "078-05-1120",
    ],
)
def test_what_looks_like_a_person_is_blanked(personal: str) -> None:
    assert redact(f"could not reach {personal} today") == f"could not reach {BLANK} today"


@pytest.mark.parametrize(
    "harmless",
    [
        "flow run 01a20212-cd56-7899-87e6-b2b915eeb04d finished",
        "took 12.345678 s, 1500 rows, window 2026-11-22 07:05:29",
        "http://127.0.0.1:4200/api answers 200",
    ],
)
def test_ids_moments_and_counts_stay(harmless: str) -> None:
    assert redact(harmless) == harmless


def test_values_in_database_errors_are_blanked() -> None:
    sqlalchemy = "constraint failed\n[SQL: INSERT INTO t]\n[parameters: ('Dana', ['x'])]\n(Background)"
    assert redact(sqlalchemy) == f"constraint failed\n[SQL: INSERT INTO t]\n{BLANK}\n(Background)"
    assert redact("duplicate key\nDETAIL: Key (name)=(Dana) exists.") == f"duplicate key\n{BLANK}"


def test_tracebacks_are_blanked_too() -> None:
    formatter = RedactingFormatter(format="%(message)s")
    error = ValueError("no mailbox dana.rivers@example.com")
    exception = (ValueError, error, None)
    record = logging.LogRecord("any", logging.ERROR, "", 1, "failed for %s", ("dana@example.com",), exception)
    written = formatter.format(record)
    assert "example.com" not in written
    assert "ValueError" in written
