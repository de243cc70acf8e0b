"""Contacts: the people of many practices and our staff, loaded in sets; each name is opened when it is read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.rules.roles import Party, Role
from models.sealing import INSTALLATION, Keys
from models.store.keys import keys_of_many
from models.store.sets import among
from models.tables.practices import Person, RoleAssignment, Staff


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a message reaches; held in memory only for as long as it is being sent."""

    name: str
    address: str
    phone: str
    locale: str


@dataclass(frozen=True, slots=True)
class Contacts:
    """Everybody around some practices, still sealed."""

    people: Mapping[int, Sequence[Person]]
    held: Mapping[int, Sequence[RoleAssignment]]
    staff: Mapping[int, Staff]
    keys: Mapping[int, Keys]
    _opened: dict[int, Contact] = field(default_factory=dict)

    def of(self, practice_id: int, *, role: Role, person: str = "") -> Contact | None:
        """Open whoever holds a role for a practice now, or one named person; raises as `Keys.unseal`."""
        if role.party is Party.PRACTICE:
            some = self.people.get(practice_id, ())
            found = next((one for one in some if (one.key == person if person else one.role is role)), None)
            return self._person(found) if found else None
        if person:
            return self._member(next((one for one in self.staff.values() if one.key == person), None))
        present = (one for one in self.held.get(practice_id, ()) if one.role is role and one.until is None)
        return self._holder(next(present, None))

    def held_at(self, practice_id: int, role: Role, *, moment: datetime) -> Contact | None:
        """Open who held one of our roles for a practice at a moment (UTC); raises as `Keys.unseal`."""
        then = (
            one
            for one in self.held.get(practice_id, ())
            if one.role is role and one.since <= moment and (one.until is None or one.until >= moment)
        )
        return self._holder(next(then, None))

    def _holder(self, assignment: RoleAssignment | None) -> Contact | None:
        return self._member(self.staff[assignment.staff_id]) if assignment else None

    def _person(self, row: Person) -> Contact:
        if row.id not in self._opened:
            keys = self.keys[row.practice_id]
            self._opened[row.id] = Contact(
                keys.unseal(row.name, table="people", column="name", row_id=row.id),
                keys.unseal(row.email, table="people", column="email", row_id=row.id),
                row.phone and keys.unseal(row.phone, table="people", column="phone", row_id=row.id),
                row.locale,
            )
        return self._opened[row.id]

    def _member(self, row: Staff | None) -> Contact | None:
        if row is None:
            return None
        if row.id not in self._opened:
            keys = self.keys[INSTALLATION]
            self._opened[row.id] = Contact(
                keys.unseal(row.name, table="staff", column="name", row_id=row.id),
                keys.unseal(row.email, table="staff", column="email", row_id=row.id),
                "",
                row.locale,
            )
        return self._opened[row.id]


def load_contacts(session: Session, practices: Collection[int], *, named: Collection[str] = ()) -> Contacts:
    """Load everybody around practices, and `named` members of our staff, with one query for each kind of row."""
    of_practices = select(Person).where(among(session, Person.practice_id, practices)).order_by(Person.id)
    people: dict[int, list[Person]] = {}
    for person in session.scalars(of_practices):
        people.setdefault(person.practice_id, []).append(person)
    ever = select(RoleAssignment).where(among(session, RoleAssignment.practice_id, practices))
    held: dict[int, list[RoleAssignment]] = {}
    for assignment in session.scalars(ever.order_by(RoleAssignment.id)):
        held.setdefault(assignment.practice_id, []).append(assignment)
    ids = {one.staff_id for some in held.values() for one in some}
    around = select(Staff).where(or_(among(session, Staff.id, ids), Staff.key.in_(named)))
    staff = {one.id: one for one in session.scalars(around.order_by(Staff.id))}
    owners = {*practices, INSTALLATION} if staff else set(practices)
    return Contacts(people, held, staff, keys_of_many(session, owners))


def contact_of(session: Session, practice_id: int, *, role: Role, person: str = "") -> Contact | None:
    """Open the name and address of whoever holds a role for a practice, or of one named person."""
    return load_contacts(session, [practice_id], named=[person] if person else ()).of(
        practice_id, role=role, person=person
    )
