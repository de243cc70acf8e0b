"""Practices and people: registered from an intake and sealed on the way in; who holds which role."""

import base64
import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from models.inputs.intake import Intake, PersonIntake, StaffIntake
from models.rules.onboarding_facts import JourneyStatus
from models.rules.roles import Role
from models.sealing import INSTALLATION, Keys
from models.store import events
from models.store.keys import keys_of, make_keys
from models.store.sets import among
from models.tables.base import new_id
from models.tables.onboarding import JourneyRow
from models.tables.practices import Location, Person, Practice, Provider, RoleAssignment, Staff

TOKEN_LENGTH = 22
_ROLES, _STAFF = (one.metadata.tables[one.__tablename__] for one in (RoleAssignment, Staff))


def find_practice(session: Session, key: str) -> Practice | None:
    """Find a practice by its short name."""
    return session.scalar(select(Practice).where(Practice.key == key))


def all_practices(session: Session) -> list[tuple[int, str]]:
    """List every practice with its short name."""
    query = select(Practice.id, Practice.key).order_by(Practice.key)
    return [(practice, key) for practice, key in session.execute(query)]


def register_practice(session: Session, intake: Intake, *, as_of: datetime) -> Practice:
    """Store a new practice with its people, places and providers, and give it keys and an empty history."""
    practice = Practice(
        id=new_id(),
        key=intake.key,
        name=intake.name,
        zone=intake.time_zone,
        calendar=intake.calendar,
        locale=intake.locale,
        subscriptions=",".join(intake.subscriptions),
        created_at=as_of,
    )
    session.add(practice)
    session.flush()
    keys = make_keys(session, practice.id, as_of=as_of)
    if intake.tax_id:
        practice.tax_id = keys.seal(intake.tax_id, table="practices", column="tax_id", row_id=practice.id)
    events.start_chain(session, practice.id)
    for person in intake.people:
        _add_person(session, practice, person, keys)
    _add_places(session, practice, intake, keys)
    session.flush()
    return practice


def _add_person(session: Session, practice: Practice, person: PersonIntake, keys: Keys) -> None:
    row = Person(
        id=new_id(),
        practice_id=practice.id,
        key=person.key,
        role=Role.PRIMARY_CONTACT if person.is_primary_contact else Role.TRAINEE,
        locale=person.locale or practice.locale,
        is_trainee=person.is_trainee,
    )
    row.name = keys.seal(person.name, table="people", column="name", row_id=row.id)
    row.email = keys.seal(person.email, table="people", column="email", row_id=row.id)
    row.phone = person.phone and keys.seal(person.phone, table="people", column="phone", row_id=row.id)
    row.email_index = keys.blind(person.email.lower(), purpose="email")
    session.add(row)


def _add_places(session: Session, practice: Practice, intake: Intake, keys: Keys) -> None:
    for place in intake.locations:
        session.add(
            Location(
                practice_id=practice.id,
                key=place.key,
                name=place.name,
                city=place.city,
                state=place.state,
                postal_code=place.postal_code,
                phone=place.phone,
            )
        )
    for provider in intake.providers:
        row = Provider(id=new_id(), practice_id=practice.id, npi=provider.npi)
        row.name = keys.seal(provider.name, table="providers", column="name", row_id=row.id)
        session.add(row)


def register_staff(session: Session, members: Sequence[StaffIntake], *, as_of: datetime) -> None:
    """Store members of our staff; one that is known only gains the role."""
    keys = make_keys(session, INSTALLATION, as_of=as_of)
    for member in members:
        row = session.scalar(select(Staff).where(Staff.key == member.key))
        if row is None:
            row = Staff(id=new_id(), key=member.key, roles=member.role.value)
            row.name = keys.seal(member.name, table="staff", column="name", row_id=row.id)
            row.email = keys.seal(member.email, table="staff", column="email", row_id=row.id)
            session.add(row)
        elif member.role.value not in row.roles.split(","):
            row.roles = f"{row.roles},{member.role.value}"
        session.flush()


def assign(session: Session, practice_id: int, role: Role, staff: str, *, as_of: datetime) -> None:
    """Give a role to a member of staff; who held it before stays in the history."""
    if present_roles(session, [practice_id])[practice_id].get(role) == staff:
        return
    session.execute(
        update(RoleAssignment)
        .where(RoleAssignment.practice_id == practice_id, RoleAssignment.role == role, RoleAssignment.until.is_(None))
        .values(until=as_of)
        .execution_options(synchronize_session=False)
    )
    staff_id = session.scalars(select(Staff.id).where(Staff.key == staff)).one()
    row = {"practice_id": practice_id, "role": role, "staff_id": staff_id, "since": as_of}
    session.execute(insert(RoleAssignment), [row])


def present_roles(session: Session, practices: Collection[int]) -> dict[int, dict[Role, str]]:
    """Say who holds which role now, by practice."""
    query = (
        select(_ROLES.c.practice_id, _ROLES.c.role, _STAFF.c.key)
        .join(_STAFF, _STAFF.c.id == _ROLES.c.staff_id)
        .where(among(session, _ROLES.c.practice_id, practices), text("role_assignments.until IS NULL"))
    )
    roles: dict[int, dict[Role, str]] = {practice: {} for practice in practices}
    for practice, role, staff in session.execute(query).all():
        roles[practice][role] = staff
    return roles


def coach_with_fewest_journeys(session: Session) -> str:
    """Name the coach with the fewest journeys under way, the first by key of several; empty when there is none."""
    under_way = (
        select(RoleAssignment.staff_id, func.count().label("journeys"))
        .join(JourneyRow, JourneyRow.practice_id == RoleAssignment.practice_id)
        .where(RoleAssignment.role == Role.SUCCESS_COACH, RoleAssignment.until.is_(None))
        .where(JourneyRow.status.in_((JourneyStatus.ACTIVE, JourneyStatus.PAUSED)))
        .group_by(RoleAssignment.staff_id)
        .subquery()
    )
    query = (
        select(Staff.key, Staff.roles)
        .outerjoin(under_way, under_way.c.staff_id == Staff.id)
        .where(Staff.is_active)
        .order_by(func.coalesce(under_way.c.journeys, 0), Staff.key)
    )
    coaches = (key for key, roles in session.execute(query) if Role.SUCCESS_COACH in roles.split(","))
    return next(coaches, "")


def active_staff(session: Session) -> frozenset[str]:
    """Name everybody of our staff who can take a role."""
    return frozenset(session.scalars(select(Staff.key).where(Staff.is_active)))


def link_token(session: Session, practice_id: int, journey_id: int) -> str:
    """Make the token of a journey's private link: always the same, unguessable, never stored as it is (132 bits)."""
    return token_of(keys_of(session, practice_id), journey_id)


def token_of(keys: Keys, journey_id: int) -> str:
    """Make the token of a journey's private link from the keys of its practice."""
    code = bytes.fromhex(keys.blind(f"journey:{journey_id}", purpose="link"))
    return base64.urlsafe_b64encode(code).decode()[:TOKEN_LENGTH]


def hash_of_token(token: str) -> str:
    """Hash a private link's token as it is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
