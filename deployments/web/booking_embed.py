"""What stands around the booking pages: button and script for a practice's own page, and the texts to accept."""

from starlette.requests import Request
from starlette.responses import Response

from deployments.web.booking import arrive
from deployments.web.booking_pages import button_page, text_page
from deployments.web.static import content_of

LABELS = ("request", "book_online")
_FOR_AN_HOUR = "public, max-age=3600"


def show_text(request: Request) -> Response:
    """Show the Privacy Policy or the Terms of Use, whichever the address names."""
    name = request.url.path.rpartition("/")[2]
    return text_page(arrive(request, request.query_params.get("lang", "")), name)


def show_button(request: Request) -> Response:
    """Show the button alone, for a frame of the practice's page; both labels lead to the same pages (A-13)."""
    label = request.query_params.get("label", "")
    visit = arrive(request, request.query_params.get("lang", ""))
    return button_page(visit, label if label in LABELS else LABELS[0])


def give_script(request: Request) -> Response:
    """Give the script that opens the booking pages in a dialog of the practice's own page."""
    arrive(request, "")
    headers = {"Cache-Control": _FOR_AN_HOUR, "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(content_of("embed.js"), media_type="text/javascript; charset=utf-8", headers=headers)
