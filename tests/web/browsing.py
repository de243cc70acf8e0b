"""What tests in a real browser share: the sizes, a served site, and windows on it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from deployments.web.site import create_site

CHROMIUM = Path("/usr/bin/chromium")
PHONE, DESK = (390, 844), (1280, 900)
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What the dark scheme can change: its style sheets set colours and nothing else (test_dark_scheme.py)."""
IN_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium at {CHROMIUM}"),
]


@contextmanager
def served(clock: Callable[[], datetime], *, level: str = "error") -> Iterator[str]:
    """Serve the site on a free port and give its address; what the server logs goes where the test's log goes."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_site(now=clock), log_level=level, log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def shown(browser: Browser, address: str, size: tuple[int, int], scheme: str = "light") -> Page:
    """Show one page in a window of its own."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)  # type: ignore[arg-type]  # "light" or "dark"
    page.goto(address)
    return page


def looks(page: Page) -> Iterator[tuple[tuple[int, int], str, list[tuple[str, str]]]]:
    """Look at an open page on a phone and at a desk, light and dark, and give what shuts anybody out there.

    Our pages have no scripts that lay them out: one page that is resized looks like one that was opened so.
    """
    for size in (PHONE, DESK):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for scheme, asked in (("light", {}), ("dark", {"runOnly": OF_COLOURS})):
            # colours that change slowly would be looked at half-way
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # a known word
            answer = Axe().run(page, options={"resultTypes": ["violations"], **asked}).response
            yield size, scheme, [(one["id"], one["nodes"][0]["html"]) for one in answer["violations"]]


def widths(page: Page) -> Iterator[tuple[int, int]]:
    """Resize an open page to a narrow phone, a phone and a desk; give the width and how wide the page wants to be."""
    for size in ((320, 700), PHONE, DESK):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        yield size[0], page.evaluate("document.documentElement.scrollWidth")


@contextmanager
def window(browser: Browser, size: tuple[int, int], **how: Any) -> Iterator[Page]:
    """Open an empty window that is closed in the end."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **how)
    yield context.new_page()
    context.close()
