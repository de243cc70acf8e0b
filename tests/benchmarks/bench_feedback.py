"""How fast a burst of ten thousand due attempts is decided and queued, beside the same rows written by bare SQL."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.appointments import Origin, PatientType, Status
from models.rules.calendars import Calendar
from models.rules.consent import Source, StopReason
from models.rules.decisions import Process
from models.rules.feedback import Outcome, Policy, RequestState
from models.rules.feedback_decision import ASK
from models.rules.messages import Channel
from models.settings import Settings
from models.store import feedback_policies
from models.store.feedback_policies import written
from models.store.feedback_sweep import fire_timers, is_due
from models.tables.feedback import FeedbackRequestRow
from models.tables.timers import TimerState
from tests.benchmarks.rows import fill, run, stored, tidy
from tests.benchmarks.table import Measured
from tests.sides import CALENDAR, both_sides

NOW = datetime(2026, 6, 10, 19, tzinfo=UTC)  # a Wednesday, 15:00 in New York: every usual window is open
DUE = NOW - timedelta(minutes=5)
FRESH = NOW + timedelta(hours=23)
FIRST_SENT = NOW - timedelta(days=1, minutes=5)
CHECKED_OUT = NOW - timedelta(days=1, hours=4)
LATER = datetime(2026, 9, 1, 13, tzinfo=UTC)
BEGUN = NOW - timedelta(days=700)
BATCH = int(Settings.model_fields["dispatch_timer_batch"].default)
RUNS = 5
CHUNK = 20_000
ZONE = "America/New_York"
PLACES = (f"{ZONE}:NY", f"{ZONE}:NY America/Chicago:IL", f"{ZONE}:NJ {ZONE}:NY")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many requests are due, beside how many others; one person in ten has a second record."""

    due: int = 10_000
    others: int = 100_000
    practices: int = 20
    waiting: int = 0

    @property
    def records(self) -> int:
        """Say how many records belong to people with a due request."""
        return self.due + self.due // 10

    @property
    def patients(self) -> int:
        """Say how many patient records there are."""
        return 3 * self.records

    def person(self, record: int) -> int:
        """Name the person of a record: the second records follow the first ones."""
        return (record - self.due) * 10 if self.due < record <= self.records else record

    def practice(self, record: int) -> int:
        """Name the practice of a record."""
        return 1 + self.person(record) % self.practices


def is_first(request: int) -> bool:
    """Say whether a due request has asked nobody yet: every second one."""
    return request % 2 == 0


def is_excluded(person: int) -> bool:
    """Say whether a person was excluded after the attempt was planned: one in a hundred."""
    return person % 100 == 7


def is_texted(request: int) -> bool:
    """Say whether a due attempt is a text: a first one of a person who agreed and did not stop."""
    return is_first(request) and not _is_stopped(request) and not _is_without_consent(request)


def _is_stopped(person: int) -> bool:
    return person % 50 == 8


def _is_without_consent(person: int) -> bool:
    return person % 10 == 4


def prepare(db: Database, sizes: Sizes) -> None:
    """Fill a database with practices, people, their consents and stops, and requests; the first ones are due."""
    practices = range(1, sizes.practices + 1)
    for name, values in _PRACTICES.items():
        fill(db, name, values, practices)
    records = range(1, sizes.patients + 1)
    fill(db, "patients", _patients(sizes), records)
    fill(db, "patient_contacts", _contacts(sizes), [one for one in records if one % 3])
    fill(db, "consents", _consents(sizes), [one for one in records if not _is_without_consent(sizes.person(one))])
    fill(db, "message_stops", _stops(sizes), [one for one in range(1, sizes.due + 1) if _is_stopped(one)])
    for start in range(1, sizes.due + sizes.others + 1, CHUNK):
        numbers = range(start, min(start + CHUNK, sizes.due + sizes.others + 1))
        fill(db, "appointments", _visits(sizes), numbers)
        fill(db, "feedback_requests", _requests(sizes), numbers)
        sent = [one for one in numbers if one > sizes.due or not is_first(one)]
        if sent:
            fill(db, "feedback_attempts", _attempts(sizes), sent)
    fill(db, "timers", _timers(sizes), range(1, sizes.due + 1))
    for start in range(0, sizes.waiting, CHUNK):
        values = {"start": start, "until": min(start + CHUNK, sizes.waiting), "due_at": stored(db, LATER)}
        db.transaction(lambda s, values=values: s.execute(text(_WAITING), values))  # type: ignore[misc]
    tidy(db)


_WAITING = (
    "INSERT INTO timers (practice_id, process, process_id, kind, subject, number, due_at, state, fence, because) "
    "WITH RECURSIVE numbers(n) AS (SELECT :start + 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :until) "
    "SELECT 1, 'feedback', 100000000 + n, 'ask', '', 1, :due_at, 'open', 0, '' FROM numbers"
)


def _itself(number: int) -> int:
    return number


_PRACTICES: dict[str, dict[str, object]] = {
    "practices": {
        "id": _itself,
        "key": lambda n: f"p{n}",
        "name": "",
        "zone": ZONE,
        "calendar": Calendar.GOVERNMENT,
        "locale": "en",
        "created_at": BEGUN,
    },
    "chain_heads": {"practice_id": _itself, "length": 0, "hash": "0" * 64},
    "providers": {"id": _itself, "practice_id": _itself, "npi": lambda n: f"{n:010}", "name": ""},
    "feedback_policies": {
        "practice_id": _itself,
        "version": 1,
        "settings": lambda _: written(Policy(1)),
        "addresses": lambda _: {},
        "changed_by": "",
        "since": BEGUN,
    },
}


def _patients(sizes: Sizes) -> dict[str, object]:
    return {
        "id": _itself,
        "practice_id": sizes.practice,
        "origin": Origin.KAREO,
        "system_id": str,
        "person": "",
        "match_index": lambda n: f"m{sizes.person(n):063}",
        "born_index": lambda n: f"b{sizes.person(n) % 20_000:063}",
        "phone_index": lambda n: f"p{sizes.person(n):063}",
        "email_index": lambda n: f"e{sizes.person(n):063}",
        "is_excluded_from_surveys": lambda n: n <= sizes.due and is_excluded(n),
        "created_at": BEGUN,
    }


def _contacts(sizes: Sizes) -> dict[str, object]:
    return {
        "patient_id": _itself,
        "practice_id": sizes.practice,
        "contact": "",
        "phone_index": lambda n: f"p{sizes.person(n):063}",
        "email_index": lambda n: f"e{sizes.person(n):063}",
        "read_at": BEGUN,
    }


def _consents(sizes: Sizes) -> dict[str, object]:
    return {
        "practice_id": sizes.practice,
        "patient_id": _itself,
        "address_index": lambda n: f"p{sizes.person(n):063}",
        "channel": Channel.TEXT,
        "is_given": True,
        "source": Source.PAPER,
        "wording": "paper",
        "locale": "en",
        "at": BEGUN,
    }


def _stops(sizes: Sizes) -> dict[str, object]:
    return {
        "id": _itself,
        "practice_id": sizes.practice,
        "address_index": lambda n: f"p{n:063}",
        "channel": Channel.TEXT,
        "is_doubtful": False,
        "is_flagged": False,
        "reason": StopReason.KEYWORD,
        "since": BEGUN,
    }


def _record(sizes: Sizes) -> Callable[[int], int]:
    return lambda n: n if n <= sizes.due else 1 + (n - sizes.due) % sizes.patients


def _at(sizes: Sizes, number: int) -> datetime:
    """Say when a visit was checked out; those that are over were 40 to 640 days ago."""
    return CHECKED_OUT if number <= sizes.due else NOW - timedelta(days=40 + number * 7 % 600)


def _visits(sizes: Sizes) -> dict[str, object]:
    record = _record(sizes)
    return {
        "id": _itself,
        "practice_id": lambda n: sizes.practice(record(n)),
        "status": Status.CHECKED_OUT,
        "origin": Origin.KAREO,
        "patient_type": PatientType.RETURNING,
        "patient_id": record,
        "starts_at": lambda n: _at(sizes, n) - timedelta(hours=1),
        "ends_at": lambda n: _at(sizes, n) - timedelta(minutes=30),
        "requested_at": BEGUN,
        "checked_out_at": lambda n: _at(sizes, n),
        "system_id": str,
    }


def _requests(sizes: Sizes) -> dict[str, object]:
    record, due = _record(sizes), sizes.due

    def is_begun(number: int) -> bool:
        return number > due or not is_first(number)

    def sent_at(number: int) -> datetime | None:
        if number > due:
            return _at(sizes, number) + timedelta(hours=3)
        return FIRST_SENT if is_begun(number) else None

    def state(number: int) -> RequestState:
        if number > due:
            return RequestState.UNANSWERED
        return RequestState.PLANNED if is_first(number) else RequestState.ASKED

    return {
        "id": _itself,
        "practice_id": lambda n: sizes.practice(record(n)),
        "appointment_id": _itself,
        "epoch": 1,
        "patient_id": record,
        "provider_id": lambda n: sizes.practice(record(n)),
        "policy_version": 1,
        "places": lambda n: PLACES[n % len(PLACES)],
        "checked_out_at": lambda n: _at(sizes, n),
        "state": state,
        "number": lambda n: 1 if n <= due and is_begun(n) else 0,
        "due_at": lambda n: DUE if n <= due else None,
        "fresh_until": lambda n: FRESH if n <= due else None,
        "previous_at": sent_at,
        "first_sent_at": sent_at,
        "sent": lambda n: int(is_begun(n)),
        "link_hash": lambda n: f"l{n:063}",
        "stop_hash": lambda n: f"s{n:063}",
    }


def _attempts(sizes: Sizes) -> dict[str, object]:
    record = _record(sizes)
    return {
        "practice_id": lambda n: sizes.practice(record(n)),
        "request_id": _itself,
        "patient_id": record,
        "number": 1,
        "channel": Channel.TEXT.value,
        "outcome": Outcome.SENT,
        "at": lambda n: FIRST_SENT if n <= sizes.due else _at(sizes, n) + timedelta(hours=3),
    }


def _timers(sizes: Sizes) -> dict[str, object]:
    return {
        "practice_id": sizes.practice,
        "process": Process.FEEDBACK,
        "process_id": _itself,
        "kind": ASK,
        "subject": "",
        "number": lambda n: 1 if is_first(n) else 2,
        "due_at": DUE,
        "state": TimerState.OPEN,
    }


def sweep(db: Database, *, batch: int = BATCH) -> int:
    """Act upon everything that is due as the standing dispatch does; gives the number of timers."""
    done = 0
    while db.transaction(lambda s: is_due(s, as_of=NOW)):
        done += db.transaction(lambda s: fire_timers(s, as_of=NOW, limit=batch)).total()
    return done


_FIRED = "timers t JOIN feedback_requests r ON r.id = t.process_id WHERE t.id <= :due AND t.state = 'fired'"
_CHANNEL = "CASE WHEN r.id % 2 = 0 AND r.id % 50 <> 8 AND r.id % 10 <> 4 THEN 'text' ELSE 'email' END"
_FLOOR = {
    "timers fired": (
        "UPDATE timers SET state = 'fired', lease_until = NULL "
        "WHERE state = 'open' AND process = 'feedback' AND due_at <= :now"
    ),
    "messages": (
        'INSERT INTO messages (id, practice_id, process, process_id, "key", kind, channel, to_role, to_person, '
        "subject, fields, state, on_retry, queued_at, due_at, attempts, fence, outcome, reference) "
        "SELECT 9000000 + t.id, t.practice_id, t.process, r.id, 'ask\\:' || t.number || '\\:' || CHANNEL, "
        "'feedback_' || CHANNEL, CHANNEL, 'patient', '', CAST(t.number AS VARCHAR(10)), '{}', 'pending', 'pending', "
        ":now, :now, 0, 0, '', '' FROM FIRED AND r.id % 100 <> 7 ON CONFLICT (process, process_id, \"key\") DO NOTHING"
    ),
    "attempts": (
        "INSERT INTO feedback_attempts (practice_id, request_id, patient_id, number, channel, outcome, delivery, at) "
        "SELECT t.practice_id, r.id, r.patient_id, t.number, CHANNEL, 'waiting', '', :now "
        "FROM FIRED AND r.id % 100 <> 7 ON CONFLICT (request_id, number, channel) DO NOTHING"
    ),
    "history": (
        'INSERT INTO events (practice_id, position, process, process_id, "key", kind, subject, actor, reason, '
        "evidence, at, hash) SELECT t.practice_id, h.length + row_number() OVER (PARTITION BY t.practice_id "
        "ORDER BY t.id), process, process_id, 'timer\\:' || t.id || '#0', 'feedback_asked', t.number, 'golive', '', "
        """'{"channel": "text"}', :now, :hash """
        "FROM timers t JOIN chain_heads h ON h.practice_id = t.practice_id WHERE t.id <= :due AND t.state = 'fired'"
    ),
    "chain heads": (
        "UPDATE chain_heads SET length = length + lines.number, hash = :hash FROM (SELECT practice_id, count(*) "
        "AS number FROM timers WHERE id <= :due AND state = 'fired' GROUP BY practice_id) AS lines "
        "WHERE lines.practice_id = chain_heads.practice_id"
    ),
    "asked": (
        "UPDATE feedback_requests AS r SET state = 'asked', waits_for = CHANNEL, version = version + 1 "
        "WHERE id IN (SELECT process_id FROM timers WHERE id <= :due AND state = 'fired') AND r.id % 100 <> 7"
    ),
    "ended": (
        "UPDATE feedback_requests AS r SET state = 'cancelled', why = 'excluded', due_at = NULL, fresh_until = NULL, "
        "version = version + 1 "
        "WHERE id IN (SELECT process_id FROM timers WHERE id <= :due AND state = 'fired') AND r.id % 100 = 7"
    ),
}


def write_floor(db: Database, sizes: Sizes) -> int:
    """Write the same rows with one bare statement per table and kind, in one transaction, without deciding anything."""
    values = {"now": stored(db, NOW), "hash": "ab" * 32, "due": sizes.due}

    def write(session: Session) -> None:
        for statement in _FLOOR.values():
            query = statement.replace("FIRED", _FIRED).replace("CHANNEL", _CHANNEL)
            session.execute(text(query), {name: one for name, one in values.items() if f":{name}" in query})

    db.transaction(write)
    return rows_written(db)["history"]


_UNDO = (
    "DELETE FROM events",
    "DELETE FROM messages",
    "DELETE FROM feedback_attempts WHERE outcome = 'waiting'",
    "UPDATE timers SET state = 'open' WHERE state = 'fired'",
    "UPDATE chain_heads SET length = 0",
    (
        "UPDATE feedback_requests SET state = CASE WHEN sent = 0 THEN 'planned' ELSE 'asked' END, why = NULL, "
        "version = 1, waits_for = NULL, due_at = :due_at, fresh_until = :fresh WHERE version > 1"
    ),
)


def undo(db: Database) -> None:
    """Bring back the state before a run."""
    values = {"due_at": stored(db, DUE), "fresh": stored(db, FRESH)}
    for statement in _UNDO:
        run(db, statement, values if ":fresh" in statement else {})
    tidy(db)


_WRITTEN = {
    "history": "events",
    "texts": "messages WHERE channel = 'text' AND kind = 'feedback_text' AND state = 'pending'",
    "mails": "messages WHERE channel = 'email' AND kind = 'feedback_email' AND state = 'pending'",
    "attempts": "feedback_attempts WHERE outcome = 'waiting'",
    "asked": "feedback_requests WHERE version = 2 AND state = 'asked' AND waits_for IS NOT NULL",
    "ended": "feedback_requests WHERE version = 2 AND state = 'cancelled' AND why = 'excluded' AND due_at IS NULL",
}


def rows_written(db: Database) -> dict[str, int]:
    """Count what a run wrote: both ways must give the same."""
    counts = {name: f"SELECT count(*) FROM {rest}" for name, rest in _WRITTEN.items()}  # noqa: S608 - our own names
    return db.read(lambda s: {name: s.scalar(text(query)) or 0 for name, query in counts.items()})


def expected(sizes: Sizes) -> dict[str, int]:
    """Say how many rows of each kind a run must write."""
    asked = [one for one in range(1, sizes.due + 1) if not is_excluded(one)]
    texts = sum(is_texted(one) for one in asked)
    return {
        "history": sizes.due,
        "texts": texts,
        "mails": len(asked) - texts,
        "attempts": len(asked),
        "asked": len(asked),
        "ended": sizes.due - len(asked),
    }


def measure(db: Database, sizes: Sizes, *, batch: int = BATCH, runs: int = RUNS) -> tuple[Measured, Measured]:
    """Run both ways in turns."""
    ours, floor = list[float](), list[float]()
    for _ in range(runs):
        floor.append(_timed(db, sizes, lambda db: write_floor(db, sizes)))
        ours.append(_timed(db, sizes, lambda db: sweep(db, batch=batch)))
    name = f"golive, rules in Python, batches of {batch}"
    return Measured(name, sizes.due, tuple(ours)), Measured("floor: bare SQL, no rules", sizes.due, tuple(floor))


def _timed(db: Database, sizes: Sizes, work: Callable[[Database], int]) -> float:
    start = time.perf_counter()
    done = work(db)
    seconds = time.perf_counter() - start
    if done != sizes.due or rows_written(db) != expected(sizes):
        message = f"{done} of {sizes.due} timers led to {rows_written(db)} instead of {expected(sizes)}"
        raise RuntimeError(message)
    undo(db)
    return seconds


def measure_check_outs(db: Database, *, runs: int = 30) -> tuple[Measured, int]:
    """Check visits out in the built-in calendar and look for its changes: seconds from each to its armed timer."""
    with both_sides(db, CALENDAR) as sides:
        policy = replace(Policy(0), version=1)
        practice = sides.booking.practice
        db.transaction(
            lambda s: feedback_policies.add_version(s, practice, policy, {}, by="manager-1", as_of=sides.time)
        )
        patient = sides.known_there()
        seconds = list[float]()
        for run in range(runs):
            visit = sides.book_there(sides.time - timedelta(hours=run + 1), patient=patient)
            sides.tick()
            sides.changes()
            start = time.perf_counter()
            sides.set_there(visit, Status.CHECKED_OUT)
            sides.tick()
            sides.changes()
            seconds.append(time.perf_counter() - start)
        query = select(func.count()).select_from(FeedbackRequestRow)
        return Measured("check-out to decision", 1, tuple(seconds)), db.read(lambda s: s.scalars(query).one())
