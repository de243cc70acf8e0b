"""What decisions change in requests for feedback: rows, attempts, history and effects, of many at once."""

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.inputs.places import candidate_places
from models.rules.appointments import Status
from models.rules.decisions import Process
from models.rules.feedback import Outcome, RequestState, Why
from models.rules.feedback_decision import decide
from models.rules.feedback_events import CheckOut, Event, Stop, event_of
from models.rules.feedback_facts import Attempt, Decision
from models.rules.feedback_windows import Place
from models.sealing import Keys
from models.store import effects, events
from models.store.contact import Contact, load_contacts
from models.store.feedback import Scene, find_request, load_scenes, open_requests_of, place_of_practice, written_places
from models.store.feedback_people import group_of
from models.store.feedback_policies import present_policies
from models.store.keys import keys_of_many
from models.store.practices import TOKEN_LENGTH, hash_of_token
from models.store.sets import Named, insert_rows, listed, prepared, update_rows
from models.tables.base import new_id
from models.tables.feedback import FeedbackAttemptRow, FeedbackRequestRow

SYSTEM: Final = "golive"
_REQUESTS, _ATTEMPTS = (one.metadata.tables[one.__tablename__] for one in (FeedbackRequestRow, FeedbackAttemptRow))
_NEW: Final = (
    "id",
    "practice_id",
    "appointment_id",
    "epoch",
    "patient_id",
    "provider_id",
    "location_id",
    "locale",
    "policy_version",
    "places",
    "checked_out_at",
    "link_hash",
    "stop_hash",
)
_ATTEMPT: Final = ("practice_id", "request_id", "patient_id", "number", "channel", "outcome", "why", "at")
_FRESH: Final[Mapping[str, str | int]] = {
    "state": RequestState.PLANNED.value,
    "version": 1,
    "number": 0,
    "tried": "",
    "withdrawn": 0,
    "sent": 0,
}


class Moved(NamedTuple):
    """One appointment whose status may have changed; `before` is None when it was not known at all."""

    appointment: int
    practice_id: int
    patient: int | None
    provider: int | None
    location: int | None
    before: Status | None
    now: Status
    checked_out_at: datetime | None


class Change(NamedTuple):
    """One decision about one request, with the key that makes it happen once; `fired` names the timer behind it."""

    scene: Scene
    decision: Decision
    key: str
    actor: str = SYSTEM
    fired: tuple[str, str] | None = None


def follow(session: Session, moved: Iterable[Moved], *, as_of: datetime) -> None:
    """Take in what the statuses of appointments mean for feedback, in the transaction that changes them (F-001, F-004).

    Their practices are locked. A check-out begins a request, the undoing of one ends it; nothing else matters (F-002).
    """
    begun, ended = [], []
    for one in moved:
        match event_of(one.before, one.now):
            case CheckOut():
                begun.append(one)
            case Stop(why=why):
                ended.append((one, why))
    _begin(session, begun, as_of=as_of)
    for one, why in ended:
        request = find_request(session, one.appointment)
        if request is not None:
            tell(session, request, Stop(why), key=f"stop:{why}:{new_id()}", as_of=as_of)


def _begin(session: Session, begun: Sequence[Moved], *, as_of: datetime) -> None:
    """Make the one request of each check-out, and decide about it (F-001, F-213)."""
    if not begun:
        return
    practices = {one.practice_id for one in begun}
    policies, keys = present_policies(session, practices), keys_of_many(session, practices)
    homes = {practice: place_of_practice(session, practice) for practice in practices}
    contacts = load_contacts(session, {one.patient for one in begun if one.patient is not None}, keys)
    epochs = _epochs(session, [one.appointment for one in begun])
    rows = list[tuple[Any, ...]]()
    for one in begun:
        number, epoch = new_id(), epochs.get(one.appointment, 0) + 1
        contact = contacts.get(one.patient or 0)
        places = _places(contact, homes[one.practice_id])
        hashes = (hash_of_token(token) for token in tokens_of(keys[one.practice_id], number))
        rows.append(
            (
                number,
                one.practice_id,
                one.appointment,
                epoch,
                one.patient,
                one.provider,
                one.location,
                contact.locale if contact else None,
                policies[one.practice_id].policy.version,
                written_places(places),
                one.checked_out_at or as_of,
                *hashes,
            )
        )
    insert_rows(
        session, FeedbackRequestRow, (*_NEW, "is_handed_over"), [(*row, False) for row in rows], constants=_FRESH
    )
    scenes = load_scenes(session, [row[0] for row in rows], as_of=as_of)
    changes = [
        Change(scene, decide(scene.request, scene.visit, CheckOut(), as_of=as_of), "checked-out")
        for scene in scenes.values()
    ]
    write_changes(session, changes, as_of=as_of)


def _epochs(session: Session, appointments: Collection[int]) -> dict[int, int]:
    return dict(session.execute(_last_epochs(session), listed(session, appointments)).tuples().all())


@prepared
def _last_epochs(named: Named) -> Select[tuple[int, int]]:
    row = _REQUESTS.c
    of_them = select(row.appointment_id, func.max(row.epoch)).where(named(row.appointment_id))
    return of_them.group_by(row.appointment_id)


def _places(contact: Contact | None, home: Place) -> tuple[Place, ...]:
    """Say where somebody may be; who cannot be read, or is unknown, is taken to be where the practice is (F-204)."""
    if contact is None:
        return (home,)
    return candidate_places(zip_code=contact.zip_code, phone=contact.phone, practice=home)


def tokens_of(keys: Keys, request: int) -> tuple[str, str]:
    """Make the two tokens of a request from its practice's key: of its page, and of the way out (F-207, F-215).

    Raises:
        KeyDestroyedError: the practice's key is gone.
    """
    return _token(keys, request, "feedback"), _token(keys, request, "stop")


def _token(keys: Keys, request: int, purpose: str) -> str:
    code = bytes.fromhex(keys.blind(f"{purpose}:{request}", purpose="link"))
    return base64.urlsafe_b64encode(code).decode()[:TOKEN_LENGTH]


def tell(session: Session, request: int, event: Event, *, key: str, by: str = SYSTEM, as_of: datetime) -> Decision:
    """Take in what happened to one request; its practice is locked here, and the event counts once per key."""
    return tell_each(session, [(request, event, key)], by=by, as_of=as_of).get(request, Decision())


def tell_each(
    session: Session, told: Sequence[tuple[int, Event, str]], *, by: str = SYSTEM, as_of: datetime
) -> dict[int, Decision]:
    """Take in what happened to several requests, each at most once in a call; gives what was decided, by request."""
    ids = {request for request, _, _ in told}
    practices = set(session.scalars(_practices_of(session), listed(session, ids)))
    heads = events.lock_practices(session, practices)
    known = events.happened_of(session, process=Process.FEEDBACK, named=[(request, key) for request, _, key in told])
    scenes = load_scenes(session, ids, as_of=as_of)
    changes = [
        Change(scenes[request], decide(scenes[request].request, scenes[request].visit, event, as_of=as_of), key, by)
        for request, event, key in told
        if request in scenes and (request, key) not in known
    ]
    write_changes(session, changes, as_of=as_of, heads=heads)
    return {change.scene.request.id: change.decision for change in changes}


@prepared
def _practices_of(named: Named) -> Select[tuple[int]]:
    return select(_REQUESTS.c.practice_id).where(named(_REQUESTS.c.id)).distinct()


def stop_person(session: Session, patient: int, why: Why, *, key: str, by: str = SYSTEM, as_of: datetime) -> int:
    """End every open request of a person at once (F-033, F-160); an exclusion covers duplicate records (F-161)."""
    records = group_of(session, patient) if why is Why.EXCLUDED else frozenset((patient,))
    requests = open_requests_of(session, records)
    tell_each(session, [(request, Stop(why), key) for request in requests], by=by, as_of=as_of)
    return len(requests)


def write_changes(
    session: Session, changes: Sequence[Change], *, as_of: datetime, heads: events.Heads | None = None
) -> None:
    """Write decisions about requests whose practices are locked; nothing else writes these rows."""
    _write_rows(session, [one for one in changes if one.decision.fields])
    _write_attempts(session, [(one, attempt) for one in changes for attempt in one.decision.attempts])
    said = [one for one in changes if one.decision.notes or one.decision.effects]
    effects.carry_out(session, [_outcome(one) for one in said], as_of=as_of, heads=heads)


def _write_rows(session: Session, changes: Sequence[Change]) -> None:
    """Write what changed, one statement for all rows in which the same columns change."""
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for change in changes:
        columns = {name: _column(value) for name, value in sorted(change.decision.fields.items())}
        request = change.scene.request
        row = (*columns.values(), request.version + 1, request.id)
        alike.setdefault(tuple(columns), []).append(row)
    for names, rows in alike.items():
        update_rows(session, FeedbackRequestRow, (*names, "version", "id"), rows)


def _column(value: object) -> object:
    return ",".join(value) if isinstance(value, tuple) else value


def _write_attempts(session: Session, attempts: Sequence[tuple[Change, Attempt]]) -> None:
    """Add rows of attempts that begin or are left out, and write the outcomes of those that were under way."""
    new, known = list[tuple[Any, ...]](), list[tuple[Scene, Attempt]]()
    for change, attempt in attempts:
        scene = change.scene
        is_first = attempt.outcome is Outcome.WAITING and scene.request.withdrawn == 0
        if is_first or attempt.channel is None:
            request = scene.request
            channel = attempt.channel.value if attempt.channel else ""
            place = (request.practice_id, request.id, scene.patient, attempt.number, channel)
            new.append((*place, attempt.outcome, attempt.why, attempt.at))
        else:
            known.append((scene, attempt))
    unless = "(request_id, number, channel)"
    insert_rows(session, FeedbackAttemptRow, _ATTEMPT, new, constants={"delivery": ""}, unless=unless)
    _update_attempts(session, known)


def _update_attempts(session: Session, attempts: Sequence[tuple[Scene, Attempt]]) -> None:
    """Write how attempts stand that have a row; one whose row is missing gets it."""
    if not attempts:
        return
    row = FeedbackAttemptRow
    found = session.execute(_attempts_of(session), listed(session, {one.request.id for one, _ in attempts}))
    ids = {(request, number, channel): known for known, request, number, channel in found}
    changed, missing = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
    for scene, attempt in attempts:
        request, channel = scene.request, attempt.channel.value if attempt.channel else ""
        stands = (attempt.outcome, attempt.why, attempt.at)
        known = ids.get((request.id, attempt.number, channel))
        if known is None:
            place = (request.practice_id, request.id, scene.patient, attempt.number, channel)
            missing.append((*place, *stands))
        else:
            changed.append((*stands, known))
    update_rows(session, row, ("outcome", "why", "at", "id"), changed)
    insert_rows(session, row, _ATTEMPT, missing, constants={"delivery": ""})


@prepared
def _attempts_of(named: Named) -> Select[Any]:
    row = _ATTEMPTS.c
    return select(row.id, row.request_id, row.number, row.channel).where(named(row.request_id))


def _outcome(change: Change) -> effects.Outcome:
    request = change.scene.request
    return effects.Outcome(
        request.practice_id,
        Process.FEEDBACK,
        request.id,
        change.key,
        change.actor,
        change.decision.notes,
        change.decision.effects,
        fired=change.fired,
    )
