"""What representatives look at: enrollments as rows with the one next step, their history, and days by party."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.calendars import local_day, zone_of
from models.rules.decisions import Process
from models.rules.enrollment import ACTS
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_steps import next_look_on, next_step
from models.rules.roles import Party
from models.store import events
from models.store.enrollment import load_enrollment, of_practices
from models.store.sets import among
from models.tables.enrollment import SpanRow
from models.tables.work_items import WorkItem

Row = dict[str, str]
PARTIES: Final = (Party.PRACTICE, Party.US, Party.CLEARINGHOUSE, Party.PAYER)
_LONGEST_STORY: Final = 200


def enrollment_rows(session: Session, practices: Collection[int]) -> list[Row]:
    """List the enrollments of practices, those of the top three payers first (E-04)."""
    found = [one for several in of_practices(session, practices).values() for one in several]
    found.sort(key=lambda one: (not one.is_top, one.rank, one.practice, one.payer, one.transaction, one.identity))
    return rows_of(session, found)


def rows_of(session: Session, enrollments: Collection[Enrollment]) -> list[Row]:
    """Write enrollments as rows of a table: state, who is waited for since when, next date, the one next step."""
    tasks = _open_tasks(session, [one.id for one in enrollments])
    return [_row(one, tasks.get(one.id, ())) for one in enrollments]


def _row(enrollment: Enrollment, tasks: Collection[str]) -> Row:
    party = ACTS.get(enrollment.state)
    ahead = next_look_on(enrollment)
    return {
        "top": str(enrollment.rank or ""),
        "practice": enrollment.practice,
        "payer": enrollment.payer,
        "transaction": enrollment.transaction.value,
        "billing": enrollment.identity,
        "state": enrollment.state.replace("_", " "),
        "waits for": party.value if party else "",
        "since": str(local_day(enrollment.state_since, enrollment.zone)),
        "next look": str(ahead or ""),
        "attempt": str(enrollment.attempt),
        "submitted": str(enrollment.submitted_on or ""),
        "effective": str(enrollment.effective_on or ""),
        "expires": str(enrollment.expires_on or ""),
        "next step": next_step(enrollment, tasks),
    }


def _open_tasks(session: Session, ids: Collection[int]) -> Mapping[int, set[str]]:
    query = select(WorkItem.process_id, WorkItem.key).where(
        WorkItem.process == Process.ENROLLMENT, WorkItem.closed_at.is_(None), among(session, WorkItem.process_id, ids)
    )
    tasks: dict[int, set[str]] = {}
    for number, key in session.execute(query):
        tasks.setdefault(number, set()).add(key.partition(".")[0])
    return tasks


def history_rows(session: Session, enrollment: int) -> list[Row]:
    """Tell what happened to an enrollment, newest first, in the practice's local time; keys and codes only."""
    found = load_enrollment(session, enrollment)
    if found is None:
        return []
    zone = zone_of(found.zone)
    lines = events.history(session, process=Process.ENROLLMENT, process_id=enrollment, limit=_LONGEST_STORY)
    return [
        {
            "when": line.at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M"),
            "what": line.kind.removeprefix("enrollment_").replace("_", " "),
            "who": line.actor,
            "reason": line.reason.replace("_", " "),
            "details": _details(line.evidence),
        }
        for line in lines
    ]


def _details(evidence: Mapping[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in evidence.items() if value not in (None, ""))


def days_by_party(session: Session, enrollment: int, *, as_of: datetime) -> dict[tuple[int, int], dict[Party, float]]:
    """Count how many days each party was waited for, by generation and attempt; an open span lasts until now (E-28)."""
    query = select(SpanRow.generation, SpanRow.attempt, SpanRow.party, SpanRow.since, SpanRow.until)
    counted: dict[tuple[int, int], dict[Party, float]] = {}
    for generation, attempt, party, since, until in session.execute(
        query.where(SpanRow.enrollment_id == enrollment).order_by(SpanRow.id)
    ):
        days = counted.setdefault((generation, attempt), dict.fromkeys(PARTIES, 0.0))
        if party is not None:
            days[party] += ((until or max(as_of, since)) - since).total_seconds() / 86_400
    return counted


def span_rows(session: Session, enrollment: int, *, as_of: datetime) -> list[Row]:
    """Write the days by party as rows, one per attempt, with their sum at the end (E-28)."""
    counted = days_by_party(session, enrollment, as_of=as_of)
    rows = [_span_row(f"{generation}.{attempt}", days) for (generation, attempt), days in counted.items()]
    total = {party: sum(days[party] for days in counted.values()) for party in PARTIES}
    return [*rows, _span_row("all", total)] if rows else []


def _span_row(name: str, days: Mapping[Party, float]) -> Row:
    waited: Iterable[tuple[str, str]] = ((party.value, f"{days[party]:.1f}") for party in PARTIES)
    return {"attempt": name, **dict(waited), "days": f"{sum(days.values()):.1f}"}
