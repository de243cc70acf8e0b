"""How a practice's system is heard of, and what is on its way there or failed: codes in words, and no patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.system_failures import sentence_of
from models.rules.system_pace import is_stale
from models.store import dead_changes, pushes, systems
from models.tables.practice_systems import CursorRow, PracticeSystemRow, PushKind, PushRow, PushState, SystemAccountRow

SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Freshness:
    """When a practice's system was last heard of (UTC), whether that is too long ago, and what is wrong (A-89).

    `rests_until` is set while its account is left alone.
    """

    vendor: str
    heard_at: datetime | None
    is_stale: bool
    problems: tuple[str, ...]
    rests_until: datetime | None


@dataclass(frozen=True, slots=True)
class WriteLine:
    """One write for an appointment; `why` says what went wrong the last time, `at` when it was settled or is due."""

    number: int
    appointment: int
    kind: PushKind
    state: PushState
    queued_at: datetime
    at: datetime
    attempts: int
    why: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change that could not be taken in, by its number here and there."""

    number: int
    system_id: str
    seen_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class SyncView:
    """How the two systems of a practice stand to each other; lists are cut, `is_cut` says so."""

    freshness: Freshness
    on_their_way: tuple[WriteLine, ...]
    failed: tuple[WriteLine, ...]
    not_taken_in: tuple[ChangeLine, ...]
    is_cut: bool


def sync_view(session: Session, practice_id: int, *, as_of: datetime) -> SyncView:
    """Gather how a practice's system is heard of, and what needs time or a person."""
    under_way = _open_writes(session, practice_id)
    failed = pushes.dead_letters(session, practice_id=practice_id, limit=SHOWN + 1)
    changes = dead_changes.list_dead(session, practice_id=practice_id, limit=SHOWN + 1)
    return SyncView(
        freshness(session, practice_id, as_of=as_of),
        tuple(_write(row, row.due_at) for row in under_way[:SHOWN]),
        tuple(_write(row, row.settled_at or row.due_at) for row in failed[:SHOWN]),
        tuple(ChangeLine(row.id, row.system_id, row.seen_at, row.tries) for row in changes[:SHOWN]),
        max(len(under_way), len(failed), len(changes)) > SHOWN,
    )


def freshness(session: Session, practice_id: int, *, as_of: datetime) -> Freshness:
    """Say when a practice's system was last heard of, and in words what is wrong with it (A-89)."""
    row = session.get(PracticeSystemRow, practice_id)
    account = session.get(SystemAccountRow, row.account_id) if row is not None and row.account_id else None
    looks = session.scalars(select(CursorRow.problem).where(CursorRow.practice_id == practice_id))
    codes = [*looks, row.problem if row else "", account.problem if account else ""]
    heard_at = systems.heard_at(session, practice_id)
    rests_until = account.rests_until if account else None
    return Freshness(
        row.vendor if row else "",
        heard_at,
        is_stale(heard_at, as_of=as_of),
        tuple(dict.fromkeys(sentence_of(code) for code in codes if code)),
        rests_until if rests_until is not None and rests_until > as_of else None,
    )


def _open_writes(session: Session, practice_id: int) -> Sequence[PushRow]:
    query = (
        select(PushRow)
        .where(PushRow.practice_id == practice_id, PushRow.state.in_(pushes.OPEN))
        .order_by(PushRow.due_at, PushRow.id)
        .limit(SHOWN + 1)
    )
    return session.scalars(query).all()


def _write(row: PushRow, at: datetime) -> WriteLine:
    why = sentence_of(row.outcome) if row.outcome else ""
    return WriteLine(row.id, row.appointment_id, row.kind, row.state, row.queued_at, at, row.attempts, why)
