"""The figures of payer enrollments as our staff see them: scoreboards and charts, on a page and on paper (E-43)."""

from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.pages import moment_of, page, staff_voice
from deployments.web.session_guard import who_of
from models.db import read
from models.reports.enrollment_figures import Figures, enrollment_figures
from models.rules.access import Area
from models.settings import settings
from models.store.practices import find_practice
from templates import charts
from templates.figures_enrollment import exhibits, lead, short_day
from templates.sheets import paper

DESK: Final = 900
PHONE: Final = 340
TITLE: Final = "Payer enrollments: figures"


def drawn(picture: charts.Picture | None) -> tuple[str, str] | None:
    """Draw a chart for wide and narrow screens; its words were escaped where it was drawn."""
    if picture is None:
        return None
    return charts.page_svg(picture, width=DESK), charts.page_svg(picture, width=PHONE)


def show_figures(request: Request) -> Response:
    """Show scoreboards and charts of all practices, or of one."""
    figures = _figures(request)
    return page(
        "staff_enrollment_figures",
        staff_voice(figures.as_of),
        figures=figures,
        lead=lead(figures),
        exhibits=[(one, drawn(one.picture)) for one in exhibits(figures)],
    )


def give_pdf(request: Request) -> Response:
    """Give the same figures on paper."""
    figures = _figures(request)
    foot = f"{settings().organisation}, {short_day(figures.as_of)}"
    content = paper(TITLE, lead(figures), exhibits(figures), foot=foot)
    name = f"enrollments-{figures.as_of.isoformat()}.pdf"
    return Response(
        content, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def _figures(request: Request) -> Figures:
    practice = request.query_params.get("practice", "")
    who = who_of(request)
    if practice and (
        not who.may(Area.FIGURES, practice=practice) or read(partial(find_practice, key=practice)) is None
    ):
        raise Missing
    scope = who.scope(Area.FIGURES)
    return read(partial(enrollment_figures, practice=practice, scope=scope, as_of=moment_of(request)))
