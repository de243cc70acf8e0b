"""The history: append with one hash chain per practice, find by idempotency key, check that nothing was touched."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from models.rules.decisions import Evidence, Process
from models.tables.events import ChainHead, Event

EMPTY_CHAIN = "0" * 64
PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line to be appended; the key makes it unique within its process."""

    practice_id: int
    process: Process
    process_id: int
    key: str
    kind: str
    subject: str
    actor: str
    reason: str
    evidence: dict[str, Evidence]
    at: datetime


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a check of one practice's history found; `broken_at` is 0 when all is well."""

    practice_id: int
    length: int
    broken_at: int = 0

    @property
    def is_intact(self) -> bool:
        """Say whether nothing was changed, deleted or cut off."""
        return not self.broken_at


def start_chain(session: Session, practice_id: int) -> None:
    """Begin the empty history of a new practice."""
    session.execute(insert(ChainHead), [{"practice_id": practice_id, "length": 0, "hash": EMPTY_CHAIN}])


def append(session: Session, lines: Sequence[Line]) -> None:
    """Append lines to the chains of their practices; the heads stay locked until the commit.

    Raises:
        ConstraintBroken: a line with this key was appended before.
    """
    if not lines:
        return
    heads = _lock_heads(session, {line.practice_id for line in lines})
    rows = []
    for line in lines:
        length, last = heads[line.practice_id]
        digest = _digest(last, length + 1, line)
        heads[line.practice_id] = (length + 1, digest)
        rows.append(_row(line, length + 1, digest))
    session.execute(insert(Event), rows)
    ends = [{"practice_id": one, "length": length, "hash": digest} for one, (length, digest) in heads.items()]
    session.execute(update(ChainHead), ends)


def _lock_heads(session: Session, practices: Iterable[int]) -> dict[int, tuple[int, str]]:
    """Lock in one order, so that two writers never wait for each other."""
    query = (
        select(ChainHead.practice_id, ChainHead.length, ChainHead.hash)
        .where(ChainHead.practice_id.in_(sorted(practices)))
        .order_by(ChainHead.practice_id)
        .with_for_update()
    )
    return {practice: (length, digest) for practice, length, digest in session.execute(query)}


def _row(line: Line, position: int, digest: str) -> dict[str, object]:
    return {
        "practice_id": line.practice_id,
        "position": position,
        "process": line.process,
        "process_id": line.process_id,
        "key": line.key,
        "kind": line.kind,
        "subject": line.subject,
        "actor": line.actor,
        "reason": line.reason,
        "evidence": line.evidence,
        "at": line.at,
        "hash": digest,
    }


def _digest(last: str, position: int, line: Line) -> str:
    content = (
        last,
        position,
        line.process.value,
        line.process_id,
        line.key,
        line.kind,
        line.subject,
        line.actor,
        line.reason,
        sorted(line.evidence.items()),
        line.at.astimezone(UTC).isoformat(),
    )
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def happened(session: Session, *, process: Process, process_id: int, key: str) -> bool:
    """Say whether a command with this idempotency key was carried out before."""
    query = select(Event.id).where(Event.process == process, Event.process_id == process_id, Event.key == f"{key}#0")
    return session.execute(query).first() is not None


def history(session: Session, *, process: Process, process_id: int, limit: int = 500) -> Sequence[Event]:
    """Give the newest lines of a process, newest first."""
    query = select(Event).where(Event.process == process, Event.process_id == process_id)
    return session.scalars(query.order_by(Event.position.desc()).limit(limit)).all()


def check_chain(session: Session, practice_id: int) -> ChainReport:
    """Recompute a practice's chain; edits, deletions and a cut tail are found."""
    last, position = EMPTY_CHAIN, 0
    query = select(Event).where(Event.practice_id == practice_id).order_by(Event.position)
    for event in session.scalars(query.execution_options(yield_per=PAGE)):
        position += 1
        if event.position != position or event.hash != _digest(last, position, _line(event)):
            return ChainReport(practice_id, position, broken_at=position)
        last = event.hash
    head = session.get(ChainHead, practice_id)
    if head is None or (head.length, head.hash) != (position, last):
        return ChainReport(practice_id, position, broken_at=position + 1)
    return ChainReport(practice_id, position)


def _line(event: Event) -> Line:
    return Line(
        event.practice_id,
        event.process,
        event.process_id,
        event.key,
        event.kind,
        event.subject,
        event.actor,
        event.reason,
        event.evidence,
        event.at,
    )
