"""How far a practice's website is from its launch, as the practice itself may see it: nothing of ours, no evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.calendars import local_day
from models.rules.readiness import Scope
from models.rules.readiness_facts import CheckState, Facts, GateState
from models.rules.readiness_gate import Standing, gate, role_for
from models.rules.roles import Party
from models.store.keys import keys_of
from models.store.readiness import has_gate, load_facts
from models.tables.practices import Practice, Provider


@dataclass(frozen=True, slots=True)
class LaunchLine:
    """One check: its state, who acts where anybody does, whether it can be done now, and whom it still lacks.

    `missing` names the providers for whom it is not settled; the practice as a whole has none.
    """

    key: str
    title: str
    platform: str
    state: CheckState
    party: Party | None
    is_due: bool
    missing: tuple[str, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class LaunchStatus:
    """One practice's way to its launch at one moment; days are local ones."""

    practice: str
    name: str
    zone: str
    today: date
    has_gate: bool
    state: GateState
    launched_on: date | None
    settled: int
    total: int
    lines: tuple[LaunchLine, ...]

    @property
    def needs(self) -> tuple[LaunchLine, ...]:
        """What the practice itself can do now."""
        return tuple(one for one in self.lines if one.party is Party.PRACTICE and one.is_due and self.has_gate)


def launch_status(session: Session, practice: Practice, *, as_of: datetime) -> LaunchStatus:
    """Gather how a practice's gate stands at this moment (A-01)."""
    facts = load_facts(session, practice.id)
    found, names = gate(facts, as_of=as_of), _providers(session, practice.id)
    return LaunchStatus(
        practice.key,
        practice.name,
        practice.zone,
        local_day(as_of, practice.zone),
        has_gate(session, practice.id),
        found.state,
        local_day(found.launched_at, practice.zone) if found.launched_at else None,
        len(found.standings) - len(found.missing),
        len(found.standings),
        tuple(_line(one, facts, names) for one in found.standings),
    )


def _providers(session: Session, practice: int) -> dict[str, str]:
    keys = keys_of(session, practice)
    rows = session.execute(select(Provider.id, Provider.npi, Provider.name).where(Provider.practice_id == practice))
    return {npi: keys.unseal(name, table="providers", column="name", row_id=number) for number, npi, name in rows}


def _line(one: Standing, facts: Facts, names: Mapping[str, str]) -> LaunchLine:
    unsettled = (part.subject for part in one.parts if part.state in (CheckState.OPEN, CheckState.FAILED))
    return LaunchLine(
        one.check.key,
        one.check.title,
        one.check.platform.value,
        one.state,
        None if one.is_settled else role_for(one.check, facts).party,
        one.is_due,
        tuple(names.get(npi, npi) for npi in unsettled) if one.check.scope is Scope.PROVIDER else (),
    )
