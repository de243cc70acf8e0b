"""At how many points of each process a worker is killed, at the least: a point that gets lost is seen."""

import sys
from typing import Final

from models.db import Database

FEWEST: Final = {
    "journey": {"before_commit": 20, "after_commit": 20, "before_call": 20, "after_call": 20},
    "booking in Kareo": {"before_commit": 10, "after_commit": 10, "before_call": 3, "after_call": 3},
    "booking in a calendar": {"before_commit": 10, "after_commit": 10, "before_call": 3, "after_call": 3},
    "submission to Stedi": {"before_commit": 8, "after_commit": 4, "before_call": 4, "after_call": 4},
    "built-in submission": {"before_commit": 8, "after_commit": 4, "before_call": 2, "after_call": 2},
    "payer files": {"before_commit": 4, "after_commit": 3, "before_move": 6, "after_move": 3},
}
"""Below what was counted: a worker that got further before it died passes over some commits. A journey makes 121
commits that change something and 35 calls, a booking 30 and 4, or 25 and 6.
"""


def assert_enough(db: Database, process: str, where: str, killed: int) -> None:
    """Say how often workers of a process were killed, and that no point of it has got lost."""
    sys.stdout.write(f"\nkilled: {db.engine.dialect.name}, {process}, {where}: {killed} times\n")
    assert killed >= FEWEST[process][where]
