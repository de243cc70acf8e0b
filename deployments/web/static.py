"""The few files that pages share, kept in memory and named by their content."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

import templates
from deployments.web.errors import Missing

_FOLDER = Path(templates.__file__).parent / "web" / "static"
_SCRIPT, _SHEET = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
_TYPES = {
    "site.css": _SHEET,
    "booking.css": _SHEET,
    "access.css": _SHEET,
    "desk.css": _SHEET,
    "feedback.css": _SHEET,
    "reputation.css": _SHEET,
    "booking.js": _SCRIPT,
    "mark.svg": "image/svg+xml",
}
_FOR_A_DAY = "public, max-age=86400"


@cache
def content_of(name: str) -> bytes:
    """Give one file of ours; the name never comes from outside."""
    return (_FOLDER / name).read_bytes()


@cache
def address_of_file(name: str) -> str:
    """Give the address of a file; it changes with its content, so that browsers may keep it."""
    return f"/static/{name}?v={hashlib.sha256(content_of(name)).hexdigest()[:12]}"


def stylesheet_address() -> str:
    """Give the address of the style sheet that every page shares."""
    return address_of_file("site.css")


def stylesheet() -> str:
    """Give the style sheet itself, for a page that must stand alone as a file."""
    return content_of("site.css").decode()


def static(request: Request) -> Response:
    """Answer with one of the shared files."""
    name = request.path_params["name"]
    if name not in _TYPES:
        raise Missing
    return Response(content_of(name), media_type=_TYPES[name], headers={"Cache-Control": _FOR_A_DAY})
