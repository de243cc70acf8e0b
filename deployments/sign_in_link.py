"""Makes a link that signs one of our staff in to the web site once, on this machine only, within ten minutes."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from models.db import DatabaseFailure, transaction
from models.rules.decisions import Refusal
from models.settings import SettingsError, settings
from models.store.invitations import make_local_link

ONLY_LOCAL = (
    "Sign-in links are made while GOLIVE_MODE is local only. On a server, invite people with the flow invite-to-portal."
)


def link_for(staff: str, *, as_of: datetime) -> str | Refusal:
    """Make a link for one of our staff, by key."""
    chosen = settings()
    if chosen.mode != "local":
        return Refusal("only_local", ONLY_LOCAL)
    made = transaction(partial(make_local_link, staff=staff, as_of=as_of))
    return made if isinstance(made, Refusal) else f"http://{chosen.host}:{chosen.web_port}/l/{made}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a link; sentences about what went wrong go to the standard error."""
    parser = argparse.ArgumentParser(
        prog="golive sign-in-link",
        description="Make a link that signs one of our staff in: once, on this machine, within ten minutes.",
        epilog="example: golive sign-in-link coach-1",
    )
    parser.add_argument("staff", help="key of the member of staff, from the team of an intake")
    given = parser.parse_args(arguments)
    try:
        made = link_for(given.staff, as_of=datetime.now(UTC))
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    except DatabaseFailure as failure:
        sys.stderr.write(
            f"The database cannot be used: {failure}. Start golive once with golive run, then try again.\n"
        )
        return os.EX_UNAVAILABLE
    if isinstance(made, Refusal):
        sys.stderr.write(f"{made.sentence}\n")
        return os.EX_USAGE
    sys.stdout.write(f"{made}\n")
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
