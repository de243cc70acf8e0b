"""What stands sealed in a database: opened in clear to be compared, and by which keys it is sealed."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from models.db import Database
from models.store.keys import keys_of
from models.store.sealed_places import places_of


class KilledError(Exception):
    """Stands for the end of a process at one of its commits."""


def sealed(session: Session, practice: int) -> dict[tuple[str, str, int], str]:
    """Give every sealed value of a practice as stored, by table, column and number."""
    found = dict[tuple[str, str, int], str]()
    for place in places_of(practice):
        rows = place.rows
        query = select(rows.c[place.number], rows.c[place.column])
        if place.owner:
            query = query.where(rows.c[place.owner] == practice)
        found |= {(place.table, place.column, number): value for number, value in session.execute(query) if value}
    return found


def in_clear(db: Database, practice: int) -> dict[tuple[str, str, int], str]:
    """Open every sealed value of a practice."""

    def look(session: Session) -> dict[tuple[str, str, int], str]:
        keys = keys_of(session, practice)
        return {
            (table, column, number): keys.unseal(value, table=table, column=column, row_id=number)
            for (table, column, number), value in sealed(session, practice).items()
        }

    return db.read(look)


def key_numbers(db: Database, practice: int) -> set[str]:
    """Say which keys seal what a practice has stored."""
    return {value.split(".")[1] for value in db.read(lambda s: sealed(s, practice)).values()}


@contextmanager
def killed_at(number: int, *, before: bool) -> Iterator[None]:
    """End the work at its commit of this number, before or after it took place."""
    left = [number]

    def count(_: object) -> None:
        left[0] -= 1
        if not left[0]:
            raise KilledError

    target, name = (Session, "before_commit") if before else (Session, "after_commit")
    event.listen(target, name, count)
    try:
        yield
    finally:
        event.remove(target, name, count)
