"""Reports that people read: weekly mails to practices, the month of the installation, and Insights in Prefect."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from sqlalchemy.orm import Session

from models.db import read, transaction
from models.reports import reputation_letters
from models.reports.insight_counts import ALL
from models.reports.insights import Insights, insights
from models.reports.month import month_of_all
from models.settings import settings
from models.store.practices import find_practice
from tasks.policy import effect, safe
from templates import charts
from templates.figures_enrollment import Exhibit, markdown_table, table_rows
from templates.figures_insights import exhibits, lead
from templates.month_report import month_exhibits, month_lead

LOCALE = "en"
UTC = "UTC"
SMALL = 480  # pixels: a picture inside an artifact stays small


@safe
def is_known(practice: str) -> bool:
    """Say whether there is a practice with this key."""
    return read(partial(find_practice, key=practice)) is not None


@effect()
def queue_weekly(*, as_of: datetime, limit: int) -> int:
    """Queue last week's reputation report for each practice that asks for feedback; gives how many are due."""
    return transaction(lambda session: reputation_letters.queue_weekly(session, as_of=as_of, limit=limit))


@effect()
def show_insights(practice: str, *, as_of: datetime) -> dict[str, int]:
    """Show the insights of a practice, or of all, as artifacts; providers and locations are numbers there."""
    figures = read(lambda session: _insights(session, practice, as_of))
    _show(
        exhibits(figures, locale=LOCALE), f"insights{f'-{practice}' if practice else ''}", lead(figures, locale=LOCALE)
    )
    return {"shown": len(exhibits(figures, locale=LOCALE)), "steps": len(figures.prompts)}


def _insights(session: Session, practice: str, as_of: datetime) -> Insights:
    found = find_practice(session, practice) if practice else None
    if found is None:
        return insights(session, ALL, zone=UTC, as_of=as_of)
    return insights(session, found.id, zone=found.zone, as_of=as_of)


@effect()
def show_month(*, as_of: datetime) -> dict[str, int]:
    """Show the month of the installation before the present one as artifacts; gives its counts.

    Its files are made where they are asked for, by whoever may see all practices.
    """
    month = read(partial(month_of_all, as_of=as_of))
    _show(month_exhibits(month, locale=LOCALE), "month", month_lead(month, locale=LOCALE))
    link = f"{settings().public_address}/staff/month?month={month.first:%Y-%m}"
    create_link_artifact(link, link_text="On a page, and as PDF, CSV and XLSX", key="month-files")
    return month.counts


def _show(shown: Sequence[Exhibit], stem: str, words: str) -> None:
    for one in shown:
        key = f"{stem}-{one.key}".replace("_", "-")
        if one.picture is None:
            create_table_artifact(table_rows(one.table), key=key, description=f"{one.heading}. {words}")
            continue
        picture = b64encode(charts.png(one.picture, width=SMALL)).decode()
        page = f"## {one.heading}\n\n{words}\n\n![{one.heading}](data:image/png;base64,{picture})\n\n{one.note}\n\n"
        create_markdown_artifact(f"{page}{markdown_table(one.table)}\n", key=key, description=one.heading)
