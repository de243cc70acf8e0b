"""The gate before launch in the database: what it is decided upon, what was found, and who has to act (A-01)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.db import DatabaseFailure
from models.rules.decisions import Process, Refusal
from models.rules.messages import MessageKind, Owner
from models.rules.readiness_commands import Command, decide
from models.rules.readiness_facts import GATE, TASK, CheckState, Facts, Key, ProviderSettings, Record, Reminders
from models.rules.readiness_gate import Gate, feedback_block, gate
from models.store import events
from models.store.communications import practices_in_kareo
from models.store.effects import Outcome, carry_out
from models.store.feedback_policies import present_policies
from models.store.sets import is_sqlite
from models.tables.booking import AlertRecipientRow, BookingReasonRow, CalendarRow, InsuranceRow
from models.tables.practice_systems import (
    CommunicationRow,
    MessageOwnerRow,
    PracticeSystemRow,
    ReadinessRow,
    VisitReasonRow,
)
from models.tables.practices import Practice, Provider
from models.tables.work_items import WorkItem


class ReadinessChangedError(DatabaseFailure):
    """Somebody else changed the gate in between; the whole transaction is tried again."""

    def __init__(self, practice_id: int) -> None:
        super().__init__("READINESS_CHANGED", retryable=True, hint=f"gate of practice {practice_id}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One command at one practice's gate, with who caused it and the key that makes it happen once."""

    practice_id: int
    command: Command
    by: str
    key: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a command led to; `again` says that it had been carried out before."""

    kinds: tuple[str, ...] = ()
    again: bool = False


def carry_out_command(session: Session, wanted: Wanted, *, as_of: datetime) -> Recorded | Refusal:
    """Carry out what a person or the clock wants at a practice's gate, once per key.

    Raises:
        ReadinessChangedError: the gate is not as it was when this was decided.
    """
    practice = wanted.practice_id
    heads = events.lock_practices(session, [practice])
    if events.happened(session, process=Process.PRACTICE, process_id=practice, key=wanted.key):
        return Recorded(again=True)
    facts = load_facts(session, practice)
    change = decide(facts, wanted.command, by=wanted.by, as_of=as_of)
    if isinstance(change, Refusal):
        return change
    _write(session, facts, change.records)
    if change.notes or change.effects:
        outcome = Outcome(practice, Process.PRACTICE, practice, wanted.key, wanted.by, change.notes, change.effects)
        carry_out(session, [outcome], as_of=as_of, heads=heads)
    return Recorded(tuple(note.kind for note in change.notes))


def gate_of(session: Session, practice_id: int, *, as_of: datetime) -> Gate:
    """Say how a practice's gate stands at this moment, by what is saved now."""
    return gate(load_facts(session, practice_id), as_of=as_of)


def is_feedback_blocked(session: Session, practice_id: int) -> bool:
    """Say whether sending feedback requests stays blocked, as both systems would ask the patient (F-157)."""
    return feedback_block(load_facts(session, practice_id)) is not None


def practices_with_gate(session: Session) -> list[int]:
    """List the practices that have a gate: a PatientPop subscription, or anything set up for appointments."""
    query = select(Practice.id).where(_has_gate()).order_by(Practice.id)
    return list(session.scalars(query))


def has_gate(session: Session, practice_id: int) -> bool:
    """Say whether a practice has a gate."""
    return session.scalar(select(Practice.id).where(Practice.id == practice_id, _has_gate())) is not None


def _has_gate() -> Any:  # noqa: ANN401 - a condition in SQL
    began = (
        exists().where(table.practice_id == Practice.id) for table in (PracticeSystemRow, CalendarRow, ReadinessRow)
    )
    return or_(("," + Practice.subscriptions + ",").like("%,patientpop,%"), *began)


def load_facts(session: Session, practice_id: int) -> Facts:
    """Load what a practice's gate is decided upon.

    Raises:
        NoResultFound: there is no practice with this id.
    """
    practice = session.get_one(Practice, practice_id)
    reasons, without_minutes = session.execute(
        select(func.count(), func.count().filter(VisitReasonRow.minutes <= 0)).where(
            VisitReasonRow.practice_id == practice_id, VisitReasonRow.is_active
        )
    ).one()
    return Facts(
        practice_id=practice_id,
        zone=practice.zone,
        calendar=practice.calendar,
        providers=_providers(session, practice_id),
        has_kareo=bool(practices_in_kareo(session, [practice_id])),
        is_engage="engage" in practice.subscriptions.split(","),
        alert_recipients=_count(session, AlertRecipientRow, practice_id),
        insurances=_count(session, InsuranceRow, practice_id, InsuranceRow.is_offered),
        booking_reasons=_count(session, BookingReasonRow, practice_id, BookingReasonRow.is_offered),
        visit_reasons=reasons,
        visit_reasons_without_minutes=without_minutes,
        feedback_attempts=len(present_policies(session, [practice_id])[practice_id].policy.asks),
        owners=_owners(session, practice_id),
        records=_records(session, practice_id),
        asked=_asked(session, practice_id),
    )


def _count(session: Session, table: Any, practice_id: int, *conditions: Any) -> int:  # noqa: ANN401 - any table
    query = select(func.count()).select_from(table).where(table.practice_id == practice_id, *conditions)
    return session.scalar(query) or 0


def _providers(session: Session, practice_id: int) -> tuple[ProviderSettings, ...]:
    calendars: dict[int, list[bool]] = {}
    weeks = select(CalendarRow.provider_id, CalendarRow.settings).where(CalendarRow.practice_id == practice_id)
    for provider, settings in session.execute(weeks):
        calendars.setdefault(provider, []).append(_has_hours(settings))
    row = CommunicationRow
    query = (
        select(Provider.id, Provider.npi, row.is_on, row.minutes_before, row.has_surveys)
        .outerjoin(row, row.provider_id == Provider.id)
        .where(Provider.practice_id == practice_id)
        .order_by(Provider.npi)
    )
    return tuple(
        ProviderSettings(npi, len(mine := calendars.get(key, [])), sum(mine), _reminders(*saved))
        for key, npi, *saved in session.execute(query)
    )


def _has_hours(settings: Mapping[str, Any]) -> bool:
    return any(day["is_available"] and day["windows"] for day in settings["week"])


def _reminders(is_on: bool | None, minutes_before: list[int] | None, has_surveys: bool | None) -> Reminders | None:  # noqa: FBT001 - a row
    if is_on is None:
        return None
    return Reminders(is_on, tuple(minutes_before or ()), bool(has_surveys))


def _owners(session: Session, practice_id: int) -> dict[MessageKind, frozenset[Owner]]:
    query = select(MessageOwnerRow.kind, MessageOwnerRow.owner).where(MessageOwnerRow.practice_id == practice_id)
    owners: dict[MessageKind, frozenset[Owner]] = {}
    for kind, owner in session.execute(query):
        owners[kind] = owners.get(kind, frozenset()) | {owner}
    return owners


def _records(session: Session, practice_id: int) -> dict[Key, Record]:
    """Load what was found last; as columns, so that nothing stale is kept in the session."""
    query = select(
        ReadinessRow.check,
        ReadinessRow.subject,
        ReadinessRow.state,
        ReadinessRow.evidence,
        ReadinessRow.checker,
        ReadinessRow.checked_at,
    ).where(ReadinessRow.practice_id == practice_id)
    return {
        (check, subject): Record(CheckState(state), evidence, checker, checked_at)
        for check, subject, state, evidence, checker, checked_at in session.execute(query)
    }


def _asked(session: Session, practice_id: int) -> frozenset[str]:
    query = select(WorkItem.key).where(
        WorkItem.process == Process.PRACTICE,
        WorkItem.process_id == practice_id,
        WorkItem.closed_at.is_(None),
        WorkItem.key.startswith(TASK),
    )
    return frozenset(session.scalars(query))


def _write(session: Session, facts: Facts, records: Mapping[Key, Record]) -> None:
    """Write what was found; the gate's own row goes first and must be as it was read."""
    _step_gate(session, facts, records[GATE])
    rows = [_row(facts.practice_id, key, record) for key, record in records.items() if key != GATE]
    if rows:
        _put(session, rows)


def _step_gate(session: Session, facts: Facts, now: Record) -> None:
    before, row = facts.records.get(GATE), _row(facts.practice_id, GATE, now)
    if before is None:
        insert = (sqlite if is_sqlite(session) else postgresql).insert(ReadinessRow)
        written: Any = insert.values(row).on_conflict_do_nothing().returning(ReadinessRow.practice_id)
    else:
        written = (
            update(ReadinessRow)
            .where(ReadinessRow.practice_id == facts.practice_id, ReadinessRow.check == GATE[0])
            .where(ReadinessRow.state == before.state.value, ReadinessRow.checked_at == before.checked_at)
            .values(row)
            .returning(ReadinessRow.practice_id)
            .execution_options(synchronize_session=False)
        )
    if session.execute(written).first() is None:
        raise ReadinessChangedError(facts.practice_id)


def _put(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    statement = (sqlite if is_sqlite(session) else postgresql).insert(ReadinessRow)
    changed = {name: statement.excluded[name] for name in ("state", "evidence", "checker", "checked_at")}
    session.execute(
        statement.on_conflict_do_update(index_elements=["practice_id", "check", "subject"], set_=changed), list(rows)
    )


def _row(practice_id: int, key: Key, record: Record) -> dict[str, Any]:
    check, subject = key
    return {
        "practice_id": practice_id,
        "check": check,
        "subject": subject,
        "state": record.state.value,
        "evidence": dict(record.evidence),
        "checker": record.checker,
        "checked_at": record.checked_at,
    }
