"""Tries the newest backup on the command line: restored for a while, looked at as a whole, removed."""

import argparse
import os
import sys
from collections.abc import Sequence

from models.db import DatabaseFailure, database
from models.settings import SettingsError, settings
from tasks.backups import BackupFailedError
from tasks.drilling import drill
from tasks.moment import now


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what was found; what is wrong goes to the standard error."""
    parser = argparse.ArgumentParser(
        prog="golive restore-drill",
        description="Restore the newest backup to a throw-away place, count its rows, recompute every history, open "
        "every key, and remove it again. Nothing is sent, and the present database stays as it is.",
    )
    parser.parse_args(arguments)
    try:
        seen = drill(database(), settings(), as_of=now())
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    except DatabaseFailure as failure:
        sys.stderr.write(f"The database cannot be used: {failure}. Look at GOLIVE_DATABASE_URL.\n")
        return os.EX_UNAVAILABLE
    except BackupFailedError as failure:
        sys.stderr.write(f"{failure}\n")
        return os.EX_DATAERR
    sys.stdout.write(f"{seen.sentence}\n")
    return os.EX_OK
