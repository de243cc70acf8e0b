"""Sessions of browsers: begun, looked up with each request, ended; the token itself is never stored."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.rules.access import Who
from models.rules.sign_in import EndReason, SignInKind, Stage, Standing, why_over
from models.store.accounts import note, who_of
from models.tables.access import SessionRow
from models.tables.base import new_id

SEEN_EVERY: Final = timedelta(seconds=30)
"""How old the last sight of a session must be to be written again: not every page is a write."""


@dataclass(frozen=True, slots=True)
class Found:
    """One session that still holds; `is_stale` asks for `touch`."""

    id: int
    account: int
    stage: Stage
    invitation: int | None
    who: Who
    is_stale: bool


@dataclass(frozen=True, slots=True)
class NewSession:
    """What a session is begun with; `invitation` is the link that is being used up."""

    account: int
    stage: Stage
    is_phone: bool = False
    invitation: int | None = None


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session as its owner sees it (UTC)."""

    id: int
    is_phone: bool
    created_at: datetime
    seen_at: datetime


def hash_of(token: str) -> str:
    """Hash a session's token as it is stored."""
    return hashlib.sha256(f"session:{token}".encode()).hexdigest()


def begin(session: Session, token: str, new: NewSession, *, as_of: datetime) -> int:
    """Begin the session of a token, and give its number."""
    row = SessionRow(
        id=new_id(),
        account_id=new.account,
        token_hash=hash_of(token),
        stage=new.stage,
        invitation_id=new.invitation,
        is_phone=new.is_phone,
        created_at=as_of,
        seen_at=as_of,
    )
    session.add(row)
    session.flush()
    return row.id


def find(session: Session, token: str, *, idle: timedelta, as_of: datetime) -> Found | EndReason | None:
    """Find the session of a token; says why it is over where it just came to its end, None where there is none."""
    row = session.scalar(select(SessionRow).where(SessionRow.token_hash == hash_of(token)))
    if row is None or row.ended_at is not None:
        return None
    over = why_over(Standing(row.stage, row.created_at, row.seen_at), idle=idle, as_of=as_of)
    if over is not None:
        return over
    who = who_of(session, row.account_id)
    if who is None:
        return EndReason.ACCESS_ENDED
    is_stale = as_of - row.seen_at >= SEEN_EVERY
    return Found(row.id, row.account_id, row.stage, row.invitation_id, who, is_stale)


def touch(session: Session, number: int, *, as_of: datetime) -> None:
    """Write down that a session was seen, unless it ended meanwhile."""
    seen = update(SessionRow).where(SessionRow.id == number, SessionRow.ended_at.is_(None), SessionRow.seen_at < as_of)
    session.execute(seen.values(seen_at=as_of).execution_options(synchronize_session=False))


def end(session: Session, token: str, reason: EndReason, *, as_of: datetime) -> bool:
    """End the session of a token; False when it had ended."""
    ended = (
        update(SessionRow)
        .where(SessionRow.token_hash == hash_of(token), SessionRow.ended_at.is_(None))
        .values(ended_at=as_of, end_reason=reason)
        .returning(SessionRow.account_id)
    )
    account = session.execute(ended.execution_options(synchronize_session=False)).scalar_one_or_none()
    if account is None:
        return False
    kinds = {EndReason.SIGNED_OUT: SignInKind.SIGNED_OUT, EndReason.IDLE: SignInKind.LOGGED_OFF}
    if kind := kinds.get(reason):
        note(session, kind, account, as_of=as_of)
    return True


def end_all(session: Session, account: int, reason: EndReason, *, as_of: datetime, but: int | None = None) -> int:
    """End every session of an account, except one if it is named; gives how many."""
    which = [SessionRow.account_id == account, SessionRow.ended_at.is_(None)]
    if but is not None:
        which.append(SessionRow.id != but)
    ended = update(SessionRow).where(*which).values(ended_at=as_of, end_reason=reason).returning(SessionRow.id)
    return len(session.execute(ended.execution_options(synchronize_session=False)).all())


def open_sessions(session: Session, account: int, *, idle: timedelta, as_of: datetime) -> Sequence[SessionLine]:
    """List the sessions of an account that still hold, the newest sight first."""
    query = (
        select(SessionRow)
        .where(SessionRow.account_id == account, SessionRow.ended_at.is_(None), SessionRow.stage == Stage.FULL)
        .order_by(SessionRow.seen_at.desc(), SessionRow.id)
    )
    return [
        SessionLine(row.id, row.is_phone, row.created_at, row.seen_at)
        for row in session.scalars(query)
        if why_over(Standing(row.stage, row.created_at, row.seen_at), idle=idle, as_of=as_of) is None
    ]


def purge(session: Session, *, before: datetime) -> int:
    """Forget sessions that began before a moment (UTC), which is more than the longest one ago; gives how many.

    What happened at them stands in the log of signing in.
    """
    gone = delete(SessionRow).where(SessionRow.created_at < before).returning(SessionRow.id)
    return len(session.execute(gone.execution_options(synchronize_session=False)).all())
