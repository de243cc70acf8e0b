"""Lets a practice's messages go out again after a broken promise, as one of our staff decided; needs no Prefect."""

import argparse
import os
import sys
from collections.abc import Sequence

from models.db import DatabaseFailure
from models.settings import SettingsError
from tasks.moment import now
from tasks.policy import TaskFailed
from tasks.watching import list_breaches, release_sending


def main(arguments: Sequence[str] | None = None) -> int:
    """List what is open, or release a practice; a refusal goes to the standard error."""
    parser = argparse.ArgumentParser(
        prog="golive release",
        description="Without a practice: list the promises that were found broken and that nobody released.",
        epilog="example: golive release maple-street --by manager-1",
    )
    parser.add_argument("practice", nargs="?", default="", help="short name of the practice")
    parser.add_argument("--by", default="", metavar="KEY", help="key of the member of staff who looked at it")
    wish = parser.parse_args(arguments)
    if bool(wish.practice) != bool(wish.by):
        parser.error("a practice is released --by somebody: golive release maple-street --by manager-1")
    try:
        return _release(wish.practice, wish.by) if wish.practice else _list()
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    except (DatabaseFailure, TaskFailed) as failure:
        sys.stderr.write(f"The database cannot be used: {failure}. Look at docs/runbook/database.md.\n")
        return os.EX_UNAVAILABLE


def _list() -> int:
    rows = list_breaches.fn()
    told = (
        f"{row['practice']}: {row['promise']}, row {row['row']}, {row['found']}, sending {row['sending']}"
        for row in rows
    )
    sys.stdout.write("".join(f"{line}\n" for line in told) or "No broken promise is open.\n")
    return os.EX_OK


def _release(practice: str, by: str) -> int:
    as_of = now()
    answer = release_sending.fn(practice, by=by, key=f"command:{as_of.isoformat()}", as_of=as_of)
    (sys.stdout if answer.is_done else sys.stderr).write(f"{answer.sentence}\n")
    return os.EX_OK if answer.is_done else os.EX_TEMPFAIL
