"""The log formatter that blanks what looks like a person before a line reaches Prefect or a file."""

import logging
import re

from prefect.logging.formatters import PrefectFormatter

BLANK = "[removed]"
_PERSONAL = (
    re.compile(r"(?i)\bDETAIL:.*"),  # PostgreSQL repeats the offending row here
    re.compile(r"(?is)\[parameters: .*?\](?=\n|$)"),  # SQLAlchemy repeats bound values here
    re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
    re.compile(r"(?<![\w.-])(?:\+?1[-. ]?)?(?:\(\d{3}\)\s?|\d{3}[-. ]?)\d{3}[-. ]?\d{4}(?![\w-])"),
)


def redact(text: str) -> str:
    """Blank mail addresses, phone and social security numbers, and the values in database errors."""
    for pattern in _PERSONAL:
        text = pattern.sub(BLANK, text)
    return text


class RedactingFormatter(PrefectFormatter):
    """Prefect's formatter with a last look at the finished text, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record and blank what looks personal in it."""
        return redact(super().format(record))
