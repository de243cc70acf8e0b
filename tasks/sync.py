"""Looks at practice systems: requests by id, changes by their moment, and at night the whole window."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from models.db import DatabaseFailure, read, transaction
from models.inputs.practice_system import SystemAccount, SystemAppointment, SystemPatient
from models.rules.appointments import Origin, Status
from models.rules.system_pace import (
    AHEAD,
    OVERLAP,
    WHOLE_AHEAD,
    WHOLE_BACK,
    changes_after,
    cursor_after,
    next_watch,
    whole_after,
)
from models.settings import settings
from models.store import (
    appointments,
    dead_changes,
    duplicates,
    events,
    patients,
    practices,
    system_changes,
    systems,
)
from models.store.claims import LEASE
from models.store.system_changes import ORIGINS, Taken
from models.store.systems import Look
from models.tables.practice_systems import CursorKind
from models.tables.practices import Practice
from tasks.allowance import SPENT, for_looks, for_slow_work
from tasks.connectors import registry
from tasks.connectors.ports import OutsideError, PracticeSystem, Unavailable
from tasks.policy import Retry, effect, safe
from tasks.stopwatch import Stopwatch

WATCHED_AT_ONCE = 25
TAKEN_AT_ONCE = 500
PATIENTS_AT_ONCE = 100
"""How many unknown patients are read for one look; the rest come with the next ones."""
WATCH_LEASE = timedelta(minutes=1)
SLICE = timedelta(days=14)
WHOLE_LEASE = timedelta(minutes=15)
SOON = timedelta(minutes=1)
Watched = dict[int, list[tuple[int, str]]]
Work = Callable[["_Looking"], Counter[str]]
Allowance = Callable[[int, Stopwatch], Callable[[], None]]


@dataclass(frozen=True, slots=True)
class _Looking:
    """One look under way: for which practice, at what, by which clock."""

    look: Look
    account: SystemAccount
    system: PracticeSystem
    watch: Stopwatch

    @property
    def practice(self) -> int:
        """Give the practice."""
        return self.look.practice_id


@safe
def claim_watched(*, as_of: datetime) -> Watched:
    """Claim undecided requests that are due to be looked at, by practice."""
    until = as_of + WATCH_LEASE
    return transaction(
        lambda session: appointments.claim_watched(session, as_of=as_of, until=until, limit=WATCHED_AT_ONCE)
    )


def watched_requests(*, as_of: datetime, limit: int) -> Iterator[Watched]:
    """Give requests that are due to be looked at, batch after batch."""
    for _ in range(0, limit, WATCHED_AT_ONCE):
        batch = claim_watched(as_of=as_of)
        if not batch:
            return
        yield batch


@effect(Retry.NEVER)
def look_at_requests(watched: Watched, *, as_of: datetime) -> Counter[str]:
    """Look at undecided requests one by one, by id; what was decided there is taken in at once."""
    watch, counts = Stopwatch(as_of), Counter[str]()
    for practice_id, requests in watched.items():
        system = _system(practice_id, watch)
        for number, system_id in requests:
            counts[_look_at(system, practice_id, number, system_id, watch)] += 1
    return counts


def _system(practice_id: int, watch: Stopwatch) -> PracticeSystem | None:
    account = read(lambda session: systems.account_of(session, practice_id))
    if account is None:
        return None
    return registry.practice_system(account, settings(), before_call=for_looks(practice_id, watch))


def _look_at(system: PracticeSystem | None, practice_id: int, number: int, system_id: str, watch: Stopwatch) -> str:
    if system is None:
        return "postponed"
    try:
        return _looked_at(system, practice_id, number, system_id, watch)
    except OutsideError as failure:
        return _failed(practice_id, failure, as_of=watch.moment())
    except Exception:  # noqa: BLE001 - one request's failure is never another's
        return "failed"


def _looked_at(system: PracticeSystem, practice_id: int, number: int, system_id: str, watch: Stopwatch) -> str:
    shown = system.appointment(system_id)
    return transaction(partial(_seen, practice_id=practice_id, number=number, shown=shown, as_of=watch.moment()))


def _failed(practice_id: int, failure: OutsideError, *, as_of: datetime) -> str:
    if isinstance(failure, Unavailable) and failure.reason == "throttled":
        transaction(lambda session: systems.rest(session, practice_id, as_of=as_of))
    return "postponed" if failure.reason == SPENT else failure.reason.partition(":")[0]


def _seen(session: Session, practice_id: int, number: int, shown: SystemAppointment | None, *, as_of: datetime) -> str:
    if shown is None or shown.status is Status.DELETED:
        system_changes.mark_deleted(session, practice_id, [number], as_of=as_of)
        word = "deleted"
    else:
        taken = system_changes.take_in(session, practice_id, [shown], as_of=as_of)
        word = "changed" if taken.changed else "unchanged"
    visit = appointments.load_appointments(session, [number])[number]
    appointments.watch_next(session, [(next_watch(visit, as_of=as_of), number)])
    return word


def looks_due(*, kinds: Sequence[CursorKind], as_of: datetime, limit: int, lease: timedelta = LEASE) -> list[Look]:
    """Claim practice systems that are due to be looked at."""

    def claim(session: Session) -> list[Look]:
        return systems.claim_looks(session, kinds=kinds, as_of=as_of, limit=limit, lease=lease)

    return safe(lambda: transaction(claim))()


@effect(Retry.NEVER)
def look_for_changes(looks: Sequence[Look], *, as_of: datetime) -> Counter[str]:
    """Ask each practice system for what changed since the last look, a little before it included (A-89)."""
    watch, counts = Stopwatch(as_of), Counter[str]()
    for look in looks:
        counts.update(_counted(look, watch, _changes, for_looks))
    return counts


@effect(Retry.NEVER)
def compare_whole(looks: Sequence[Look], *, as_of: datetime) -> Counter[str]:
    """Compare the whole window with each practice system: only this finds what was deleted there (A-95)."""
    watch, counts = Stopwatch(as_of), Counter[str]()
    for look in looks:
        counts.update(_counted(look, watch, _whole, for_slow_work))
    return counts


def _counted(look: Look, watch: Stopwatch, work: Work, calls: Allowance) -> Counter[str]:
    """Do one look; a failure stays with its practice, and is tried again later and later."""
    try:
        account = read(lambda session: systems.account_of(session, look.practice_id))
        if account is None:
            return Counter({"not_connected": 1})
        system = registry.practice_system(account, settings(), before_call=calls(look.practice_id, watch))
        return work(_Looking(look, account, system, watch))
    except OutsideError as failure:
        _look_failed(look, failure.reason, watch)
        return Counter({_failed(look.practice_id, failure, as_of=watch.moment()): 1})
    except Exception as error:  # noqa: BLE001 - one practice's failure is never another's, and its words may name a person
        _look_failed(look, type(error).__name__, watch)
        return Counter({"failed": 1})


def _look_failed(look: Look, code: str, watch: Stopwatch) -> None:
    moment = watch.moment()

    def write(session: Session) -> None:
        if code == SPENT:
            systems.put_off(session, look, code, due_at=moment + SOON)
            return
        zone = session.get_one(Practice, look.practice_id).zone
        again = changes_after(zone, failures=systems.failures_of(session, look) + 1, as_of=moment)
        systems.look_failed(session, look, code, due_at=again)

    transaction(write)


def _changes(one: _Looking) -> Counter[str]:
    moment, before = one.watch.moment(), one.look.position
    since = (before or moment - WHOLE_BACK) - OVERLAP
    listing = one.system.appointments_changed(since, moment + AHEAD)
    taken = _take_in(one, listing.appointments)
    done = one.watch.moment()
    position = cursor_after(before, asked_since=since, server_time=listing.server_time)
    if taken.deferred or taken.unmet:  # asked for once more, until nothing is left behind
        position = before or since + OVERLAP
    again = changes_after(one.account.zone, failures=0, as_of=done)
    transaction(lambda s: _finish(s, one.look, position, again, as_of=done))
    return _words(taken)


def _finish(session: Session, look: Look, position: datetime | None, due_at: datetime, *, as_of: datetime) -> None:
    systems.move_cursor(session, look, position=position, due_at=due_at, as_of=as_of)
    systems.is_answering(session, look.practice_id, as_of=as_of)


def _whole(one: _Looking) -> Counter[str]:
    """Compare slice after slice, for as long as nobody else has taken the look over."""
    moment, total = one.watch.moment(), Taken()
    end = moment + WHOLE_AHEAD
    for first in _slices(moment - WHOLE_BACK, end):
        total = system_changes.added(total, _compared(one, first, min(first + SLICE, end)))
        now = one.watch.moment()
        if not transaction(partial(systems.keep_look, look=one.look, lease=WHOLE_LEASE, as_of=now)):
            return Counter({"lost": 1})
    done = one.watch.moment()
    again = whole_after(one.account.zone, as_of=done)
    transaction(lambda s: _finish(s, one.look, None, again, as_of=done))
    return _words(total)


def _compared(one: _Looking, start: datetime, end: datetime) -> Taken:
    """Compare one slice: what is listed comes in, what is not listed is asked for by id."""
    listing = one.system.appointments(start, end)
    taken = _take_in(one, listing.appointments)
    missing = read(lambda s: system_changes.missing_in_window(s, one.practice, listing.appointments, start, end))
    return system_changes.added(taken, _ask_each(one, missing))


def _slices(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += SLICE


def _ask_each(one: _Looking, missing: Sequence[int]) -> Taken:
    """Ask for each appointment that a whole listing does not show: some are only left out of lists."""
    visits = read(lambda s: appointments.load_appointments(s, missing))
    gone, there = list[int](), list[SystemAppointment]()
    for number in missing:
        shown = one.system.appointment(visits[number].system_id)
        if shown is None or shown.status is Status.DELETED:
            gone.append(number)
        else:
            there.append(shown)
    moment = one.watch.moment()
    deleted = transaction(lambda s: system_changes.mark_deleted(s, one.practice, gone, as_of=moment)) if gone else 0
    return system_changes.added(Taken(deleted=deleted), _take_in(one, there))


def _take_in(one: _Looking, seen: Sequence[SystemAppointment]) -> Taken:
    """Take in what was seen, in sets; when a set fails, one by one, so that only the faulty one is left behind."""
    total = Taken(unmet=_meet(one, seen))
    for start in range(0, len(seen), TAKEN_AT_ONCE):
        some, moment = seen[start : start + TAKEN_AT_ONCE], one.watch.moment()
        try:
            taken = transaction(partial(_in_one, practice_id=one.practice, seen=some, as_of=moment))
        except (DatabaseFailure, ArithmeticError, LookupError, TypeError, ValueError):
            taken = transaction(partial(_one_by_one, practice_id=one.practice, seen=some, as_of=moment))
        total = system_changes.added(total, taken)
    asked = [found for found in map(one.system.appointment, total.doubtful) if found is not None]
    if asked:
        moment = one.watch.moment()
        taken = transaction(partial(_one_by_one, practice_id=one.practice, seen=asked, as_of=moment))
        total = replace(total, changed=total.changed + taken.changed, unchanged=total.unchanged - taken.changed)
    return total


def _in_one(session: Session, practice_id: int, seen: Sequence[SystemAppointment], *, as_of: datetime) -> Taken:
    return system_changes.take_in(session, practice_id, seen, as_of=as_of)


def _one_by_one(session: Session, practice_id: int, seen: Sequence[SystemAppointment], *, as_of: datetime) -> Taken:
    return dead_changes.take_in_each(session, practice_id, seen, as_of=as_of)


def _meet(one: _Looking, seen: Sequence[SystemAppointment]) -> int:
    """Read patients that were never seen before, so that the portal can name them (A-47); says how many are left."""
    unknown = read(lambda s: system_changes.unknown_patients(s, one.practice, seen))
    found, asked = list[SystemPatient](), 0
    try:
        for record in unknown[:PATIENTS_AT_ONCE]:
            shown = one.system.patient(record)
            asked += 1
            found += [shown] if shown is not None else []
    except Unavailable as failure:
        if failure.reason != SPENT:
            raise
    moment = one.watch.moment()

    def store(session: Session) -> None:
        events.lock_practices(session, [one.practice])
        origin = ORIGINS.get(systems.vendor_of(session, one.practice), Origin.OTHER)
        known = patients.add_from_system(session, one.practice, found, origin=origin, as_of=moment)
        duplicates.find_duplicates(session, one.practice, list(known.values()), as_of=moment)

    if found:
        transaction(store)
    return len(unknown) - asked


def _words(taken: Taken) -> Counter[str]:
    counts = {
        "changed": taken.changed,
        "unchanged": taken.unchanged,
        "new": taken.new,
        "deleted": taken.deleted,
        "deferred": taken.deferred,
        "dead": taken.dead,
    }
    return +Counter(counts)


def looks_of_changes(*, as_of: datetime, limit: int) -> Iterator[list[Look]]:
    """Claim practice systems that are due to be asked for changes, a few at a time."""
    return _looks((CursorKind.CHANGES,), as_of=as_of, limit=limit)


def looks_of_whole(*, as_of: datetime, limit: int) -> Iterator[list[Look]]:
    """Claim practice systems that are due to be compared whole, one at a time: it may take long."""
    return _looks((CursorKind.WHOLE,), as_of=as_of, limit=limit, at_once=1, lease=WHOLE_LEASE)


def _looks(
    kinds: Sequence[CursorKind], *, as_of: datetime, limit: int, at_once: int = 20, lease: timedelta = LEASE
) -> Iterator[list[Look]]:
    for _ in range(0, limit, at_once):
        looks = looks_due(kinds=kinds, as_of=as_of, limit=at_once, lease=lease)
        if not looks:
            return
        yield looks


@effect()
def bring_forward(practice: str, *, whole: bool, as_of: datetime) -> None:
    """Let a practice's system be looked at now; nothing happens when no practice is named or known."""
    kind = CursorKind.WHOLE if whole else CursorKind.CHANGES

    def bring(session: Session) -> None:
        found = practices.find_practice(session, practice)
        if found is not None:
            systems.look_at_once(session, found.id, kind, as_of=as_of)

    if practice:
        transaction(bring)
