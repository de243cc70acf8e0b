"""What decisions change in enrollments: rows, spans, needs, lines for digests, history and effects, of many at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.rules.decisions import Process, Refusal
from models.rules.enrollment import ACTS, State
from models.rules.enrollment_decision import decide
from models.rules.enrollment_events import Command, Event
from models.rules.enrollment_facts import Dates, Decision, Enrollment
from models.rules.enrollment_moves import after
from models.store import enrollment_journey, events, submissions
from models.store.effects import Outcome, carry_out
from models.store.enrollment import DATES, load_enrollment, load_enrollments
from models.store.sets import among, insert_rows, update_rows
from models.tables.enrollment import EnrollmentRow, NeedRow, NoticeRow, SpanRow

SYSTEM: Final = "golive"
_NO_DATES: Final = (None, None, None, None)


class Change(NamedTuple):
    """One decision about one enrollment, with the key that makes it happen once; `fired` names the timer behind it."""

    enrollment: Enrollment
    decision: Decision
    key: str
    actor: str = SYSTEM
    fired: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What a command led to; `again` says that it had been carried out before."""

    enrollment: Enrollment
    kinds: tuple[str, ...] = ()
    again: bool = False


def carry_out_command(
    session: Session, enrollment: int, event: Command, *, by: str, key: str, as_of: datetime
) -> Done | Refusal:
    """Carry out what a person decided about an enrollment, once per key; its journey is told at once."""
    found = load_enrollment(session, enrollment)
    if found is None:
        return Refusal("no_such_enrollment", f"There is no enrollment {enrollment}; list them and take the number.")
    events.lock_practices(session, [found.practice_id])
    found = load_enrollments(session, [enrollment])[enrollment]
    if events.happened(session, process=Process.ENROLLMENT, process_id=enrollment, key=key):
        return Done(found, again=True)
    decision = decide(found, event, as_of=as_of)
    if isinstance(decision, Refusal):
        return decision
    write_changes(session, [Change(found, decision, key, by)], as_of=as_of)
    enrollment_journey.feed_journeys(session, [found.practice_id], as_of=as_of)
    return Done(after(found, decision), tuple(note.kind for note in decision.notes))


class Seen(NamedTuple):
    """One event of one enrollment that nobody decided upon: evidence, or a status that another system shows."""

    enrollment: int
    event: Event
    key: str


def apply(session: Session, seen: Sequence[Seen], *, by: str = SYSTEM, as_of: datetime) -> Counter[str]:
    """Take in what was seen of many enrollments, each event once per key; gives counts, "late" for what did not fit.

    Events of one enrollment are taken in the order in which they are given.
    """
    practices = set(session.scalars(select(EnrollmentRow.practice_id).where(_named(session, seen))))
    events.lock_practices(session, practices)
    known = events.happened_of(session, process=Process.ENROLLMENT, named=[(one.enrollment, one.key) for one in seen])
    fresh = {(one.enrollment, one.key): one for one in seen}
    left = [one for key, one in fresh.items() if key not in known]
    counts = Counter[str](again=len(seen) - len(left))
    while left:
        first = {one.enrollment: one for one in reversed(left)}
        taken = [one for one in left if first[one.enrollment] is one]
        counts.update(_apply_each(session, taken, by=by, as_of=as_of))
        left = [one for one in left if first[one.enrollment] is not one]
    enrollment_journey.feed_journeys(session, practices, as_of=as_of)
    return +counts


def _named(session: Session, seen: Sequence[Seen]) -> Any:  # noqa: ANN401 - a condition
    return among(session, EnrollmentRow.id, {one.enrollment for one in seen})


def _apply_each(session: Session, taken: Sequence[Seen], *, by: str, as_of: datetime) -> Counter[str]:
    enrollments = load_enrollments(session, {one.enrollment for one in taken})
    changes, counts = [], Counter[str]()
    for one in taken:
        found = enrollments[one.enrollment]
        decision = decide(found, one.event, as_of=as_of)
        if isinstance(decision, Refusal):
            counts["late"] += 1
            continue
        counts.update([note.kind for note in decision.notes] or ["nothing new"])
        changes.append(Change(found, decision, one.key, by))
    write_changes(session, changes, as_of=as_of)
    return counts


def write_changes(
    session: Session, changes: Sequence[Change], *, as_of: datetime, heads: events.Heads | None = None
) -> None:
    """Write decisions about enrollments whose practices are locked; nothing else writes these rows."""
    _write_rows(session, [one for one in changes if one.decision.fields])
    moved = [(one, after(one.enrollment, one.decision)) for one in changes if "state" in one.decision.fields]
    _write_spans(session, moved, as_of=as_of)
    _write_needs(session, changes, as_of=as_of)
    _write_notices(session, changes, as_of=as_of)
    submissions.queue(session, [new for _, new in moved if new.state is State.SUBMITTED], as_of=as_of)
    said = [one for one in changes if one.decision.notes or one.decision.effects]
    carry_out(session, [_outcome(one) for one in said], as_of=as_of, heads=heads)


def _write_rows(session: Session, changes: Sequence[Change]) -> None:
    """Write what changed, one statement for all rows in which the same columns change."""
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for change in changes:
        columns = _columns(change.decision.fields)
        row = (*columns.values(), change.enrollment.version + 1, change.enrollment.id)
        alike.setdefault(tuple(columns), []).append(row)
    for names, rows in alike.items():
        update_rows(session, EnrollmentRow, (*names, "version", "id"), rows)


def _columns(changed: Mapping[str, object]) -> dict[str, Any]:
    columns: dict[str, Any] = {name: value for name, value in sorted(changed.items()) if name != "dates"}
    if "dates" in changed:
        dates = changed["dates"]
        days = [getattr(dates, name) for name in DATES] if isinstance(dates, Dates) else _NO_DATES
        columns |= dict(zip(DATES, days, strict=True))
    return columns


def _write_spans(session: Session, moved: Sequence[tuple[Change, Enrollment]], *, as_of: datetime) -> None:
    """End the span of the state that was left, and begin that of the next (E-28)."""
    if not moved:
        return
    session.execute(
        update(SpanRow)
        .where(among(session, SpanRow.enrollment_id, [new.id for _, new in moved]), SpanRow.until.is_(None))
        .values(until=as_of)
        .execution_options(synchronize_session=False)
    )
    names = ("enrollment_id", "generation", "attempt", "state", "party", "reason", "since")
    rows = [
        (new.id, new.generation, new.attempt, new.state, ACTS.get(new.state), _reason(change), as_of)
        for change, new in moved
    ]
    insert_rows(session, SpanRow, names, rows)


def _reason(change: Change) -> str:
    return next((note.reason for note in change.decision.notes if note.reason), "")


def _write_needs(session: Session, changes: Sequence[Change], *, as_of: datetime) -> None:
    new, known = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
    for change in changes:
        for need, is_given in change.decision.needs.items():
            row = (is_given, as_of, change.enrollment.id, need)
            (known if need in change.enrollment.needs else new).append(row)
    insert_rows(session, NeedRow, ("is_given", "changed_at", "enrollment_id", "need"), new)
    for is_given, at, enrollment, need in known:
        session.execute(
            update(NeedRow)
            .where(NeedRow.enrollment_id == enrollment, NeedRow.need == need)
            .values(is_given=is_given, changed_at=at)
            .execution_options(synchronize_session=False)
        )


def _write_notices(session: Session, changes: Sequence[Change], *, as_of: datetime) -> None:
    """Take back what was still to be told where its cause went away, then add what is new (E-26)."""
    cleared = [one.enrollment.id for one in changes if one.decision.clears_notices]
    if cleared:
        session.execute(
            update(NoticeRow)
            .where(among(session, NoticeRow.enrollment_id, cleared), NoticeRow.state == "pending")
            .values(state="cancelled")
            .execution_options(synchronize_session=False)
        )
    rows = [
        (one.enrollment.practice_id, one.enrollment.id, line.key, line.kind, line.to, as_of)
        for one in changes
        for line in one.decision.notices
    ]
    names = ("practice_id", "enrollment_id", "key", "kind", "role", "since")
    insert_rows(session, NoticeRow, names, rows, constants={"state": "pending"}, unless="(enrollment_id, key)")


def _outcome(change: Change) -> Outcome:
    return Outcome(
        change.enrollment.practice_id,
        Process.ENROLLMENT,
        change.enrollment.id,
        change.key,
        change.actor,
        change.decision.notes,
        change.decision.effects,
        fired=change.fired,
    )
