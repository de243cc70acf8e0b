"""The two files that every page shares, kept in memory and named by their content."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

import templates
from deployments.web.errors import Missing

_FOLDER = Path(templates.__file__).parent / "web" / "static"
_TYPES = {"site.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"}
_FOR_A_DAY = "public, max-age=86400"


@cache
def _content(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


@cache
def stylesheet_address() -> str:
    """Give the address of the style sheet; it changes with its content, so that browsers may keep it."""
    return f"/static/site.css?v={hashlib.sha256(_content('site.css')).hexdigest()[:12]}"


def stylesheet() -> str:
    """Give the style sheet itself, for a page that must stand alone as a file."""
    return _content("site.css").decode()


def static(request: Request) -> Response:
    """Answer with one of the shared files."""
    name = request.path_params["name"]
    if name not in _TYPES:
        raise Missing
    return Response(_content(name), media_type=_TYPES[name], headers={"Cache-Control": _FOR_A_DAY})
