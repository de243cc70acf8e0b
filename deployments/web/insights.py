"""Insights of one practice: have patients been satisfied with their visit, who answers, who is not asked (F-090)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Final

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.booking_voice import LANGUAGES
from deployments.web.errors import Missing
from deployments.web.pages import moment_of, page
from deployments.web.reader import ReaderVoice, asked_locale, reader_voice
from deployments.web.session_guard import who_of
from models.db import read
from models.reports.feedback_gate import GateLine, gate_rows, gates_found
from models.reports.insight_counts import Span
from models.reports.insight_names import Names, names_of
from models.reports.insight_periods import last_days, week_before, week_of
from models.reports.insights import Insights, insights_of
from models.rules.access import Area
from models.rules.calendars import local_day
from models.store.practices import find_practice
from templates import insight_cards as cards
from templates.charts import Table
from templates.charts_insights import Lines
from templates.exports import CSV_TYPE, XLSX_TYPE, csv_of, xlsx_of
from templates.figures_enrollment import Exhibit
from templates.figures_insights import exhibits, lead, step_words
from templates.insight_lines import lines_svg
from templates.moments import format_day
from templates.report_paper import Paper, PaperUnavailableError, report_pdf
from templates.words import t

SPANS: Final = (30, 90, 365)
_OLDEST: Final = timedelta(days=3 * 365)
DESK: Final = 560
PHONE: Final = 340
OVERVIEW: Final = "overview"
SENTIMENT: Final = "sentiment_parts"


@dataclass(frozen=True, slots=True)
class Shown:
    """What one reader sees of a practice in a period; providers' names are in it, so it is kept nowhere."""

    practice: str
    name: str
    first: date
    last: date
    today: date
    figures: Insights = field(repr=False)
    names: Names = field(repr=False)
    gate: tuple[GateLine, ...]
    has_gate_broken: bool
    zone: str


@dataclass(frozen=True, slots=True)
class Period:
    """What is counted: a span (UTC), the first days of its parts, its last local day, and the moment of looking."""

    span: Span
    firsts: tuple[date, ...]
    last: date
    as_of: datetime


def show_insights(request: Request) -> Response:
    """Show the figures, those of ninety days unless another span, or a week that is over, is asked for."""
    return _insights_page(request)


def _insights_page(request: Request, *, fault: str = "", status: int = HTTPStatus.OK) -> Response:
    shown, days = _look(request), 0 if _week(request) else _days(request)
    voice = reader_voice(request, shown.today, zone=shown.zone)
    made = {one.key: one for one in _exhibits(shown, voice.locale)}
    apart = [made.pop(key, None) for key in (OVERVIEW, SENTIMENT)]
    answer = page(
        "insights",
        voice,
        shown=shown,
        days=days,
        spans=SPANS,
        last_week=week_before(moment_of(request), zone=shown.zone),
        week=_week(request),
        languages=LANGUAGES,
        asked=_asked(request),
        query=_query(request),
        said=_sentences(shown.figures, voice),
        overview=_drawn(apart[0]),
        sentiment=_drawn(apart[1]),
        exhibits=[_drawn(one) for one in made.values()],
        steps=[step_words(one, locale=voice.locale) for one in shown.figures.prompts],
        fault=voice.tell(f"cards.{fault}") if fault else "",
        is_few=shown.figures.satisfied is None and bool(shown.figures.funnel["is_hidden"].all()),
        reads=who_of(request).may(Area.REPUTATION, practice=shown.practice),
    )
    answer.status_code = status
    return answer


def _sentences(figures: Insights, voice: ReaderVoice) -> dict[str, str]:
    locale = voice.locale
    return {
        "answer": cards.answer(figures, locale=locale),
        "stars": cards.stars(figures, locale=locale),
        "value": cards.value(figures, locale=locale),
        "opt_outs": cards.opt_outs(figures, locale=locale),
    }


def _days(request: Request) -> int:
    asked = request.query_params.get("days", "")
    return next((one for one in SPANS if str(one) == asked), 90)


def _week(request: Request) -> date | None:
    """Read the Monday of a week; what is none, or lies outside of what is kept, has no page."""
    asked = request.query_params.get("week", "")
    if not asked:
        return None
    try:
        monday = date.fromisoformat(asked)
    except ValueError:
        raise Missing from None
    today = moment_of(request).date()
    if monday.isoformat() != asked or monday.weekday() or not today - _OLDEST <= monday <= today:
        raise Missing
    return monday


def _asked(request: Request) -> str:
    week = _week(request)
    return f"days={_days(request)}" if week is None else f"week={week.isoformat()}"


def _query(request: Request) -> str:
    locale = asked_locale(request)
    return f"?{_asked(request)}" + (f"&lang={locale}" if locale else "")


def _look(request: Request) -> Shown:
    found = read(partial(_load, key=request.path_params["key"], period=_period(request)))
    if found is None:
        raise Missing
    return found


def _period(request: Request) -> Callable[[str], Period]:
    """Give what is asked for as a period in a zone: a week as reports count it, else the last days."""
    as_of, week, days = moment_of(request), _week(request), _days(request)

    def period(zone: str) -> Period:
        if week is not None:
            return Period(week_of(week, zone=zone), (week,), week + timedelta(days=6), as_of)
        span, firsts = last_days(as_of, zone=zone, count=days)
        return Period(span, firsts, local_day(as_of, zone), as_of)

    return period


def _load(session: Session, *, key: str, period: Callable[[str], Period]) -> Shown | None:
    practice = find_practice(session, key)
    if practice is None:
        return None
    asked = period(practice.zone)
    lines = gate_rows(session, [practice.id], since=asked.span.start)
    return Shown(
        practice.key,
        practice.name,
        asked.firsts[0],
        asked.last,
        local_day(asked.as_of, practice.zone),
        insights_of(session, practice.id, asked.span, asked.firsts, as_of=asked.as_of),
        names_of(session, practice.id),
        tuple(one for one in lines if one.practice == practice.key),
        bool(gates_found(session, [practice.id])),
        practice.zone,
    )


def _exhibits(shown: Shown, locale: str) -> list[Exhibit]:
    """Give what is shown and what the files hold: the same, in the same order."""
    names = shown.names
    made = list(exhibits(shown.figures, locale=locale, providers=names.providers, locations=names.locations))
    if made:
        made.append(cards.opt_out_exhibit(shown.figures, locale=locale))
    if shown.gate:
        made.append(cards.gate(shown.gate, locale=locale))
    return made


def _drawn(one: Exhibit | None) -> tuple[Exhibit, tuple[str, str] | None] | None:
    """Draw a chart for wide and narrow screens; its words are escaped where it is drawn."""
    if one is None:
        return None
    if not isinstance(one.picture, Lines) or not one.picture.rows:
        return one, None
    wide, narrow = (lines_svg(one.picture, key=one.key, width=width) for width in (DESK, PHONE))
    return one, (wide, narrow)


def give_pdf(request: Request) -> Response:
    """Give the same figures on paper; a machine that cannot says so on the page."""
    shown, locale = _look(request), _locale(request)
    try:
        content = report_pdf(_paper(shown, locale))
    except PaperUnavailableError:
        return _insights_page(request, fault="no_paper", status=HTTPStatus.SERVICE_UNAVAILABLE)
    return _file(shown, content, "pdf", "application/pdf")


def give_csv(request: Request) -> Response:
    """Give the same figures as CSV, in which no cell is a formula."""
    shown = _look(request)
    return _file(shown, csv_of(_tables(_exhibits(shown, _locale(request)))), "csv", CSV_TYPE)


def give_xlsx(request: Request) -> Response:
    """Give the same figures as a workbook, in which every cell is text."""
    shown = _look(request)
    return _file(shown, xlsx_of(_tables(_exhibits(shown, _locale(request)))), "xlsx", XLSX_TYPE)


def _locale(request: Request) -> str:
    return reader_voice(request, moment_of(request).date()).locale


def _tables(made: Sequence[Exhibit]) -> list[tuple[str, Table]]:
    return [(one.heading, one.table) for one in made]


def _paper(shown: Shown, locale: str) -> Paper:
    first, last = (format_day(day, locale=locale) for day in (shown.first, shown.last))
    return Paper(
        t("cards.title", locale),
        lead(shown.figures, locale=locale),
        _exhibits(shown, locale),
        t("insight_report.week", locale).format(name=shown.name, first=first, last=last),
        locale,
        t("insight_report.next", locale),
        [step_words(one, locale=locale) for one in shown.figures.prompts],
    )


def _file(shown: Shown, content: bytes, ending: str, kind: str) -> Response:
    name = f"insights-{shown.practice}-{shown.first.isoformat()}-{shown.last.isoformat()}.{ending}"
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
