"""The promises that the database itself can check: one view each, which shows a row for whatever breaks it."""

from collections.abc import Callable
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from models.rules.enrollment import WAITING
from models.rules.onboarding import STEPS

PREFIX: Final = "breach_"
SLACK_MINUTES: Final = 10
"""So late may come what was under way already when its cause went away."""
_FIRST_ASK_MINUTES: Final = 180
Later = Callable[[str, int], str]


class Invariant(NamedTuple):
    """One promise: its number in the proof, what a breach means, and a query that gives practice and row of each."""

    key: str
    number: str
    says: str
    query: Callable[[Later], str]
    stops_sending: bool = True

    @property
    def view(self) -> str:
        """Name its view."""
        return PREFIX + self.key


def _listed(words: frozenset[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


def _pairs() -> str:
    """Say which step comes before which, and in every journey before its end, from which version on."""
    pairs = [(step.key, earlier) for step in STEPS for earlier in step.after]
    pairs += [(later, step.key) for step in STEPS for later in step.before]
    pairs += [("", step.key) for step in STEPS]
    since = {step.key: step.since for step in STEPS}
    lines = [f"SELECT '{step}' AS step, '{earlier}' AS earlier, {since[earlier]} AS since" for step, earlier in pairs]
    return " UNION ALL ".join(lines)


def _asked_twice(_: Later) -> str:
    return (
        "SELECT practice_id, max(id) AS number FROM messages "
        "WHERE process = 'feedback' AND state IN ('sending', 'sent', 'unknown') "
        "GROUP BY practice_id, process_id, kind, channel, subject HAVING count(*) > 1"
    )


def _under_way_without_lease(_: Later) -> str:
    return (
        "SELECT practice_id, id AS number FROM messages "
        "WHERE state IN ('claimed', 'sending') AND (lease_until IS NULL OR fence = 0)"
    )


def _step_out_of_order(_: Later) -> str:
    """Compare each step that is open or done with those before it; a closed one has no row yet."""
    return (
        f"SELECT DISTINCT j.practice_id, j.id AS number FROM journeys j JOIN ({_pairs()}) p "  # noqa: S608 - constants of the rules
        "ON p.since <= j.template_version "
        "LEFT JOIN journey_steps s ON s.journey_id = j.id AND s.step = p.step AND s.state IN ('open', 'done') "
        "LEFT JOIN journey_steps e ON e.journey_id = j.id AND e.step = p.earlier "
        "WHERE (s.step IS NOT NULL AND COALESCE(e.state, 'closed') = 'closed') OR (p.step = '' "
        "AND j.status = 'graduated' AND COALESCE(e.state, 'closed') IN ('closed', 'open'))"
    )


def _timer_of_the_ended(_: Later) -> str:
    pending = "t.state IN ('open', 'held')"
    return (
        "SELECT t.practice_id, t.id AS number FROM timers t JOIN journeys j ON j.id = t.process_id "  # noqa: S608 - constants
        f"WHERE t.process = 'onboarding' AND {pending} AND j.status IN ('cancelled', 'graduated') "
        "UNION ALL SELECT t.practice_id, t.id FROM timers t JOIN enrollments e ON e.id = t.process_id "
        f"WHERE t.process = 'enrollment' AND {pending} AND e.state IN ('ended', 'withdrawn', 'not_required') "
        "UNION ALL SELECT t.practice_id, t.id FROM timers t JOIN feedback_requests r ON r.id = t.process_id "
        f"WHERE t.process = 'feedback' AND {pending} AND r.state NOT IN ('planned', 'asked')"
    )


def _time_booked_twice(_: Later) -> str:
    return (
        "SELECT b.practice_id, b.id AS number FROM slot_claims a JOIN slot_claims b ON b.provider_id = a.provider_id "
        "AND b.id > a.id AND b.starts_at < a.ends_at AND a.starts_at < b.ends_at "
        "WHERE a.is_exclusive AND b.is_exclusive AND a.expires_at IS NULL AND b.expires_at IS NULL"
    )


def _asked_after_the_end(later: Later) -> str:
    return (
        "SELECT a.practice_id, a.id AS number FROM feedback_attempts a "  # noqa: S608 - constants
        "JOIN feedback_requests r ON r.id = a.request_id "
        f"WHERE a.outcome = 'sent' AND r.answered_at IS NOT NULL AND a.at > {later('r.answered_at', SLACK_MINUTES)} "
        "UNION ALL SELECT m.practice_id, m.id FROM messages m JOIN feedback_requests r ON r.id = m.process_id "
        "WHERE m.process = 'feedback' AND m.state IN ('pending', 'held', 'claimed') "
        "AND r.state NOT IN ('planned', 'asked')"
    )


def _asked_too_early(later: Later) -> str:
    return (
        "SELECT a.practice_id, a.id AS number FROM feedback_attempts a "  # noqa: S608 - constants
        "JOIN feedback_requests r ON r.id = a.request_id "
        f"WHERE a.outcome = 'sent' AND a.at < {later('r.checked_out_at', _FIRST_ASK_MINUTES)}"
    )


def _enrollment_unwatched(_: Later) -> str:
    return (
        "SELECT e.practice_id, e.id AS number FROM enrollments e "  # noqa: S608 - constants of the rules
        "LEFT JOIN timers t ON t.process = 'enrollment' AND t.process_id = e.id AND t.state IN ('open', 'held') "
        f"WHERE e.state IN ({_listed(frozenset(WAITING))}) GROUP BY e.practice_id, e.id HAVING count(t.id) <> 1"
    )


def _work_without_owner(_: Later) -> str:
    return (
        "SELECT w.practice_id, w.id AS number FROM work_items w WHERE w.closed_at IS NULL AND ("
        "(w.process = 'onboarding' AND NOT EXISTS (SELECT 1 FROM journeys o WHERE o.id = w.process_id)) OR "
        "(w.process = 'enrollment' AND NOT EXISTS (SELECT 1 FROM enrollments o WHERE o.id = w.process_id)) OR "
        "(w.process = 'appointment' AND NOT EXISTS (SELECT 1 FROM appointments o WHERE o.id = w.process_id)))"
    )


def _history_cut(_: Later) -> str:
    return (
        "SELECT h.practice_id, h.practice_id AS number FROM chain_heads h "
        "WHERE h.length <> COALESCE((SELECT max(e.position) FROM events e WHERE e.practice_id = h.practice_id), 0)"
    )


def _row_of_another_practice(_: Later) -> str:
    owners = (("onboarding", "journeys"), ("enrollment", "enrollments"), ("appointment", "appointments"))
    said = [
        f"SELECT m.practice_id, m.id AS number FROM messages m JOIN {table} o ON o.id = m.process_id "  # noqa: S608 - constants
        f"WHERE m.process = '{process}' AND o.practice_id <> m.practice_id"
        for process, table in (*owners, ("feedback", "feedback_requests"))
    ]
    linked = (("feedback_requests", "appointment_id", "appointments"), ("appointments", "patient_id", "patients"))
    said += [
        f"SELECT c.practice_id, c.id FROM {child} c JOIN {table} o ON o.id = c.{column} "  # noqa: S608 - constants
        "WHERE o.practice_id <> c.practice_id"
        for child, column, table in (*linked, ("slot_claims", "provider_id", "providers"))
    ]
    return " UNION ALL ".join(said)


INVARIANTS: Final = (
    Invariant("asked_twice", "I5", "a patient was asked twice in one attempt on one way", _asked_twice),
    Invariant("under_way_without_lease", "I5", "a message is under way and nobody holds it", _under_way_without_lease),
    Invariant("step_out_of_order", "I7", "a step began, or the journey ended, before its turn", _step_out_of_order),
    Invariant("timer_of_the_ended", "I10", "a process is over and still has a timer", _timer_of_the_ended),
    Invariant("time_booked_twice", "I13", "a provider's time is taken twice", _time_booked_twice),
    Invariant("asked_after_the_end", "I3", "a request is over and its patient is asked", _asked_after_the_end),
    Invariant("asked_too_early", "I1", "a patient was asked before three hours had passed", _asked_too_early),
    Invariant("enrollment_unwatched", "I9", "an enrollment waits without exactly one follow-up", _enrollment_unwatched),
    Invariant("history_cut", "I16", "a history does not end where it should", _history_cut),
    Invariant("row_of_another_practice", "I17", "a row belongs to two practices", _row_of_another_practice),
    Invariant("work_without_owner", "I10", "a task is about nothing that exists", _work_without_owner, False),  # noqa: FBT003 - the only one that stops nothing
)
"""Every watched promise; the numbers are those of docs/watching.md."""


def drop_views(connection: Connection) -> None:
    """Remove the views, so that a migration may change what they look at."""
    for one in INVARIANTS:
        connection.execute(text(f"DROP VIEW IF EXISTS {one.view}"))


def create_views(connection: Connection) -> None:
    """Make the views anew, as this code says them."""
    later = _later_on_sqlite if connection.dialect.name == "sqlite" else _later_on_postgresql
    for one in INVARIANTS:
        connection.execute(text(f"CREATE VIEW {one.view} AS {one.query(later)}"))


def _later_on_sqlite(column: str, minutes: int) -> str:
    return f"strftime('%Y-%m-%d %H\\:%M\\:%f', {column}, '+{minutes} minutes')"  # the backslashes are SQLAlchemy's


def _later_on_postgresql(column: str, minutes: int) -> str:
    return f"({column} + interval '{minutes} minutes')"
