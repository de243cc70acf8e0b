"""How fast ten thousand journeys with one due timer each advance, beside the same rows written by bare SQL."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.calendars import Calendar
from models.rules.decisions import Process
from models.rules.onboarding import CURRENT_VERSION
from models.rules.onboarding_facts import JourneyStatus
from models.rules.roles import Party, Role
from models.settings import Settings
from models.store.onboarding_sweep import fire_light, is_light_due
from models.tables.timers import TimerState
from tests.benchmarks.in_turns import Work, measure_in_turns
from tests.benchmarks.rows import add_waiting, count_rows, fill, itself, run, stored, table, tidy
from tests.benchmarks.table import Measured

NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)
SILENT_SINCE = datetime(2026, 6, 5, 15, tzinfo=UTC)
DUE = datetime(2026, 6, 9, 13, tzinfo=UTC)
LATER = datetime(2026, 9, 1, 13, tzinfo=UTC)
BATCH = int(Settings.model_fields["dispatch_timer_batch"].default)
RUNS = 5
BEGUN = NOW - timedelta(days=30)
SUBJECT = "welcome_call:practice"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many journeys have a due timer, and how many timers wait beside them."""

    due: int = 10_000
    waiting: int = 0


def prepare(db: Database, sizes: Sizes) -> None:
    """Fill a database with journeys that are silent, and with timers of another process that are not due."""
    for name, values in _JOURNEYS.items():
        fill(db, name, values, range(1, sizes.due + 1))
    add_waiting(db, {"process": "practice", "kind": "silence", "subject": "welcome_call"}, sizes.waiting, until=LATER)
    tidy(db)


_JOURNEYS: dict[str, dict[str, object]] = {
    "practices": {
        "id": itself,
        "key": lambda n: f"p{n}",
        "name": "",
        "zone": "America/New_York",
        "calendar": Calendar.GOVERNMENT,
        "locale": "en",
        "created_at": BEGUN,
    },
    "staff": {"id": itself, "key": lambda n: f"s{n}", "roles": Role.SUCCESS_COACH.value, "name": "", "email": ""},
    "chain_heads": {"practice_id": itself, "length": 0, "hash": "0" * 64},
    "role_assignments": {
        "practice_id": itself,
        "role": Role.SUCCESS_COACH,
        "staff_id": lambda n: 1 + n // 100,
        "since": BEGUN,
    },
    "journeys": {
        "id": itself,
        "practice_id": itself,
        "status": JourneyStatus.ACTIVE,
        "template_version": CURRENT_VERSION,
        "terms": "",
        "started_at": BEGUN,
        "answers": lambda _: {},
        "link_hash": lambda n: f"{n:064}",
    },
    "journey_waits": {
        "journey_id": itself,
        "step": "welcome_call",
        "party": Party.PRACTICE,
        "since": SILENT_SINCE,
        "silent_since": SILENT_SINCE,
    },
    "timers": {
        "practice_id": itself,
        "process": Process.ONBOARDING,
        "process_id": itself,
        "kind": "silence",
        "subject": SUBJECT,
        "number": 0,
        "due_at": DUE,
        "state": TimerState.OPEN,
        "fence": 0,
        "because": "",
    },
}


def sweep(db: Database, *, batch: int = BATCH) -> int:
    """Advance everything that is due as the standing sweep does; gives the number of timers."""
    done = 0
    while db.transaction(lambda s: is_light_due(s, as_of=NOW)):
        done += db.transaction(lambda s: fire_light(s, as_of=NOW, limit=batch)).total()
    return done


_FLOOR = {
    "timers fired": (
        "UPDATE timers SET state = 'fired', fence = 1 WHERE state = 'open' AND process = 'onboarding' "
        "AND due_at <= :now"
    ),
    "next timers": (
        "INSERT INTO timers (practice_id, process, process_id, kind, subject, number, due_at, state, fence, because) "
        "SELECT practice_id, process, process_id, kind, subject, number + 1, :next, 'open', 0, '' FROM timers "
        "WHERE id <= :due AND state = 'fired'"
    ),
    "messages": (
        "INSERT INTO messages (id, practice_id, process, process_id, key, kind, channel, to_role, to_person, subject, "
        "fields, state, on_retry, queued_at, due_at, attempts, fence, outcome, reference) "
        "SELECT 1000000000 + id, practice_id, process, process_id, "
        "'silence:' || subject || '\\:2026-06-05T15\\:00\\:00+00\\:00\\:2', 'reminder', "
        "'email', 'primary_contact', '', subject, "
        """'{"step": "welcome_call", "party": "practice", "waiting_days": 2}', 'pending', 'pending', :now, :now, """
        "0, 0, '', '' FROM timers WHERE id <= :due AND state = 'fired' "
        "ON CONFLICT (process, process_id, key) DO NOTHING"
    ),
    "history": (
        "INSERT INTO events (practice_id, position, process, process_id, key, kind, subject, actor, reason, evidence, "
        "at, hash) SELECT t.practice_id, h.length + 1, process, process_id, 'timer:' || id || '#0', 'silence_remind', "
        """'welcome_call', 'golive', '', '{"party": "practice", "business_days": 2}', :now, :hash """
        "FROM timers t JOIN chain_heads h ON h.practice_id = t.practice_id WHERE id <= :due AND state = 'fired'"
    ),
    "chain heads": (
        "UPDATE chain_heads SET length = length + 1, hash = :hash "
        "WHERE practice_id IN (SELECT practice_id FROM timers WHERE id <= :due AND state = 'fired')"
    ),
}


def write_floor(db: Database, sizes: Sizes) -> int:
    """Write the same rows with one bare statement per table, in one transaction, without deciding anything."""
    values = {"now": stored(db, NOW), "next": stored(db, NOW + timedelta(days=3)), "hash": "ab" * 32}
    values["due"] = sizes.due  # the timers that are due were inserted first

    def write(session: Session) -> int:
        for statement in _FLOOR.values():
            session.execute(text(statement), {name: one for name, one in values.items() if f":{name}" in statement})
        return session.scalar(select(func.count()).select_from(table("events"))) or 0

    return db.transaction(write)


def undo(db: Database) -> None:
    """Bring back the state before a run."""
    for statement in (
        "DELETE FROM messages",
        "DELETE FROM events",
        "DELETE FROM work_items",
        "DELETE FROM timers WHERE process = 'onboarding' AND number = 1",
        "UPDATE timers SET state = 'open', lease_until = NULL, fence = 0 WHERE process = 'onboarding'",
        "UPDATE chain_heads SET length = 0",
    ):
        run(db, statement)
    tidy(db)


def rows_written(db: Database) -> dict[str, int]:
    """Count what a run wrote: both ways must give the same."""
    tables = {"timers": "timers WHERE number = 1", "messages": "messages", "events": "events"}
    return count_rows(db, tables)


def measure(db: Database, sizes: Sizes, *, batch: int = BATCH, runs: int = RUNS) -> tuple[Measured, Measured]:
    """Run both ways in turns."""
    expected = {"timers": sizes.due, "messages": sizes.due, "events": sizes.due}
    work = Work(sizes.due, expected, lambda: rows_written(db), lambda: undo(db))
    return measure_in_turns(
        work, lambda: sweep(db, batch=batch), lambda: write_floor(db, sizes), batch=batch, runs=runs
    )
