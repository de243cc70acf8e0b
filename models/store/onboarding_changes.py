"""What a decision changes in a journey's rows: compare-and-set on the version, then one statement for each part."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, inspect, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.db import DatabaseFailure
from models.inputs.intake import Intake
from models.rules.decisions import Process, Refusal
from models.rules.onboarding import CURRENT_VERSION
from models.rules.onboarding_decision import decide
from models.rules.onboarding_events import Begin, Event
from models.rules.onboarding_facts import Decision, Head, Journey, JourneyStatus
from models.store import events, practices
from models.store.effects import Outcome, carry_out
from models.store.onboarding import load_journey, payer_names
from models.store.onboarding_shared import is_still_free
from models.store.sets import is_sqlite
from models.tables.base import Base, new_id
from models.tables.enrollment import PayerRow
from models.tables.onboarding import (
    CallRow,
    ItemRow,
    JourneyEnrollmentRow,
    JourneyPayerRow,
    JourneyRow,
    PaymentIssueRow,
    RegistrationRow,
    StepRow,
    WaitRow,
)


class JourneyChangedError(DatabaseFailure):
    """Somebody else changed the journey, or took what it takes, in between; the whole transaction is tried again."""

    def __init__(self, what: str) -> None:
        super().__init__("JOURNEY_CHANGED", retryable=True, hint=what)


class TakenError(JourneyChangedError):
    """Somebody took a seat or an hour since the journey was loaded; nothing was written, and the rest is ours now."""


LOOKS: Final = 3
"""How often one transaction decides: once calendars are locked nobody takes another hour, then the same of seats."""


@dataclass(frozen=True, slots=True)
class Command:
    """One event of one journey, with who caused it and the key that makes it happen once."""

    journey_id: int
    event: Event
    by: str
    key: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a command led to; `again` says that it had been carried out before."""

    kinds: tuple[str, ...] = ()
    again: bool = False


def begin_journey(session: Session, practice_id: int, intake: Intake, *, by: str, key: str, as_of: datetime) -> int:
    """Create a journey with its payers, and take its first decision (O-01).

    Raises:
        ConstraintBroken: uq_journeys_present, the practice already has a journey under way.
    """
    events.lock_practices(session, [practice_id])
    journey_id = new_id()
    session.add(_new_journey(session, journey_id, practice_id, intake, as_of=as_of))
    session.flush()
    for payer in intake.payers:
        session.add(
            JourneyPayerRow(
                journey_id=journey_id,
                payer=payer.key,
                name=payer.name,
                expected_claims=payer.expected_claims_per_month,
                transactions=",".join(payer.transactions),
            )
        )
    for member in intake.team:
        practices.assign(session, practice_id, member.role, member.key, as_of=as_of)
    session.flush()
    carry_out_command(session, Command(journey_id, Begin(intake.agreement_terms), by, key), as_of=as_of)
    return journey_id


def _new_journey(session: Session, journey_id: int, practice_id: int, intake: Intake, *, as_of: datetime) -> JourneyRow:
    token = practices.link_token(session, practice_id, journey_id)
    return JourneyRow(
        id=journey_id,
        practice_id=practice_id,
        status=JourneyStatus.ACTIVE,
        template_version=CURRENT_VERSION,
        terms=intake.agreement_terms,
        started_at=as_of,
        target_on=intake.target_date,
        answers={},
        link_hash=practices.hash_of_token(token),
    )


def carry_out_command(session: Session, command: Command, *, as_of: datetime) -> Recorded | Refusal:
    """Carry out what a person or a due timer wants of one journey, once per key (O-48).

    Raises:
        JourneyChangedError: the version moved in between, or seats and hours were taken again and again.
    """
    journey = load_journey(session, command.journey_id, lock=True, as_of=as_of)
    if events.happened(session, process=Process.ONBOARDING, process_id=journey.id, key=command.key):
        return Recorded(again=True)
    decision = _decided(session, journey, command, as_of=as_of)
    if isinstance(decision, Refusal):
        return decision
    carry_out(session, [outcome_of(journey, decision, by=command.by, key=command.key)], as_of=as_of)
    return Recorded(tuple(note.kind for note in decision.notes))


def _decided(session: Session, journey: Journey, command: Command, *, as_of: datetime) -> Decision | Refusal:
    """Decide and write; where somebody was faster with an hour or a seat, decide anew while theirs are locked."""
    for _ in range(LOOKS - 1):
        with suppress(TakenError):
            return _written(session, journey, command, as_of=as_of)
        journey = load_journey(session, command.journey_id, as_of=as_of)
    return _written(session, journey, command, as_of=as_of)


def _written(session: Session, journey: Journey, command: Command, *, as_of: datetime) -> Decision | Refusal:
    decision = decide(journey, command.event, by=command.by, as_of=as_of)
    if not isinstance(decision, Refusal):
        change_journey(session, journey, decision, as_of=as_of)
    return decision


def outcome_of(
    journey: Head, decision: Decision, *, by: str, key: str, fired: tuple[str, str] | None = None
) -> Outcome:
    """Give the part of a decision that is the same for every process."""
    status = decision.journey.get("status", journey.status)
    return Outcome(
        journey.practice_id,
        Process.ONBOARDING,
        journey.id,
        key,
        by,
        decision.notes,
        decision.effects,
        is_paused=status is JourneyStatus.PAUSED,
        fired=fired,
    )


def change_journey(session: Session, journey: Head, decision: Decision, *, as_of: datetime) -> None:
    """Write what changed in a journey.

    Raises:
        TakenError: a seat or an hour is taken; nothing was written.
        JourneyChangedError: the version is not the one that was decided upon.
    """
    if not is_still_free(session, journey, decision, as_of=as_of):
        message = f"somebody took a seat or an hour that journey {journey.id} was given"
        raise TakenError(message)
    _step_version(session, journey, decision)
    for role, staff in decision.roles.items():
        practices.assign(session, journey.practice_id, role, staff, as_of=as_of)
    _put(session, StepRow, [{"step": key, **_fields(facts)} for key, facts in decision.steps.items()], journey.id)
    _put(session, ItemRow, [{"item": key, **_fields(facts)} for key, facts in decision.items.items()], journey.id)
    _put(session, CallRow, [{"call": k, "number": n, **_fields(f)} for (k, n), f in decision.calls.items()], journey.id)
    _put(session, RegistrationRow, _registrations(decision), journey.id)
    _change_waits(session, journey.id, decision)
    _change_payers(session, journey.id, decision, as_of=as_of)


def _step_version(session: Session, journey: Head, decision: Decision) -> None:
    columns: dict[str, Any] = dict(decision.journey)
    if decision.answers:
        columns["answers"] = dict(decision.answers)
    stepped = (
        update(JourneyRow)
        .where(JourneyRow.id == journey.id, JourneyRow.version == journey.version)
        .values(version=journey.version + 1, **columns)
        .returning(JourneyRow.id)
        .execution_options(synchronize_session=False)
    )
    if session.execute(stepped).first() is None:
        message = f"journey {journey.id} is no longer at version {journey.version}"
        raise JourneyChangedError(message)


def _fields(facts: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the facts that a row is made of
    return {name: getattr(facts, name) for name in facts.__slots__}


def _registrations(decision: Decision) -> list[dict[str, Any]]:
    rows = []
    for (person, topic), facts in decision.training.items():
        fields = _fields(facts)
        rows.append({"person": person, "topic": topic, "session_id": fields.pop("session"), **fields})
    return rows


def _change_waits(session: Session, journey_id: int, decision: Decision) -> None:
    over = [key for key, wait in decision.waits.items() if wait is None]
    if over:
        session.execute(
            delete(WaitRow)
            .where(WaitRow.journey_id == journey_id, tuple_(WaitRow.step, WaitRow.party).in_(over))
            .execution_options(synchronize_session=False)
        )
    rows = [{"step": k, "party": p, **_fields(wait)} for (k, p), wait in decision.waits.items() if wait is not None]
    _put(session, WaitRow, rows, journey_id)


def _change_payers(session: Session, journey_id: int, decision: Decision, *, as_of: datetime) -> None:
    _put(session, JourneyPayerRow, _payers(session, journey_id, decision), journey_id)
    enrollments = [
        {"payer": payer, "transaction": kind, "outcome": outcome, "recorded_at": as_of}
        for (payer, kind), outcome in decision.enrollments.items()
    ]
    _put(session, JourneyEnrollmentRow, enrollments, journey_id)
    issues = [
        {"issue": key, "is_open": is_open, "recorded_at": as_of} for key, is_open in decision.payment_issues.items()
    ]
    _put(session, PaymentIssueRow, issues, journey_id)


def _payers(session: Session, journey_id: int, decision: Decision) -> list[dict[str, Any]]:
    """Give the changed payers with their names: those of the journey, or of the installation's list."""
    if not decision.payers:
        return []
    keys = list(decision.payers)
    names = dict(session.execute(select(PayerRow.key, PayerRow.name).where(PayerRow.key.in_(keys))).tuples().all())
    names |= payer_names(session, journey_id)
    return [
        {
            "payer": key,
            "name": names.get(key, key),
            "expected_claims": payer.expected_claims,
            "transactions": ",".join(payer.transactions),
            "chosen_rank": payer.chosen_rank,
        }
        for key, payer in decision.payers.items()
    ]


def _put(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], journey_id: int) -> None:
    """Insert rows or replace them, by primary key."""
    if not rows:
        return
    statement = (sqlite if is_sqlite(session) else postgresql).insert(table)
    keys = [column.name for column in inspect(table).primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    upsert = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    session.execute(upsert, [{"journey_id": journey_id, **row} for row in rows])
