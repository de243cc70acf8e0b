"""Journeys as facts: the whole of one for people's commands, heads for many due timers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from models.rules.decisions import NOTHING
from models.rules.onboarding_facts import (
    CallFacts,
    CallKey,
    EnrollmentKey,
    EnrollmentOutcome,
    Head,
    ItemFacts,
    Journey,
    JourneyStatus,
    PayerFacts,
    RegistrationFacts,
    SessionFacts,
    StepFacts,
    TrainingKey,
    Transaction,
    WaitFacts,
)
from models.rules.roles import Party, Role
from models.store import events, practices
from models.store.onboarding_shared import Busy, busy_of, leaders_of, sessions_ahead
from models.store.sending_stops import leaving_practices
from models.store.sets import among
from models.store.timers import FiredTimer
from models.tables.base import Base
from models.tables.onboarding import (
    CallRow,
    ItemRow,
    JourneyEnrollmentRow,
    JourneyPayerRow,
    JourneyRow,
    PaymentIssueRow,
    RegistrationRow,
    StepRow,
    TrainingSession,
    WaitRow,
)
from models.tables.practices import Person, Practice

_JOURNEYS, _PRACTICES = (one.metadata.tables[one.__tablename__] for one in (JourneyRow, Practice))
_HEAD = (
    *(_JOURNEYS.c[name] for name in ("id", "practice_id")),
    _PRACTICES.c.key.label("practice"),
    *(_PRACTICES.c[name] for name in ("zone", "calendar")),
    *(_JOURNEYS.c[name] for name in ("status", "version", "template_version")),
    *(_JOURNEYS.c[name] for name in ("signed_on", "went_live_on", "claims_confirmed_on", "first_era_on", "paused_at")),
)
_FACTS = tuple(one.name for one in fields(Head))
_ROLES_AT = _FACTS.index("roles")
_WAIT = ("step", "party", "since", "silent_since")


def present_journey(session: Session, practice: str) -> int | None:
    """Find the newest journey of a practice by its short name; one under way wins."""
    query = (
        select(JourneyRow.id)
        .join(Practice, Practice.id == JourneyRow.practice_id)
        .where(Practice.key == practice)
        .order_by(JourneyRow.status.in_((JourneyStatus.ACTIVE, JourneyStatus.PAUSED)).desc(), JourneyRow.id.desc())
    )
    return session.scalar(query.limit(1))


def journeys_of_status(session: Session, *statuses: JourneyStatus) -> Sequence[int]:
    """List journeys by status, the oldest first."""
    query = select(JourneyRow.id).order_by(JourneyRow.id)
    return session.scalars(query.where(JourneyRow.status.in_(statuses)) if statuses else query).all()


def practices_under_way(session: Session) -> Sequence[str]:
    """Name the practices whose journey is active or paused, by key."""
    query = select(Practice.key).join(JourneyRow, JourneyRow.practice_id == Practice.id).order_by(Practice.key)
    return session.scalars(query.where(JourneyRow.status.in_((JourneyStatus.ACTIVE, JourneyStatus.PAUSED)))).all()


def journey_of_link(session: Session, token_hash: str) -> int | None:
    """Find the journey of a private link by the token's hash; the links of a practice that leaves lead nowhere."""
    stays = JourneyRow.practice_id.not_in(leaving_practices())
    return session.scalar(select(JourneyRow.id).where(JourneyRow.link_hash == token_hash, stays))


def load_heads(session: Session, timers: Sequence[FiredTimer]) -> dict[int, Head]:
    """Load the heads of the journeys of due timers, with the waits that silences are about; by journey."""
    ids = {timer.process_id for timer in timers}
    waits: dict[int, dict[tuple[str, Party], WaitFacts]] = {}
    silent = {timer.process_id for timer in timers if timer.kind == "silence"}
    for journey, step, party, since, silent_since in _of(session, WaitRow, silent, *_WAIT):
        waits.setdefault(journey, {})[step, party] = WaitFacts(since, silent_since)
    query = select(*_HEAD).join(_PRACTICES, _PRACTICES.c.id == _JOURNEYS.c.practice_id)
    rows = session.execute(query.where(among(session, _JOURNEYS.c.id, ids))).all()
    roles = practices.present_roles(session, {row[1] for row in rows})
    return {row[0]: _head(row, roles[row[1]], waits.get(row[0], NOTHING)) for row in rows}


def _head(row: Sequence[Any], roles: dict[Role, str], waits: Mapping[tuple[str, Party], WaitFacts]) -> Head:
    facts = (*row[:_ROLES_AT], roles, *row[_ROLES_AT:], waits)  # by position: by name takes longer, and they are many
    return Head(*facts)


def load_journey(session: Session, journey_id: int, *, lock: bool = False, as_of: datetime) -> Journey:
    """Load one journey whole; with `lock`, nobody else changes it until the transaction ends."""
    if lock:
        practice = session.scalar(select(JourneyRow.practice_id).where(JourneyRow.id == journey_id))
        events.lock_practices(session, [practice] if practice else [])
    return load_journeys(session, [journey_id], as_of=as_of)[journey_id]


def load_journeys(session: Session, ids: Collection[int], *, as_of: datetime) -> dict[int, Journey]:
    """Load journeys whole, with one query per kind of fact, however many they are."""
    query = select(*_HEAD, _JOURNEYS.c.customer_id, _JOURNEYS.c.graduated_on)
    query = query.join(_PRACTICES, _PRACTICES.c.id == _JOURNEYS.c.practice_id)
    query = query.where(among(session, _JOURNEYS.c.id, ids))
    heads = session.execute(query).all()
    roles = practices.present_roles(session, {row.practice_id for row in heads})
    parts = {row.id: _Parts() for row in heads}
    _load_progress(session, parts)
    _load_calls(session, parts)
    _load_training(session, parts)
    _load_payers(session, parts)
    around = _around(session, heads, roles, as_of=as_of)
    return {row.id: _journey(row, roles[row.practice_id], parts[row.id], around) for row in heads}


@dataclass(slots=True)
class _Parts:
    """What belongs to one journey."""

    steps: dict[str, StepFacts] = field(default_factory=dict)
    items: dict[str, ItemFacts] = field(default_factory=dict)
    waits: dict[tuple[str, Party], WaitFacts] = field(default_factory=dict)
    calls: dict[CallKey, CallFacts] = field(default_factory=dict)
    training: dict[TrainingKey, RegistrationFacts] = field(default_factory=dict)
    payers: list[PayerFacts] = field(default_factory=list)
    enrollments: dict[EnrollmentKey, EnrollmentOutcome] = field(default_factory=dict)
    issues: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Around:
    """What journeys have in common: people to train by practice, sessions, staff, calls of colleagues by journey."""

    trainees: dict[int, tuple[str, ...]]
    sessions: tuple[SessionFacts, ...]
    staff: frozenset[str]
    candidate: str
    busy: dict[int, tuple[Busy, ...]]


def _journey(row: Row[Any], roles: dict[Role, str], parts: _Parts, around: _Around) -> Journey:
    return Journey(
        **row._asdict(),
        roles=roles,
        waits=parts.waits,
        steps=parts.steps,
        items=parts.items,
        calls=parts.calls,
        trainees=around.trainees[row.practice_id],
        training=parts.training,
        sessions=around.sessions,
        payers=tuple(parts.payers),
        enrollments=parts.enrollments,
        payment_issues=parts.issues,
        coach_candidate=around.candidate,
        staff=around.staff,
        busy=around.busy.get(row.id, ()),
    )


def _of(session: Session, table: type[Base], ids: Collection[int], *columns: str) -> Sequence[Row[Any]]:
    """Read columns of all rows of journeys as plain tuples, the journey first, in the order of the primary key."""
    own = table.__table__
    query = select(own.c.journey_id, *(own.c[name] for name in columns))
    return session.execute(query.where(among(session, own.c.journey_id, ids)).order_by(*own.primary_key)).all()


def _load_progress(session: Session, parts: dict[int, _Parts]) -> None:
    for journey, key, *facts in _of(session, StepRow, parts, "step", "state", "opened_at", "ended_at"):
        parts[journey].steps[key] = StepFacts(*facts)
    item = ("item", "state", "opened_at", "settled_at", "by", "reason")
    for journey, key, *facts in _of(session, ItemRow, parts, *item):
        parts[journey].items[key] = ItemFacts(*facts)
    for journey, step, party, *facts in _of(session, WaitRow, parts, *_WAIT):
        parts[journey].waits[step, party] = WaitFacts(*facts)


def _load_calls(session: Session, parts: dict[int, _Parts]) -> None:
    columns = ("call", "number", "state", "starts_at", "minutes", "sequence")
    for journey, call, number, *facts in _of(session, CallRow, parts, *columns):
        parts[journey].calls[call, number] = CallFacts(*facts)


def _load_training(session: Session, parts: dict[int, _Parts]) -> None:
    columns = ("person", "topic", "state", "session_id", "starts_at", "sequence")
    for journey, person, topic, *facts in _of(session, RegistrationRow, parts, *columns):
        parts[journey].training[person, topic] = RegistrationFacts(*facts)


def _load_payers(session: Session, parts: dict[int, _Parts]) -> None:
    columns = ("payer", "expected_claims", "transactions", "chosen_rank")
    for journey, key, expected, planned, rank in _of(session, JourneyPayerRow, parts, *columns):
        transactions = tuple(Transaction(word) for word in planned.split(",") if word)
        parts[journey].payers.append(PayerFacts(key, expected, transactions, rank))
    for journey, payer, kind, outcome in _of(session, JourneyEnrollmentRow, parts, "payer", "transaction", "outcome"):
        parts[journey].enrollments[payer, kind] = outcome
    for journey, issue, is_open in _of(session, PaymentIssueRow, parts, "issue", "is_open"):
        parts[journey].issues[issue] = is_open


def _around(
    session: Session, heads: Sequence[Row[Any]], roles: dict[int, dict[Role, str]], *, as_of: datetime
) -> _Around:
    is_without_coach = any(Role.SUCCESS_COACH not in held for held in roles.values())
    candidate = practices.coach_with_fewest_journeys(session) if is_without_coach else ""
    leaders = {row.id: leaders_of(roles[row.practice_id], candidate) for row in heads}
    return _Around(
        trainees=_trainees(session, set(roles)),
        sessions=sessions_ahead(session, as_of=as_of),
        staff=practices.active_staff(session),
        candidate=candidate,
        busy=busy_of(session, leaders, as_of=as_of),
    )


def _trainees(session: Session, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    query = select(Person.practice_id, Person.key).where(among(session, Person.practice_id, ids), Person.is_trainee)
    people: dict[int, tuple[str, ...]] = dict.fromkeys(ids, ())
    for practice, person in session.execute(query.order_by(Person.key)):
        people[practice] = (*people[practice], person)
    return people


def payer_names(session: Session, journey_id: int) -> dict[str, str]:
    """Give the names of a journey's payers by their keys."""
    return payer_names_of(session, [journey_id])[journey_id]


def payer_names_of(session: Session, ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Give the names of the payers of journeys by their keys, by journey."""
    names: dict[int, dict[str, str]] = {journey: {} for journey in ids}
    for journey, payer, name in _of(session, JourneyPayerRow, ids, "payer", "name"):
        names[journey][payer] = name
    return names


def session_dates_of(session: Session, ids: Collection[int]) -> dict[int, dict[int, tuple[datetime, int]]]:
    """Give start and minutes of the training sessions in which people of journeys have places, by journey."""
    query = (
        select(RegistrationRow.journey_id, TrainingSession.id, TrainingSession.starts_at, TrainingSession.minutes)
        .join(TrainingSession, TrainingSession.id == RegistrationRow.session_id)
        .where(among(session, RegistrationRow.journey_id, ids))
        .distinct()
    )
    dates: dict[int, dict[int, tuple[datetime, int]]] = {journey: {} for journey in ids}
    for journey, number, starts_at, minutes in session.execute(query):
        dates[journey][number] = (starts_at, minutes)
    return dates
