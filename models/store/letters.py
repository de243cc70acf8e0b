"""Letters: claimed messages with their readers' names opened, loaded in sets shortly before they are sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, select
from sqlalchemy.orm import Session, aliased

from models.inputs.letters import Letter
from models.inputs.outgoing import Mailbox
from models.rules.messages import CATALOGUE, Audience, MessageKind
from models.rules.onboarding_facts import Journey
from models.rules.onboarding_letters import date_of
from models.rules.roles import Party, Role
from models.sealing import KeyDestroyedError, SealBrokenError
from models.store import onboarding
from models.store.contacts import Contact, Contacts, load_contacts
from models.store.messages import MAY_BE_OUT, ClaimedMessage
from models.store.practices import token_of
from models.store.sets import among
from models.tables.messages import Message
from models.tables.practices import Practice

NO_RECIPIENT = "no_recipient"
NEVER_INVITED = "never_invited"
PAST = "superseded"
UNREADABLE = "cannot_unseal"
_ABOUT_CALLS = (MessageKind.CALL_INVITATION, MessageKind.CALL_CANCELLED)


def load_letters(
    session: Session, messages: Sequence[ClaimedMessage], *, address: str, as_of: datetime
) -> dict[int, Letter | str]:
    """Load what each claimed message needs; one that nobody can receive, or need not, gives a code instead.

    `address` is the public address of the web site, without a slash at its end.
    """
    batch = _load_batch(session, messages, as_of=as_of)
    return {message.id: _letter(message, batch, address, as_of) for message in messages}


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the messages of a batch need, by practice, by journey, or by message."""

    practices: Mapping[int, Practice]
    journeys: Mapping[int, Journey]
    contacts: Contacts
    payers: Mapping[int, Mapping[str, str]]
    sessions: Mapping[int, Mapping[int, tuple[datetime, int]]]
    invited: Mapping[int, datetime]


def _load_batch(session: Session, messages: Sequence[ClaimedMessage], *, as_of: datetime) -> _Batch:
    practices = {message.practice_id for message in messages}
    journeys = {message.process_id for message in messages}
    found = session.scalars(select(Practice).where(among(session, Practice.id, practices)))
    return _Batch(
        {practice.id: practice for practice in found},
        onboarding.load_journeys(session, journeys, as_of=as_of),
        load_contacts(session, practices, named={message.to_person for message in messages if message.to_person}),
        onboarding.payer_names_of(session, journeys),
        onboarding.session_dates_of(session, journeys),
        _invited_at(session, messages),
    )


def _letter(message: ClaimedMessage, batch: _Batch, address: str, as_of: datetime) -> Letter | str:
    invited = batch.invited.get(message.id)
    if message.kind is MessageKind.CALL_CANCELLED and (invited is None or date_of(message.fields) <= as_of):
        return PAST if invited else NEVER_INVITED
    try:
        contact = batch.contacts.of(message.practice_id, role=message.to_role, person=message.to_person)
        return _addressed(message, contact, batch, address) if contact else NO_RECIPIENT
    except (KeyDestroyedError, SealBrokenError):
        return UNREADABLE  # the letter of one practice; those of the others go out


def _addressed(message: ClaimedMessage, contact: Contact, batch: _Batch, address: str) -> Letter:
    invited = batch.invited.get(message.id)
    coach = batch.contacts.of(message.practice_id, role=Role.SUCCESS_COACH)
    # a calendar takes a cancellation only from whoever invited
    then = batch.contacts.held_at(message.practice_id, Role.SUCCESS_COACH, moment=invited) if invited else None
    return Letter(
        message.message_id,
        message.kind,
        message.fields,
        _mailbox(contact),
        contact.locale,
        batch.practices[message.practice_id].name,
        _mailbox(coach) if coach else None,
        address + _path(message, batch),
        batch.journeys[message.process_id],
        _attendees(message, batch),
        batch.payers[message.process_id],
        batch.sessions[message.process_id],
        is_invited=invited is not None,
        organizer=_mailbox(then) if then else None,
        is_staff=_is_to_staff(message),
    )


def _mailbox(contact: Contact) -> Mailbox:
    return Mailbox(name=contact.name, address=contact.address)


def _is_to_staff(message: ClaimedMessage) -> bool:
    return CATALOGUE[message.kind].audience is Audience.STAFF or message.to_role.party is Party.US


def _path(message: ClaimedMessage, batch: _Batch) -> str:
    if _is_to_staff(message):
        return f"/staff/practices/{batch.practices[message.practice_id].key}"
    return f"/j/{token_of(batch.contacts.keys[message.practice_id], message.process_id)}"


def _attendees(message: ClaimedMessage, batch: _Batch) -> dict[Role, Mailbox]:
    if message.kind is not MessageKind.CALL_INVITATION:
        return {}
    roles = batch.journeys[message.process_id].template.calls[str(message.fields["call"])].attendees
    people = {role: batch.contacts.of(message.practice_id, role=role) for role in roles}
    return {role: _mailbox(one) for role, one in people.items() if one}


def _invited_at(session: Session, messages: Sequence[ClaimedMessage]) -> dict[int, datetime]:
    """Say when (UTC) an invitation to the same call last reached the reader of a message, by message.

    Messages that are not about calls, and those whose reader was never invited or was called off since, are left out.
    An attempt that is under way or whose outcome nobody knows counts: a cancellation too many does no harm.
    """
    about = [message.id for message in messages if message.kind in _ABOUT_CALLS]
    if not about:
        return {}
    mine, other = aliased(Message), aliased(Message)
    is_reader = case((mine.to_person != "", other.to_person == mine.to_person), else_=other.to_role == mine.to_role)
    query = (
        select(mine.id, other.kind, other.settled_at, other.queued_at)
        .join(other, and_(other.process == mine.process, other.process_id == mine.process_id))
        .where(among(session, mine.id, about), other.subject == mine.subject, is_reader, other.id != mine.id)
        .where(other.kind.in_(_ABOUT_CALLS), other.state.in_(MAY_BE_OUT))
        .order_by(other.queued_at, other.id)
    )
    latest = {number: (kind, settled or queued) for number, kind, settled, queued in session.execute(query)}
    return {number: moment for number, (kind, moment) in latest.items() if kind is MessageKind.CALL_INVITATION}
