"""The inbox of what providers report: each thing once, sealed, and acted upon once (F-223)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from models.db import ring
from models.rules.texting import ProviderEventKind
from models.sealing import INSTALLATION
from models.store.keys import keys_of, make_keys
from models.store.sets import insert_rows
from models.tables.base import new_id
from models.tables.texting import ProviderEventRow

FAILED: Final = "failed:"
"""How outcomes begin where a report could not be acted upon; a person lets it be tried again."""
UNATTRIBUTED: Final = "unattributed"
_IS_WAITING = text("provider_events.handled_at IS NULL")
_NAMES: Final = ("id", "provider", "event_key", "kind", "content", "received_at")


class Reported(NamedTuple):
    """One thing as a provider reports it; the key is the provider's own, `content` is what gets sealed."""

    provider: str
    key: str
    kind: ProviderEventKind
    content: str


class ProviderEvent(NamedTuple):
    """One thing in the inbox, opened."""

    id: int
    provider: str
    kind: ProviderEventKind
    content: str
    received_at: datetime


class Listed(NamedTuple):
    """One thing in the inbox that a person may look at; without what it says."""

    id: int
    kind: ProviderEventKind
    outcome: str
    received_at: datetime


def keep(session: Session, reported: Reported, *, as_of: datetime) -> None:
    """Keep what was reported, sealed, and wake whoever acts upon it; what is known by its key changes nothing."""
    keys, number = make_keys(session, INSTALLATION, as_of=as_of), new_id()
    sealed = keys.seal(reported.content, table="provider_events", column="content", row_id=number)
    row = (number, reported.provider, reported.key, reported.kind, sealed, as_of)
    insert_rows(session, ProviderEventRow, _NAMES, [row], constants={"outcome": ""}, unless="(provider, event_key)")
    ring(session)


def waiting(session: Session, *, limit: int) -> Sequence[int]:
    """List what nobody has acted upon yet, the oldest first."""
    row = ProviderEventRow
    return session.scalars(select(row.id).where(_IS_WAITING).order_by(row.received_at, row.id).limit(limit)).all()


def next_due(session: Session) -> datetime | None:
    """Say since when (UTC) the oldest report waits, which is due at once; none when none waits."""
    return session.scalar(select(func.min(ProviderEventRow.received_at)).where(_IS_WAITING))


def take(session: Session, event: int) -> ProviderEvent | None:
    """Lock one report and open it, before anything else is locked; none when somebody else has acted upon it.

    Raises:
        SealBrokenError: it was changed.
    """
    row = ProviderEventRow
    query = select(row.id, row.provider, row.kind, row.content, row.received_at).where(row.id == event, _IS_WAITING)
    found = session.execute(query.with_for_update(skip_locked=True)).first()
    if found is None:
        return None
    content = keys_of(session).unseal(found.content, table="provider_events", column="content", row_id=event)
    return ProviderEvent(found.id, found.provider, found.kind, content, found.received_at)


def look_at(session: Session, event: int) -> ProviderEvent | None:
    """Open one report without acting upon it; none when it is unknown or was purged. Raises as `take`."""
    row = session.get(ProviderEventRow, event)
    if row is None or not row.content:
        return None
    content = keys_of(session).unseal(row.content, table="provider_events", column="content", row_id=event)
    return ProviderEvent(row.id, row.provider, row.kind, content, row.received_at)


def settle(session: Session, event: int, outcome: str, *, as_of: datetime) -> None:
    """Write down that a report was acted upon, and what it led to."""
    session.execute(
        update(ProviderEventRow)
        .where(ProviderEventRow.id == event, ProviderEventRow.handled_at.is_(None))
        .values(handled_at=as_of, outcome=outcome[:40])
        .execution_options(synchronize_session=False)
    )


def try_again(session: Session) -> int:
    """Let reports that could not be acted upon be tried again; gives how many."""
    again = (
        update(ProviderEventRow)
        .where(ProviderEventRow.outcome.startswith(FAILED))
        .values(handled_at=None, outcome="")
        .returning(ProviderEventRow.id)
        .execution_options(synchronize_session=False)
    )
    found = len(session.scalars(again).all())
    ring(session)
    return found


def for_people(session: Session, *, limit: int = 200) -> list[Listed]:
    """List reports that need a person: texts that belong to no practice, and what could not be acted upon."""
    row = ProviderEventRow
    query = (
        select(row.id, row.kind, row.outcome, row.received_at)
        .where((row.outcome == UNATTRIBUTED) | row.outcome.startswith(FAILED))
        .order_by(row.received_at.desc())
        .limit(limit)
    )
    return [Listed(*one) for one in session.execute(query)]
