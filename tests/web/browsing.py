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
from playwright.sync_api import Browser, Page

from deployments.web.site import create_site

CHROMIUM = Path("/usr/bin/chromium")
PHONE, DESK = (390, 844), (1280, 900)
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


@contextmanager
def window(browser: Browser, size: tuple[int, int], **how: Any) -> Iterator[Page]:
    """Open an empty window that is closed in the end."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **how)
    yield context.new_page()
    context.close()
