"""Letters that ask for feedback: at the claim everything is looked at again, and what no longer fits is taken back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, select, update
from sqlalchemy.orm import Session

from models.inputs.letters import FeedbackLetter, Reader
from models.inputs.places import candidate_places
from models.rules.feedback_decision import decide, still_fits
from models.rules.feedback_events import Withdrawn
from models.rules.messages import Channel
from models.sealing import KeyDestroyedError, Keys, SealBrokenError
from models.store import events
from models.store.contact import Contact, load_contacts
from models.store.feedback import Scene, load_scenes, place_of_practice, written_places
from models.store.feedback_changes import Change, tokens_of, write_changes
from models.store.feedback_policies import Chosen, present_policies
from models.store.feedback_stops import are_stops_of_all, copy_stops_of_all
from models.store.keys import keys_of_many
from models.store.letters import NO_RECIPIENT, UNREADABLE
from models.store.messages import ClaimedMessage
from models.store.patients import blind
from models.store.sets import Named, listed, prepared, update_rows
from models.tables.appointments import AppointmentRow
from models.tables.consent import ConsentRow
from models.tables.feedback import FeedbackRequestRow
from models.tables.messages import Message, MessageState
from models.tables.practices import Practice, Provider

WITHDRAWN: Final = "withdrawn"
_REQUESTS, _VISITS, _PRACTICES, _PROVIDERS, _CONSENTS, _MESSAGES = (
    one.metadata.tables[one.__tablename__]
    for one in (FeedbackRequestRow, AppointmentRow, Practice, Provider, ConsentRow, Message)
)
_LEDGER: Final = (
    select(_CONSENTS.c.practice_id, _CONSENTS.c.address_index, _CONSENTS.c.is_given, _CONSENTS.c.at)
    .where(_CONSENTS.c.address_index.in_(bindparam("indexes", expanding=True)), _CONSENTS.c.channel == Channel.TEXT)
    .order_by(_CONSENTS.c.id)
)
_CANCEL: Final = (
    update(_MESSAGES)
    .where(_MESSAGES.c.id == bindparam("message"), _MESSAGES.c.fence == bindparam("mine"))
    .where(_MESSAGES.c.state == MessageState.CLAIMED)
    .values(state=MessageState.CANCELLED, outcome=WITHDRAWN, settled_at=bindparam("now"), lease_until=None)
    .returning(_MESSAGES.c.id)
)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the messages of a batch need; by practice, by request or by patient."""

    names: Mapping[int, str]
    keys: Mapping[int, Keys]
    policies: Mapping[int, Chosen]
    requests: Mapping[int, Any]
    contacts: Mapping[int, Contact]
    providers: Mapping[int, Row[Any]]

    def contact(self, request: int) -> Contact | None:
        """Give how the patient of a request is reached; none where nobody can read it any more."""
        row = self.requests.get(request)
        return self.contacts.get(row.patient) if row is not None and row.patient is not None else None


def read_fitting_letters(
    session: Session, messages: Sequence[ClaimedMessage], *, address: str, as_of: datetime
) -> dict[int, FeedbackLetter | str]:
    """Load the claimed messages that may go out as everything stands; all others are for `load_feedback_letters`.

    It writes nothing and keeps nobody waiting. What changes afterwards cancels the claimed message before its mark.
    """
    batch = _load_batch(session, messages)
    moved = {number for _, number in _moved(session, batch)}
    scenes = _scenes_as_reached(session, batch, as_of=as_of)
    anew = moved | set(_texted(messages) if are_stops_of_all(session) else ())
    return {
        message.id: _letter(message, scenes[message.process_id], batch, address)
        for message in messages
        if message.process_id not in anew and _fits(message, scenes.get(message.process_id), as_of=as_of)
    }


def load_feedback_letters(
    session: Session, messages: Sequence[ClaimedMessage], *, address: str, as_of: datetime
) -> dict[int, FeedbackLetter | str]:
    """Load what each claimed message needs to go out now, and take back what does not fit any more (F-012, F-203).

    It writes, and locks the practices. Contacts are opened as the practice system has them by now, and where its words
    moved the person, windows are those of the new place (F-162, F-204). `address` is the public address of the web
    site, without a slash at its end.
    """
    events.lock_practices(session, {message.practice_id for message in messages})
    batch = _load_batch(session, messages)
    update_rows(session, FeedbackRequestRow, ("places", "id"), _moved(session, batch))
    texted = [one for one in map(batch.contact, _texted(messages)) if one is not None]
    copy_stops_of_all(session, texted, batch.keys, as_of=as_of)
    scenes = _scenes_as_reached(session, batch, as_of=as_of)
    fitting = {message.id for message in messages if _fits(message, scenes.get(message.process_id), as_of=as_of)}
    _withdraw(session, [one for one in messages if one.id not in fitting], scenes, as_of=as_of)
    return {
        message.id: _letter(message, scenes[message.process_id], batch, address) if message.id in fitting else WITHDRAWN
        for message in messages
    }


def read_feedback_letters(
    session: Session, messages: Sequence[ClaimedMessage], *, address: str, as_of: datetime
) -> dict[int, FeedbackLetter | str]:
    """Load messages that may be out as they would be written at a moment (UTC); nothing is decided about them."""
    batch = _load_batch(session, messages)
    scenes = load_scenes(session, set(batch.requests), as_of=as_of)
    known = [message for message in messages if message.process_id in scenes]
    return {message.id: _letter(message, scenes[message.process_id], batch, address) for message in known}


def _texted(messages: Sequence[ClaimedMessage]) -> list[int]:
    return [message.process_id for message in messages if message.channel is Channel.TEXT]


def _load_batch(session: Session, messages: Sequence[ClaimedMessage]) -> _Batch:
    practices = {message.practice_id for message in messages}
    wanted = listed(session, {message.process_id for message in messages})
    requests = {one.id: one for one in session.execute(_requests(session), wanted)}
    keys = keys_of_many(session, practices) if practices else {}
    patients = {one.patient for one in requests.values() if one.patient is not None}
    treating = {one.provider_id for one in requests.values() if one.provider_id is not None}
    providers = session.execute(_providers(session), listed(session, treating))
    names = session.execute(_names(session), listed(session, practices))
    return _Batch(
        dict(names.tuples().all()),
        keys,
        present_policies(session, practices),
        requests,
        load_contacts(session, patients, keys),
        {provider.id: provider for provider in providers},
    )


@prepared
def _requests(named: Named) -> Select[Any]:
    row, visit = _REQUESTS.c, _VISITS.c
    return (
        select(row.id, row.practice_id, row.places, visit.patient_id.label("patient"), visit.provider_id)
        .join(_VISITS, visit.id == row.appointment_id)
        .where(named(row.id))
    )


@prepared
def _providers(named: Named) -> Select[Any]:
    row = _PROVIDERS.c
    return select(row.id, row.practice_id, row.name).where(named(row.id))


@prepared
def _names(named: Named) -> Select[tuple[int, str]]:
    return select(_PRACTICES.c.id, _PRACTICES.c.name).where(named(_PRACTICES.c.id))


def _moved(session: Session, batch: _Batch) -> list[tuple[str, int]]:
    """Say anew where people may be, where their addresses changed since the check-out (F-162, F-204)."""
    homes = {practice: place_of_practice(session, practice) for practice in batch.names}
    moved = []
    for row in batch.requests.values():
        contact = batch.contact(row.id)
        if contact is None:
            continue
        home = homes[row.practice_id]
        places = candidate_places(zip_code=contact.zip_code, phone=contact.phone, practice=home)
        if written_places(places) != row.places:
            moved.append((written_places(places), row.id))
    return moved


def _scenes_as_reached(session: Session, batch: _Batch, *, as_of: datetime) -> dict[int, Scene]:
    consents = _consents(session, batch, as_of=as_of)
    found = load_scenes(session, set(batch.requests), as_of=as_of)
    return {number: _as_reached(scene, batch.contact(number), consents) for number, scene in found.items()}


def _consents(session: Session, batch: _Batch, *, as_of: datetime) -> frozenset[int]:
    """Name the patients for whose very number the newest line of the ledger is a consent from before (F-201)."""
    numbers = {
        one.patient: (one.practice_id, blind(batch.keys[one.practice_id], one.phone, "phone"))
        for one in batch.contacts.values()
        if one.phone
    }
    told = session.execute(_LEDGER, {"indexes": sorted({index for _, index in numbers.values()})})
    newest = {(practice, index): is_given and at < as_of for practice, index, is_given, at in told}
    return frozenset(patient for patient, number in numbers.items() if newest.get(number))


def _as_reached(scene: Scene, contact: Contact | None, consents: Collection[int]) -> Scene:
    """Add what only the opened contact tells, so that whatever takes a message back is known when it is decided on.

    Else the decision would ask in the same way again at once, or a claim of the one way and one of the other would
    take each other's place for ever: so each claim sees the same, whichever way its message goes.
    """
    if contact is None:
        return scene
    person = scene.visit.person
    reached = person._replace(
        has_email=person.has_email and bool(contact.email),
        has_phone=person.has_phone and bool(contact.phone),
        allows_texts=person.allows_texts and scene.patient in consents,
    )
    return scene._replace(visit=scene.visit._replace(person=reached))


def _fits(message: ClaimedMessage, scene: Scene | None, *, as_of: datetime) -> bool:
    return scene is not None and still_fits(scene.request, scene.visit, _withdrawn(message), as_of=as_of)


def _withdrawn(message: ClaimedMessage) -> Withdrawn:
    return Withdrawn(int(message.subject), message.channel)


def _withdraw(
    session: Session, messages: Sequence[ClaimedMessage], scenes: Mapping[int, Scene], *, as_of: datetime
) -> None:
    """Cancel claimed messages, and decide about their requests what is to be done instead."""
    changes = [
        Change(scene, decide(scene.request, scene.visit, _withdrawn(message), as_of=as_of), key_of(message, WITHDRAWN))
        for message in messages
        if _cancel(session, message, as_of=as_of) and (scene := scenes.get(message.process_id)) is not None
    ]
    write_changes(session, changes, as_of=as_of)


def _cancel(session: Session, message: ClaimedMessage, *, as_of: datetime) -> bool:
    values = {"message": message.id, "mine": message.fence, "now": as_of}
    return session.execute(_CANCEL, values).first() is not None


def key_of(message: ClaimedMessage, what: str) -> str:
    """Name what became of one attempt of a message: it is told once to its request."""
    return f"message:{message.id}:{message.attempt}:{what}"


def _letter(message: ClaimedMessage, scene: Scene, batch: _Batch, address: str) -> FeedbackLetter | str:
    contact = batch.contact(message.process_id)
    if contact is None:
        return UNREADABLE
    to = contact.phone if message.channel is Channel.TEXT else contact.email
    if not to:
        return NO_RECIPIENT
    try:
        return _addressed(message, scene, batch, Reader(to, contact.locale, contact.first, contact.first), address)
    except (KeyDestroyedError, SealBrokenError, ValueError):
        return UNREADABLE  # the letter of one patient or practice; the others go out


def _addressed(message: ClaimedMessage, scene: Scene, batch: _Batch, reader: Reader, address: str) -> FeedbackLetter:
    practice, policy = message.practice_id, scene.request.policy
    page, stop = tokens_of(batch.keys[practice], message.process_id)
    number = int(message.subject)
    return FeedbackLetter(
        message.message_id,
        message.kind,
        reader,
        batch.names[practice],
        link=f"{address}/f/{page}",
        number=number,
        is_last=number == len(policy.asks),
        signature=policy.signature,
        provider=_provider(message, batch),
        is_sensitive=batch.policies[practice].policy.is_sensitive,
        stop_link=f"{address}/s/{stop}",
    )


def _provider(message: ClaimedMessage, batch: _Batch) -> str:
    row = batch.providers.get(batch.requests[message.process_id].provider_id)
    if row is None:
        return ""
    return batch.keys[row.practice_id].unseal(row.name, table="providers", column="name", row_id=row.id)
