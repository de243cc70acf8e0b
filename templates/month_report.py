"""The month of an installation in words: its counts, scoreboards, the feedback of all practices, and its files."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from babel.dates import format_date

from models.reports.coach_board import CoachScore
from models.reports.enrollment_figures import Figures
from models.reports.month import MonthOfAll
from templates import figures_enrollment
from templates.charts import Table
from templates.exports import csv_of, xlsx_of
from templates.figures_enrollment import Exhibit
from templates.figures_insights import exhibits, lead
from templates.report_paper import Paper, report_pdf
from templates.reputation_report import NAMED
from templates.words import t

SCOREBOARDS: Final = ("scores", "parties", "reasons")
"""What of the figures of enrollments stands in a month report."""
_COACH_HEADS: Final = ("Coach", "Under way", "Overdue", "Paused", "Longest wait", "Went live", "Graduated")
_COACH_NOTE: Final = (
    "Journeys as they stand when the report is made; the longest wait in business days. "
    "The last two columns count those that reached it in the month."
)


def month_exhibits(month: MonthOfAll, *, locale: str) -> list[Exhibit]:
    """Say the figures of a month: its counts, the scoreboards, which our own people read in English, and feedback."""
    rows = [(t(f"insight_month.{key}", locale), f"{count:,}") for key, count in month.counts.items()]
    heads = (t("insight_heads.what", locale), t("insight_heads.count", locale))
    counts = Exhibit(
        "counts", t("insight_report.month_title", locale), month_name(month, locale=locale), Table(heads, rows)
    )
    asked = (one for one in exhibits(month.insights, locale=locale) if one.key not in NAMED)
    return [counts, *_coaches(month.coaches), *_enrollments(month.enrollments), *asked]


def _coaches(scores: Sequence[CoachScore]) -> Iterator[Exhibit]:
    rows = [
        (
            one.coach or "nobody yet",
            *(str(count) for count in (one.under_way, one.late, one.paused, one.longest, one.went_live, one.graduated)),
        )
        for one in scores
    ]
    if rows:
        yield Exhibit("coaches", "Success Coaches", _COACH_NOTE, Table(_COACH_HEADS, rows))


def _enrollments(figures: Figures | None) -> Iterator[Exhibit]:
    """Give the scoreboards of payers; their keys tell them from those of feedback."""
    for one in figures_enrollment.exhibits(figures) if figures else ():
        if one.key in SCOREBOARDS:
            yield replace(one, key=f"enrollment-{one.key}")


def month_name(month: MonthOfAll, *, locale: str) -> str:
    """Write the month with its year."""
    return format_date(month.first, "MMMM y", locale=locale)


def month_lead(month: MonthOfAll, *, locale: str) -> str:
    """Say in one line how patients answered in the month."""
    return f"{month_name(month, locale=locale)}. {lead(month.insights, locale=locale)}"


def month_pdf(month: MonthOfAll, *, locale: str, foot: str) -> bytes:
    """Set the report on paper; the same figures give the same bytes.

    Raises:
        PaperUnavailableError: the machine has no Pango.
    """
    title, shown = t("insight_report.month_title", locale), month_exhibits(month, locale=locale)
    return report_pdf(Paper(title, month_lead(month, locale=locale), shown, foot, locale))


def month_csv(month: MonthOfAll, *, locale: str) -> bytes:
    """Write the report's tables as CSV."""
    return csv_of(_tables(month, locale))


def month_xlsx(month: MonthOfAll, *, locale: str) -> bytes:
    """Write the report's tables as a workbook."""
    return xlsx_of(_tables(month, locale))


def _tables(month: MonthOfAll, locale: str) -> list[tuple[str, Table]]:
    return [(one.heading, one.table) for one in month_exhibits(month, locale=locale)]
