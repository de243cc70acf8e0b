"""A worker of the tests: claims what is due, waits to be let go on, and then does it by the fence that it was given."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from models.db import open_database, use_database
from models.settings import Settings, use_settings
from tasks import messages as delivery
from tasks import onboarding as sweeps


def _wait() -> None:
    """Say that everything is in hand, and wait for a word."""
    sys.stdout.write("holds\n")
    sys.stdout.flush()
    sys.stdin.readline()


def _messages(as_of: datetime) -> dict[str, int]:
    """Load and write the mails first: what is fenced is the mark before each call."""
    prepared, waited = delivery._prepared, list[bool]()

    def late(*given: Any) -> Any:
        if not waited:
            waited.append(True)
            _wait()
        return prepared(*given)

    setattr(delivery, "_prepared", late)  # noqa: B010 - this process is about to end
    (claim,) = delivery.claims_of_messages(as_of=as_of, limit=100)
    return dict(delivery.deliver_messages.fn(claim, as_of=as_of))


def _timers(as_of: datetime) -> dict[str, int]:
    (claim,) = sweeps.claims_of_whole_journeys(as_of=as_of, limit=100)
    _wait()
    return dict(sweeps.advance_whole_journeys.fn(claim, as_of=as_of))


def main() -> None:
    """Work on `messages` or `timers` of a database at a moment, with a home for mails."""
    url, home, kind, moment = sys.argv[1:]
    work = {"messages": _messages, "timers": _timers}[kind]
    with use_settings(Settings(home=Path(home))), use_database(open_database(url)):
        counts = work(datetime.fromisoformat(moment))
    sys.stdout.write(f"{counts}\n")


if __name__ == "__main__":
    main()
