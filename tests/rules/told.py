"""Writes decisions down so that a person can read and approve them: every word of them, nothing that is usual."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from models.rules.decisions import Refusal

UNKNOWN = object()


def case(known: object, event: object, decision: object, *, usual: object) -> str:
    """Write one case: how what is known differs from the usual, what happens, and what is decided."""
    parts = different(known, usual)
    return f"{', '.join(parts) or 'as usual'} + {words(event)}\n{decision_as_text(decision, known)}"


def decision_as_text(decision: object, known: object = None) -> str:
    """Write a decision, one line for each thing in it that is not so already; one that changes nothing says so."""
    if isinstance(decision, Refusal):
        return f"    refused: {decision.code}: {decision.sentence}\n"
    told = [line for name, value in _unusual(decision) for line in _lines(name, value, known)]
    return "".join(f"    {line}\n" for line in told or ["nothing"])


def _lines(name: str, value: object, known: object) -> list[str]:
    if isinstance(value, Mapping):
        new = {key: one for key, one in value.items() if getattr(known, str(key), UNKNOWN) != one}
        return [f"{name}: " + ", ".join(f"{words(key)}={words(one)}" for key, one in new.items())] if new else []
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return [words(one) for one in value]
    return [f"{name}: {words(value)}"]


def different(value: Any, usual: Any) -> list[str]:
    """Write the parts of a value that are not as in another one."""
    names = value._fields if hasattr(value, "_fields") else [one.name for one in fields(value)]
    return [f"{name}={words(new)}" for name in names if (new := getattr(value, name)) != getattr(usual, name)]


def words(value: Any) -> str:
    """Write a value shortly: what is made of named parts without the parts that are as usual."""
    match value:
        case Enum():
            return str(value.value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S.%f}".removesuffix(".000000").removesuffix(":00")
        case date() | timedelta():
            return str(value)
        case Mapping():
            return "{" + ", ".join(f"{words(key)}: {words(one)}" for key, one in value.items()) + "}"
        case frozenset() | set():
            return "{" + ", ".join(sorted(words(one) for one in value)) + "}"
        case tuple() | list() if not hasattr(value, "_fields"):
            return "(" + ", ".join(words(one) for one in value) + ")"
    if hasattr(value, "_fields") or is_dataclass(value):
        return f"{type(value).__name__}({', '.join(f'{name}={words(one)}' for name, one in _unusual(value))})"
    return str(value) or "''"


def _unusual(value: Any) -> list[tuple[str, Any]]:
    """List the parts of a value that are not as usual."""
    return [(name, getattr(value, name)) for name, usual in _usual(value) if getattr(value, name) != usual]


def _usual(value: Any) -> list[tuple[str, Any]]:
    if hasattr(value, "_fields"):
        return [(name, value._field_defaults.get(name, MISSING)) for name in value._fields]
    return [
        (one.name, one.default_factory() if one.default_factory is not MISSING else one.default)
        for one in fields(value)
    ]
