"""Safe keeping: backups made, read again and rotated; keys of practices rotated."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import PracticeKey, StaffKey
from tasks import keeping, key_rotation
from tasks.artifacts import show_rows
from tasks.commands import state_of
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined


@flow(flow_run_name="back-up")
def back_up(as_of: str = "") -> State[Any]:
    """Write the whole database as one sealed file, read it again, and remove backups that are outlived.

    Args:
        as_of: Moment that the backup is named after, ISO 8601 with offset; empty means now.
    """
    answer = keeping.back_up(as_of=moment(as_of))
    show_rows(keeping.backup_rows(), key="backups", description="Backups in the folder, the newest first")
    return state_of(answer)


@flow(flow_run_name="rotate-keys")
@unless_quarantined
def rotate_keys(as_of: str = "") -> dict[str, int]:
    """Go on with every rotation of a key, and begin those that are due; pages and messages work meanwhile.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    counts = key_rotation.go_on(as_of=moment(as_of))
    show_rows(key_rotation.key_rows(), key="keys", description="Keys of practices, the oldest first")
    return dict(counts)


@flow(flow_run_name="begin-key-rotation {practice}")
@unless_quarantined
def begin_key_rotation(practice: PracticeKey, by: StaffKey) -> State[Any]:
    """Make a new key for a practice; rotate-keys seals its personal fields anew, then destroys the older key.

    Args:
        practice: Short name of the practice; golive-installation stands for the key of the installation itself.
        by: Key of whoever of our staff asks for it.
    """
    return state_of(key_rotation.begin(practice, by=by, as_of=now()))
