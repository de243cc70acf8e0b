"""What the practice system shows, taken in: in sets, in any order, any number of times, with one result."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from models.inputs.practice_system import SystemAppointment, VisitType
from models.rules.appointment_decision import decide
from models.rules.appointment_events import Absent, Replaced, Seen
from models.rules.appointment_facts import Appointment, Decision
from models.rules.appointments import Drift, Origin, PatientType, Status
from models.rules.decisions import Process, Refusal
from models.store import events, patients, pushes, systems, work_items
from models.store.appointment_changes import Change, decide_seen, write_changes
from models.store.appointments import in_window, known_in_system, load_appointments
from models.store.sets import insert_rows, update_rows
from models.store.systems import Places
from models.tables.appointments import AppointmentRow
from models.tables.base import new_id

ORIGINS: Final[Mapping[str, Origin]] = {systems.KAREO: Origin.KAREO}
"""Where an appointment comes from that was made in the practice system itself (A-48); elsewhere it is `other`."""
_NEW: Final = (
    "id",
    "practice_id",
    "status",
    "origin",
    "patient_type",
    "provider_id",
    "location_id",
    "patient_id",
    "starts_at",
    "ends_at",
    "is_virtual",
    "is_group",
    "requested_at",
    "has_conflict",
    "system_id",
)
_DEFAULTS: Final[Mapping[str, str | int]] = {
    "version": 0,
    "reason": "",
    "visit_reason": "",
    "intake_forms": "",
    "system_word": "",
    "fingerprint": "",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch of seen appointments led to, in counts; `deferred` may be our own, still on its way.

    `unmet` counts patients who could not be read yet. `doubtful` names those that the list shows otherwise than known,
    modified within the same second: lists count in seconds, so only a look at each of them tells which is newer.
    """

    changed: int = 0
    unchanged: int = 0
    new: int = 0
    deleted: int = 0
    deferred: int = 0
    dead: int = 0
    unmet: int = 0
    doubtful: tuple[str, ...] = ()


def unknown_patients(session: Session, practice_id: int, seen: Sequence[SystemAppointment]) -> tuple[str, ...]:
    """Name the patients, by the practice system's ids, that we have no record of yet."""
    wanted = {one.patient for one in seen if one.patient}
    return tuple(sorted(wanted - set(patients.find_by_system(session, practice_id, wanted))))


def take_in(session: Session, practice_id: int, seen: Sequence[SystemAppointment], *, as_of: datetime) -> Taken:
    """Take in what the practice system shows of appointments; deleted ones leave their tombstone."""
    heads = events.lock_practices(session, [practice_id])
    scene = _scene(session, practice_id, seen)
    newest = _newest(seen)
    unknown = [one for one in newest if one.id not in scene.known and one.status is not Status.DELETED]
    new = [one for one in unknown if not _may_be_ours(one, scene)]
    known = {**scene.known, **_insert(session, practice_id, new, scene, as_of=as_of)}
    found = _sorted([(one, known[one.id]) for one in newest if one.id in known], scene)
    _touch(session, found.same)
    decided = decide_seen(session, found.pairs, as_of=as_of)
    changes = [
        Change(visit, decision, _key("seen", visit, event))
        for (visit, event), (_, decision) in zip(found.pairs, decided, strict=True)
        if decision.fields
    ]
    deletions = _deletions(found.gone, as_of=as_of)
    write_changes(session, [*changes, *deletions], as_of=as_of, heads=heads)
    deferred = len(unknown) - len(new)
    unchanged = len(newest) - len(changes) - deferred - len(deletions)
    return Taken(len(changes) - len(new), unchanged, len(new), len(deletions), deferred, doubtful=tuple(found.doubtful))


@dataclass(frozen=True, slots=True)
class _Sorted:
    """What a practice system shows, by what is to be done about it."""

    pairs: list[tuple[Appointment, Seen]] = field(default_factory=list)
    gone: list[Appointment] = field(default_factory=list)
    same: list[tuple[datetime, int]] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)


def _sorted(seen: Sequence[tuple[SystemAppointment, Appointment]], scene: "_Scene") -> _Sorted:
    found = _Sorted()
    for one, visit in seen:
        if one.status is Status.DELETED:
            found.gone.append(visit)
            continue
        event = _event(one, visit, scene)
        if event.fingerprint == visit.fingerprint and visit.wanted is None:  # an echo, or seen once more
            if visit.system_modified_at is not None and event.modified_at > visit.system_modified_at:
                found.same.append((event.modified_at, visit.id))
        elif one.by_name and _is_same_second(one, visit) and not _tells_more(event, visit):
            found.doubtful.append(one.id)
        else:
            found.pairs.append((_as_known(one, event, visit), event))
    return found


def _is_same_second(one: SystemAppointment, visit: Appointment) -> bool:
    known = visit.system_modified_at
    return known is not None and known.replace(microsecond=0) == one.modified_at


def _as_known(one: SystemAppointment, event: Seen, visit: Appointment) -> Appointment:
    """Let a look by id count where its moment is the known one: clocks there may be coarse, and it came later."""
    is_tie = not one.by_name and visit.system_modified_at == one.modified_at
    return replace(visit, fingerprint="") if is_tie and event.fingerprint != visit.fingerprint else visit


def _tells_more(event: Seen, visit: Appointment) -> bool:
    """Tell whether the list names somebody or some place that could not be told before; that is no doubt."""
    known = (visit.provider_id, visit.location_id, visit.patient_id)
    now = (event.provider_id, event.location_id, event.patient_id)
    return event.modified_at == visit.system_modified_at and any(
        old is None and new is not None for old, new in zip(known, now, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is needed to understand what a practice system shows."""

    known: Mapping[str, Appointment]
    places: Places
    patients: Mapping[str, int]
    origin: Origin
    ours: frozenset[tuple[int | None, datetime]]


def _scene(session: Session, practice_id: int, seen: Sequence[SystemAppointment]) -> _Scene:
    on_their_way = load_appointments(session, pushes.open_placements(session, practice_id))
    return _Scene(
        known_in_system(session, practice_id, sorted({one.id for one in seen})),
        systems.places_of(session, practice_id),
        patients.find_by_system(session, practice_id, {one.patient for one in seen}),
        ORIGINS.get(systems.vendor_of(session, practice_id), Origin.OTHER),
        frozenset((visit.provider_id, visit.starts_at) for visit in on_their_way.values() if not visit.system_id),
    )


def _newest(seen: Sequence[SystemAppointment]) -> list[SystemAppointment]:
    """Keep the newest of each id, by the practice system's clock."""
    newest: dict[str, SystemAppointment] = {}
    for one in seen:
        other = newest.get(one.id)
        if other is None or (one.modified_at, one.word) > (other.modified_at, other.word):
            newest[one.id] = one
    return list(newest.values())


def _may_be_ours(one: SystemAppointment, scene: _Scene) -> bool:
    """Tell what may be a request of ours whose creation was not confirmed yet: it must not come in twice."""
    return (scene.places.providers.get(one.provider), one.starts_at) in scene.ours


def _insert(
    session: Session, practice_id: int, new: Sequence[SystemAppointment], scene: _Scene, *, as_of: datetime
) -> dict[str, Appointment]:
    """Insert appointments that were made in the practice system (A-48); what they are is decided right after."""
    rows, ids = [], []
    for one in new:
        ids.append(new_id())
        values = (
            ids[-1],
            practice_id,
            one.status,
            scene.origin,
            PatientType.RETURNING if one.patient else PatientType.NEW,
            scene.places.providers.get(one.provider),
            scene.places.locations.get(one.location),
            scene.patients.get(one.patient),
            one.starts_at,
            one.ends_at,
            one.visit is VisitType.TELEHEALTH,
            one.is_group,
            one.created_at or as_of,
            False,
            one.id,
        )
        rows.append(values)
    insert_rows(session, AppointmentRow, _NEW, rows, constants=_DEFAULTS)
    return {visit.system_id: visit for visit in load_appointments(session, ids).values()}


def _event(one: SystemAppointment, visit: Appointment, scene: _Scene) -> Seen:
    provider = scene.places.providers.get(one.provider) or visit.provider_id
    location = scene.places.locations.get(one.location) or visit.location_id
    patient = scene.patients.get(one.patient) or visit.patient_id
    is_virtual = visit.is_virtual if one.by_name else one.visit is VisitType.TELEHEALTH
    reason = scene.places.reasons.get(one.reason) or visit.visit_reason
    content = (one.status, one.starts_at, one.ends_at, provider, location, patient, is_virtual, reason, one.is_group)
    return Seen(
        one.status,
        one.starts_at,
        one.ends_at,
        one.modified_at,
        fingerprint_of(content),
        one.word,
        provider,
        location,
        patient,
        reason,
        is_virtual,
        one.is_group,
        one.id,
    )


def _key(how: str, visit: Appointment, event: Seen) -> str:
    """Name a change for ever: the same content may come back within one tick of a coarse clock."""
    return f"{how}:{visit.version}:{event.modified_at.isoformat()}:{event.fingerprint[:32]}"


def fingerprint_of(content: tuple[Any, ...]) -> str:
    """Give the fingerprint of what both the list and a single look can tell: an echo has the one that is known."""
    return hashlib.sha256(repr([str(one) for one in content]).encode()).hexdigest()


def _touch(session: Session, same: Sequence[tuple[datetime, int]]) -> None:
    """Remember that the same content was seen at a later moment of the practice system's clock."""
    update_rows(session, AppointmentRow, ("system_modified_at", "id"), same)


def _deletions(gone: Sequence[Appointment], *, as_of: datetime) -> list[Change]:
    changes = []
    for visit in gone:
        decision = _sure(decide(visit, Absent(), as_of=as_of))
        if decision.fields:
            changes.append(Change(visit, decision, "deleted"))
    return changes


def _sure(decision: Decision | Refusal) -> Decision:
    if isinstance(decision, Refusal):
        raise TypeError(decision.code)
    return decision


def missing_in_window(
    session: Session, practice_id: int, seen: Sequence[SystemAppointment], start: datetime, end: datetime
) -> list[int]:
    """Name our appointments of a window (starts, UTC) that a whole listing of the practice system does not show."""
    listed = {one.id for one in seen}
    expected = in_window(session, practice_id, start, end)
    return sorted(number for system_id, number in expected.items() if system_id not in listed)


def mark_deleted(session: Session, practice_id: int, ids: Sequence[int], *, as_of: datetime) -> int:
    """Leave tombstones for appointments that the practice system was asked for one by one and does not have."""
    heads = events.lock_practices(session, [practice_id])
    changes = _deletions(list(load_appointments(session, ids).values()), as_of=as_of)
    write_changes(session, changes, as_of=as_of, heads=heads)
    return len(changes)


def added(one: Taken, other: Taken) -> Taken:
    """Add up two counts."""
    return Taken(
        one.changed + other.changed,
        one.unchanged + other.unchanged,
        one.new + other.new,
        one.deleted + other.deleted,
        one.deferred + other.deferred,
        one.dead + other.dead,
        one.unmet + other.unmet,
        one.doubtful + other.doubtful,
    )


def take_in_own(
    session: Session, practice_id: int, appointment: int, shown: SystemAppointment, *, as_of: datetime
) -> None:
    """Take in what the practice system shows of an appointment that we just wrote; its id is ours from here on.

    When nothing else is on its way, nothing is wanted any more: a later decision there counts (A-76).
    """
    heads = events.lock_practices(session, [practice_id])
    scene = _scene(session, practice_id, [shown])
    _give_way(session, scene.known.get(shown.id), appointment, heads, as_of=as_of)
    visit = load_appointments(session, [appointment])[appointment]
    done = {Drift.NOT_WRITTEN.value: "written"}
    work_items.settle(session, process=Process.APPOINTMENT, process_id=appointment, outcomes=done, as_of=as_of)
    if shown.status is Status.DELETED:
        write_changes(session, _deletions([visit], as_of=as_of), as_of=as_of, heads=heads)
        return
    event = _event(shown, visit, scene)
    [(_, decision)] = decide_seen(session, [(_as_known(shown, event, visit), event)], as_of=as_of)
    fields = dict(decision.fields)
    if visit.wanted is not None and not pushes.is_more_to_write(session, appointment):
        fields["wanted"] = None
    if fields:
        change = Change(visit, replace(decision, fields=fields), _key("written", visit, event))
        write_changes(session, [change], as_of=as_of, heads=heads)


def _give_way(
    session: Session, twin: Appointment | None, appointment: int, heads: events.Heads, *, as_of: datetime
) -> None:
    """Let a row that came in for what we had made ourselves give way: the request is the appointment."""
    if twin is not None and twin.id != appointment:
        decision = _sure(decide(twin, Replaced(), as_of=as_of))
        write_changes(session, [Change(twin, decision, "replaced")], as_of=as_of, heads=heads)
