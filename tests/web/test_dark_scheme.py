"""The dark scheme changes colours and nothing else, so that every other check needs to look at the light one only."""

import re
from pathlib import Path

import pytest

STATIC = Path("templates/web/static")
SHEETS = sorted(STATIC.glob("*.css"))
ASKED = re.compile(r"prefers-color-scheme|light-dark\(|matchMedia")
DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{\s*:root \{(?P<colours>[^{}]*)\}\s*\}")
COLOUR = re.compile(r"--[a-z0-9-]+: #[0-9a-f]{3,8}")


def colours_of_the_dark(sheet: str) -> list[str]:
    """Give what a sheet sets in the dark; each time that a sheet asks for the scheme must be such a block."""
    blocks = [found["colours"] for found in DARK.finditer(sheet)]
    assert len(ASKED.findall(sheet)) == len(blocks)
    return [line.strip() for block in blocks for line in block.split(";") if line.strip()]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda one: one.name)
def test_in_the_dark_a_style_sheet_sets_colours_and_nothing_else(sheet: Path) -> None:
    assert [line for line in colours_of_the_dark(sheet.read_text()) if not COLOUR.fullmatch(line)] == []


def test_the_dark_scheme_is_found_where_it_is() -> None:
    assert any(colours_of_the_dark(sheet.read_text()) for sheet in SHEETS)


def test_no_page_asks_for_the_scheme_itself() -> None:
    pages = [one for one in Path("templates/web").rglob("*.j2") if ASKED.search(one.read_text())]
    assert pages == []
