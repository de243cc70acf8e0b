"""The log formatter that blanks what looks like a person before a line reaches Prefect or a file."""

import logging

from prefect.logging.formatters import PrefectFormatter

from deployments.log_lines import redact


class RedactingFormatter(PrefectFormatter):
    """Prefect's formatter with a last look at the finished text, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record and blank what looks personal in it."""
        return redact(super().format(record))
