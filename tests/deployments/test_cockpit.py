"""Whoever works in Prefect's pages finds every deployment explained and tagged, with a form that asks plainly."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from deployments.declared import SWEEP, read_declared
from deployments.wanted import Wanted, want

WORDS = re.compile(r"[A-Z][^\n]{2,}")
DAY = re.compile(r"\\d\{2\}\)?\??\$$")  # a pattern that ends after the day of the month
CLOCK = ":\\d{2}"
KEYS = ("practice", "enrollment", "appointment", "visit", "review", "request", "patient", "payer")
PLAIN = {"string", "integer", "number", "boolean", "array"}
OURS = read_declared()
Field = dict[str, Any]


@cache
def all_wanted() -> tuple[Wanted, ...]:
    """Work the forms out once: it takes a moment, and each test looks at all of them."""
    return tuple(want(one) for one in OURS)


def fields() -> Iterator[tuple[str, Field, bool]]:
    """Give every field of every form with whether it must be given; a choice comes with its list."""
    for one in all_wanted():
        for name, field in one.form["properties"].items():
            reference = str(field.get("$ref", "")).rpartition("/")[2]
            choice = one.form.get("definitions", {}).get(reference, {})
            yield f"{one.declared.name}.{name}", {**choice, **field}, name in one.form.get("required", [])


def test_every_deployment_says_what_it_does_and_for_whom() -> None:
    assert [one.declared.name for one in all_wanted() if not WORDS.match(one.description)] == []
    assert [one.name for one in OURS if not one.tags or len(set(one.tags)) != len(one.tags)] == []
    assert all(one.enforce_parameter_schema for one in OURS)


def test_every_run_is_named_by_what_it_is_about() -> None:
    faults = []
    for one in all_wanted():
        name = one.declared.flow().flow_run_name
        required = one.form.get("required", [])
        keys = [key for key in KEYS if key in required]
        is_named = isinstance(name, str) and (not keys or any(f"{{{key}}}" in name for key in keys))
        if not is_named or ("practice" in keys and "{practice}" not in str(name)):
            faults.append(f"{one.declared.name}: {name} names none of {keys}")
    assert faults == []


def test_every_field_has_a_help_text_one_plain_kind_and_a_default_unless_it_must_be_given() -> None:
    assert [name for name, field, _ in fields() if not WORDS.match(str(field.get("description", "")))] == []
    assert [name for name, field, _ in fields() if {"anyOf", "oneOf", "allOf"} & set(field)] == []
    assert [name for name, field, _ in fields() if field.get("type") not in PLAIN] == []
    assert [name for name, field, required in fields() if not required and "default" not in field] == []


def test_every_choice_is_a_list_and_no_field_takes_any_words() -> None:
    """Free words could be a patient's: what people type is a key, a number, a day or the name of a file."""
    for name, field, _ in fields():
        kind = field["items"] if field["type"] == "array" else field
        if "enum" in kind:
            offered = [one for one in kind["enum"] if one != field.get("default", "none")]
            assert all(isinstance(one, str) and one for one in offered), f"{name} offers something unreadable"
            assert len(kind["enum"]) > 1, f"{name} offers no choice"
        elif kind["type"] == "string":
            is_address = "maxLength" in kind and "ddress" in field["description"]
            assert {"pattern", "format"} & set(kind) or is_address or name.endswith(".as_of"), f"{name} takes any words"


def test_a_day_that_must_be_given_is_asked_for_with_a_calendar_and_any_other_shows_how_it_is_written() -> None:
    days = [(name, field, required) for name, field, required in fields() if is_day(field)]
    assert len(days) > 10
    for name, field, required in days:
        shown = field.get("format") == "date" or re.search(r"\d{4}-\d{2}-\d{2}|YYYY|ISO 8601", field["description"])
        assert shown, f"{name} does not say how a day is written"
        assert not required or field.get("format") == "date", f"{name} must be given; ask for it with a calendar"


def is_day(field: Field) -> bool:
    pattern = str(field.get("pattern", ""))
    return field.get("format") == "date" or (
        "\\d{4}-" in pattern and DAY.search(pattern) is not None and CLOCK not in pattern
    )


def test_what_starts_each_hour_is_a_sweep_and_nothing_else_is() -> None:
    """A late run of a sweep is cancelled, since the next one catches up; a late report must still be made."""
    hourly = {one.name for one in OURS if any(line.cron.split()[1:] == ["*"] * 4 for line in one.schedules)}
    assert {one.name for one in OURS if SWEEP in one.tags} == hourly
    assert "dispatch" in hourly
    assert "month-report" not in hourly
