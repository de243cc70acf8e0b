"""Every column that holds sealed values, and their sealing anew under a practice's present key."""

from collections.abc import Collection
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Table, bindparam, or_, select, true, update
from sqlalchemy.orm import Session

from models.sealing import INSTALLATION, Keys, SealBrokenError, mark_of
from models.tables.base import Base


class Place(NamedTuple):
    """A column of sealed values: `number` is the column that each is bound to, `owner` the one of its practice.

    Without an owner they are sealed with the key of the installation.
    """

    table: str
    column: str
    number: str = "id"
    owner: str = "practice_id"

    @property
    def rows(self) -> Table:
        """The table itself."""
        return Base.metadata.tables[self.table]


class Resealed(NamedTuple):
    """What one batch did; `last` is where the next one begins, 0 at the end of the place."""

    last: int
    fields: int
    broken: int


OF_PRACTICES: Final = (
    Place("alert_recipients", "address"),
    Place("appointment_requests", "details", "appointment_id"),
    Place("billing_identities", "street"),
    Place("billing_identities", "tax_id"),
    Place("dead_changes", "content"),
    Place("feedback_answers", "words", "request_id"),
    Place("handed_texts", "content", "message_id"),
    Place("patient_contacts", "contact", "patient_id"),
    Place("patients", "person"),
    Place("people", "email"),
    Place("people", "name"),
    Place("people", "phone"),
    Place("practices", "tax_id", owner="id"),
    Place("private_answers", "words"),
    Place("providers", "name"),
    Place("public_review_versions", "signed"),
    Place("public_review_versions", "words"),
    Place("review_replies", "words"),
    Place("system_providers", "name", "seal_id"),
    Place("thread_texts", "words"),
    Place("threads", "address"),
)
OF_THE_INSTALLATION: Final = (
    Place("accounts", "totp_secret", owner=""),
    Place("provider_events", "content", owner=""),
    Place("staff", "email", owner=""),
    Place("staff", "name", owner=""),
    Place("system_accounts", "customer_key", owner=""),
    Place("system_accounts", "password", owner=""),
    Place("system_accounts", "user", owner=""),
)


def places_of(practice_id: int) -> tuple[Place, ...]:
    """List where values of one practice, or of the installation, are sealed."""
    return OF_THE_INSTALLATION if practice_id == INSTALLATION else OF_PRACTICES


def reseal(session: Session, keys: Keys, place: Place, *, older: Collection[int], after: int, limit: int) -> Resealed:
    """Seal up to `limit` values of a place anew that older keys sealed, behind the number `after`.

    A value that somebody else writes meanwhile is left as it is written; one that is damaged stays as it was.
    """
    rows = place.rows
    number, sealed = rows.c[place.number], rows.c[place.column]
    query = select(number, sealed).where(_sealed_by(place, keys.practice_id, older), number > after)
    found = session.execute(query.order_by(number).limit(limit)).all()
    anew, broken = [], 0
    for row_id, old in found:
        try:
            plain = keys.unseal(old, table=place.table, column=place.column, row_id=row_id)
        except SealBrokenError:
            broken += 1
            continue
        new = keys.seal(plain, table=place.table, column=place.column, row_id=row_id)
        anew.append({"row": row_id, "old": old, "new": new})
    if anew:
        change = update(rows).where(number == bindparam("row"), sealed == bindparam("old"))
        session.connection().execute(change.values({place.column: bindparam("new")}), anew)
    return Resealed(found[-1][0] if len(found) == limit else 0, len(anew), broken)


def is_sealed_by(session: Session, practice_id: int, older: Collection[int]) -> bool:
    """Say whether any value of a practice, or of the installation, still needs one of these keys."""
    return any(
        session.execute(
            select(place.rows.c[place.number]).where(_sealed_by(place, practice_id, older)).limit(1)
        ).first()
        for place in places_of(practice_id)
    )


def _sealed_by(place: Place, practice_id: int, older: Collection[int]) -> ColumnElement[bool]:
    rows = place.rows
    whose = rows.c[place.owner] == practice_id if place.owner else true()
    return whose & or_(*(rows.c[place.column].like(f"{mark_of(key)}%") for key in older))
