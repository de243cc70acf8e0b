"""Safe keeping: backups made, read again and rotated."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import keeping
from tasks.artifacts import show_rows
from tasks.commands import state_of
from tasks.moment import moment


@flow(flow_run_name="back-up")
def back_up(as_of: str = "") -> State[Any]:
    """Write the whole database as one sealed file, read it again, and remove backups that are outlived.

    Args:
        as_of: Moment that the backup is named after, ISO 8601 with offset; empty means now.
    """
    answer = keeping.back_up(as_of=moment(as_of))
    show_rows(keeping.backup_rows(), key="backups", description="Backups in the folder, the newest first")
    return state_of(answer)
