"""The history: append with one hash chain per practice, find by idempotency key, check that nothing was touched."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Row, Select, bindparam, insert, select
from sqlalchemy.orm import Session

from models.rules.decisions import Evidence, Process
from models.rules.milestones import MILESTONES
from models.store.announcements import put_up
from models.store.sets import Named, insert_rows, listed, prepared, update_rows
from models.tables.events import ChainHead, Event

EMPTY_CHAIN = "0" * 64
PAGE = 5_000
Heads = dict[int, tuple[int, str]]
"""Length and last hash of histories, by practice."""
_HEADS = ChainHead.metadata.tables[ChainHead.__tablename__]
_EVENTS: Final = Event.metadata.tables[Event.__tablename__].c
_FIRST_LINE: Final = select(_EVENTS.id).where(
    _EVENTS.process == bindparam("process"),
    _EVENTS.process_id == bindparam("number"),
    _EVENTS.key == bindparam("first"),
)
_LINE = (
    Event.practice_id,
    Event.process,
    Event.process_id,
    Event.key,
    Event.kind,
    Event.subject,
    Event.actor,
    Event.reason,
    Event.evidence,
    Event.at,
)


class Line(NamedTuple):
    """One line to be appended; the key makes it unique within its process. A tuple: sweeps make very many."""

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


def lock_practices(session: Session, practices: Collection[int] | Select[tuple[int]]) -> Heads:
    """Make others who write for these practices wait until the commit; gives length and end of their histories.

    Every transaction that writes more than one row for a practice does this first, in the order of the ids: so nobody
    decides upon facts that are being changed, and writers never wait for each other in a circle.
    """
    if isinstance(practices, Collection):
        rows = session.execute(_heads(session), listed(session, practices)).all()
    else:
        rows = session.execute(_heads_where(_HEADS.c.practice_id.in_(practices))).all()
    return {practice: (length, digest) for practice, length, digest in rows}


def _heads_where(chosen: ColumnElement[bool]) -> Select[Any]:
    query = select(_HEADS.c.practice_id, _HEADS.c.length, _HEADS.c.hash).where(chosen)
    return query.order_by(_HEADS.c.practice_id).with_for_update()


@prepared
def _heads(named: Named) -> Select[Any]:
    return _heads_where(named(_HEADS.c.practice_id))


def append(session: Session, lines: Sequence[Line], heads: Heads | None = None) -> None:
    """Append lines to the chains of their practices, which stay locked until the commit.

    `heads` is what `lock_practices` gave, when the caller has just asked it.

    Raises:
        ConstraintBroken: a line with this key was appended before.
    """
    if heads is None:
        heads = lock_practices(session, {line.practice_id for line in lines})
    touched, rows, milestones = set[int](), [], []
    for line in lines:
        length, last = heads[line.practice_id]
        digest = _digest(last, length + 1, line)
        heads[line.practice_id] = (length + 1, digest)
        touched.add(line.practice_id)
        rows.append((*line, length + 1, digest))
        if line.kind in MILESTONES:
            milestones.append((digest, line.practice_id, line.process, line.process_id, line.kind, line.at))
    insert_rows(session, Event, (*Line._fields, "position", "hash"), rows)
    ends = [(*heads[practice], practice) for practice in sorted(touched)]
    update_rows(session, ChainHead, ("length", "hash", "practice_id"), ends)
    put_up(session, milestones)


def _digest(last: str, position: int, line: Line) -> str:
    """Hash a JSON array of the hash before, the position and the line, with the evidence in the order of its keys."""
    *words, evidence, at = line
    content = (last, position, *words, evidence, _text_of_moment(at))
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


@lru_cache(maxsize=1024)
def _text_of_moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def length_of(session: Session, practice_id: int) -> int:
    """Count the lines of a practice's history."""
    return session.scalar(select(ChainHead.length).where(ChainHead.practice_id == practice_id)) or 0


def happened_of(session: Session, *, process: Process, named: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
    """Say which of many events happened before, each named by the id of its process and its key."""
    found = set[tuple[int, str]]()
    for start in range(0, len(named), 500):
        part = named[start : start + 500]
        wanted = listed(session, {number for number, _ in part})
        wanted |= {"process": process, "keys": sorted({f"{key}#0" for _, key in part})}
        rows = session.execute(_happened(session), wanted)
        found |= {(number, key.removesuffix("#0")) for number, key in rows}
    return found


@prepared
def _happened(named: Named) -> Select[Any]:
    return select(_EVENTS.process_id, _EVENTS.key).where(
        _EVENTS.process == bindparam("process"),
        named(_EVENTS.process_id),
        _EVENTS.key.in_(bindparam("keys", expanding=True)),
    )


def happened(session: Session, *, process: Process, process_id: int, key: str) -> bool:
    """Say whether a command with this idempotency key was carried out before."""
    named = {"process": process, "number": process_id, "first": f"{key}#0"}
    return session.execute(_FIRST_LINE, named).first() is not None


def history(session: Session, *, process: Process, process_id: int, limit: int = 500) -> Sequence[Event]:
    """Give the newest lines of a process, newest first."""
    query = select(Event).where(Event.process == process, Event.process_id == process_id)
    return session.scalars(query.order_by(Event.position.desc()).limit(limit)).all()


def check_chain(session: Session, practice_id: int) -> ChainReport:
    """Recompute a practice's chain; edits, deletions, another order and a cut tail are found.

    Head and lines come from one statement, so that lines appended meanwhile raise no false alarm.
    """
    query = (
        select(ChainHead.length, ChainHead.hash, Event.position, Event.hash.label("digest"), *_LINE)
        .outerjoin(Event, Event.practice_id == ChainHead.practice_id)
        .where(ChainHead.practice_id == practice_id)
        .order_by(Event.position)
        .execution_options(yield_per=PAGE)
    )
    last, position, promised = EMPTY_CHAIN, 0, (0, "")
    for row in session.execute(query):
        promised = (row.length, row.hash)
        if row.position is None:
            break
        position += 1
        if row.position != position or row.digest != _digest(last, position, _line(row)):
            return ChainReport(practice_id, position, broken_at=position)
        last = row.digest
    return ChainReport(practice_id, position, broken_at=0 if promised == (position, last) else position + 1)


def _line(row: Row[tuple[object, ...]]) -> Line:
    return Line(*row[4:])
