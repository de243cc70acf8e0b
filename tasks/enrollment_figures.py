"""The figures of payer enrollments in Prefect: a table of turnarounds, and a page for each chart with its figures."""

from base64 import b64encode
from dataclasses import replace
from datetime import datetime
from functools import partial

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from models.db import read
from models.reports.enrollment_figures import enrollment_figures
from models.store import practices
from tasks.policy import effect, safe
from templates import charts
from templates.figures_enrollment import Exhibit, exhibits, lead, markdown_table, table_rows


@safe
def is_known(practice: str) -> bool:
    """Say whether there is a practice with this key."""
    return read(partial(practices.find_practice, key=practice)) is not None


@effect()
def show_figures(practice: str, *, as_of: datetime) -> dict[str, int]:
    """Show the figures of all practices, or of one (E-43); gives counts of submissions.

    Practices stand there by their keys. A picture is part of its page, since Prefect shows no other files of ours.
    """
    figures = replace(read(partial(enrollment_figures, practice=practice, as_of=as_of)), names={})
    of = f"-{practice}" if practice else ""
    for one in exhibits(figures):
        key = f"enrollments-{one.key}{of}"
        if one.picture is None:
            create_table_artifact(table_rows(one.table), key=key, description=f"{one.heading}. {lead(figures)}")
        else:
            create_markdown_artifact(_page(one, lead(figures)), key=key, description=one.heading)
    return {"sent": figures.sent, "decided": figures.decided, "open": figures.open}


def _page(one: Exhibit, words: str) -> str:
    """Write a chart with its figures below, for readers who cannot see it too."""
    picture = b64encode(charts.png(one.picture)).decode() if one.picture else ""
    image = f"![{one.heading}](data:image/png;base64,{picture})"
    return f"## {one.heading}\n\n{words}\n\n{image}\n\n{one.note}\n\n{markdown_table(one.table)}\n"
