"""Checks of what is stored, and the removal of what is over."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.store import events, invitations, practices, rates, sessions, slots
from tasks.policy import effect

KEPT = timedelta(days=1)
"""How long counts of visitors and ended holds are kept."""
ACCESS_KEPT = timedelta(days=30)
"""How long sessions, and links that were used or are over, are kept: whoever asks why one ended asks soon."""


@effect()
def tidy_up(*, as_of: datetime) -> Counter[str]:
    """Remove counts of visitors, holds, sessions and links that were over long ago; gives how many of each."""

    def remove(session: Session) -> Counter[str]:
        before, ended = as_of - KEPT, as_of - ACCESS_KEPT
        return Counter(
            counts=rates.purge(session, before=before),
            holds=slots.free_expired(session, before=before),
            sessions=sessions.purge(session, before=ended),
            links=invitations.purge(session, before=ended),
        )

    return transaction(remove)


@effect()
def check_chains(*, as_of: datetime) -> list[dict[str, str]]:
    """Check every practice's history, each in a transaction of its own; gives one row per practice."""
    rows = []
    for practice_id, key in read(practices.all_practices):
        report = read(partial(events.check_chain, practice_id=practice_id))
        verdict = "intact" if report.is_intact else f"changed at line {report.broken_at}"
        rows.append({"practice": key, "lines": str(report.length), "history": verdict, "checked": f"{as_of:%Y-%m-%d}"})
    return rows


def verdict(rows: list[dict[str, str]]) -> Answer:
    """Say whether every history is intact."""
    broken = [row["practice"] for row in rows if row["history"] != "intact"]
    if broken:
        return Answer.refused(
            f"The history of {', '.join(broken)} was changed outside of the product; compare it with a backup."
        )
    return Answer(is_done=True, sentence=f"{len(rows)} histories are intact.")
