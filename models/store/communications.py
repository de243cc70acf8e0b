"""How the patients of practices are written to: which system sends each kind of message, and when reminders go out."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.rules.appointment_facts import Communications
from models.rules.appointment_reminders import USUAL_MINUTES_BEFORE
from models.rules.messages import CATALOGUE, MessageKind, Owner
from models.store.sets import Named, listed, prepared
from models.tables.practice_systems import CommunicationRow, MessageOwnerRow, PracticeSystemRow
from models.tables.practices import Provider

_SYSTEMS, _OWNERS, _COMMUNICATIONS, _PROVIDERS = (
    one.metadata.tables[one.__tablename__] for one in (PracticeSystemRow, MessageOwnerRow, CommunicationRow, Provider)
)
_OURS: Mapping[MessageKind, Owner] = MappingProxyType(dict.fromkeys(MessageKind, Owner.GOLIVE))
_SHARED: Mapping[MessageKind, Owner] = MappingProxyType({kind: entry.owner for kind, entry in CATALOGUE.items()})


def practices_in_kareo(session: Session, practices: Collection[int]) -> frozenset[int]:
    """Say which practices work in Kareo: those with an account there, whatever trouble it is in at the moment."""
    return frozenset(session.scalars(_in_kareo(session), listed(session, practices)))


@prepared
def _in_kareo(named: Named) -> Select[tuple[int]]:
    row = _SYSTEMS.c
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
    for practice, kind, owner in session.execute(own_owners(session), listed(session, practices)):
        owners[practice][kind] = owner
    return dict(owners)


@prepared
def own_owners(named: Named) -> Select[Any]:
    """Ask for what practices chose themselves: "kareo" is read after "golive", and stays."""
    row = _OWNERS.c
    return select(row.practice_id, row.kind, row.owner).where(named(row.practice_id)).order_by(row.owner)


def communications_of(session: Session, providers: Collection[int]) -> dict[int, Communications]:
    """Give what the rules need to know, by provider: owners, and minutes before the start of each reminder (A-81).

    A provider for whom no reminder was configured has the usual ones; one whose communications are off has none.
    """
    found = session.execute(_practices(session), listed(session, providers))
    practices = dict(found.tuples().all())
    owners = owners_of(session, set(practices.values()))
    minutes = _minutes_before(session, practices)
    return {
        provider: Communications(owners[practice], minutes.get(provider, USUAL_MINUTES_BEFORE))
        for provider, practice in practices.items()
    }


@prepared
def _practices(named: Named) -> Select[tuple[int, int]]:
    return select(_PROVIDERS.c.id, _PROVIDERS.c.practice_id).where(named(_PROVIDERS.c.id))


@prepared
def _chosen(named: Named) -> Select[Any]:
    row = _COMMUNICATIONS.c
    return select(row.provider_id, row.is_on, row.minutes_before).where(named(row.provider_id))


def _minutes_before(session: Session, providers: Collection[int]) -> dict[int, tuple[int, ...]]:
    return {
        provider: (tuple(minutes) or USUAL_MINUTES_BEFORE) if is_on else ()
        for provider, is_on, minutes in session.execute(_chosen(session), listed(session, providers))
    }
