"""Private links under which a provider's calendar can be subscribed to, and what such a calendar holds."""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from models.rules.appointments import Status
from models.rules.decisions import Note, Process, Refusal
from models.sealing import Keys
from models.store import acting, events
from models.store.effects import Outcome, carry_out
from models.store.keys import keys_of
from models.store.practices import TOKEN_LENGTH, hash_of_token
from models.tables.appointments import AppointmentRow
from models.tables.base import new_id
from models.tables.events import ChainHead, Event
from models.tables.practice_systems import FeedRow
from models.tables.practices import Location, Practice, Provider

UNKNOWN_PROVIDER: Final = "{} has no provider with the NPI {}; look it up in the practice's intake."
HAS_ONE: Final = "The provider has a calendar link already; revoke-calendar-feed ends it, then make another one."
HAS_NONE: Final = "The provider has no calendar link; nothing had to be ended."
_ROWS = AppointmentRow.metadata.tables[AppointmentRow.__tablename__]


@dataclass(frozen=True, slots=True)
class Feed:
    """One provider's calendar, behind a link that is live; the names may stand in the calendar itself."""

    id: int
    practice_id: int
    provider_id: int
    practice: str
    zone: str
    locale: str
    provider: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One provider of a practice, with the token of its live link, or none."""

    npi: str
    provider: str = field(repr=False)
    token: str = field(default="", repr=False)
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One appointment as a calendar may show it: nothing in it is about a patient. Times are UTC."""

    number: int
    version: int
    status: Status
    starts_at: datetime
    ends_at: datetime
    is_virtual: bool
    location: str
    revised_at: datetime


def make_feed(session: Session, practice: str, npi: str, *, by: str, as_of: datetime) -> int | Refusal:
    """Make the link of a provider's calendar, at most one at a time; gives its number, never its token."""
    found = _held(session, practice, npi, by=by)
    if isinstance(found, Refusal):
        return found
    owner, provider = found
    if _live(session, provider) is not None:
        return Refusal("feed_exists", HAS_ONE)
    number = new_id()
    session.add(
        FeedRow(
            id=number,
            practice_id=owner,
            provider_id=provider,
            link_hash=hash_of_token(_token(keys_of(session, owner), number)),
            made_at=as_of,
        )
    )
    session.flush()
    _note(session, owner, Note("calendar_feed_made", subject=npi), key=f"feed:{number}:made", by=by, as_of=as_of)
    return number


def revoke_feed(session: Session, practice: str, npi: str, *, by: str, as_of: datetime) -> int | Refusal:
    """End the link of a provider's calendar for good; another one gets another token. Gives its number."""
    found = _held(session, practice, npi, by=by)
    if isinstance(found, Refusal):
        return found
    owner, provider = found
    row = _live(session, provider)
    if row is None:
        return Refusal("no_feed", HAS_NONE)
    row.revoked_at = as_of
    session.flush()
    _note(session, owner, Note("calendar_feed_revoked", subject=npi), key=f"feed:{row.id}:revoked", by=by, as_of=as_of)
    return row.id


def _held(session: Session, practice: str, npi: str, *, by: str) -> tuple[int, int] | Refusal:
    """Find a practice and its provider, and let others wait who would change the practice."""
    found = acting.acting_in(session, practice, by)
    if isinstance(found, Refusal):
        return found
    events.lock_practices(session, [found.id])
    query = select(Provider.id).where(Provider.practice_id == found.id, Provider.npi == npi)
    provider = session.scalar(query)
    if provider is None:
        return Refusal("unknown_provider", UNKNOWN_PROVIDER.format(practice, npi))
    return found.id, provider


def _live(session: Session, provider: int) -> FeedRow | None:
    return session.scalar(select(FeedRow).where(FeedRow.provider_id == provider, FeedRow.revoked_at.is_(None)))


def _note(session: Session, practice: int, note: Note, *, key: str, by: str, as_of: datetime) -> None:
    carry_out(session, [Outcome(practice, Process.PRACTICE, practice, key, by, (note,), ())], as_of=as_of)


def _token(keys: Keys, feed: int) -> str:
    """Make a link's token from the keys of its practice: always the same, unguessable, never stored (132 bits)."""
    code = bytes.fromhex(keys.blind(f"feed:{feed}", purpose="link"))
    return base64.urlsafe_b64encode(code).decode()[:TOKEN_LENGTH]


def feeds_of(session: Session, practice_id: int) -> list[FeedLine]:
    """List the providers of a practice by NPI, each with its live link; for staff only."""
    keys = keys_of(session, practice_id)
    live = {
        row.provider_id: row
        for row in session.scalars(
            select(FeedRow).where(FeedRow.practice_id == practice_id, FeedRow.revoked_at.is_(None))
        )
    }
    providers = session.scalars(select(Provider).where(Provider.practice_id == practice_id).order_by(Provider.npi))
    return [_line(keys, provider, live.get(provider.id)) for provider in providers]


def _line(keys: Keys, provider: Provider, feed: FeedRow | None) -> FeedLine:
    name = _name(keys, provider.name, provider.id)
    if feed is None:
        return FeedLine(provider.npi, name)
    return FeedLine(provider.npi, name, _token(keys, feed.id), feed.made_at)


def _name(keys: Keys, sealed: str, provider: int) -> str:
    return keys.unseal(sealed, table="providers", column="name", row_id=provider)


def feed_of_link(session: Session, token_hash: str) -> Feed | None:
    """Find the calendar of a link by the token's hash; a link that was ended is as unknown as any other."""
    query = (
        select(FeedRow.id, FeedRow.practice_id, FeedRow.provider_id, Practice, Provider.name)
        .join(Practice, Practice.id == FeedRow.practice_id)
        .join(Provider, Provider.id == FeedRow.provider_id)
        .where(FeedRow.link_hash == token_hash, FeedRow.revoked_at.is_(None))
    )
    row = session.execute(query).first()
    if row is None:
        return None
    feed, practice_id, provider_id, practice, sealed = row
    name = _name(keys_of(session, practice_id), sealed, provider_id)
    return Feed(feed, practice_id, provider_id, practice.name, practice.zone, practice.locale, name)


def entries_of(session: Session, feed: Feed, start: datetime, end: datetime) -> list[FeedEntry]:
    """List a provider's appointments that start within a span (UTC), those called off too, but none that was deleted.

    What was cancelled in PatientPop only is still live in the practice system, and so in the provider's day (A-50).
    """
    revised = (
        select(func.max(Event.at))
        .where(Event.process == Process.APPOINTMENT, Event.process_id == _ROWS.c.id)
        .scalar_subquery()
    )
    query = (
        select(
            *(_ROWS.c[name] for name in ("id", "version", "status", "starts_at", "ends_at", "is_virtual")),
            func.coalesce(Location.name, ""),
            func.coalesce(revised, _ROWS.c.requested_at),
        )
        .outerjoin(Location, Location.id == _ROWS.c.location_id)
        .where(_ROWS.c.practice_id == feed.practice_id, _ROWS.c.provider_id == feed.provider_id)
        .where(_ROWS.c.starts_at >= start, _ROWS.c.starts_at < end, text("appointments.status <> 'deleted'"))
        .order_by(_ROWS.c.starts_at, _ROWS.c.id)
    )
    return [_entry(row) for row in session.execute(query)]


def _entry(row: Row[Any]) -> FeedEntry:
    own: tuple[Any, ...] = tuple(row)
    return FeedEntry(*own)


def changed_at(session: Session, practice_id: int) -> datetime | None:
    """Say when the last line was written into a practice's history (UTC): nothing of it changed since."""
    query = (
        select(Event.at)
        .join(ChainHead, (ChainHead.practice_id == Event.practice_id) & (ChainHead.length == Event.position))
        .where(Event.practice_id == practice_id)
    )
    return session.scalar(query)
