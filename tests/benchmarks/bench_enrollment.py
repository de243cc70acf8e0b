"""How fast ten thousand due among a hundred thousand open enrollments are watched, beside the same rows in bare SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.calendars import Calendar
from models.rules.decisions import Process
from models.rules.enrollment import ACTS, State
from models.rules.enrollment_watching import WATCH, WATCH_TOP
from models.rules.onboarding import CURRENT_VERSION
from models.rules.onboarding_facts import JourneyStatus, Transaction
from models.settings import Settings
from models.store.enrollment_sweep import fire_timers, is_due
from models.tables.timers import TimerState
from tests.benchmarks.in_turns import Work, measure_in_turns
from tests.benchmarks.rows import count_rows, fill, itself, run, stored, tidy
from tests.benchmarks.table import Measured

NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)
SILENT_SINCE = datetime(2026, 6, 5, 15, tzinfo=UTC)  # two business days before the due moment
DUE = datetime(2026, 6, 9, 13, tzinfo=UTC)
LATER = datetime(2026, 9, 1, 13, tzinfo=UTC)
BEGUN = NOW - timedelta(days=60)
PROVING_SINCE = date(2026, 5, 10)  # thirty days before the due day
BATCH = int(Settings.model_fields["dispatch_timer_batch"].default)
RUNS = 5
EACH = 25
CHUNK = 20_000
PAYERS = tuple(f"payer{number}" for number in range(1 + EACH // 3))
KINDS = (Transaction.CLAIMS, Transaction.ERA, Transaction.EFT)
STATES = (
    *(8 * [State.PENDING_PAYER]),
    *(4 * [State.NEEDS_PRACTICE]),
    *(2 * [State.SUBMITTED]),
    *(2 * [State.DRAFT]),
    *(2 * [State.PROVING]),
    State.READY,
    State.APPROVED,
)
"""Of twenty enrollments under way so many stand in each state."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many enrollments are open, and how many of them are due; a practice has twenty-five."""

    open: int = 100_000
    due: int = 10_000

    @property
    def practices(self) -> int:
        """Say how many practices these enrollments belong to."""
        return self.open // EACH


def state(number: int, sizes: Sizes) -> State:
    """Say in which state an enrollment stands; the states are spread over practices, payers and timers."""
    return STATES[(number + 3 * (number // sizes.practices)) % len(STATES)]


def _place(number: int, sizes: Sizes) -> int:
    return (number + 7 * (number // sizes.practices)) % EACH


def prepare(db: Database, sizes: Sizes) -> None:
    """Fill a database with open enrollments, each with its timer; the first ones are due."""
    fill(db, "payers", {"key": lambda n: PAYERS[n], "name": "", "payer_class": ""}, range(len(PAYERS)))
    for name, values in _PRACTICES.items():
        fill(db, name, values, range(1, sizes.practices + 1))
    for start in range(1, sizes.open + 1, CHUNK):
        numbers = range(start, min(start + CHUNK, sizes.open + 1))
        fill(db, "enrollments", _enrollments(sizes), numbers)
        fill(db, "enrollment_spans", _spans(sizes), numbers)
        fill(db, "timers", _timers(sizes), numbers)
    tidy(db)


_PRACTICES: dict[str, dict[str, object]] = {
    "practices": {
        "id": itself,
        "key": lambda n: f"p{n}",
        "name": "",
        "zone": "America/New_York",
        "calendar": Calendar.GOVERNMENT,
        "locale": "en",
        "created_at": BEGUN,
    },
    "chain_heads": {"practice_id": itself, "length": 0, "hash": "0" * 64},
    "billing_identities": {"id": itself, "practice_id": itself, "key": "group", "npi": "", "is_group": True},
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
}


def _practice(sizes: Sizes) -> Callable[[int], int]:
    return lambda n: 1 + n % sizes.practices


def _rank(place: int) -> int:
    payer = place // len(KINDS)
    return payer + 1 if payer < len(KINDS) else 0


def _enrollments(sizes: Sizes) -> dict[str, object]:
    submitted = (State.SUBMITTED, State.PENDING_PAYER, State.APPROVED, State.PROVING)
    decided = {State.APPROVED: DUE.date(), State.PROVING: PROVING_SINCE}
    return {
        "id": itself,
        "practice_id": _practice(sizes),
        "payer": lambda n: PAYERS[_place(n, sizes) // len(KINDS)],
        "transaction": lambda n: KINDS[_place(n, sizes) % len(KINDS)],
        "identity_id": _practice(sizes),
        "state": lambda n: state(n, sizes),
        "state_since": SILENT_SINCE,
        "silent_since": SILENT_SINCE,
        "rank": lambda n: _rank(_place(n, sizes)),
        "submitted_on": lambda n: BEGUN.date() if state(n, sizes) in submitted else None,
        "approved_on": lambda n: decided.get(state(n, sizes)),
        "effective_on": lambda n: decided.get(state(n, sizes)),
        "typical_on": DUE.date(),
        "late_on": date(2026, 7, 10),
        "very_late_on": date(2026, 8, 10),
        "limit_on": date(2026, 9, 10),
    }


def _spans(sizes: Sizes) -> dict[str, object]:
    return {
        "enrollment_id": itself,
        "generation": 1,
        "attempt": 1,
        "state": lambda n: state(n, sizes),
        "party": lambda n: ACTS[state(n, sizes)],
        "since": SILENT_SINCE,
    }


def _timers(sizes: Sizes) -> dict[str, object]:
    return {
        "practice_id": _practice(sizes),
        "process": Process.ENROLLMENT,
        "process_id": itself,
        "kind": lambda n: WATCH_TOP if _rank(_place(n, sizes)) else WATCH,
        "subject": "",
        "number": 0,
        "due_at": lambda n: DUE if n <= sizes.due else LATER,
        "state": TimerState.OPEN,
    }


def sweep(db: Database, *, batch: int = BATCH) -> int:
    """Look at everything that is due as the standing dispatch does; gives the number of timers."""
    done = 0
    while db.transaction(lambda s: is_due(s, as_of=NOW)):
        done += db.transaction(lambda s: fire_timers(s, as_of=NOW, limit=batch)).total()
    return done


_FIRED = "timers t JOIN enrollments e ON e.id = t.process_id WHERE t.id <= :due AND t.state = 'fired'"
_FLOOR = {
    "timers fired": (
        "UPDATE timers SET state = 'fired', lease_until = NULL "
        "WHERE state = 'open' AND process = 'enrollment' AND due_at <= :now"
    ),
    "next timers": (
        "INSERT INTO timers (practice_id, process, process_id, kind, subject, number, due_at, state, fence, because) "
        "SELECT t.practice_id, process, process_id, kind, subject, CASE WHEN e.state = 'approved' THEN 0 ELSE 1 END, "
        ":next, 'open', 0, '' FROM FIRED"
    ),
    "lines for digests": (
        'INSERT INTO enrollment_notices (practice_id, enrollment_id, "key", kind, role, state, since) '
        "SELECT t.practice_id, e.id, 'chase_payer\\:enrollments_representative\\:0\\:1', "
        "CASE WHEN e.state = 'needs_practice' THEN 'tasks_open' WHEN e.state = 'pending_payer' THEN 'chase_payer' "
        "WHEN e.state = 'submitted' THEN 'chase_clearinghouse' WHEN e.state = 'proving' THEN 'proof_missing' "
        "ELSE 'work_waits' END, CASE WHEN e.state = 'needs_practice' THEN 'primary_contact' "
        "ELSE 'enrollments_representative' END, 'pending', :now "
        "FROM FIRED AND e.state <> 'approved' ON CONFLICT (enrollment_id, \"key\") DO NOTHING"
    ),
    "to be done": (
        'INSERT INTO work_items (practice_id, process, process_id, "key", role, party, opened_at, due_at, outcome) '
        "SELECT t.practice_id, 'enrollment', e.id, 'chase.' || e.payer || '\\:' || e.\"transaction\", "
        "'enrollments_representative', 'us', :now, :next, '' "
        "FROM FIRED AND e.state IN ('pending_payer', 'submitted', 'proving') "
        'ON CONFLICT (process, process_id, "key") WHERE closed_at IS NULL DO NOTHING'
    ),
    "history": (
        'INSERT INTO events (practice_id, position, process, process_id, "key", kind, subject, actor, reason, '
        "evidence, at, hash) SELECT t.practice_id, h.length + row_number() OVER (PARTITION BY t.practice_id "
        "ORDER BY t.id), process, process_id, 'timer:' || t.id || '#0', 'enrollment_chase', "
        "e.payer || '\\:' || e.\"transaction\", 'golive', '', "
        """'{"rung": 1, "state": "pending_payer"}', :now, :hash """
        "FROM timers t JOIN enrollments e ON e.id = t.process_id JOIN chain_heads h ON h.practice_id = t.practice_id "
        "WHERE t.id <= :due AND t.state = 'fired'"
    ),
    "chain heads": (
        "UPDATE chain_heads SET length = length + lines.number, hash = :hash FROM (SELECT practice_id, count(*) "
        "AS number FROM timers WHERE id <= :due AND state = 'fired' GROUP BY practice_id) AS lines "
        "WHERE lines.practice_id = chain_heads.practice_id"
    ),
    "spans ended": (
        "UPDATE enrollment_spans SET until = :now WHERE until IS NULL AND enrollment_id IN "
        "(SELECT e.id FROM FIRED AND e.state = 'approved')"
    ),
    "spans begun": (
        "INSERT INTO enrollment_spans (enrollment_id, generation, attempt, state, party, reason, since) "
        "SELECT e.id, 1, 1, 'proving', 'payer', '', :now FROM FIRED AND e.state = 'approved'"
    ),
    "rows moved": (
        "UPDATE enrollments SET state = 'proving', state_since = :now, silent_since = :now, version = version + 1 "
        "WHERE id IN (SELECT e.id FROM FIRED AND e.state = 'approved')"
    ),
    "rows climbed": (
        "UPDATE enrollments SET rung = rung + 1, version = version + 1 "
        "WHERE id IN (SELECT e.id FROM FIRED) AND state_since <> :now"
    ),
}


def write_floor(db: Database, sizes: Sizes) -> int:
    """Write the same rows with one bare statement per table and kind, in one transaction, without deciding anything."""
    values = {"now": stored(db, NOW), "next": stored(db, NOW + timedelta(days=3)), "hash": "ab" * 32, "due": sizes.due}

    def write(session: Session) -> None:
        for statement in _FLOOR.values():
            query = statement.replace("FIRED", _FIRED)
            session.execute(text(query), {name: one for name, one in values.items() if f":{name}" in query})

    db.transaction(write)
    return rows_written(db)["history"]


_UNDO = (
    "DELETE FROM events",
    "DELETE FROM work_items",
    "DELETE FROM enrollment_notices",
    "DELETE FROM enrollment_spans WHERE since > :since",
    "UPDATE enrollment_spans SET until = NULL WHERE until IS NOT NULL",
    "DELETE FROM timers WHERE id > (SELECT max(id) FROM enrollments)",
    "UPDATE timers SET state = 'open' WHERE state = 'fired'",
    "UPDATE chain_heads SET length = 0",
    "UPDATE enrollments SET state = 'approved', state_since = :since, silent_since = :since WHERE state_since > :since",
    "UPDATE enrollments SET rung = 0, version = 1 WHERE version > 1",
)


def undo(db: Database) -> None:
    """Bring back the state before a run."""
    for statement in _UNDO:
        run(db, statement, {"since": stored(db, SILENT_SINCE)} if ":since" in statement else {})
    tidy(db)


_WRITTEN = {
    "timers": "timers WHERE state = 'open' AND id > (SELECT max(id) FROM enrollments)",
    "lines": "enrollment_notices WHERE state = 'pending'",
    "to be done": "work_items WHERE closed_at IS NULL",
    "history": "events",
    "climbed": "enrollments WHERE rung = 1",
    "moved": "enrollment_spans WHERE until IS NULL AND state = 'proving' AND id > (SELECT max(id) FROM enrollments)",
}


def rows_written(db: Database) -> dict[str, int]:
    """Count what a run wrote: both ways must give the same."""
    return count_rows(db, _WRITTEN)


def expected(sizes: Sizes) -> dict[str, int]:
    """Say how many rows of each kind a run must write."""
    states = [state(number, sizes) for number in range(1, sizes.due + 1)]
    moved = states.count(State.APPROVED)
    chased = sum(states.count(one) for one in (State.PENDING_PAYER, State.SUBMITTED, State.PROVING))
    climbed = sizes.due - moved
    return {
        "timers": sizes.due,
        "lines": climbed,
        "to be done": chased,
        "history": sizes.due,
        "climbed": climbed,
        "moved": moved,
    }


def measure(db: Database, sizes: Sizes, *, batch: int = BATCH, runs: int = RUNS) -> tuple[Measured, Measured]:
    """Run both ways in turns."""
    work = Work(sizes.due, expected(sizes), lambda: rows_written(db), lambda: undo(db))
    return measure_in_turns(
        work, lambda: sweep(db, batch=batch), lambda: write_floor(db, sizes), batch=batch, runs=runs
    )
