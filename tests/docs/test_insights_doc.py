"""The page about Insights says what the figures count."""

import os
from pathlib import Path

from templates.insights_doc import insights_page

PAGE = Path(__file__).parents[2] / "docs" / "insights.md"


def test_the_page_is_written_from_the_definitions() -> None:
    """GOLDEN_UPDATE=1 writes it anew."""
    if os.environ.get("GOLDEN_UPDATE"):
        PAGE.write_text(insights_page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == insights_page()
