"""The web site of practices and staff; it works while Prefect is down."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


async def health(_request: Request) -> Response:
    """Say that the site answers."""
    return PlainTextResponse("ok")


def create_site() -> Starlette:
    """Build the ASGI application."""
    return Starlette(routes=[Route("/health", health)])
