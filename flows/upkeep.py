"""Looking after what is stored: histories checked for changes from outside, and what is over removed."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import upkeep
from tasks.artifacts import show_counts, show_rows
from tasks.commands import state_of
from tasks.moment import moment


@flow(flow_run_name="check-histories")
def check_histories(as_of: str = "") -> State[Any]:
    """Recompute the hash chain of every practice's history; an edited, deleted or cut line fails this run.

    Args:
        as_of: Moment of the check, ISO 8601 with offset; empty means now.
    """
    rows = upkeep.check_chains(as_of=moment(as_of))
    show_rows(rows, key="histories", description="Histories and whether they are intact")
    return state_of(upkeep.verdict(rows))


@flow(flow_run_name="tidy-up")
def tidy_up(as_of: str = "") -> dict[str, int]:
    """Remove what is over: counts of visitors and ended holds after a day, sessions and used links after 30 days.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    counts = upkeep.tidy_up(as_of=at)
    show_counts(counts, key="tidy-up", as_of=at)
    return dict(counts)
