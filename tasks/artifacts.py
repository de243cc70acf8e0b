"""What people look at in Prefect: one page per practice, one board over all, work lists; keys and counts only."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.runtime import flow_run

from models.db import read
from models.reports.onboarding import board, board_rows, journey_markdown, journey_view, work_list
from models.rules.roles import Role
from models.store import onboarding
from tasks.policy import effect

_log = logging.getLogger("golive.figures")


@effect()
def show_journeys(practices: Sequence[str], *, as_of: datetime) -> None:
    """Show practices' journeys, a page each: ten steps, who is waited for and since when, next dates (O-42)."""
    for practice in practices:
        journey = read(partial(onboarding.present_journey, practice=practice))
        if journey is not None:
            view = read(partial(journey_view, journey_id=journey, as_of=as_of))
            page = journey_markdown(view)
            create_markdown_artifact(page, key=f"journey-{practice}", description=f"Journey of {practice}")


@effect()
def show_board(*, as_of: datetime) -> int:
    """Show all journeys in one table, and one work list per role that has work; gives the number of journeys."""
    rows = board_rows(read(lambda session: board(session, as_of=as_of)))
    create_table_artifact(rows, key="board", description="All journeys: step, who is waited for, lateness, next date")
    for role in Role:
        items = read(partial(work_list, roles=[role], as_of=as_of))
        if items:
            key = f"work-{role.value.replace('_', '-')}"
            create_table_artifact(items, key=key, description=f"Open work of the {role.value.replace('_', ' ')}")
    return len(rows)


@effect()
def show_rows(rows: list[dict[str, str]], *, key: str, description: str) -> None:
    """Show a table of keys and codes."""
    create_table_artifact(rows, key=key, description=description)


@effect()
def show_counts(counts: Counter[str], *, key: str, as_of: datetime) -> None:
    """Show what a sweep did, by kind of outcome."""
    told = {"flow_run_id": str(flow_run.id or ""), "flow_name": str(flow_run.flow_name or ""), "figures": dict(counts)}
    _log.info("figures of %s", key, extra=told)
    rows = [{"what": what, "count": count} for what, count in sorted(counts.items())]
    create_table_artifact(rows, key=key, description=f"Counts of the run at {as_of:%Y-%m-%d %H:%M} UTC")


def begin_progress(key: str, description: str) -> UUID:
    """Show how far a long run has come, from 0 on."""
    number = create_progress_artifact(0.0, key=key, description=description)
    if not isinstance(number, UUID):
        message = "progress is shown from flows that do not await"
        raise TypeError(message)
    return number


def go_on(progress: UUID, done: int, *, of: int) -> None:
    """Show that so many of all batches are done."""
    update_progress_artifact(progress, 100.0 * done / of)
