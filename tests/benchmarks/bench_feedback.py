"""How fast a burst of ten thousand due attempts is decided and queued, beside the same rows written by bare SQL."""

import time
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.appointments import Status
from models.rules.feedback import Policy
from models.settings import Settings
from models.store import feedback_policies
from models.store.feedback_sweep import fire_timers, is_due
from models.tables.feedback import FeedbackRequestRow
from tests.benchmarks.feedback_rows import DUE, FRESH, NOW, Sizes, is_excluded, is_texted
from tests.benchmarks.in_turns import Work, measure_in_turns
from tests.benchmarks.rows import count_rows, run, stored, tidy
from tests.benchmarks.table import Measured
from tests.sides import CALENDAR, both_sides

BATCH = int(Settings.model_fields["dispatch_timer_batch"].default)
RUNS = 5


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
    return count_rows(db, _WRITTEN)


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
    work = Work(sizes.due, expected(sizes), lambda: rows_written(db), lambda: undo(db))
    return measure_in_turns(
        work, lambda: sweep(db, batch=batch), lambda: write_floor(db, sizes), batch=batch, runs=runs
    )


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
