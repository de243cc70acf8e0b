"""A practice's gate before launch as people see it: one line per check and provider, and the one next step."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.best_use import deviations
from models.rules.calendars import zone_of
from models.rules.readiness_facts import GATE, LAUNCH, CheckState, GateState
from models.rules.readiness_gate import Gate, Part, Standing
from models.store.readiness import gate_of
from models.tables.practice_systems import ReadinessRow
from models.tables.practices import Practice

MARKS = {
    CheckState.PASSED: "● passed",
    CheckState.FAILED: "✕ failed",
    CheckState.OPEN: "○ open",
    CheckState.NOT_APPLICABLE: "◌ does not apply",
}


@dataclass(frozen=True, slots=True)
class ReadinessLine:
    """One check for the practice or one provider (by NPI): state, evidence in words, checker and time (UTC)."""

    key: str
    rule: str
    platform: str
    title: str
    provider: str
    state: CheckState
    evidence: str
    checker: str
    checked_at: datetime | None
    todo: str


@dataclass(frozen=True, slots=True)
class ReadinessView:
    """One practice's gate at one moment."""

    practice: str
    zone: str
    as_of: datetime
    state: GateState
    launched_at: datetime | None
    settled: int
    total: int
    next_step: str
    deviates: tuple[str, ...]
    lines: tuple[ReadinessLine, ...]


@dataclass(frozen=True, slots=True)
class GateGlance:
    """How a gate stood when it was looked at last: what was missing, and whether the website is launched."""

    state: GateState
    missing: int
    is_launched: bool


def gates_at_a_glance(session: Session, practice: str = "") -> dict[str, GateGlance]:
    """Say by practice, or for one, how the gates stood when they were looked at last; one query for all."""
    query = (
        select(Practice.key, ReadinessRow.check, ReadinessRow.state, ReadinessRow.evidence)
        .join(ReadinessRow, ReadinessRow.practice_id == Practice.id)
        .where(ReadinessRow.check.in_((GATE[0], LAUNCH[0])))
    )
    rows = session.execute(query.where(Practice.key == practice) if practice else query).all()
    launched = {key for key, check, *_ in rows if check == LAUNCH[0]}
    return {
        key: GateGlance(
            GateState.GREEN if state == CheckState.PASSED else GateState.RED,
            int(evidence.get("missing") or 0),
            key in launched,
        )
        for key, check, state, evidence in rows
        if check == GATE[0]
    }


def readiness_rows(session: Session, practice_id: int, *, as_of: datetime) -> ReadinessView:
    """Gather a practice's gate for a page or an artifact; it holds keys and codes, nobody's name.

    Raises:
        NoResultFound: there is no practice with this id.
    """
    practice = session.get_one(Practice, practice_id)
    found = gate_of(session, practice_id, as_of=as_of)
    return ReadinessView(
        practice=practice.key,
        zone=practice.zone,
        as_of=as_of,
        state=found.state,
        launched_at=found.launched_at,
        settled=len(found.standings) - len(found.missing),
        total=len(found.standings),
        next_step=found.next_step,
        deviates=tuple(one.sentence for one in deviations(found)),
        lines=tuple(_lines(found)),
    )


def _lines(found: Gate) -> Iterator[ReadinessLine]:
    for standing in found.standings:
        for part in standing.parts or (None,):
            yield _line(standing, part)


def _line(standing: Standing, part: Part | None) -> ReadinessLine:
    """Show one part of a check; what comes after something unsettled says so instead of having passed."""
    is_own = part is not None and not (standing.waits_for and part.state is not CheckState.FAILED)
    state = part.state if part is not None and is_own else standing.state
    return ReadinessLine(
        key=standing.check.key,
        rule=standing.check.rule,
        platform=standing.check.platform.value,
        title=standing.check.title,
        provider=part.subject if part is not None else "",
        state=state,
        evidence=part.verdict.sentence if part is not None and is_own else standing.sentence,
        checker=part.checker if part is not None else "",
        checked_at=part.checked_at if part is not None else None,
        todo=standing.todo if state in (CheckState.OPEN, CheckState.FAILED) else "",
    )


def readiness_markdown(view: ReadinessView) -> str:
    """Write one practice's gate as Markdown for a Prefect artifact."""
    launched = f" Website launched on {_moment(view.launched_at, view.zone)}." if view.launched_at else ""
    head = ("Rule", "Platform", "Check", "Provider", "State", "Evidence", "Checker", "When")
    lines = [head, tuple("---" for _ in head), *(_cells(one, view.zone) for one in view.lines)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    summary = (
        f"As of {_moment(view.as_of, view.zone)} the gate is **{view.state.value}**: "
        f"{view.settled} of {view.total} checks settled.{launched}"
    )
    habits = f"**Best use of both systems:** {' '.join(view.deviates) or 'as it should be.'}"
    steps = f"**Next step:** {view.next_step}\n\n{habits}"
    return f"# Readiness of {view.practice}\n\n{summary}\n\n{steps}\n\n{table}\n"


def _cells(one: ReadinessLine, zone: str) -> tuple[str, ...]:
    when = _moment(one.checked_at, zone) if one.checked_at else ""
    return (one.rule, one.platform, one.title, one.provider, MARKS[one.state], one.evidence, one.checker, when)


def _moment(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(zone_of(zone)):%Y-%m-%d %H:%M %Z}"
