"""Restores a backup on the command line: beside the present database, in quarantine, released by a person."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from models.db import DatabaseFailure
from models.inputs.answers import Answer
from models.settings import SettingsError, settings
from tasks.backups import BackupFailedError
from tasks.reconciling import reconcile, release, status
from tasks.restoring import restore_beside

_ABOUT = (
    "Restore a backup beside the present database, in quarantine: nothing is sent from it. Let golive use it, record "
    "anew what people had recorded since the backup, reconcile, look at the work items, and release it."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what was done; a refusal goes to the standard error."""
    parser = _parser()
    wish = parser.parse_args(arguments)
    if sum(map(bool, (wish.file, wish.reconcile, wish.release, wish.status))) != 1:
        parser.error("name a backup, or one of --reconcile, --release and --status")
    if wish.release and not wish.by:
        parser.error("--release takes --by with the key of the member of staff who decides it")
    try:
        answer = _obey(wish)
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    except DatabaseFailure as failure:
        sys.stderr.write(f"The database cannot be used: {failure}. Look at GOLIVE_DATABASE_URL.\n")
        return os.EX_UNAVAILABLE
    except BackupFailedError as failure:
        sys.stderr.write(f"{failure}\n")
        return os.EX_DATAERR
    (sys.stdout if answer.is_done else sys.stderr).write(f"{answer.sentence}\n")
    return os.EX_OK if answer.is_done else os.EX_TEMPFAIL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="golive restore", description=_ABOUT)
    parser.add_argument("file", nargs="?", type=Path, help="the backup; golive backup --list names them")
    parser.add_argument(
        "--stopped-at",
        type=_moment,
        metavar="MOMENT",
        help="when the lost database surely sent nothing any more, like 2026-12-01T15:00:00+00:00; unless given: now",
    )
    parser.add_argument("--status", action="store_true", help="say whether the database is in quarantine")
    parser.add_argument("--reconcile", action="store_true", help="look up whatever may have been sent since the backup")
    parser.add_argument("--leave-unread", action="store_true", help="reconcile although some systems do not answer")
    parser.add_argument("--release", action="store_true", help="end the quarantine: from then on messages go out")
    parser.add_argument("--by", default="", metavar="KEY", help="key of the member of staff who releases it")
    return parser


def _moment(words: str) -> datetime:
    moment = datetime.fromisoformat(words)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError
    return moment.astimezone(UTC)


def _obey(wish: argparse.Namespace) -> Answer:
    as_of = datetime.now(UTC)
    if wish.reconcile:
        return reconcile(leave_unread=wish.leave_unread, as_of=as_of)
    if wish.release:
        return release(by=wish.by, as_of=as_of)
    if wish.status:
        return status()
    restored = restore_beside(wish.file, settings(), stopped_at=wish.stopped_at, as_of=as_of)
    return Answer(is_done=True, sentence="\n".join(restored.sentences))
