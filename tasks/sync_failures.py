"""Writes and changes that need a person: listed with what to do, and tried once more."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.rules.system_failures import sentence_of
from models.store import dead_changes, pushes
from tasks.policy import effect


@effect()
def failed_rows() -> list[dict[str, str]]:
    """List writes and changes that need a person: numbers, kinds and codes only."""

    def rows(session: Session) -> list[dict[str, str]]:
        writes = [
            {
                "number": str(one.id),
                "what": f"write: {one.kind}",
                "appointment": str(one.appointment_id),
                "why": sentence_of(one.outcome),
                "next": "replay-writes",
            }
            for one in pushes.dead_letters(session)
        ]
        changes = [
            {
                "number": str(one.id),
                "what": "change",
                "appointment": f"in the practice system: {one.system_id}",
                "why": one.problem,
                "next": "replay-changes",
            }
            for one in dead_changes.list_dead(session)
        ]
        return [*writes, *changes]

    return read(rows)


@effect()
def replay_writes(ids: Sequence[int], *, as_of: datetime) -> list[int]:
    """Queue refused writes once more."""
    return transaction(lambda session: pushes.replay(session, ids, as_of=as_of))


@effect()
def replay_changes(ids: Sequence[int], *, as_of: datetime) -> Counter[str]:
    """Take in once more what was left behind, each by itself."""
    settled = transaction(lambda session: dead_changes.take_in_again(session, ids, as_of=as_of))
    return Counter("taken_in" if is_settled else "dead" for is_settled in settled.values())
