"""The built-in practice calendar for a practice: a plain function, for flows and for the start of examples alike."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.inputs.practice_system import SystemAccount, SystemLocation, SystemProvider, VisitReason
from models.settings import settings
from models.store import practices, systems
from models.store.keys import keys_of
from models.tables.practice_systems import PracticeSystemRow, VisitReasonRow
from models.tables.practices import Location, Practice, Provider
from tasks.connectors import registry

UNKNOWN_PRACTICE: Final = "There is no practice with the key {}; start its journey from an intake first."


def connect_calendar(practice: str, *, as_of: datetime) -> Answer:
    """Let a practice use the built-in calendar, with our providers, locations and visit reasons; safe to repeat.

    Raises:
        OutsideError: the calendar's file cannot be read or written.
    """
    found = read(lambda session: practices.find_practice(session, practice))
    if found is None:
        return Answer.refused(UNKNOWN_PRACTICE.format(practice))
    if read(lambda session: systems.vendor_of(session, found.id)) == systems.KAREO:
        return Answer.refused(f"{practice} uses Kareo already; its appointments live there. Nothing was changed.")
    account = SystemAccount(systems.CALENDAR, found.id, found.zone, str(found.id), found.name)
    office = registry.front_office(account, settings())
    providers, locations = read(lambda session: _ours(session, found))
    office.register(providers, locations)
    reasons = read(lambda session: _reasons(session, found.id))
    made = {key: office.add_visit_reason(name, minutes=minutes, color=color) for key, name, minutes, color in reasons}

    def connect(session: Session) -> Answer:
        row = PracticeSystemRow(
            practice_id=found.id,
            vendor=systems.CALENDAR,
            system_practice=str(found.id),
            system_name=found.name,
            vendor_number=0,
            problem="",
            connected_at=as_of,
        )
        systems.connect(session, row, as_of=as_of)
        systems.save_places(session, found.id, providers, locations)
        _save_reasons(session, found.id, made)
        return Answer(
            is_done=True,
            sentence=f"{practice} uses the built-in calendar: {len(providers)} providers, {len(locations)} locations.",
        )

    return transaction(connect)


def _ours(session: Session, practice: Practice) -> tuple[list[SystemProvider], list[SystemLocation]]:
    keys = keys_of(session, practice.id)
    providers = [
        SystemProvider(str(row.id), keys.unseal(row.name, table="providers", column="name", row_id=row.id), row.npi)
        for row in session.scalars(select(Provider).where(Provider.practice_id == practice.id).order_by(Provider.id))
    ]
    places = session.scalars(select(Location).where(Location.practice_id == practice.id).order_by(Location.id))
    return providers, [SystemLocation(str(place.id), place.name) for place in places]


def _reasons(session: Session, practice_id: int) -> list[tuple[str, str, int, str]]:
    rows = session.scalars(
        select(VisitReasonRow).where(VisitReasonRow.practice_id == practice_id, VisitReasonRow.is_active)
    )
    return [(row.key, row.name, row.minutes, row.color) for row in rows]


def _save_reasons(session: Session, practice_id: int, made: dict[str, VisitReason]) -> None:
    for row in session.scalars(select(VisitReasonRow).where(VisitReasonRow.practice_id == practice_id)):
        if row.key in made:
            row.system_id = made[row.key].id
