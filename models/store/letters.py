"""Letters: claimed messages with their readers' names opened, loaded in sets shortly before they are sent."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.inputs.letters import Letter
from models.inputs.outgoing import Mailbox
from models.rules.messages import CATALOGUE, Audience, MessageKind
from models.rules.onboarding_facts import Journey
from models.rules.onboarding_letters import date_of
from models.rules.roles import Role
from models.store import onboarding, practices
from models.store.messages import ClaimedMessage, invited_at
from models.tables.practices import Practice, RoleAssignment, Staff

NO_RECIPIENT = "no_recipient"
NEVER_INVITED = "never_invited"
PAST = "superseded"
_ABOUT_CALLS = (MessageKind.CALL_INVITATION, MessageKind.CALL_CANCELLED)


def load_letters(
    session: Session, messages: Sequence[ClaimedMessage], *, address: str, as_of: datetime
) -> dict[int, Letter | str]:
    """Load what each claimed message needs; one that nobody can receive, or need not, gives a code instead.

    `address` is the public address of the web site, without a slash at its end.
    """
    journeys = onboarding.load_journeys(session, {message.process_id for message in messages}, as_of=as_of)
    found = session.scalars(select(Practice).where(Practice.id.in_({message.practice_id for message in messages})))
    by_id = {practice.id: practice for practice in found}
    return {
        message.id: _letter(session, message, by_id[message.practice_id], journeys[message.process_id], address, as_of)
        for message in messages
    }


def _letter(
    session: Session, message: ClaimedMessage, practice: Practice, journey: Journey, address: str, as_of: datetime
) -> Letter | str:
    invited = invited_at(session, message) if message.kind in _ABOUT_CALLS else None
    if message.kind is MessageKind.CALL_CANCELLED and (invited is None or date_of(message.fields) <= as_of):
        return PAST if invited else NEVER_INVITED
    contact = practices.contact_of(session, practice.id, role=message.to_role, person=message.to_person)
    if contact is None:
        return NO_RECIPIENT
    coach = practices.contact_of(session, practice.id, role=Role.SUCCESS_COACH)
    return Letter(
        message.message_id,
        message.kind,
        message.fields,
        Mailbox(name=contact.name, address=contact.address),
        contact.locale,
        practice.name,
        Mailbox(name=coach.name, address=coach.address) if coach else None,
        address + _path(session, message, practice),
        journey,
        _attendees(session, message, journey),
        onboarding.payer_names(session, journey.id),
        onboarding.session_dates(session, journey.id),
        invited is not None,
        _coach_at(session, practice.id, invited) if invited else None,
    )


def _coach_at(session: Session, practice_id: int, moment: datetime) -> Mailbox | None:
    """Open who was the Success Coach at a moment: a calendar takes a cancellation only from whoever invited."""
    query = (
        select(Staff.key)
        .join(RoleAssignment, RoleAssignment.staff_id == Staff.id)
        .where(RoleAssignment.practice_id == practice_id, RoleAssignment.role == Role.SUCCESS_COACH)
        .where(RoleAssignment.since <= moment, or_(RoleAssignment.until.is_(None), RoleAssignment.until >= moment))
        .order_by(RoleAssignment.id)
    )
    coach = session.scalars(query).first()
    found = practices.contact_of(session, practice_id, role=Role.SUCCESS_COACH, person=coach) if coach else None
    return Mailbox(name=found.name, address=found.address) if found else None


def _path(session: Session, message: ClaimedMessage, practice: Practice) -> str:
    if CATALOGUE[message.kind].audience is Audience.STAFF or message.to_role.party.value == "us":
        return f"/staff/practices/{practice.key}"
    return f"/j/{practices.link_token(session, practice.id, message.process_id)}"


def _attendees(session: Session, message: ClaimedMessage, journey: Journey) -> dict[Role, Mailbox]:
    if message.kind is not MessageKind.CALL_INVITATION:
        return {}
    roles = journey.template.calls[str(message.fields["call"])].attendees
    people = {role: practices.contact_of(session, message.practice_id, role=role) for role in roles}
    return {role: Mailbox(name=one.name, address=one.address) for role, one in people.items() if one}
