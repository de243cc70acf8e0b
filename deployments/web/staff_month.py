"""The month of the whole installation, for whoever sees every practice: on a page, on paper, and for other programs."""

from datetime import UTC, date, datetime
from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.pages import moment_of, page, staff_voice
from deployments.web.staff_figures import DESK, PHONE, drawn
from models.db import read
from models.reports.month import MonthOfAll, month_of_all
from models.settings import settings
from templates.charts_insights import Lines
from templates.exports import CSV_TYPE, XLSX_TYPE
from templates.figures_enrollment import Exhibit, short_day
from templates.insight_lines import lines_svg
from templates.month_report import month_csv, month_exhibits, month_lead, month_pdf, month_xlsx
from templates.report_paper import PaperUnavailableError

LOCALE: Final = "en"


def show_month(request: Request) -> Response:
    """Show the month that is asked for, else the one before the present one (UTC)."""
    return _month_page(request)


def _month_page(request: Request, *, fault: str = "", status: int = HTTPStatus.OK) -> Response:
    month = _month(request)
    answer = page(
        "staff_month",
        staff_voice(moment_of(request).date()),
        lead=month_lead(month, locale=LOCALE),
        exhibits=[(one, _drawn(one)) for one in month_exhibits(month, locale=LOCALE)],
        month=f"{month.first:%Y-%m}",
        earlier=_before(month.first),
        fault=fault,
    )
    answer.status_code = status
    return answer


def _drawn(one: Exhibit) -> tuple[str, str] | None:
    """Draw a chart for wide and narrow screens; its words are escaped where it is drawn."""
    if not isinstance(one.picture, Lines):
        return drawn(one.picture)
    if not one.picture.rows:
        return None
    wide, narrow = (lines_svg(one.picture, key=one.key, width=width) for width in (DESK, PHONE))
    return wide, narrow


def _month(request: Request) -> MonthOfAll:
    asked, as_of = request.query_params.get("month", ""), moment_of(request)
    return read(partial(month_of_all, month=_day_of(asked, as_of) if asked else None, as_of=as_of))


def _day_of(asked: str, as_of: datetime) -> date:
    """Read a month like 2026-10; one that is none, or that is not over yet, has no page."""
    try:
        first = datetime.strptime(asked, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise Missing from None
    if f"{first:%Y-%m}" != asked or first >= as_of.date().replace(day=1) or first <= date.min:
        raise Missing
    return first


def _before(first: date) -> str:
    return f"{first.year - (first.month == 1):04}-{(first.month - 2) % 12 + 1:02}"


def give_pdf(request: Request) -> Response:
    """Give the same month on paper; a machine that cannot says so on the page."""
    month = _month(request)
    try:
        content = month_pdf(month, locale=LOCALE, foot=f"{settings().organisation}, {short_day(month.first)}")
    except PaperUnavailableError as missing:
        return _month_page(request, fault=str(missing), status=HTTPStatus.SERVICE_UNAVAILABLE)
    return _file(month, content, "pdf", "application/pdf")


def give_csv(request: Request) -> Response:
    """Give the same month as CSV, in which no cell is a formula."""
    month = _month(request)
    return _file(month, month_csv(month, locale=LOCALE), "csv", CSV_TYPE)


def give_xlsx(request: Request) -> Response:
    """Give the same month as a workbook, in which every cell is text."""
    month = _month(request)
    return _file(month, month_xlsx(month, locale=LOCALE), "xlsx", XLSX_TYPE)


def _file(month: MonthOfAll, content: bytes, ending: str, kind: str) -> Response:
    name = f"month-{month.first:%Y-%m}.{ending}"
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
