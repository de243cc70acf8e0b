"""Requests for feedback with what is known of their visits and people, loaded in sets."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.appointments import Status
from models.rules.feedback import Outcome, Policy
from models.rules.feedback_facts import Attempt, Person, Request, Visit
from models.rules.feedback_laws import laws_at
from models.rules.feedback_windows import Place
from models.rules.messages import Channel
from models.store.feedback_people import People, load_people, rivals
from models.store.feedback_policies import policies_of, present_policies
from models.store.readiness import is_feedback_blocked
from models.store.sets import among
from models.tables.appointments import AppointmentRow
from models.tables.feedback import FeedbackAttemptRow, FeedbackRequestRow
from models.tables.practices import Location, Practice

_REQUEST: Final = (
    "id",
    "practice_id",
    "appointment_id",
    "epoch",
    "checked_out_at",
    "state",
    "version",
    "number",
    "is_handed_over",
    "waits_for",
    "withdrawn",
    "due_at",
    "fresh_until",
    "previous_at",
    "first_sent_at",
    "sent",
    "answered_at",
    "why",
)
"""Columns that are fields of a request under the same name."""
_REQUESTS, _VISITS = (one.metadata.tables[one.__tablename__] for one in (FeedbackRequestRow, AppointmentRow))


class Scene(NamedTuple):
    """One request with its visit; `group` names the records of its person, `patient` the one of the visit."""

    request: Request
    visit: Visit
    patient: int | None
    group: frozenset[int]


class Setting(NamedTuple):
    """What a practice is and chose, as far as every one of its visits needs it."""

    zone: str
    is_green: bool
    is_sending: bool


def load_scenes(session: Session, ids: Collection[int], *, as_of: datetime) -> dict[int, Scene]:
    """Load requests with everything that decides about them at a moment (UTC); ids without a request are left out.

    The message that a request waits for counts neither as sent nor as under way for this very request.
    """
    rows = _rows(session, ids)
    people = load_people(session, {row.patient for row in rows if row.patient is not None}, as_of=as_of)
    policies = policies_of(session, {(row.practice_id, row.policy_version) for row in rows})
    settings = load_settings(session, {row.practice_id for row in rows})
    found = dict[int, Scene]()
    for row in rows:
        request = _request(row, policies[row.practice_id, row.policy_version].policy)
        person = _person(row, request, people)
        group = people.group(row.patient) if row.patient is not None else frozenset[int]()
        found[request.id] = Scene(request, _visit(row, person, settings[row.practice_id]), row.patient, group)
    return found


def load_settings(session: Session, practices: Collection[int]) -> dict[int, Setting]:
    """Load what every visit of a practice needs; without a policy nothing is asked, and the launch gate says so."""
    chosen = present_policies(session, practices)
    query = select(Practice.id, Practice.zone).where(among(session, Practice.id, practices))
    return {
        practice: Setting(zone, not is_feedback_blocked(session, practice), chosen[practice].policy.is_sending)
        for practice, zone in session.execute(query)
    }


def place_of_practice(session: Session, practice_id: int) -> Place:
    """Say where a practice is: its zone, and the state of its first location."""
    state = session.scalar(
        select(Location.state).where(Location.practice_id == practice_id).order_by(Location.id).limit(1)
    )
    return Place(session.scalars(select(Practice.zone).where(Practice.id == practice_id)).one(), state or "")


def load_attempts(session: Session, request: int) -> list[Attempt]:
    """List the messages and omissions of a request's attempts, in their order."""
    row = FeedbackAttemptRow
    query = select(row.number, row.channel, row.outcome, row.at, row.why).where(row.request_id == request)
    return [
        Attempt(number, Channel(channel) if channel else None, outcome, at, why)
        for number, channel, outcome, at, why in session.execute(query.order_by(row.number, row.at, row.id))
    ]


def written_places(places: Sequence[Place]) -> str:
    """Write candidate places as they are stored."""
    return " ".join(f"{place.zone}:{place.state}" for place in places)


def read_places(stored: str) -> tuple[Place, ...]:
    """Read candidate places as they were stored."""
    parts = (one.rpartition(":") for one in stored.split())
    return tuple(Place(zone, state) for zone, _, state in parts)


def _rows(session: Session, ids: Collection[int]) -> Sequence[Any]:
    requests, visits = _REQUESTS.c, _VISITS.c
    query = (
        select(
            *(requests[name] for name in _REQUEST),
            requests.policy_version,
            requests.tried,
            requests.places,
            visits.patient_id.label("patient"),
            visits.starts_at,
            visits.status,
            visits.portal_deleted_at,
            visits.is_test,
        )
        .join(_VISITS, visits.id == requests.appointment_id)
        .where(among(session, requests.id, ids))
        .order_by(requests.id)
    )
    return session.execute(query).all()


def _request(row: Any, policy: Policy) -> Request:  # noqa: ANN401 - a row
    known: dict[str, Any] = {name: getattr(row, name) for name in _REQUEST}
    return Request(**known, policy=policy, tried=tuple(Channel(one) for one in row.tried.split(",") if one))


def _visit(row: Any, person: Person, setting: Setting) -> Visit:  # noqa: ANN401 - a row
    places = read_places(row.places)
    return Visit(
        row.starts_at,
        setting.zone,
        is_checked_out=row.status is Status.CHECKED_OUT,
        is_deleted=row.status is Status.DELETED or row.portal_deleted_at is not None,
        is_test=row.is_test,
        has_patient=row.patient is not None,
        is_checklist_green=setting.is_green,
        is_sending=setting.is_sending,
        laws=laws_at(places),
        person=replace(person, places=places or (Place(setting.zone),)),
    )


def _person(row: Any, request: Request, people: People) -> Person:  # noqa: ANN401 - a row
    own = people.records.get(row.patient)
    if own is None:
        return Person()
    group = [people.records[one] for one in people.group(own.id) if one in people.records]
    others = people.others(own.id, request.id)
    is_own = (request.id, request.number + 1, request.waits_for)
    sends = [
        one
        for one in people.sendings_to(own.id)
        if one.outcome is not Outcome.WAITING or (one.request, one.number, one.channel) != is_own
    ]
    asked = [one.first_sent_at for one in others if one.first_sent_at is not None]
    asked += [one.at for one in sends if one.request != request.id]
    included = [one.included_again_at for one in group if one.included_again_at is not None]
    return Person(
        has_email=bool(own.email_index),
        has_phone=bool(own.phone_index),
        allows_texts=bool(own.allows_texts),
        is_text_stopped=own.text_stop is False,
        is_email_stopped=own.email_stop is False,
        is_held=own.text_stop is True or own.email_stop is True,
        is_excluded=any(one.is_excluded for one in group),
        included_again_at=max(included, default=None),
        is_archived=own.is_archived,
        asked_at=max(asked, default=None),
        recent_sends=tuple(sorted(one.at for one in sends)),
        rivals=rivals(others),
    )


def find_request(session: Session, appointment: int) -> int | None:
    """Find the request of the last check-out of an appointment."""
    row = FeedbackRequestRow
    return session.scalar(select(row.id).where(row.appointment_id == appointment).order_by(row.epoch.desc()).limit(1))


def open_requests_of(session: Session, patients: Collection[int]) -> list[int]:
    """List the requests of patient records that may still ask."""
    row = FeedbackRequestRow
    query = (
        select(row.id)
        .join(AppointmentRow, AppointmentRow.id == row.appointment_id)
        .where(among(session, AppointmentRow.patient_id, patients), row.state.in_(("planned", "asked")))
    )
    return sorted(session.scalars(query))
