"""Makes a backup on the command line, lists those there are, and checks one of them."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from models.db import DatabaseFailure, database
from models.settings import SettingsError, settings
from tasks.backups import BackupFailedError, check_backup, list_backups, make_backup
from tasks.moment import now


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what was done; what went wrong goes to the standard error."""
    parser = argparse.ArgumentParser(
        prog="golive backup",
        description="Write the whole database as one sealed file, read it again, and remove outlived ones. The master "
        "key is not in it: keep GOLIVE_MASTER_KEY or keys.json, and the key of backups, somewhere else.",
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--list", action="store_true", help="list the backups of the folder, the newest first")
    action.add_argument("--check", type=Path, metavar="FILE", help="read a whole backup and count its rows")
    wish = parser.parse_args(arguments)
    try:
        for sentence in _obey(wish):
            sys.stdout.write(f"{sentence}\n")
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    except DatabaseFailure as failure:
        sys.stderr.write(f"The database cannot be read: {failure}. Start golive once, or look at its settings.\n")
        return os.EX_UNAVAILABLE
    except BackupFailedError as failure:
        sys.stderr.write(f"{failure}\n")
        return os.EX_DATAERR if wish.check else os.EX_CANTCREAT
    return os.EX_OK


def _obey(wish: argparse.Namespace) -> list[str]:
    if wish.list:
        listed = [
            f"{one.path.name}  {one.made_at:%Y-%m-%d %H:%M} UTC  {one.mebibytes} MiB"
            for one in list_backups(settings())
        ]
        return listed or ["There is no backup yet. Make one with: golive backup"]
    if wish.check:
        about = check_backup(wish.check, settings())
        when = f"{about.made_at:%Y-%m-%d %H:%M} UTC"
        rows = f"{about.total} rows of {len(about.rows)} tables of {about.engine}"
        return [f"{wish.check.name} is whole: {rows} at revision {about.revision}, as they were on {when}."]
    return [make_backup(database(), settings(), as_of=now()).sentence]
