"""What happened in a history, line by line, in words that need none of our code to be read."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

Line = dict[str, Any]
"""One thing that happened: `at` (UTC, ISO 8601), `what`, and its facts as plain values."""


class Trace:
    """The lines of one history, in the order in which they happened."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._at: datetime | None = None
        self._written = ""

    def tell(self, at: datetime, what: str, **facts: object) -> None:
        """Add a line; the moment that several share is written once."""
        if at is not self._at:
            self._at, self._written = at, at.isoformat()
        self.lines.append({"at": self._written, "what": what, **facts})


def write(lines: list[Line], file: Path) -> None:
    """Write lines as JSON, one each; the same lines give the same bytes."""
    file.write_text("".join(json.dumps(line, sort_keys=True) + "\n" for line in lines), encoding="utf-8")
