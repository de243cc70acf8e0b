"""The watch over promises: a broken one stops a practice's messages until a person releases them."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from models.inputs.forms import PracticeKey, StaffKey
from tasks import watching
from tasks.artifacts import show_rows
from tasks.commands import state_of
from tasks.moment import moment, now


@flow(flow_run_name="watch-invariants")
def watch_invariants(as_of: str = "") -> dict[str, int]:
    """Ask every view of broken promises; a new one stops its practice's messages, opens one work item, is mailed once.

    Args:
        as_of: Moment of the look, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    new = watching.watch_invariants(as_of=at)
    if new:
        watching.tell_of_breaches(new)
    rows = watching.list_breaches()
    show_rows(rows, key="broken-promises", description="Promises found broken, not yet released")
    if new:
        watching.mail_of_breaches(new, as_of=at)
    return dict(watching.counted(rows))


@flow(flow_run_name="release-sending {practice}")
def release_sending(practice: PracticeKey, by: StaffKey) -> State[Any]:
    """Let a practice's messages go out again after you looked at what was found; what was kept back is sent.

    Args:
        practice: Short name of the practice.
        by: Key of whoever of our staff looked at it.
    """
    as_of = now()
    key = f"run:{flow_run.id or as_of.isoformat()}"
    return state_of(watching.release_sending(practice, by=by, key=key, as_of=as_of))
