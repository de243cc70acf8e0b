"""What is written to practice systems: marked before each call, read back after it, and looked up when unsure."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.practice_system import (
    AppointmentChange,
    NewAppointment,
    NewPatient,
    SystemAccount,
    SystemAppointment,
    SystemPatient,
    VisitType,
)
from models.rules.appointment_decision import decide
from models.rules.appointment_events import Refused, Unsure
from models.rules.appointment_facts import Appointment, Decision
from models.rules.appointments import CALLED_OFF, UNDECIDED, Status
from models.rules.matching import Candidate, Identity, match
from models.settings import settings
from models.store import duplicates, events, patient_drift, patients, pushes, requests, system_changes, systems
from models.store.appointment_changes import Change, write_changes
from models.store.appointments import load_appointments
from models.store.claims import Claim
from models.store.pushes import ClaimedPush
from models.store.requests import OpenRequest
from models.store.restores import PLACED_BEFORE
from models.store.systems import Places
from models.tables.practice_systems import PushKind, PushState
from tasks.allowance import SPENT, for_writes
from tasks.batches import in_batches
from tasks.connectors import registry
from tasks.connectors.ports import OutsideError, PracticeSystem, Rejected, Unavailable, Unknown
from tasks.policy import Retry, effect, safe
from tasks.stopwatch import Stopwatch

T = TypeVar("T")
PUSHES_AT_ONCE = 20
THROTTLED, NOT_LISTED, OVERTAKEN = "throttled", "not_listed", "overtaken"
KEYS = UUID("6d1c7e1c-5b0e-4d52-9a55-9c6c3f5a9b10")
"""The space of the unique ids that our appointments carry in practice systems."""


class LostClaimError(Exception):
    """Somebody else took the write over; whatever is done from here on would be done twice."""


class NotReadyError(Exception):
    """A write cannot be made yet; `code` says what is missing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Job:
    """One write under way: who we speak to, about what, under which fence."""

    push: ClaimedPush
    visit: Appointment
    system: PracticeSystem
    places: Places
    fence: int
    watch: Stopwatch

    def tell(self, stage: str, call: Callable[[], T]) -> T:
        """Mark, call; where surely nothing happened the mark goes again, so that nobody looks for it in vain."""
        self.mark(stage)
        try:
            return call()
        except (Unavailable, Rejected):
            self.mark("")
            raise

    def mark(self, stage: str) -> None:
        """Write down that a call is about to be made."""
        moment = self.watch.moment()
        if not transaction(lambda sql: pushes.mark(sql, self.push.id, stage, fence=self.fence, as_of=moment)):
            raise LostClaimError


def key_of(appointment: int) -> UUID:
    """Give the unique id that an appointment of ours carries in a practice system that keeps one."""
    return UUID(int=(KEYS.int >> 64 << 64) | appointment)


def claims_of_pushes(*, as_of: datetime, limit: int) -> Iterator[Claim]:
    """Claim writes that are due, batch after batch until none is left."""
    return in_batches(
        lambda size: transaction(lambda session: pushes.claim_due(session, as_of=as_of, limit=size)),
        limit=limit,
        batch=PUSHES_AT_ONCE,
    )


@safe
def recover_pushes(*, as_of: datetime) -> Counter[str]:
    """Take over from workers that died in the middle of a write; it is looked up before it is made again."""
    return +Counter({"writes_taken_over": transaction(lambda session: pushes.recover(session, as_of=as_of))})


@effect(Retry.OUTSIDE)
def push_appointments(claim: Claim, *, as_of: datetime) -> Counter[str]:
    """Make a batch of writes, each settled by itself; counts by outcome."""
    watch = Stopwatch(as_of)
    mine = read(lambda session: pushes.claimed(session, claim))
    return Counter(_push(one, claim.fence, watch) for one in mine)


def _push(push: ClaimedPush, fence: int, watch: Stopwatch) -> str:
    try:
        job = _job(push, fence, watch)
        shown = _STEPS[push.kind](job)
        return transaction(partial(_settle_done, job=job, shown=shown, as_of=watch.moment()))
    except LostClaimError:
        return "lost"
    except NotReadyError as failure:
        return _later(push, failure.code, fence, watch, is_unknown=False)
    except OutsideError as failure:
        return _failed(push, failure, fence, watch)
    except Exception as error:  # noqa: BLE001 - one write's failure is never another's, and its words may name a person
        return _later(push, type(error).__name__, fence, watch, is_unknown=True)


def _failed(push: ClaimedPush, failure: OutsideError, fence: int, watch: Stopwatch) -> str:
    """Write down what became of a write that the practice system did not answer with success."""
    code, moment = failure.reason, watch.moment()
    if isinstance(failure, Rejected):
        return transaction(partial(_settle_refused, push=push, code=code, fence=fence, as_of=moment))
    if isinstance(failure, Unavailable) and code in (THROTTLED, SPENT):
        return transaction(partial(_give_back, push=push, code=code, fence=fence, as_of=moment))
    return _later(push, code, fence, watch, is_unknown=isinstance(failure, Unknown))


def _give_back(session: Session, *, push: ClaimedPush, code: str, fence: int, as_of: datetime) -> str:
    """Let a write wait without counting a try; the account of one that was throttled rests."""
    if code == THROTTLED:
        systems.rest(session, push.practice_id, as_of=as_of)
    return "later" if pushes.give_back(session, push, code, fence=fence, as_of=as_of) else "lost"


def _job(push: ClaimedPush, fence: int, watch: Stopwatch) -> _Job:
    def load(session: Session) -> tuple[Appointment, SystemAccount, Places]:
        account = systems.account_of(session, push.practice_id)
        if account is None:
            raise NotReadyError(code="no_practice_system")
        visit = load_appointments(session, [push.appointment_id])[push.appointment_id]
        return visit, account, systems.places_of(session, push.practice_id)

    visit, account, places = read(load)
    system = registry.practice_system(account, settings(), before_call=for_writes(push.practice_id, watch))
    return _Job(push, visit, system, places, fence, watch)


def _later(push: ClaimedPush, code: str, fence: int, watch: Stopwatch, *, is_unknown: bool) -> str:
    moment = watch.moment()

    def write(session: Session) -> str:
        events.lock_practices(session, [push.practice_id])
        state = pushes.put_off(session, push, code, is_unknown=is_unknown, fence=fence, as_of=moment)
        if state is None:
            return "lost"
        if state is PushState.DEAD:
            _tell(session, push, Refused(code), fence, as_of=moment)
        elif code == NOT_LISTED != push.outcome:
            _tell(session, push, Unsure(code), fence, as_of=moment)
        return "later" if state is PushState.PENDING else state.value

    return transaction(write)


def _settle_done(session: Session, *, job: _Job, shown: SystemAppointment | None, as_of: datetime) -> str:
    """Take in what the practice system shows after the write, in the transaction that settles it."""
    push = job.push
    events.lock_practices(session, [push.practice_id])
    if not pushes.settle(session, push.id, PushState.DONE, "written", fence=job.fence, as_of=as_of):
        return "lost"
    if shown is None:
        system_changes.mark_deleted(session, push.practice_id, [push.appointment_id], as_of=as_of)
    else:
        system_changes.take_in_own(session, push.practice_id, push.appointment_id, shown, as_of=as_of)
    systems.is_answering(session, push.practice_id, as_of=as_of)
    return "written"


def _settle_refused(session: Session, *, push: ClaimedPush, code: str, fence: int, as_of: datetime) -> str:
    events.lock_practices(session, [push.practice_id])
    if not pushes.settle(session, push.id, PushState.REFUSED, code, fence=fence, as_of=as_of):
        return "lost"
    _tell(session, push, Refused(code), fence, as_of=as_of)
    return "refused"


def _tell(session: Session, push: ClaimedPush, event: Refused | Unsure, fence: int, *, as_of: datetime) -> None:
    """Open a task for what the practice system did not take, or may not have taken."""
    visit = load_appointments(session, [push.appointment_id])[push.appointment_id]
    decision = decide(visit, event, as_of=as_of)
    if isinstance(decision, Decision):
        write_changes(session, [Change(visit, decision, f"refused:{push.id}:{fence}")], as_of=as_of)


def _place(job: _Job) -> SystemAppointment:
    """Place a request: match it, make the patient's record where there is none, make the tentative appointment."""
    request = _matched(job)
    record = request.patient_record or _record_of(job, request)
    new = _new_appointment(job, record, request.note)
    if job.push.stage in ("appointment", PLACED_BEFORE):
        found = job.system.find_created(new)
        if found is not None:
            return found
    return job.tell("appointment", lambda: job.system.create_appointment(new))


def _matched(job: _Job) -> OpenRequest:
    """Decide once, before anything is made, whose request it is (A-69..A-72)."""
    request = _opened(job)
    person, found = request.person, list[SystemPatient]()
    if request.match is None:
        if person.born is None:
            raise Rejected(reason="no_date_of_birth")
        found = list(job.system.patients_born(person.born))
        put_aside = read(
            lambda sql: patient_drift.archived_records(sql, request.practice_id, [one.id for one in found])
        )
        candidates = [
            Candidate(one.id, one.first, one.last, one.born, one.is_active and one.id not in put_aside)
            for one in found
        ]
        decided = match(Identity(person.first, person.last, person.born), candidates)
        moment = job.watch.moment()
        transaction(lambda sql: requests.store_match(sql, request, decided, as_of=moment))
        request = _opened(job)
    if request.patient_id is None:
        chosen, moment = request, job.watch.moment()

        def attach(session: Session) -> None:
            events.lock_practices(session, [chosen.practice_id])
            patient = requests.attach_patient(session, chosen, as_of=moment)
            duplicates.find_duplicates(session, chosen.practice_id, [patient], others=found, as_of=moment)
            patient_drift.compare(session, chosen.practice_id, found, as_of=moment)

        transaction(attach)
        request = _opened(job)
    return request


def _opened(job: _Job) -> OpenRequest:
    request = read(lambda sql: requests.open_request(sql, job.push.appointment_id))
    if request is None:
        raise Rejected(reason="no_request")
    return request


def _record_of(job: _Job, request: OpenRequest) -> str:
    """Make the patient's record in the practice system, once: our own id on it finds it again (A-70)."""
    person, patient = request.person, request.patient_id
    if person.born is None or patient is None:
        raise Rejected(reason="no_date_of_birth")
    made: SystemPatient | None = None
    if job.push.stage in ("patient", PLACED_BEFORE):
        made = job.system.patient_known_as(str(patient))
    if made is None:
        new = NewPatient(str(patient), person.first, person.last, person.born, person.sex, person.email, person.phone)
        made = job.tell("patient", lambda: job.system.create_patient(new))
    record, moment = made.id, job.watch.moment()

    def link(session: Session) -> None:
        events.lock_practices(session, [request.practice_id])
        patients.link(session, patient, record, as_of=moment)

    transaction(link)
    return record


def _new_appointment(job: _Job, record: str, note: str) -> NewAppointment:
    visit = job.visit
    return NewAppointment(
        key_of(visit.id),
        Status.TENTATIVE,
        visit.starts_at,
        visit.ends_at,
        _known(job.places.provider_ids.get(visit.provider_id or 0), "provider_not_mapped"),
        _known(job.places.location_ids.get(visit.location_id or 0), "location_not_mapped"),
        record,
        VisitType.TELEHEALTH if visit.is_virtual else VisitType.OFFICE,
        notes=note,
    )


def _known(found: str | None, code: str) -> str:
    if found is None:
        raise NotReadyError(code)
    return found


def _change(job: _Job) -> SystemAppointment | None:
    """Replace an appointment by what a person decided; the same twice is the same."""
    shown = job.system.appointment(_known(job.visit.system_id or None, "not_placed_yet"))
    if shown is None or shown.status is Status.DELETED:
        return None
    wanted = _wanted(job, shown)
    if _is_so(shown, wanted):
        return shown
    if _is_overtaken(job, shown):
        raise Rejected(OVERTAKEN)
    return job.tell("change", lambda: job.system.update_appointment(wanted))


def _is_overtaken(job: _Job, shown: SystemAppointment) -> bool:
    """Tell whether somebody decided otherwise in the practice system meanwhile; what stands there counts (A-76)."""
    if job.push.kind is PushKind.DECIDE:
        return shown.status not in UNDECIDED
    return shown.status in CALLED_OFF and job.visit.status not in CALLED_OFF


def _wanted(job: _Job, shown: SystemAppointment) -> AppointmentChange:
    change = job.push.change
    status = Status(str(change["status"]))
    is_virtual = change.get("is_virtual")
    visit = shown.visit if is_virtual is None else (VisitType.TELEHEALTH if is_virtual else VisitType.OFFICE)
    return AppointmentChange(
        shown.id,
        Status.CANCELLED if status is Status.DECLINED else status,
        datetime.fromisoformat(str(change.get("starts_at") or shown.starts_at.isoformat())),
        datetime.fromisoformat(str(change.get("ends_at") or shown.ends_at.isoformat())),
        job.places.provider_ids.get(job.visit.provider_id or 0, shown.provider),
        job.places.location_ids.get(job.visit.location_id or 0, shown.location),
        shown.patient,
        reason_id=job.places.reason_ids.get(str(change.get("visit_reason") or ""), ""),
        visit=visit,
        notes=shown.notes,
    )


def _is_so(shown: SystemAppointment, wanted: AppointmentChange) -> bool:
    return (shown.status, shown.starts_at, shown.ends_at) == (wanted.status, wanted.starts_at, wanted.ends_at)


def _delete(job: _Job) -> None:
    system_id = _known(job.visit.system_id or None, "not_placed_yet")
    job.tell("delete", lambda: job.system.delete_appointment(system_id))


_STEPS: dict[PushKind, Callable[[_Job], SystemAppointment | None]] = {
    PushKind.PLACE: _place,
    PushKind.DECIDE: _change,
    PushKind.CHANGE: _change,
    PushKind.DELETE: _delete,
}
