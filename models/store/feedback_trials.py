"""Messages that a person sends to oneself to see how an attempt looks; they ask no patient and belong to no request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.inputs.letters import FeedbackLetter, Reader
from models.rules.acting import key_in
from models.rules.decisions import Note, Process, Refusal, Say
from models.rules.feedback_decision import KINDS
from models.rules.messages import Channel, MessageKind
from models.rules.roles import Party, Role
from models.sealing import KeyDestroyedError, SealBrokenError
from models.store import events
from models.store.acting import acting_in
from models.store.contacts import Contact, Contacts, load_contacts
from models.store.effects import Outcome, carry_out
from models.store.feedback_policies import Chosen, present_policies
from models.store.feedback_settings import NOT_BEGUN, roles_of
from models.store.letters import NO_RECIPIENT, UNREADABLE
from models.store.messages import ClaimedMessage
from models.store.sets import among
from models.tables.practices import Practice

NO_REQUEST: Final = "only-a-test-no-request"
"""As long as a real token, and of no request: the page answers as to any link that is over."""
PROVIDER: Final = "Dr. Avery Example"
QUEUED: Final = "The test message of attempt {} is on its way to {}, by {}. Its link belongs to no visit."
NOT_A_PART: Final = "There is no attempt {}: this practice asks {} times. Choose one of these."
NO_PHONE: Final = (
    "golive knows no mobile number of {}, so a text cannot be sent there: choose email, or write the key of one of the "
    "practice's people who has a phone."
)


class Trial(NamedTuple):
    """Which attempt, and by which way."""

    attempt: int
    channel: Channel


def is_trial(message: ClaimedMessage) -> bool:
    """Say whether a message only shows how an attempt looks."""
    return message.process is Process.PRACTICE and message.kind in KINDS.values()


def queue(session: Session, practice: str, trial: Trial, *, by: str, key: str, as_of: datetime) -> str | Refusal:
    """Queue one attempt's message for whoever asks for it, once per key; gives what to tell."""
    found = acting_in(session, practice, by)
    if isinstance(found, Refusal):
        return found
    heads = events.lock_practices(session, [found.id])
    role = _role(session, found.id, by)
    told = QUEUED.format(trial.attempt, by, trial.channel)
    if events.happened(session, process=Process.PRACTICE, process_id=found.id, key=key):
        return told
    if refusal := _refusal(session, found.id, trial, role=role, by=by):
        return refusal
    say = Say(KINDS[trial.channel], role, key, str(trial.attempt), key_in(by), channel=trial.channel)
    note = Note("feedback_test_sent", str(trial.attempt), evidence={"channel": trial.channel.value})
    outcome = Outcome(found.id, Process.PRACTICE, found.id, key, by, (note,), (say,))
    carry_out(session, [outcome], as_of=as_of, heads=heads)
    return told


def _role(session: Session, practice_id: int, by: str) -> Role:
    """Name a role under which somebody is found by key; the practice's own people first."""
    roles = sorted(roles_of(session, practice_id, by), key=lambda role: (role.party is not Party.PRACTICE, role))
    return roles[0]


def _refusal(session: Session, practice_id: int, trial: Trial, *, role: Role, by: str) -> Refusal | None:
    asks = present_policies(session, [practice_id])[practice_id].policy.asks
    if not asks:
        return NOT_BEGUN
    if not 1 <= trial.attempt <= len(asks):
        return Refusal("no_such_attempt", NOT_A_PART.format(trial.attempt, len(asks)))
    contact = load_contacts(session, [practice_id], named=[by]).of(practice_id, role=role, person=key_in(by))
    if trial.channel is Channel.TEXT and not (contact and contact.phone):
        return Refusal("no_phone", NO_PHONE.format(by))
    return None


@dataclass(frozen=True, slots=True)
class _Batch:
    practices: dict[int, Practice]
    contacts: Contacts
    chosen: dict[int, Chosen]


def load_trial_letters(
    session: Session, messages: Sequence[ClaimedMessage], *, address: str
) -> dict[int, FeedbackLetter | str]:
    """Load what each claimed test message needs; one that nobody can receive gives a code instead.

    `address` is the public address of the web site, without a slash at its end.
    """
    practices = {message.practice_id for message in messages}
    found = session.scalars(select(Practice).where(among(session, Practice.id, practices)))
    batch = _Batch(
        {practice.id: practice for practice in found},
        load_contacts(session, practices, named={message.to_person for message in messages}),
        present_policies(session, practices),
    )
    return {message.id: _letter(message, batch, address) for message in messages}


def _letter(message: ClaimedMessage, batch: _Batch, address: str) -> FeedbackLetter | str:
    try:
        contact = batch.contacts.of(message.practice_id, role=message.to_role, person=message.to_person)
    except (KeyDestroyedError, SealBrokenError):
        return UNREADABLE
    if contact is None or not (contact.address if message.channel is Channel.EMAIL else contact.phone):
        return NO_RECIPIENT
    policy, number = batch.chosen[message.practice_id].policy, int(message.subject or 1)
    return FeedbackLetter(
        message.message_id,
        message.kind,
        _reader(contact, message.kind),
        batch.practices[message.practice_id].name,
        link=f"{address}/f/{NO_REQUEST}",
        number=number,
        is_last=number >= len(policy.asks),
        signature=policy.signature,
        provider=PROVIDER,
        is_sensitive=policy.is_sensitive,
        stop_link=f"{address}/s/{NO_REQUEST}" if message.kind is MessageKind.FEEDBACK_EMAIL else "",
        is_test=True,
    )


def _reader(contact: Contact, kind: MessageKind) -> Reader:
    address = contact.phone if kind is MessageKind.FEEDBACK_TEXT else contact.address
    return Reader(address, contact.locale, contact.name.split(" ")[0], contact.name)
