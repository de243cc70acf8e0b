"""The month of an installation in words: its counts, then the feedback of all practices together, and its files."""

from babel.dates import format_date

from models.reports.month import MonthOfAll
from templates.charts import Table
from templates.exports import csv_of, xlsx_of
from templates.figures_enrollment import Exhibit
from templates.figures_insights import exhibits, lead
from templates.report_paper import Paper, report_pdf
from templates.reputation_report import NAMED
from templates.words import t


def month_exhibits(month: MonthOfAll, *, locale: str) -> list[Exhibit]:
    """Say the figures of a month, the counts first."""
    rows = [(t(f"insight_month.{key}", locale), f"{count:,}") for key, count in month.counts.items()]
    heads = (t("insight_heads.what", locale), t("insight_heads.count", locale))
    counts = Exhibit(
        "counts", t("insight_report.month_title", locale), month_name(month, locale=locale), Table(heads, rows)
    )
    return [counts, *(one for one in exhibits(month.insights, locale=locale) if one.key not in NAMED)]


def month_name(month: MonthOfAll, *, locale: str) -> str:
    """Write the month with its year."""
    return format_date(month.first, "MMMM y", locale=locale)


def month_lead(month: MonthOfAll, *, locale: str) -> str:
    """Say in one line how patients answered in the month."""
    return f"{month_name(month, locale=locale)}. {lead(month.insights, locale=locale)}"


def month_files(month: MonthOfAll, *, locale: str, foot: str) -> dict[str, bytes]:
    """Make the report as PDF, CSV and XLSX, by their endings; the same figures give the same bytes.

    Raises:
        PaperUnavailableError: the machine has no Pango.
    """
    shown = month_exhibits(month, locale=locale)
    tables = [(one.heading, one.table) for one in shown]
    title = t("insight_report.month_title", locale)
    paper = Paper(title, month_lead(month, locale=locale), shown, foot, locale)
    return {"pdf": report_pdf(paper), "csv": csv_of(tables), "xlsx": xlsx_of(tables)}
