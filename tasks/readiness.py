"""The gate before launch: commands of people, the daily look at every practice, and what people see of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.reports.readiness import readiness_markdown, readiness_rows
from models.rules.decisions import Refusal
from models.rules.readiness_commands import Command, Look
from models.rules.readiness_facts import SYSTEM
from models.store import practices, readiness
from models.store.readiness import Recorded, Wanted
from tasks.policy import effect, safe


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at some practices found: counts by outcome, and the ids of those where something changed."""

    counts: Counter[str] = field(default_factory=Counter)
    changed: list[int] = field(default_factory=list)


@effect()
def record(practice: str, command: Command, *, by: str, key: str, as_of: datetime) -> Answer:
    """Carry out what a person wants at a practice's gate, once per key; refusals come back in plain words."""

    def carry_out(session: Session) -> Answer:
        found = practices.find_practice(session, practice)
        if found is None:
            return Answer.refused(f"There is no practice with the key {practice}; start its journey from an intake.")
        if by not in practices.active_staff(session):
            return Answer.refused(f"There is no member of staff with the key {by}; write who is acting.")
        done = readiness.carry_out_command(session, Wanted(found.id, command, by, key), as_of=as_of)
        if isinstance(done, Refusal):
            return Answer.refused(done.sentence)
        return _answer(session, found.id, done, as_of=as_of)

    return transaction(carry_out)


def _answer(session: Session, practice_id: int, done: Recorded, *, as_of: datetime) -> Answer:
    """Say what was recorded, and how the gate stands now."""
    if done.again or not done.kinds:
        return Answer.repeated()
    found = readiness.gate_of(session, practice_id, as_of=as_of)
    told = Answer.done(done.kinds)
    return Answer(True, f"{told.sentence} The gate is {found.state}. Next: {found.next_step}", told.kinds)  # noqa: FBT003


@safe
def practices_to_check(practice: str = "") -> list[int]:
    """Name the practices whose gate is to be looked at: one by its key, else all that have one."""
    if not practice:
        return read(readiness.practices_with_gate)
    found = read(lambda session: practices.find_practice(session, practice))
    return [found.id] if found else []


@effect()
def check_practices(practice_ids: Sequence[int], *, as_of: datetime) -> Looked:
    """Look at the gates of some practices, each in its own transaction; one failure never stops the others."""
    looked, key = Looked(), f"readiness:{as_of.isoformat()}"
    for practice in practice_ids:
        wanted = Wanted(practice, Look(), SYSTEM, key)
        try:
            done = transaction(partial(readiness.carry_out_command, wanted=wanted, as_of=as_of))
            found = read(partial(readiness.gate_of, practice_id=practice, as_of=as_of))
        except Exception:  # noqa: BLE001 - the next look tries again; here it is counted
            looked.counts["failed"] += 1
            continue
        looked.counts[found.state.value] += 1
        if isinstance(done, Recorded) and done.kinds:
            looked.changed.append(practice)
    return looked


@effect()
def show_readiness(practice_ids: Sequence[int], *, as_of: datetime) -> None:
    """Show practices' gates, a page each: every check with evidence, checker and time, and the one next step."""
    for practice in practice_ids:
        view = read(partial(readiness_rows, practice_id=practice, as_of=as_of))
        create_markdown_artifact(
            readiness_markdown(view), key=f"readiness-{view.practice}", description=f"Readiness of {view.practice}"
        )


@effect()
def show_gates(practice_ids: Sequence[int], *, as_of: datetime) -> None:
    """Show all gates in one table."""
    rows = []
    for practice in practice_ids:
        view = read(partial(readiness_rows, practice_id=practice, as_of=as_of))
        settled = f"{view.settled} of {view.total}"
        launched = str(view.launched_at.date()) if view.launched_at else ""
        rows.append(
            {
                "practice": view.practice,
                "gate": view.state.value,
                "settled": settled,
                "launched": launched,
                "next": view.next_step,
            }
        )
    create_table_artifact(rows, key="readiness", description="Readiness of all practices: gate, checks, next step")
