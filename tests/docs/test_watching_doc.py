"""The page about watching names every figure as the code tells it."""

import re
from pathlib import Path

from models.rules.metrics import METRICS, PAGE_SECONDS

PAGE = Path(__file__).parents[2] / "docs" / "watching.md"
CODE = re.compile(r"`([^`]+)`")


def test_every_figure_has_its_line_with_its_labels() -> None:
    lines = [line.strip("|").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `golive_")]
    told = [(name, CODE.findall(cells[1])) for cells in lines for name in CODE.findall(cells[0])]
    assert told == [(one.name, list(one.labels)) for one in (*METRICS, PAGE_SECONDS)]
