"""Which practices may not ask for feedback, as both systems would ask the patient: many at once (F-157)."""

from collections import defaultdict
from collections.abc import Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.messages import MessageKind, Owner
from models.rules.readiness_facts import CheckState, Facts, Key, ProviderSettings, Record, Reminders
from models.rules.readiness_gate import feedback_block
from models.store.communications import practices_in_kareo
from models.store.sets import among
from models.tables.practice_systems import CommunicationRow, MessageOwnerRow, ReadinessRow
from models.tables.practices import Practice, Provider

SURVEYS: Final = "surveys_off"


def blocked_practices(session: Session, practices: Collection[int]) -> frozenset[int]:
    """Pick the practices whose feedback stays blocked; loads of the gates' facts only those that this hangs upon."""
    in_kareo = practices_in_kareo(session, practices)
    owners, records = _owners(session, practices), _records(session, practices)
    providers = _providers(session, practices)
    query = select(Practice.id, Practice.zone, Practice.calendar).where(among(session, Practice.id, practices))
    found = (
        Facts(
            number,
            zone,
            calendar,
            tuple(providers[number]),
            has_kareo=number in in_kareo,
            owners=owners[number],
            records=records[number],
        )
        for number, zone, calendar in session.execute(query)
    )
    return frozenset(facts.practice_id for facts in found if feedback_block(facts) is not None)


def _owners(session: Session, practices: Collection[int]) -> dict[int, dict[MessageKind, frozenset[Owner]]]:
    row = MessageOwnerRow
    query = select(row.practice_id, row.kind, row.owner).where(among(session, row.practice_id, practices))
    found = defaultdict[int, dict[MessageKind, frozenset[Owner]]](dict)
    for practice, kind, owner in session.execute(query):
        known = found[practice]
        known[kind] = known.get(kind, frozenset()) | {owner}
    return found


def _records(session: Session, practices: Collection[int]) -> dict[int, dict[Key, Record]]:
    row = ReadinessRow
    query = select(row.practice_id, row.subject, row.state, row.checker, row.checked_at).where(
        among(session, row.practice_id, practices), row.check == SURVEYS
    )
    found = defaultdict[int, dict[Key, Record]](dict)
    for practice, subject, state, checker, checked_at in session.execute(query):
        found[practice][SURVEYS, subject] = Record(CheckState(state), {}, checker, checked_at)
    return found


def _providers(session: Session, practices: Collection[int]) -> dict[int, list[ProviderSettings]]:
    row = CommunicationRow
    query = (
        select(Provider.practice_id, Provider.npi, row.is_on, row.has_surveys)
        .outerjoin(row, row.provider_id == Provider.id)
        .where(among(session, Provider.practice_id, practices))
    )
    found = defaultdict[int, list[ProviderSettings]](list)
    for practice, npi, is_on, has_surveys in session.execute(query):
        known = None if is_on is None else Reminders(is_on, (), has_surveys)
        found[practice].append(ProviderSettings(npi, reminders=known))
    return found
