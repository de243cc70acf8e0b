"""How the patients of practices are written to: which system sends each kind of message, and when reminders go out."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.rules.appointment_facts import Communications
from models.rules.appointment_reminders import USUAL_MINUTES_BEFORE
from models.rules.messages import CATALOGUE, MessageKind, Owner
from models.store.sets import Named, among, listed, prepared
from models.tables.practice_systems import CommunicationRow, MessageOwnerRow, PracticeSystemRow
from models.tables.practices import Provider

_OURS: Mapping[MessageKind, Owner] = MappingProxyType(dict.fromkeys(MessageKind, Owner.GOLIVE))
_SHARED: Mapping[MessageKind, Owner] = MappingProxyType({kind: entry.owner for kind, entry in CATALOGUE.items()})


def practices_in_kareo(session: Session, practices: Collection[int]) -> frozenset[int]:
    """Say which practices work in Kareo: those with an account there, whatever trouble it is in at the moment."""
    return frozenset(session.scalars(_in_kareo(session), listed(session, practices)))


@prepared
def _in_kareo(named: Named) -> Select[tuple[int]]:
    row = PracticeSystemRow
    return select(row.practice_id).where(
        named(row.practice_id), row.vendor == Owner.KAREO.value, row.account_id.is_not(None)
    )


def owners_of(session: Session, practices: Collection[int]) -> dict[int, Mapping[MessageKind, Owner]]:
    """Say who sends each kind of message, by practice (A-84, A-105).

    Without a Kareo account this system sends everything; the practice's own settings come first. A kind that both
    were given is Kareo's until the launch gate has settled it: sent twice is worse than missed and shown there.
    """
    in_kareo = practices_in_kareo(session, practices)
    owners = {practice: dict(_SHARED if practice in in_kareo else _OURS) for practice in practices}
    query = (
        select(MessageOwnerRow.practice_id, MessageOwnerRow.kind, MessageOwnerRow.owner)
        .where(among(session, MessageOwnerRow.practice_id, practices))
        .order_by(MessageOwnerRow.owner)  # "kareo" is read after "golive", and stays
    )
    for practice, kind, owner in session.execute(query):
        owners[practice][kind] = owner
    return dict(owners)


def communications_of(session: Session, providers: Collection[int]) -> dict[int, Communications]:
    """Give what the rules need to know, by provider: owners, and minutes before the start of each reminder (A-81).

    A provider for whom no reminder was configured has the usual ones; one whose communications are off has none.
    """
    found = select(Provider.id, Provider.practice_id).where(among(session, Provider.id, providers))
    practices = {row.id: row.practice_id for row in session.execute(found)}
    owners = owners_of(session, set(practices.values()))
    minutes = _minutes_before(session, practices)
    return {
        provider: Communications(owners[practice], minutes.get(provider, USUAL_MINUTES_BEFORE))
        for provider, practice in practices.items()
    }


def _minutes_before(session: Session, providers: Collection[int]) -> dict[int, tuple[int, ...]]:
    query = select(CommunicationRow.provider_id, CommunicationRow.is_on, CommunicationRow.minutes_before).where(
        among(session, CommunicationRow.provider_id, providers)
    )
    return {
        provider: (tuple(minutes) or USUAL_MINUTES_BEFORE) if is_on else ()
        for provider, is_on, minutes in session.execute(query)
    }
