"""Compares with what was approved; GOLDEN_UPDATE=1 writes it anew, then look at the difference."""

import os
from pathlib import Path


def compare(path: Path, content: str) -> None:
    """Hold content against a file that somebody has read and found right."""
    if os.environ.get("GOLDEN_UPDATE"):
        path.write_text(content, encoding="utf-8")
    assert content == path.read_text(encoding="utf-8")
