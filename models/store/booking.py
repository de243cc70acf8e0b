"""Patients' requests: a time is chosen and held, then submitted once, whoever they are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, exists, insert, select
from sqlalchemy.orm import Session

from models.inputs.booking import Submission, request_faults
from models.rules.appointments import KEEPS_TIME, LONGEST_APPOINTMENT, Origin, PatientType, Status
from models.rules.calendars import local_day
from models.rules.consent import TEXT_CONSENT_VERSION
from models.rules.decisions import Refusal
from models.rules.matching import Identity, match_key
from models.sealing import Keys
from models.store import appointment_changes, calendars, events, slots
from models.store.calendars import Offer, Place
from models.store.keys import keys_of
from models.store.slots import Hold, HoldChangedError, Wish
from models.tables.appointments import AppointmentRow, RequestRow
from models.tables.base import new_id
from models.tables.booking import AlertRecipientRow, BookingReasonRow, InsuranceRow, WidgetRow
from models.tables.practice_systems import CommunicationRow
from models.tables.practices import Practice

_ROWS, _REQUESTS = (one.metadata.tables[one.__tablename__] for one in (AppointmentRow, RequestRow))
_PERSON: Final = ("first", "last", "email", "phone", "sex")
_COVER: Final = ("insurance", "plan", "member_id", "group_id", "notes")
_SENTENCES: Final[Mapping[str, str]] = {
    "widget_closed": "This practice takes no requests online at the moment. Please call the practice.",
    "slot_taken": "This time is not free any more. Please choose another one.",
    "unknown_reason": "This reason for visit is not offered any more. Please choose another one.",
    "unknown_insurance": "This insurance is not in the list any more. Please choose again.",
    "no_virtual_visits": "This provider offers no virtual visits. Please choose a visit at the practice.",
    "terms_changed": "Our Privacy Policy and Terms have changed. Please read and accept them again.",
    "key_reused": "This form was sent before with other answers. Please load the page again and start anew.",
}
"""What a patient is told; the site says the same in Spanish, by code."""


class Choice(NamedTuple):
    """What a visitor clicks on: a time (UTC) of a provider at a location, for a reason, here or by video."""

    provider: int
    location: int
    starts_at: datetime
    reason: str = ""
    is_virtual: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """The request was taken in; the same for known and unknown people, and each time it is sent again."""

    appointment_id: int
    provider_id: int
    location_id: int
    starts_at: datetime
    is_virtual: bool


def refused(code: str) -> Refusal:
    """Say why a request is not taken in."""
    return Refusal(code, _SENTENCES[code])


def choose(session: Session, practice_id: int, choice: Choice, *, token: str, as_of: datetime) -> Hold | Refusal:
    """Hold what a visitor clicked on, when the calendar offers it (A-92)."""
    widget = _widget(session, practice_id)
    if widget is None or not widget.is_open:
        return refused("widget_closed")
    offer = _offered(session, practice_id, choice, token=token, as_of=as_of)
    if isinstance(offer, Refusal):
        return offer
    held = slots.hold(session, _wish(practice_id, choice, offer), token=token, as_of=as_of)
    return held if isinstance(held, Hold) else refused("slot_taken")


def submit(
    session: Session, practice_id: int, submission: Submission, *, key: str, token: str, as_of: datetime
) -> Submitted | Refusal:
    """Take a request in, once per key: its slot is owned, and it waits for review (A-25, A-31, A-93).

    Nobody is looked up: the answer tells nothing about who is known. A refusal leaves nothing behind.
    """
    events.lock_practices(session, [practice_id])
    keys = keys_of(session, practice_id)
    body = keys.blind(submission.model_dump_json(), purpose="submission")
    if before := _sent_before(session, practice_id, key):
        return _answer(before.id, submission) if before.body_hash == body else refused("key_reused")
    widget = _widget(session, practice_id)
    if widget is None:
        return refused("widget_closed")
    if refusal := _unacceptable(session, widget, submission, as_of=as_of):
        return refusal
    choice = _choice_of(submission)
    offer = _offered(session, practice_id, choice, token=token, as_of=as_of)
    if isinstance(offer, Refusal):
        return offer
    if not isinstance(slots.hold(session, _wish(practice_id, choice, offer), token=token, as_of=as_of), Hold):
        return refused("slot_taken")
    overlaps_own = _overlaps_own(session, keys, submission, offer)
    told = submission if widget.differentiates_patients else submission.model_copy(update={"says_new": False})
    request = _Request(practice_id, key, body, told, offer, overlaps_own, as_of)
    return _store(session, keys, request, token=token)


class _Request(NamedTuple):
    """What is stored, once everything was checked."""

    practice_id: int
    key: str
    body: str
    told: Submission
    offer: Offer
    overlaps_own: bool
    as_of: datetime


def _widget(session: Session, practice_id: int) -> Row[Any] | None:
    query = (
        select(
            WidgetRow.practice_id,
            WidgetRow.is_open,
            WidgetRow.differentiates_patients,
            WidgetRow.terms_version,
            Practice.zone,
        )
        .join(Practice, Practice.id == WidgetRow.practice_id)
        .where(WidgetRow.practice_id == practice_id)
    )
    return session.execute(query).one_or_none()


def _choice_of(submission: Submission) -> Choice:
    return Choice(
        submission.provider, submission.location, submission.starts_at, submission.reason, submission.is_virtual
    )


def _wish(practice_id: int, choice: Choice, offer: Offer) -> Wish:
    return Wish(practice_id, *offer, choice.is_virtual)


def _sent_before(session: Session, practice_id: int, key: str) -> Row[Any] | None:
    query = select(_REQUESTS.c.appointment_id.label("id"), _REQUESTS.c.body_hash)
    mine = (_REQUESTS.c.practice_id == practice_id, _REQUESTS.c.submission_key == key)
    return session.execute(query.where(*mine)).one_or_none()


def _answer(appointment_id: int, submission: Submission) -> Submitted:
    """Answer from what was sent, so that it stays the same whatever became of the request."""
    place = (submission.provider, submission.location)
    return Submitted(appointment_id, *place, submission.starts_at, submission.is_virtual)


def _unacceptable(session: Session, widget: Row[Any], submission: Submission, *, as_of: datetime) -> Refusal | None:
    """Say what stands against a request, apart from its time."""
    if not widget.is_open:
        return refused("widget_closed")
    if submission.terms_version != widget.terms_version:
        return refused("terms_changed")
    if faults := request_faults(submission, today=local_day(as_of, widget.zone), as_of=as_of):
        return Refusal(faults[0].code, " ".join(fault.sentence for fault in faults))
    if submission.insurance and not _is_offered(session, InsuranceRow, widget.practice_id, submission.insurance):
        return refused("unknown_insurance")
    return None


def _is_offered(
    session: Session, table: type[BookingReasonRow] | type[InsuranceRow], practice_id: int, key: str = ""
) -> bool:
    """Say whether the widget lists a key, or anything at all."""
    listed = exists().where(table.practice_id == practice_id, table.is_offered)
    return bool(session.scalar(select(listed.where(table.key == key) if key else listed)))


def _offered(session: Session, practice_id: int, choice: Choice, *, token: str, as_of: datetime) -> Offer | Refusal:
    """Find the chosen time among what the calendar offers now (A-17, A-18, A-61), or what the visitor holds (A-92).

    Whoever holds a time owns it while the form is filled in, even if the minimum notice passes meanwhile.
    """
    is_listed = _is_offered(session, BookingReasonRow, practice_id, choice.reason)
    if is_listed != bool(choice.reason):  # no reason is fine only where there is none to choose
        return refused("unknown_reason")
    virtual = exists().where(
        CommunicationRow.provider_id == choice.provider,
        CommunicationRow.practice_id == practice_id,
        CommunicationRow.has_telehealth,
    )
    if choice.is_virtual and not session.scalar(select(virtual)):
        return refused("no_virtual_visits")
    place = Place(practice_id, choice.provider, choice.location)
    held = slots.held_by(session, token, as_of=as_of)
    if held is not None and (*place, choice.starts_at, choice.is_virtual) == (*held[:4], held.is_virtual):
        return Offer(held.provider_id, held.location_id, held.starts_at, held.ends_at)
    return calendars.find_offer(session, place, choice.starts_at, token=token, as_of=as_of) or refused("slot_taken")


def _overlaps_own(session: Session, keys: Keys, submission: Submission, offer: Offer) -> bool:
    """Say whether the same person has a live request at that time, whoever the provider is (A-96)."""
    query = (
        select(_ROWS.c.id, _REQUESTS.c.details)
        .join(_REQUESTS, _REQUESTS.c.appointment_id == _ROWS.c.id)
        .where(_ROWS.c.practice_id == keys.practice_id, _ROWS.c.status.in_(sorted(KEEPS_TIME)))
        .where(_ROWS.c.starts_at < offer.ends_at, _ROWS.c.starts_at > offer.starts_at - LONGEST_APPOINTMENT)
        .where(_ROWS.c.ends_at > offer.starts_at)
    )
    mine = match_key(Identity(submission.first, submission.last, submission.born))
    return any(_match_key_of(keys, *row) == mine for row in session.execute(query))


def _match_key_of(keys: Keys, appointment: int, details: str) -> str:
    read = json.loads(keys.unseal(details, table="appointment_requests", column="details", row_id=appointment))
    return match_key(Identity(read["first"], read["last"], datetime.fromisoformat(read["born"]).date()))


def _store(session: Session, keys: Keys, request: _Request, *, token: str) -> Submitted:
    """Write the request with its sealed words, and give it its slot.

    Raises:
        HoldChangedError: what was just held is gone; the whole transaction is tried again.
    """
    row = _appointment_row(request)
    session.execute(insert(_ROWS), [row])
    session.execute(insert(_REQUESTS), [_request_row(keys, request, row["id"])])
    if not slots.turn_into_request(session, token, row["id"], as_of=request.as_of):
        raise HoldChangedError
    recipients = select(AlertRecipientRow.key, AlertRecipientRow.channel)
    query = recipients.where(AlertRecipientRow.practice_id == request.practice_id).order_by(AlertRecipientRow.id)
    alerts = tuple((key, channel.value) for key, channel in session.execute(query))
    appointment_changes.begin_request(
        session, row["id"], alerts=alerts, overlaps_own=request.overlaps_own, as_of=request.as_of
    )
    return _answer(row["id"], request.told)


def _appointment_row(request: _Request) -> dict[str, Any]:
    return {
        "id": new_id(),
        "practice_id": request.practice_id,
        "status": Status.TENTATIVE,
        "origin": Origin.WIDGET,
        "patient_type": PatientType.NEW if request.told.says_new else PatientType.RETURNING,
        **request.offer._asdict(),
        "is_virtual": request.told.is_virtual,
        "reason": request.told.reason,
        "requested_at": request.as_of,
    }


def _request_row(keys: Keys, request: _Request, appointment_id: int) -> dict[str, Any]:
    told = request.told
    plain = {name: str(getattr(told, name)) for name in (*_PERSON, *_COVER)}
    plain |= {"born": told.born.isoformat(), "referral": told.referral if told.says_new else ""}
    plain |= {"text_wording": TEXT_CONSENT_VERSION if told.allows_texts else ""}
    words = json.dumps(plain, ensure_ascii=False)
    return {
        "appointment_id": appointment_id,
        "practice_id": request.practice_id,
        "submission_key": request.key,
        "body_hash": request.body,
        "details": keys.seal(words, table="appointment_requests", column="details", row_id=appointment_id),
        "locale": told.locale,
        "says_new": told.says_new,
        "terms_version": told.terms_version,
        "terms_accepted_at": request.as_of,
        "allows_texts": told.allows_texts,
        "requested_starts_at": request.offer.starts_at,
        "has_insurance": bool(told.insurance),
        "overlaps_own": request.overlaps_own,
    }
