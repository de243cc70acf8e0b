"""Which practices may not ask for feedback, as both systems would ask the patient: many at once (F-157)."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.rules.messages import MessageKind, Owner
from models.rules.readiness_facts import CheckState, Facts, Key, ProviderSettings, Record, Reminders
from models.rules.readiness_gate import feedback_block
from models.store.communications import own_owners, practices_in_kareo
from models.store.sets import Named, listed, prepared
from models.tables.practice_systems import CommunicationRow, ReadinessRow
from models.tables.practices import Practice, Provider

_PRACTICES, _PROVIDERS, _COMMUNICATIONS, _READINESS = (
    one.metadata.tables[one.__tablename__] for one in (Practice, Provider, CommunicationRow, ReadinessRow)
)

SURVEYS: Final = "surveys_off"


def blocked_practices(session: Session, practices: Collection[int]) -> frozenset[int]:
    """Pick the practices whose feedback stays blocked; loads of the gates' facts only those that this hangs upon."""
    in_kareo = practices_in_kareo(session, practices)
    owners, records = _owners(session, practices), _records(session, practices)
    providers = _providers(session, practices)
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
        for number, zone, calendar in session.execute(_practices(session), listed(session, practices))
    )
    return frozenset(facts.practice_id for facts in found if feedback_block(facts) is not None)


@prepared
def _practices(named: Named) -> Select[Any]:
    row = _PRACTICES.c
    return select(row.id, row.zone, row.calendar).where(named(row.id))


def _owners(session: Session, practices: Collection[int]) -> dict[int, dict[MessageKind, frozenset[Owner]]]:
    found = defaultdict[int, dict[MessageKind, frozenset[Owner]]](dict)
    for practice, kind, owner in session.execute(own_owners(session), listed(session, practices)):
        known = found[practice]
        known[kind] = known.get(kind, frozenset()) | {owner}
    return found


def _records(session: Session, practices: Collection[int]) -> dict[int, dict[Key, Record]]:
    found = defaultdict[int, dict[Key, Record]](dict)
    for practice, subject, *known in session.execute(_surveys(session), listed(session, practices)):
        state, checker, checked_at = known
        found[practice][SURVEYS, subject] = Record(CheckState(state), {}, checker, checked_at)
    return found


@prepared
def _surveys(named: Named) -> Select[Any]:
    row = _READINESS.c
    return select(row.practice_id, row.subject, row.state, row.checker, row.checked_at).where(
        named(row.practice_id), row.check == SURVEYS
    )


def _providers(session: Session, practices: Collection[int]) -> dict[int, list[ProviderSettings]]:
    found = defaultdict[int, list[ProviderSettings]](list)
    for practice, npi, is_on, has_surveys in session.execute(_reminders(session), listed(session, practices)):
        known = None if is_on is None else Reminders(is_on, (), has_surveys)
        found[practice].append(ProviderSettings(npi, reminders=known))
    return found


@prepared
def _reminders(named: Named) -> Select[Any]:
    row, provider = _COMMUNICATIONS.c, _PROVIDERS.c
    return (
        select(provider.practice_id, provider.npi, row.is_on, row.has_surveys)
        .select_from(_PROVIDERS.outerjoin(_COMMUNICATIONS, row.provider_id == provider.id))
        .where(named(provider.practice_id))
    )
