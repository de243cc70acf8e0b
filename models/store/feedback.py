"""Requests for feedback with what is known of their visits and people, loaded in sets."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from models.rules.appointments import Status
from models.rules.feedback import Outcome, Policy
from models.rules.feedback_facts import Attempt, Person, Request, Visit
from models.rules.feedback_laws import laws_at
from models.rules.feedback_windows import Place, Window
from models.rules.messages import Channel
from models.store.feedback_gates import blocked_practices
from models.store.feedback_people import People, load_people, rivals
from models.store.feedback_policies import policies_of, present_policies
from models.store.sets import Named, listed, prepared
from models.tables.appointments import AppointmentRow
from models.tables.feedback import FeedbackAttemptRow, FeedbackRequestRow
from models.tables.practices import Location, Practice

_COLUMNS: Final = tuple(name for name in Request._fields if name != "policy")
"""Columns of a request in the order of its fields, of which the policy is none."""
_PRACTICE, _POLICY, _TRIED = (_COLUMNS.index(name) for name in ("practice_id", "state", "tried"))
_REQUESTS, _VISITS, _PRACTICES, _LOCATIONS = (
    one.metadata.tables[one.__tablename__] for one in (FeedbackRequestRow, AppointmentRow, Practice, Location)
)
_PLACE: Final = (
    select(_PRACTICES.c.zone, _LOCATIONS.c.state)
    .select_from(_PRACTICES.outerjoin(_LOCATIONS, _LOCATIONS.c.practice_id == _PRACTICES.c.id))
    .where(_PRACTICES.c.id == bindparam("practice"))
    .order_by(_LOCATIONS.c.id)
    .limit(1)
)
_ATTEMPTS: Final = FeedbackAttemptRow.metadata.tables[FeedbackAttemptRow.__tablename__].c
_OF_REQUEST: Final = (
    select(_ATTEMPTS.number, _ATTEMPTS.channel, _ATTEMPTS.outcome, _ATTEMPTS.at, _ATTEMPTS.why)
    .where(_ATTEMPTS.request_id == bindparam("request"))
    .order_by(_ATTEMPTS.number, _ATTEMPTS.at, _ATTEMPTS.id)
)
_LAST_OF_VISIT: Final = (
    select(_REQUESTS.c.id)
    .where(_REQUESTS.c.appointment_id == bindparam("visit"))
    .order_by(_REQUESTS.c.epoch.desc())
    .limit(1)
)


class Scene(NamedTuple):
    """One request with its visit; `group` names the records of its person, `patient` the one of the visit."""

    request: Request
    visit: Visit
    patient: int | None
    group: frozenset[int]


class _Seen(NamedTuple):
    """What is read of a request's visit, beside the request itself."""

    policy_version: int
    places: str
    patient: int | None
    starts_at: datetime
    status: Status
    portal_deleted_at: datetime | None
    is_test: bool


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
    policies = policies_of(session, {(values[_PRACTICE], seen.policy_version) for values, seen in rows})
    people = load_people(
        session,
        {seen.patient for _, seen in rows if seen.patient is not None},
        memory=timedelta(days=max((chosen.policy.omission_days for chosen in policies.values()), default=0)),
        as_of=as_of,
    )
    settings = load_settings(session, {values[_PRACTICE] for values, _ in rows})
    found = dict[int, Scene]()
    for values, seen in rows:
        practice = values[_PRACTICE]
        request = _request(values, policies[practice, seen.policy_version].policy)
        found[request.id] = _scene(request, seen, settings[practice], people)
    return found


def _scene(request: Request, seen: _Seen, setting: Setting, people: People) -> Scene:
    group = people.group(seen.patient)
    places, laws = _where(seen.places, setting.zone)
    visit = Visit(
        seen.starts_at,
        setting.zone,
        is_checked_out=seen.status is Status.CHECKED_OUT,
        is_deleted=seen.status is Status.DELETED or seen.portal_deleted_at is not None,
        is_test=seen.is_test,
        has_patient=seen.patient is not None,
        is_checklist_green=setting.is_green,
        is_sending=setting.is_sending,
        laws=laws,
        person=_person(request, seen.patient, people, group, places),
    )
    return Scene(request, visit, seen.patient, group)


def load_settings(session: Session, practices: Collection[int]) -> dict[int, Setting]:
    """Load what every visit of a practice needs; without a policy nothing is asked, and the launch gate says so."""
    chosen = present_policies(session, practices)
    blocked = blocked_practices(session, practices)
    return {
        practice: Setting(zone, practice not in blocked, chosen[practice].policy.is_sending)
        for practice, zone in session.execute(_zones(session), listed(session, practices))
    }


@prepared
def _zones(named: Named) -> Select[tuple[int, str]]:
    return select(_PRACTICES.c.id, _PRACTICES.c.zone).where(named(_PRACTICES.c.id))


def place_of_practice(session: Session, practice_id: int) -> Place:
    """Say where a practice is: its zone, and the state of its first location."""
    zone, state = session.execute(_PLACE, {"practice": practice_id}).one()
    return Place(zone, state or "")


def load_attempts(session: Session, request: int) -> list[Attempt]:
    """List the messages and omissions of a request's attempts, in their order."""
    return [
        Attempt(number, Channel(channel) if channel else None, outcome, at, why)
        for number, channel, outcome, at, why in session.execute(_OF_REQUEST, {"request": request})
    ]


def written_places(places: Sequence[Place]) -> str:
    """Write candidate places as they are stored."""
    return " ".join(f"{place.zone}:{place.state}" for place in places)


def read_places(stored: str) -> tuple[Place, ...]:
    """Read candidate places as they were stored."""
    parts = (one.rpartition(":") for one in stored.split())
    return tuple(Place(zone, state) for zone, _, state in parts)


@lru_cache(maxsize=4096)
def _where(stored: str, home: str) -> tuple[tuple[Place, ...], tuple[Window, ...]]:
    """Give candidate places with their laws; where nothing is stored, the practice's zone."""
    places = read_places(stored)
    return places or (Place(home),), laws_at(places)


def _rows(session: Session, ids: Collection[int]) -> list[tuple[Sequence[Any], _Seen]]:
    """Read requests with their visits, as plain tuples: sweeps look at each value once, and at very many."""
    own = len(_COLUMNS)
    found = session.execute(_requests_with_visits(session), listed(session, ids))
    return [(row[:own], _Seen._make(row[own:])) for row in found.all()]


@prepared
def _requests_with_visits(named: Named) -> Select[Any]:
    requests, visits = _REQUESTS.c, _VISITS.c
    return (
        select(
            *(requests[name] for name in _COLUMNS),
            requests.policy_version,
            requests.places,
            visits.patient_id,
            visits.starts_at,
            visits.status,
            visits.portal_deleted_at,
            visits.is_test,
        )
        .join(_VISITS, visits.id == requests.appointment_id)
        .where(named(requests.id))
        .order_by(requests.id)
    )


def _request(values: Sequence[Any], policy: Policy) -> Request:
    known = (*values[:_POLICY], policy, *values[_POLICY:_TRIED], _ways(values[_TRIED]), *values[_TRIED + 1 :])
    return Request(*known)


@lru_cache(maxsize=64)
def _ways(stored: str) -> tuple[Channel, ...]:
    return tuple(Channel(one) for one in stored.split(",") if one)


def _person(
    request: Request, patient: int | None, people: People, group: frozenset[int], places: tuple[Place, ...]
) -> Person:
    own = people.records.get(patient or 0)
    if own is None:
        return Person(places=places)
    records = [people.records[one] for one in group if one in people.records]
    others = people.others(group, request.id)
    is_own = (request.id, request.number + 1, request.waits_for)
    sends = [
        one
        for one in people.sendings_to(group)
        if one.outcome is not Outcome.WAITING or (one.request, one.number, one.channel) != is_own
    ]
    asked = [one.first_sent_at for one in others if one.first_sent_at is not None]
    asked += [one.at for one in sends if one.request != request.id]
    included = [one.included_again_at for one in records if one.included_again_at is not None]
    return Person(
        has_email=bool(own.email_index),
        has_phone=bool(own.phone_index),
        allows_texts=bool(own.allows_texts),
        is_text_stopped=own.text_stop is False,
        is_email_stopped=own.email_stop is False,
        is_held=own.text_stop is True or own.email_stop is True,
        is_excluded=any(one.is_excluded for one in records),
        included_again_at=max(included) if included else None,
        is_archived=own.is_archived,
        asked_at=max(asked) if asked else None,
        recent_sends=tuple(sorted(one.at for one in sends)),
        rivals=rivals(others) if others else (),
        places=places,
    )


def find_request(session: Session, appointment: int) -> int | None:
    """Find the request of the last check-out of an appointment."""
    found: int | None = session.scalar(_LAST_OF_VISIT, {"visit": appointment})
    return found


def open_requests_of(session: Session, patients: Collection[int]) -> list[int]:
    """List the requests of patient records that may still ask."""
    return sorted(session.scalars(_open_requests(session), listed(session, patients)))


@prepared
def _open_requests(named: Named) -> Select[tuple[int]]:
    joined = _REQUESTS.join(_VISITS, _VISITS.c.id == _REQUESTS.c.appointment_id)
    of_them = select(_REQUESTS.c.id).select_from(joined).where(named(_VISITS.c.patient_id))
    return of_them.where(_REQUESTS.c.state.in_(("planned", "asked")))
