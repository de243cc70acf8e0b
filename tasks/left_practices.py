"""The list beside the backups of practices whose keys were destroyed: a restore destroys them again."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from tasks.copies import CopyFailedError

FILE: Final = "practices-that-left.json"
_DAMAGED: Final = (
    "The file {} beside the backups is damaged. It says whose keys must not come back with a restore: put it back from "
    "a copy, or write it anew from what golive offboard shows of the present database, and restore again."
)


def note_left(folder: Path, practice_id: int, practice: str, *, at: datetime) -> None:
    """Write down that the keys of a practice were destroyed; a second time changes nothing.

    Raises:
        CopyFailedError: the list is damaged.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        known = _read(folder)
        line = {"practice": practice, "destroyed_at": at.isoformat()}
        if str(practice_id) not in known:
            _write(folder, known | {str(practice_id): line})


def left(folder: Path) -> tuple[int, ...]:
    """List the practices whose keys were destroyed, by number.

    Raises:
        CopyFailedError: the list is damaged: nobody knows whose keys must not come back.
    """
    return tuple(sorted(map(int, _read(folder))))


def _read(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        known: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))["practices"]
        is_sound = all(number.isdecimal() for number in known)
    except (ValueError, KeyError, TypeError, AttributeError):
        is_sound = False
    if not is_sound:
        raise CopyFailedError(_DAMAGED.format(FILE))
    return known


def _write(folder: Path, known: dict[str, dict[str, str]]) -> None:
    """Write the list beside its place, on the disk before it gets its name."""
    draft = folder / f".{FILE}.new"
    number = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(json.dumps({"practices": known}, indent=1, sort_keys=True))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / FILE)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / f".{FILE}.lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
