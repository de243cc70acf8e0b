"""The built-in practice calendar for a practice: a plain function, for flows and for the start of examples alike."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.inputs.practice_system import SystemAccount
from models.settings import settings
from models.store import practices, systems, visit_reasons
from models.tables.practice_systems import PracticeSystemRow
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
    providers, locations = read(lambda session: systems.our_places(session, found.id))
    office.register(providers, locations)
    reasons = read(lambda session: visit_reasons.active_reasons(session, found.id))
    ids = {
        key: office.add_visit_reason(row.name, minutes=row.minutes, color=row.color).id for key, row in reasons.items()
    }

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
        visit_reasons.save_system_ids(session, found.id, ids)
        return Answer(
            is_done=True,
            sentence=f"{practice} uses the built-in calendar: {len(providers)} providers, {len(locations)} locations.",
        )

    return transaction(connect)
