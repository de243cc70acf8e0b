"""How log lines look: as text or as one JSON object a line, and never with what looks like a person."""

import json
import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from models.settings import SettingsError, settings

BLANK: Final = "[removed]"
_PERSONAL: Final = (
    re.compile(r"(?i)\bDETAIL:.*"),  # PostgreSQL repeats the offending row here
    re.compile(r"(?is)\[parameters: .*?\](?=\n|$)"),  # SQLAlchemy repeats bound values here
    re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
    re.compile(r"(?<![\w.-])(?:\+?1[-. ]?)?(?:\(\d{3}\)\s?|\d{3}[-. ]?)\d{3}[-. ]?\d{4}(?![\w-])"),
)
_TEXT: Final = "%(asctime)s.%(msecs)03d | %(levelname)-7s | %(name)s - %(message)s"
_ALLOWED: Final = {
    "run": "flow_run_id",
    "run_name": "flow_run_name",
    "deployment": "flow_name",
    "task_run": "task_run_id",
    "task": "task_name",
    "figures": "figures",
}
"""What a line may say beside its message, and the name that Prefect's loggers, or ours, give it in a record."""


def redact(text: str) -> str:
    """Blank mail addresses, phone and social security numbers, and the values in database errors."""
    for pattern in _PERSONAL:
        text = pattern.sub(BLANK, text)
    return text


class TextLines(logging.Formatter):
    """One line of text for each record, with a last look at it, tracebacks included."""

    def __init__(self) -> None:
        super().__init__(_TEXT, datefmt="%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Format one record and blank what looks personal in it."""
        return redact(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and what `_ALLOWED` lists; nothing else."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record; of an error its class and its places are told, never its words."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        line |= {ours: getattr(record, theirs) for ours, theirs in _ALLOWED.items() if hasattr(record, theirs)}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["places"] = _places(record)
        return redact(json.dumps(line, default=_plain, ensure_ascii=False))


def _plain(value: object) -> str:
    """Write numbers of runs; what else is no plain value is nobody's business."""
    return str(value) if isinstance(value, UUID) else BLANK


def _places(record: logging.LogRecord) -> list[str]:
    frames = traceback.extract_tb(record.exc_info[2] if record.exc_info else None)
    return [f"{frame.name}:{frame.lineno}" for frame in frames]


def chosen_lines() -> logging.Formatter:
    """Give the formatter that the settings ask for."""
    return JsonLines() if settings().log_format == "json" else TextLines()


@contextmanager
def command_lines(word: str) -> Iterator[None]:
    """Write what a command logs to the standard error as JSON lines, and how it ended; as text nothing is added."""
    if not _wants_json():
        yield
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("golive")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
        logging.getLogger("golive.command").info("%s ended", word)
    except Exception as error:
        logging.getLogger("golive.command").exception("%s failed: %s", word, type(error).__name__)
        raise
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


def _wants_json() -> bool:
    """Settings that are wrong are said by the command itself."""
    try:
        return settings().log_format == "json"
    except SettingsError:
        return False
