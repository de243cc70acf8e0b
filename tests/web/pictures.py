"""Pictures of pages for docs/: at a desk and on a phone, in few colours, into the folder that is asked for."""

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.web.browsing import DESK, PHONE, shown

FOLDER: Final = "GOLIVE_TEST_PICTURES"
SIZES: Final = {"desk": DESK, "phone": PHONE}
COLOURS: Final = 24
HIGHEST: Final = {"desk": 1150, "phone": 1350}
"""What is below that is left out: it looks like what stands above it."""
ONLY_WHEN_ASKED: Final = pytest.mark.skipif(
    not os.environ.get(FOLDER), reason=f"pictures are made where {FOLDER} names a folder"
)


def pictured(page: Page, name: str, size: str) -> None:
    """Keep what a page shows, as far as it goes; no page may be wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], (name, size)
    keep(page.screenshot(full_page=True, animations="disabled"), f"{name}-{size}", HIGHEST[size])


def keep(screenshot: bytes, name: str, highest: int) -> None:
    """Write a picture in few colours; one of the same content has the same bytes."""
    whole = Image.open(io.BytesIO(screenshot)).convert("RGB")
    part = whole.crop((0, 0, whole.width, min(whole.height, highest)))
    few = part.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(Path(os.environ[FOLDER]) / f"{name}.png", optimize=True)


def picture_all(browser: Browser, pages: Mapping[str, str]) -> None:
    """Open pages by their addresses at both sizes and keep what they show."""
    for name, address in pages.items():
        for size, measures in SIZES.items():
            page = shown(browser, address, measures)
            pictured(page, name, size)
            page.close()
