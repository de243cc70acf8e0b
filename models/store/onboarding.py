"""Journeys as facts: the whole of one for people's commands, heads for many due timers."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Row, Select, String, and_, cast, func, select
from sqlalchemy.orm import Session

from models.rules.onboarding_facts import (
    CallFacts,
    CallState,
    Head,
    ItemFacts,
    Journey,
    JourneyStatus,
    PayerFacts,
    RegistrationFacts,
    SessionFacts,
    StepFacts,
    TrainingState,
    Transaction,
    WaitFacts,
)
from models.rules.roles import Party, Role
from models.store import practices
from models.tables.base import Base
from models.tables.onboarding import (
    CallRow,
    EnrollmentRow,
    ItemRow,
    JourneyRow,
    PayerRow,
    PaymentIssueRow,
    RegistrationRow,
    StepRow,
    TrainingSession,
    WaitRow,
)
from models.tables.practices import Person, Practice, RoleAssignment
from models.tables.timers import Timer

T = TypeVar("T", bound=Base)
_HEAD = (
    JourneyRow.id,
    JourneyRow.practice_id,
    Practice.key,
    Practice.zone,
    Practice.calendar,
    JourneyRow.status,
    JourneyRow.version,
    JourneyRow.template_version,
    JourneyRow.signed_on,
    JourneyRow.went_live_on,
    JourneyRow.claims_confirmed_on,
    JourneyRow.first_era_on,
    JourneyRow.paused_at,
    JourneyRow.customer_id,
)
_NO_ROLES: dict[Role, str] = {}


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


def journey_of_link(session: Session, token_hash: str) -> int | None:
    """Find the journey of a private link by the token's hash."""
    return session.scalar(select(JourneyRow.id).where(JourneyRow.link_hash == token_hash))


def load_heads(session: Session, timers: Collection[int]) -> dict[int, Head]:
    """Load, for due timers, the heads of their journeys with the one wait that a silence is about; by timer."""
    waits: dict[int, dict[tuple[str, Party], WaitFacts]] = defaultdict(dict)
    about = and_(
        WaitRow.journey_id == Timer.process_id, WaitRow.step + ":" + cast(WaitRow.party, String) == Timer.subject
    )
    silent = select(Timer.id, WaitRow.step, WaitRow.party, WaitRow.since, WaitRow.silent_since).join(WaitRow, about)
    for timer, step, party, since, silent_since in session.execute(silent.where(Timer.id.in_(timers))):
        waits[timer] = {(step, party): WaitFacts(since, silent_since)}
    query = (
        select(Timer.id, Timer.subject, *_HEAD)
        .join(JourneyRow, JourneyRow.id == Timer.process_id)
        .join(Practice, Practice.id == JourneyRow.practice_id)
        .where(Timer.id.in_(timers))
    )
    rows = session.execute(query).all()
    ours = {row.practice_id for row in rows if row.subject.endswith(Party.US)}
    roles = practices.present_roles(session, ours) if ours else {}
    return {row[0]: _head(row[2:], roles.get(row.practice_id, _NO_ROLES), waits.get(row[0], {})) for row in rows}


def _head(row: Sequence[object], roles: dict[Role, str], waits: dict[tuple[str, Party], WaitFacts]) -> Head:
    return Head(*row[:8], roles, *row[8:13], waits)  # type: ignore[arg-type]  # one select, in the order of the fields


def load_journey(session: Session, journey_id: int, *, lock: bool = False, as_of: datetime) -> Journey:
    """Load one journey whole; with `lock`, nobody else changes it until the transaction ends."""
    if lock:
        session.execute(select(JourneyRow.id).where(JourneyRow.id == journey_id).with_for_update())
    return load_journeys(session, [journey_id], as_of=as_of)[journey_id]


def load_journeys(session: Session, ids: Collection[int], *, as_of: datetime) -> dict[int, Journey]:
    """Load journeys whole, with one query per kind of fact, however many they are."""
    heads = session.execute(
        select(*_HEAD).join(Practice, Practice.id == JourneyRow.practice_id).where(JourneyRow.id.in_(ids))
    ).all()
    of_practice = {row.id: row.practice_id for row in heads}
    roles = practices.present_roles(session, set(of_practice.values()))
    trainees = _trainees(session, set(of_practice.values()))
    steps, items, waits = _of(session, StepRow, ids), _of(session, ItemRow, ids), _of(session, WaitRow, ids)
    calls, training = _of(session, CallRow, ids), _of(session, RegistrationRow, ids)
    payers, enrollments = _of(session, PayerRow, ids), _of(session, EnrollmentRow, ids)
    issues = _of(session, PaymentIssueRow, ids)
    sessions, staff = _sessions(session, as_of=as_of), practices.active_staff(session)
    candidate = practices.coach_with_fewest_journeys(session)
    return {
        row.id: Journey(
            *row[:8],
            roles[row.practice_id],
            *row[8:13],
            {(wait.step, wait.party): WaitFacts(wait.since, wait.silent_since) for wait in waits[row.id]},
            steps={step.step: StepFacts(step.state, step.opened_at, step.ended_at) for step in steps[row.id]},
            items={item.item: _item(item) for item in items[row.id]},
            calls={(call.call, call.number): _call(call) for call in calls[row.id]},
            trainees=trainees[row.practice_id],
            training={(place.person, place.topic): _registration(place) for place in training[row.id]},
            sessions=sessions,
            payers=tuple(_payer(payer) for payer in payers[row.id]),
            enrollments={(each.payer, each.transaction): each.outcome for each in enrollments[row.id]},
            payment_issues={issue.issue: issue.is_open for issue in issues[row.id]},
            customer_id=row.customer_id,
            coach_candidate=candidate,
            staff=staff,
            busy=_busy(session, row, roles[row.practice_id], as_of=as_of),
        )
        for row in heads
    }


def _of(session: Session, table: type[T], ids: Collection[int]) -> dict[int, list[T]]:
    query: Select[tuple[T]] = select(table).where(table.__table__.c.journey_id.in_(ids))
    found: dict[int, list[T]] = defaultdict(list)
    for row in session.scalars(query.order_by(*table.__table__.primary_key.columns)):
        found[row.journey_id].append(row)  # type: ignore[attr-defined]  # every table asked for is one of a journey
    return found


def _trainees(session: Session, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    query = select(Person.practice_id, Person.key).where(Person.practice_id.in_(ids), Person.is_trainee)
    people: dict[int, tuple[str, ...]] = dict.fromkeys(ids, ())
    for practice, person in session.execute(query.order_by(Person.key)):
        people[practice] = (*people[practice], person)
    return people


def _sessions(session: Session, *, as_of: datetime) -> tuple[SessionFacts, ...]:
    """List sessions ahead with their free seats."""
    taken = (
        select(RegistrationRow.session_id, func.count().label("taken"))
        .where(RegistrationRow.state == TrainingState.REGISTERED)
        .group_by(RegistrationRow.session_id)
        .subquery()
    )
    left = TrainingSession.seats - func.coalesce(taken.c.taken, 0)
    query = (
        select(TrainingSession.id, TrainingSession.topic, TrainingSession.starts_at, left)
        .outerjoin(taken, taken.c.session_id == TrainingSession.id)
        .where(TrainingSession.starts_at > as_of)
        .order_by(TrainingSession.starts_at)
    )
    return tuple(SessionFacts(*row) for row in session.execute(query))


def _busy(
    session: Session, row: Row[tuple[object, ...]], roles: dict[Role, str], *, as_of: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """List when the people of this journey already have calls with other practices."""
    colleague = RoleAssignment
    query = (
        select(CallRow.starts_at, CallRow.minutes)
        .join(JourneyRow, JourneyRow.id == CallRow.journey_id)
        .join(colleague, and_(colleague.practice_id == JourneyRow.practice_id, colleague.until.is_(None)))
        .join(practices.Staff, practices.Staff.id == colleague.staff_id)
        .where(CallRow.state == CallState.SCHEDULED, CallRow.starts_at > as_of, CallRow.journey_id != row.id)
        .where(
            practices.Staff.key.in_({roles[role] for role in _LEADERS if role in roles}), colleague.role.in_(_LEADERS)
        )
        .distinct()
    )
    return tuple((start, start + timedelta(minutes=minutes)) for start, minutes in session.execute(query))


_LEADERS = (Role.SUCCESS_COACH, Role.SUCCESS_COORDINATOR)


def _item(row: ItemRow) -> ItemFacts:
    return ItemFacts(row.state, row.opened_at, row.settled_at, row.by, row.reason)


def _call(row: CallRow) -> CallFacts:
    return CallFacts(row.state, row.starts_at, row.minutes, row.sequence)


def _registration(row: RegistrationRow) -> RegistrationFacts:
    return RegistrationFacts(row.state, row.session_id, row.starts_at, row.sequence)


def _payer(row: PayerRow) -> PayerFacts:
    transactions = tuple(Transaction(word) for word in row.transactions.split(","))
    return PayerFacts(row.payer, row.expected_claims, transactions, row.chosen_rank)


def payer_names(session: Session, journey_id: int) -> dict[str, str]:
    """Give the names of a journey's payers by their keys."""
    query = select(PayerRow.payer, PayerRow.name).where(PayerRow.journey_id == journey_id)
    return {payer: name for payer, name in session.execute(query)}


def session_dates(session: Session, journey_id: int) -> dict[int, tuple[datetime, int]]:
    """Give start and minutes of the training sessions in which a journey's people have places."""
    query = (
        select(TrainingSession.id, TrainingSession.starts_at, TrainingSession.minutes)
        .join(RegistrationRow, RegistrationRow.session_id == TrainingSession.id)
        .where(RegistrationRow.journey_id == journey_id)
        .distinct()
    )
    return {number: (starts_at, minutes) for number, starts_at, minutes in session.execute(query)}
