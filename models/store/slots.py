"""Providers' time: held while a form is filled in, owned by requests, taken by what the practice system shows.

The database refuses overlaps by itself; here the provider's row is locked first, so that nobody waits in a circle.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import psycopg
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.db import DatabaseFailure
from models.rules.appointments import HOLD, LONGEST_APPOINTMENT, LONGEST_HOLD
from models.store.sets import Named, among, insert_rows, is_sqlite, listed, prepared, update_rows
from models.tables.appointments import SLOT_TAKEN, ClaimKind, SlotClaimRow
from models.tables.base import new_id
from models.tables.practices import Provider

_CLAIMS, _PROVIDERS = (one.metadata.tables[one.__tablename__] for one in (SlotClaimRow, Provider))
_Shift = Callable[[FromClause, int], ColumnElement[Any]]
_LONGEST_HOURS: Final = int(LONGEST_APPOINTMENT.total_seconds()) // 3600


class Wish(NamedTuple):
    """The time of a provider that somebody wants (UTC, half-open)."""

    practice_id: int
    provider_id: int
    location_id: int
    starts_at: datetime
    ends_at: datetime
    is_virtual: bool = False


class Time(NamedTuple):
    """The time that an appointment has in the practice system (UTC, half-open), and whether it keeps it."""

    appointment_id: int
    practice_id: int
    provider_id: int | None
    location_id: int | None
    starts_at: datetime
    ends_at: datetime
    keeps_time: bool


@dataclass(frozen=True, slots=True)
class Hold:
    """The wished time is the visitor's until `expires_at` (UTC)."""

    wish: Wish
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody else has the wished time, or a part of it."""

    wish: Wish


class HoldChangedError(DatabaseFailure):
    """Two requests under one token came at the same moment; the whole transaction is tried again."""

    def __init__(self) -> None:
        super().__init__("HOLD_CHANGED", retryable=True)


def hash_of(token: str) -> str:
    """Hash a visitor's token as it is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def hold(session: Session, wish: Wish, *, token: str, as_of: datetime) -> Hold | Taken:
    """Hold a time for whoever has the token, instead of what the token held before (A-92).

    The same time again is renewed, not held anew. When the time is taken, what was held before stays held.

    Raises:
        HoldChangedError: the token was used twice at once; retried.
    """
    code = hash_of(token)
    before = _held(session, code)
    _lock(session, {wish.provider_id} | ({before.provider_id} if before else set()))
    _free_expired(session, wish.provider_id, as_of)
    before = _held(session, code)
    if before and _wish_of(before) == wish:
        until = _prolong(session, before, as_of)
        return Hold(wish, until) if until else Taken(wish)
    is_mine = _replace(session, before, wish, code, as_of=as_of)
    return Hold(wish, as_of + HOLD) if is_mine else Taken(wish)


def renew(session: Session, token: str, *, as_of: datetime) -> datetime | None:
    """Hold on for another while, never beyond the longest hold; none when the hold has ended (A-92)."""
    held = _held_and_locked(session, token)
    if held is None or held.expires_at <= as_of:
        return None
    return _prolong(session, held, as_of)


def held_by(session: Session, token: str, *, as_of: datetime) -> Wish | None:
    """Say what a token holds at the moment; none when the hold has ended."""
    held = _held(session, hash_of(token))
    return _wish_of(held) if held is not None and held.expires_at > as_of else None


def release(session: Session, token: str) -> None:
    """Give back what a token holds."""
    session.execute(delete(_CLAIMS).where(_CLAIMS.c.hold_hash == hash_of(token)))


def free_expired(session: Session, *, before: datetime) -> int:
    """Forget holds that ended before a moment (UTC), of every provider; gives how many."""
    gone = delete(_CLAIMS).where(_CLAIMS.c.expires_at < before).returning(_CLAIMS.c.id)
    return len(session.execute(gone).all())


def turn_into_request(session: Session, token: str, appointment_id: int, *, as_of: datetime) -> bool:
    """Let a request own what its patient held, until it is decided (A-93).

    A hold that has expired is taken anew while nobody else has its time. False when it is gone, or when the practice
    system has put something there meanwhile (A-59).
    """
    held = _held_and_locked(session, token)
    if held is None or _is_met(session, held, as_of):
        return False
    mine = {"kind": ClaimKind.REQUEST, "appointment_id": appointment_id, "is_exclusive": True}
    ended = {"hold_hash": None, "held_at": None, "expires_at": None}
    session.execute(update(_CLAIMS).where(_CLAIMS.c.id == held.id).values(**mine, **ended))
    return True


def busy_of(
    session: Session, providers: Collection[int], start: datetime, end: datetime, *, as_of: datetime, token: str = ""
) -> dict[int, list[tuple[datetime, datetime]]]:
    """List when providers are busy within a span (UTC), in order; expired holds and the token's own do not count."""
    busy: dict[int, list[tuple[datetime, datetime]]] = {provider: [] for provider in providers}
    query = (
        select(_CLAIMS.c.provider_id, _CLAIMS.c.starts_at, _CLAIMS.c.ends_at)
        .where(among(session, _CLAIMS.c.provider_id, providers), *_within(start, end), _is_live(as_of))
        .order_by(_CLAIMS.c.starts_at)
    )
    if token:
        query = query.where(or_(_CLAIMS.c.hold_hash.is_(None), _CLAIMS.c.hold_hash != hash_of(token)))
    for provider, starts_at, ends_at in session.execute(query):
        busy[provider].append((starts_at, ends_at))
    return busy


def collisions(
    session: Session, provider_id: int, start: datetime, end: datetime, *, without: int | None, as_of: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """List the live claims that a time of a provider meets (UTC), in order, beside the appointment's own (A-35)."""
    query = (
        select(_CLAIMS.c.starts_at, _CLAIMS.c.ends_at)
        .where(_CLAIMS.c.provider_id == provider_id, *_within(start, end), _is_live(as_of))
        .order_by(_CLAIMS.c.starts_at, _CLAIMS.c.ends_at)
    )
    if without is not None:
        query = query.where(or_(_CLAIMS.c.appointment_id.is_(None), _CLAIMS.c.appointment_id != without))
    return tuple((starts_at, ends_at) for starts_at, ends_at in session.execute(query))


def follow(session: Session, times: Sequence[Time]) -> set[int]:
    """Let claims follow what the practice system shows, many at once; nothing is ever refused (A-59, A-102).

    The practices are locked already. What is imported is never exclusive; what was a request stays so for as long as
    its time fits (A-101). Gives the appointments whose time is also another appointment's or request's; visitors' holds
    are no conflict. The last of several times of one appointment counts.
    """
    latest = {one.appointment_id: one for one in times}
    if not latest:
        return set()
    known = {row.appointment_id: row for row in _claims_of(session, latest)}
    kept = {one.appointment_id: one for one in latest.values() if _takes_time(one)}
    providers = {one.provider_id for one in kept.values() if one.provider_id is not None}
    _lock(session, providers | {row.provider_id for row in known.values()})
    gone = [row.id for appointment, row in known.items() if appointment not in kept]
    if gone:
        session.execute(delete(_CLAIMS).where(among(session, _CLAIMS.c.id, gone)))
    changed = _place(session, kept, known)
    meetings = _meetings(session, kept, providers)
    _settle_exclusiveness(session, {one: known[one] for one in kept if one in known}, changed, set(meetings))
    return {appointment for appointment, kinds in meetings.items() if kinds - {ClaimKind.HOLD}}


def _takes_time(one: Time) -> bool:
    return one.keeps_time and one.provider_id is not None and one.starts_at < one.ends_at


def _held(session: Session, code: str) -> Row[Any] | None:
    return session.execute(select(_CLAIMS).where(_CLAIMS.c.hold_hash == code)).one_or_none()


def _held_and_locked(session: Session, token: str) -> Row[Any] | None:
    """Find what a token holds, and find it again once its provider is locked."""
    held = _held(session, hash_of(token))
    if held is None:
        return None
    _lock(session, {held.provider_id})
    return _held(session, hash_of(token))


def _wish_of(held: Row[Any]) -> Wish:
    return Wish(**{name: getattr(held, name) for name in Wish._fields})


def _lock(session: Session, providers: Collection[int]) -> None:
    """Make others who claim these providers' time wait until the commit; SQLite has one writer anyway."""
    if not is_sqlite(session):
        session.execute(_to_lock(session), listed(session, sorted(providers))).all()


@prepared
def _to_lock(named: Named) -> Select[tuple[int]]:
    row = _PROVIDERS.c
    return select(row.id).where(named(row.id)).order_by(row.id).with_for_update(key_share=True)


def _free_expired(session: Session, provider_id: int, as_of: datetime) -> None:
    ended = delete(_CLAIMS).where(_CLAIMS.c.provider_id == provider_id, _CLAIMS.c.expires_at <= as_of)
    session.execute(ended)


def _replace(session: Session, before: Row[Any] | None, wish: Wish, code: str, *, as_of: datetime) -> bool:
    """Hold another time than before; all is as it was when the database refuses that."""
    row = {"id": new_id(), **wish._asdict(), "kind": ClaimKind.HOLD, "is_exclusive": True, "hold_hash": code}
    savepoint = session.begin_nested()
    try:
        if before:
            session.execute(delete(_CLAIMS).where(_CLAIMS.c.id == before.id))
        session.execute(insert(_CLAIMS), [row | {"held_at": as_of, "expires_at": as_of + HOLD}])
        savepoint.commit()
    except IntegrityError as error:
        broken = _broken(error)
        savepoint.rollback()
        if broken == "token":
            raise HoldChangedError from None
        if broken != "time":
            raise
        return False
    return True


def _prolong(session: Session, held: Row[Any], as_of: datetime) -> datetime | None:
    if _is_met(session, held, as_of):
        return None
    until: datetime = min(as_of + HOLD, held.held_at + LONGEST_HOLD)
    session.execute(update(_CLAIMS).where(_CLAIMS.c.id == held.id).values(expires_at=until))
    return until


def _is_met(session: Session, held: Row[Any], as_of: datetime) -> bool:
    """Say whether the practice system has put something over a hold since it was made (A-59)."""
    others = select(_CLAIMS.c.id).where(_CLAIMS.c.provider_id == held.provider_id, _CLAIMS.c.id != held.id)
    found = others.where(*_within(held.starts_at, held.ends_at), _is_live(as_of))
    return session.execute(found.limit(1)).first() is not None


def _within(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _CLAIMS.c.starts_at < end, _CLAIMS.c.ends_at > start


def _is_live(as_of: datetime) -> ColumnElement[bool]:
    return or_(_CLAIMS.c.expires_at.is_(None), _CLAIMS.c.expires_at > as_of)


def _broken(error: IntegrityError) -> str:
    """Name what was taken, under the names of both databases."""
    cause = error.orig
    name = (cause.diag.constraint_name or "") if isinstance(cause, psycopg.Error) else str(cause)
    if name == SLOT_TAKEN:
        return "time"
    return "token" if "hold_hash" in name else name


def _claims_of(session: Session, appointments: Collection[int]) -> Sequence[Row[Any]]:
    return session.execute(_of_appointments(session), listed(session, appointments)).all()


@prepared
def _of_appointments(named: Named) -> Select[Any]:
    return select(_CLAIMS).where(named(_CLAIMS.c.appointment_id))


_MOVED = ("provider_id", "location_id", "starts_at", "ends_at")
_NEW = ("practice_id", "appointment_id", *_MOVED, "is_exclusive", "is_virtual", "id")


def _place(session: Session, kept: Mapping[int, Time], known: Mapping[int, Row[Any]]) -> set[int]:
    """Write new and moved claims, none of them exclusive yet; gives the appointments whose claims moved."""
    new, moved = [], []
    for appointment, one in kept.items():
        place = (one.provider_id, one.location_id, one.starts_at, one.ends_at)
        row = known.get(appointment)
        if row is None:
            new.append((one.practice_id, appointment, *place, False, False, new_id()))
        elif place != tuple(getattr(row, name) for name in _MOVED):
            moved.append((*place, False, row.id))
    insert_rows(session, SlotClaimRow, _NEW, new, constants={"kind": ClaimKind.APPOINTMENT.value})
    update_rows(session, SlotClaimRow, (*_MOVED, "is_exclusive", "id"), moved)
    ids = {row[-1] for row in moved}
    return {appointment for appointment, row in known.items() if row.id in ids}


def _settle_exclusiveness(
    session: Session, known: Mapping[int, Row[Any]], changed: Collection[int], met: Collection[int]
) -> None:
    """Make claims of requests exclusive where nothing meets them, and only there."""
    written = []
    for appointment, row in known.items():
        is_now = row.is_exclusive and appointment not in changed
        shall_be = row.kind is ClaimKind.REQUEST and appointment not in met
        if is_now != shall_be:
            written.append((shall_be, row.id))
    update_rows(session, SlotClaimRow, ("is_exclusive", "id"), written)


def _meetings(session: Session, kept: Mapping[int, Time], providers: Collection[int]) -> dict[int, set[ClaimKind]]:
    """Say with claims of which kinds the claims of appointments overlap, by appointment.

    Starts are looked for in a narrow range of the index; the few claims that are longer are compared one by one.
    """
    found: dict[int, set[ClaimKind]] = {}
    for appointment, kind in session.execute(_overlaps(_shift_of(session))(session), listed(session, kept)):
        found.setdefault(appointment, set()).add(kind)
    for long in _long_claims(session, kept, providers):
        for appointment, one in kept.items():
            is_other = one.provider_id == long.provider_id and appointment != long.appointment_id
            if is_other and one.starts_at < long.ends_at and one.ends_at > long.starts_at:
                found.setdefault(appointment, set()).add(long.kind)
    return found


def _long_claims(session: Session, kept: Mapping[int, Time], providers: Collection[int]) -> Sequence[Row[Any]]:
    if not kept:
        return []
    span = {"first": min(one.starts_at for one in kept.values()), "last": max(one.ends_at for one in kept.values())}
    return session.execute(_longs(_shift_of(session))(session), listed(session, providers) | span).all()


@lru_cache(maxsize=2)
def _overlaps(shifted: _Shift) -> Callable[[Session], Select[Any]]:
    mine, other = _CLAIMS.alias("mine"), _CLAIMS.alias("other")

    def make(named: Named) -> Select[Any]:
        return (
            select(mine.c.appointment_id, other.c.kind)
            .join(other, other.c.provider_id == mine.c.provider_id)
            .where(named(mine.c.appointment_id), other.c.id != mine.c.id)
            .where(other.c.starts_at < mine.c.ends_at, other.c.starts_at >= shifted(mine, -1))
            .where(other.c.ends_at > mine.c.starts_at)
        )

    return prepared(make)


@lru_cache(maxsize=2)
def _longs(shifted: _Shift) -> Callable[[Session], Select[Any]]:
    row = _CLAIMS.c
    is_long = and_(
        row.starts_at < bindparam("last"), row.ends_at > bindparam("first"), row.ends_at >= shifted(_CLAIMS, 1)
    )
    return prepared(lambda named: select(_CLAIMS).where(named(row.provider_id), is_long))


def _shift_of(session: Session) -> _Shift:
    """Choose how the start of a claim is moved by the length that few claims exceed; SQLite keeps moments as text."""
    return _shifted_text if is_sqlite(session) else _shifted_moment


def _shifted_text(claims: FromClause, sign: int) -> ColumnElement[Any]:
    return func.datetime(claims.c.starts_at, f"{sign * _LONGEST_HOURS} hours")


def _shifted_moment(claims: FromClause, sign: int) -> ColumnElement[Any]:
    return claims.c.starts_at + literal(sign * LONGEST_APPOINTMENT)
