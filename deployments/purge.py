"""Purges what is outlived on the command line, or counts it."""

import argparse
import os
import sys
from collections.abc import Sequence

from models.db import DatabaseFailure
from models.settings import SettingsError
from tasks.moment import now
from tasks.policy import TaskFailed
from tasks.quarantine import SENTENCE, is_quarantined
from tasks.retention import count_all, purge_all


def main(arguments: Sequence[str] | None = None) -> int:
    """Write how many values of each class went, or would go; a refusal goes to the standard error."""
    parser = argparse.ArgumentParser(
        prog="golive purge",
        description="Purge words and files whose period is over. What an open matter or a legal hold needs stays.",
    )
    parser.add_argument("--dry-run", action="store_true", help="count what would go, and change nothing")
    is_dry = parser.parse_args(arguments).dry_run
    try:
        if not is_dry and is_quarantined():
            sys.stderr.write(f"{SENTENCE}\n")
            return os.EX_TEMPFAIL
        counts = count_all(as_of=now()) if is_dry else purge_all(as_of=now())
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    except (DatabaseFailure, TaskFailed) as failure:
        sys.stderr.write(f"The database cannot be used: {failure}. Look at GOLIVE_DATABASE_URL.\n")
        return os.EX_UNAVAILABLE
    done = "would be purged" if is_dry else "purged"
    told = [f"{kind}: {count} {done}\n" for kind, count in sorted(counts.items())]
    sys.stdout.write("".join(told) or "Nothing is outlived.\n")
    return os.EX_OK
