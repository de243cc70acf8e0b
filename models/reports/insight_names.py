"""What a practice's providers and locations are called, by id: for pages of whoever may read them, kept nowhere."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.store.keys import keys_of
from models.tables.practices import Location, Provider


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, written as figures name their cells; `are_gone`: those of providers can be read no more."""

    providers: dict[str, str] = field(repr=False)
    locations: dict[str, str]
    are_gone: bool = False


def names_of(session: Session, practice_id: int) -> Names:
    """Open the names of a practice's providers, and read those of its locations."""
    keys = keys_of(session, practice_id)
    providers = select(Provider.id, Provider.name).where(Provider.practice_id == practice_id)
    locations = select(Location.id, Location.name).where(Location.practice_id == practice_id)
    return Names(
        {
            str(number): keys.shown(name, table="providers", column="name", row_id=number)
            for number, name in session.execute(providers)
        },
        {str(number): name for number, name in session.execute(locations)},
        keys.is_gone,
    )
