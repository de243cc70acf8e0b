"""Appointments as facts: loaded in sets, with how their patients are written to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, select, text, update
from sqlalchemy.orm import Session

from models.rules.appointment_facts import SILENT, Appointment, Communications
from models.rules.appointments import KEEPS_TIME, Status
from models.store.communications import communications_of, owners_of
from models.store.sets import Named, listed, prepared, update_rows
from models.tables.appointments import AppointmentRow, RequestRow, SlotClaimRow

_ROWS, _REQUESTS, _CLAIMS = (
    one.metadata.tables[one.__tablename__] for one in (AppointmentRow, RequestRow, SlotClaimRow)
)
_OWN: Final = tuple(one.name for one in fields(Appointment) if one.name not in {"communications", "has_insurance"})

_FACTS: Final = (
    select(*(_ROWS.c[name] for name in _OWN), func.coalesce(_REQUESTS.c.has_insurance, False))
    .outerjoin(_REQUESTS, _REQUESTS.c.appointment_id == _ROWS.c.id)
    .order_by(_ROWS.c.id)
)
_IN_SYSTEM: Final = _FACTS.where(
    _ROWS.c.practice_id == bindparam("practice"), _ROWS.c.system_id.in_(bindparam("shown", expanding=True))
)


@prepared
def _named(named: Named) -> Select[Any]:
    return _FACTS.where(named(_ROWS.c.id))


def load_appointments(session: Session, ids: Collection[int]) -> dict[int, Appointment]:
    """Load appointments by id."""
    return _facts(session, session.execute(_named(session), listed(session, ids)).all())


def load_appointment(session: Session, appointment: int) -> Appointment | None:
    """Load one appointment."""
    return load_appointments(session, [appointment]).get(appointment)


def known_in_system(session: Session, practice_id: int, system_ids: Sequence[str]) -> dict[str, Appointment]:
    """Load the appointments of a practice that the practice system names, by its ids."""
    found: list[Row[Any]] = []
    for start in range(0, len(system_ids), 500):
        some = {"practice": practice_id, "shown": list(system_ids[start : start + 500])}
        found += session.execute(_IN_SYSTEM, some).all()
    return {one.system_id: one for one in _facts(session, found).values()}


def _facts(session: Session, rows: Sequence[Row[Any]]) -> dict[int, Appointment]:
    at = {name: place for place, name in enumerate(_OWN)}
    providers = {row[at["provider_id"]] for row in rows} - {None}
    practices = {row[at["practice_id"]] for row in rows}
    by_provider = communications_of(session, providers) if providers else {}
    owners = owners_of(session, practices) if practices else {}
    found = {}
    for row in rows:
        spoken = _communications(row[at["provider_id"]], row[at["practice_id"]], by_provider, owners)
        facts = dict(zip(_OWN, row, strict=False))
        found[row[at["id"]]] = Appointment(**facts, has_insurance=bool(row[-1]), communications=spoken)
    return found


def _communications(
    provider: int | None,
    practice: int,
    by_provider: Mapping[int, Communications],
    owners: Mapping[int, Any],
) -> Communications:
    if provider is not None and provider in by_provider:
        return by_provider[provider]
    return Communications(owners[practice]) if practice in owners else SILENT


def in_window(session: Session, practice_id: int, start: datetime, end: datetime) -> dict[str, int]:
    """Give what the practice system should hold within a window of starts (UTC): its ids, with ours."""
    query = select(_ROWS.c.system_id, _ROWS.c.id).where(
        _ROWS.c.practice_id == practice_id,
        _ROWS.c.starts_at >= start,
        _ROWS.c.starts_at < end,
        _ROWS.c.system_id != "",
        _ROWS.c.status != Status.DELETED,
    )
    return dict(session.execute(query).tuples().all())


def keeps_time(status: Status) -> bool:
    """Say whether an appointment in this status takes its provider's time (A-31, A-59)."""
    return status in KEEPS_TIME


def claim_watched(
    session: Session, *, as_of: datetime, until: datetime, limit: int
) -> dict[int, list[tuple[int, str]]]:
    """Claim undecided requests that are due to be looked at, until a moment (UTC); gives ids of ours and theirs."""
    due = (
        select(_ROWS.c.id)
        .where(text("watch_at IS NOT NULL"), _ROWS.c.watch_at <= as_of)
        .order_by(_ROWS.c.watch_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = (
        update(_ROWS)
        .where(_ROWS.c.id.in_(select(due.c.id)))
        .values(watch_at=until)
        .returning(_ROWS.c.practice_id, _ROWS.c.id, _ROWS.c.system_id)
    )
    watched: dict[int, list[tuple[int, str]]] = {}
    for practice, number, system_id in session.execute(claimed):
        watched.setdefault(practice, []).append((number, system_id))
    return watched


def watch_next(session: Session, moments: Sequence[tuple[datetime | None, int]]) -> None:
    """Write down when to look at appointments again."""
    update_rows(session, AppointmentRow, ("watch_at", "id"), moments)


def next_watched(session: Session) -> datetime | None:
    """Say when the next undecided request is due to be looked at."""
    found: datetime | None = session.scalar(select(func.min(_ROWS.c.watch_at)).where(text("watch_at IS NOT NULL")))
    return found
