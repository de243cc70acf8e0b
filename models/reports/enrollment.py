"""How a practice's enrollments stand, as the practice itself may see it: nothing of ours, nothing of others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.calendars import local_day
from models.rules.decisions import Process
from models.rules.enrollment import ACTS, USABLE, Need, State
from models.rules.enrollment_facts import Enrollment
from models.rules.onboarding_facts import JourneyStatus, Transaction
from models.rules.roles import Party
from models.store.enrollment import of_practices
from models.store.sets import among
from models.tables.enrollment import BillingIdentityRow, PayerRow
from models.tables.onboarding import JourneyRow
from models.tables.practices import Practice
from models.tables.work_items import WorkItem

_AT_PAYER = frozenset({State.SUBMITTED, State.PENDING_PAYER, State.TESTING})
_OF_PRACTICE = frozenset({State.NEEDS_PRACTICE, State.RECERTIFYING})
_QUIET = frozenset({JourneyStatus.PAUSED, JourneyStatus.CANCELLED})
_ORDER = tuple(Transaction)


class Ahead(StrEnum):
    """What the next date of an enrollment means."""

    PLEASE_BY = "please_by"
    GOES_OUT = "goes_out"
    EXPECTED = "expected"
    LATER_THAN_USUAL = "later_than_usual"
    IN_FORCE = "in_force"
    RENEW_BY = "renew_by"
    VALID_UNTIL = "valid_until"


@dataclass(frozen=True, slots=True)
class NextDay:
    """The next date of an enrollment, or the first and the last of a stretch of days; none when it is late."""

    kind: Ahead
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class EnrollmentStatus:
    """One enrollment: its state, who is waited for since when, the next date, and what the practice must give.

    `npi` names the billing identity where a payer has several for the same transaction.
    """

    transaction: Transaction
    state: State
    party: Party | None
    since_on: date
    ahead: NextDay | None
    needs: tuple[Need, ...]
    is_asked: bool
    npi: str = ""


@dataclass(frozen=True, slots=True)
class PayerStatus:
    """One payer with its enrollments."""

    key: str
    name: str
    is_top: bool
    enrollments: tuple[EnrollmentStatus, ...]


@dataclass(frozen=True, slots=True)
class PracticeStatus:
    """All enrollments of a practice, the top three payers first (E-04), and how its journey is."""

    practice_id: int
    name: str
    zone: str
    locale: str
    journey: JourneyStatus
    today: date
    payers: tuple[PayerStatus, ...]

    @property
    def enrollments(self) -> tuple[EnrollmentStatus, ...]:
        """The enrollments of all payers that are still wanted."""
        every = (one for payer in self.payers for one in payer.enrollments)
        return tuple(one for one in every if one.state is not State.WITHDRAWN)

    @property
    def usable(self) -> int:
        """How many of them are approved or active."""
        return sum(one.state in USABLE for one in self.enrollments)

    @property
    def asked_now(self) -> tuple[tuple[PayerStatus, EnrollmentStatus], ...]:
        """What the practice must do now; nothing while its journey stands still or was ended (O-45)."""
        return () if self.journey in _QUIET else self.asked

    @property
    def asked(self) -> tuple[tuple[PayerStatus, EnrollmentStatus], ...]:
        """What the practice must do now, what is due first before the rest."""
        found = [(payer, one) for payer in self.payers for one in payer.enrollments if one.is_asked]
        return tuple(sorted(found, key=lambda pair: _day(pair[1].ahead)))


def _day(ahead: NextDay | None) -> date:
    return date.max if ahead is None or ahead.first is None else ahead.first


def practice_status(session: Session, journey: int, *, as_of: datetime) -> PracticeStatus:
    """Gather how the enrollments of a journey's practice stand; days are the practice's local ones.

    Raises:
        NoResultFound: there is no such journey.
    """
    query = select(Practice, JourneyRow.status).join(JourneyRow, JourneyRow.practice_id == Practice.id)
    practice, status = session.execute(query.where(JourneyRow.id == journey)).one()
    found = of_practices(session, [practice.id])[practice.id]
    return PracticeStatus(
        practice.id,
        practice.name,
        practice.zone,
        practice.locale,
        status,
        local_day(as_of, practice.zone),
        _payers(session, practice.id, found, as_of=as_of),
    )


def _payers(
    session: Session, practice: int, found: Sequence[Enrollment], *, as_of: datetime
) -> tuple[PayerStatus, ...]:
    names = _payer_names(session, {one.payer for one in found})
    due = _due_days(session, found)
    npis = _npis(session, practice)
    by_payer: dict[str, list[Enrollment]] = {}
    for one in found:
        by_payer.setdefault(one.payer, []).append(one)
    return tuple(
        PayerStatus(key, names[key], some[0].is_top, _of_payer(some, npis, due, as_of=as_of))
        for key, some in by_payer.items()
    )


def _payer_names(session: Session, payers: Collection[str]) -> dict[str, str]:
    query = select(PayerRow.key, PayerRow.name).where(PayerRow.key.in_(payers))
    return dict(session.execute(query).tuples().all())


def _npis(session: Session, practice_id: int) -> dict[str, str]:
    query = select(BillingIdentityRow.key, BillingIdentityRow.npi).where(BillingIdentityRow.practice_id == practice_id)
    return dict(session.execute(query).tuples().all())


def _due_days(session: Session, found: Sequence[Enrollment]) -> dict[int, date]:
    """Give the days by which the practice was asked to act."""
    zones = {one.id: one.zone for one in found}
    query = select(WorkItem.process_id, WorkItem.due_at).where(
        WorkItem.process == Process.ENROLLMENT,
        WorkItem.closed_at.is_(None),
        WorkItem.party == Party.PRACTICE,
        WorkItem.due_at.is_not(None),
        among(session, WorkItem.process_id, zones),
    )
    return {number: local_day(due_at, zones[number]) for number, due_at in session.execute(query) if due_at is not None}


def _of_payer(
    some: Sequence[Enrollment], npis: Mapping[str, str], due: Mapping[int, date], *, as_of: datetime
) -> tuple[EnrollmentStatus, ...]:
    kinds = [one.transaction for one in some]
    ordered = sorted(some, key=lambda one: (_ORDER.index(one.transaction), one.id))
    return tuple(
        EnrollmentStatus(
            one.transaction,
            one.state,
            ACTS.get(one.state),
            local_day(one.state_since, one.zone),
            next_day(one, due.get(one.id), today=local_day(as_of, one.zone)),
            _needs(one),
            one.state in _OF_PRACTICE,
            npis[one.identity] if kinds.count(one.transaction) > 1 else "",
        )
        for one in ordered
    )


def _needs(enrollment: Enrollment) -> tuple[Need, ...]:
    match enrollment.state:
        case State.NEEDS_PRACTICE:
            return tuple(need for need in Need if enrollment.needs.get(need) is False)
        case State.RECERTIFYING:
            return (Need.RECERTIFICATION_FORM,)
        case _:
            return ()


def next_day(enrollment: Enrollment, due_on: date | None, *, today: date) -> NextDay | None:
    """Name the next date that a practice may count on; none where nobody knows one."""
    match enrollment.state:
        case State.NEEDS_PRACTICE:
            return None if due_on is None else NextDay(Ahead.PLEASE_BY, due_on)
        case State.RECERTIFYING:
            return NextDay(Ahead.RENEW_BY, enrollment.expires_on or due_on)
        case State.APPROVED if enrollment.effective_on is not None and enrollment.effective_on > today:
            return NextDay(Ahead.IN_FORCE, enrollment.effective_on)
        case State.LIVE if enrollment.expires_on is not None:
            return NextDay(Ahead.VALID_UNTIL, enrollment.expires_on)
        case State.READY if enrollment.cutover_on is not None and enrollment.cutover_on > today:
            return NextDay(Ahead.GOES_OUT, enrollment.cutover_on)
    return _answer_day(enrollment, today) if enrollment.state in _AT_PAYER else None


def _answer_day(enrollment: Enrollment, today: date) -> NextDay | None:
    """Say when the payer usually has answered: most of the time between the typical and a late day (E-05, E-20)."""
    if enrollment.dates is None:
        return None
    if today > enrollment.dates.very_late_on:
        return NextDay(Ahead.LATER_THAN_USUAL)
    return NextDay(Ahead.EXPECTED, max(today, enrollment.dates.typical_on), enrollment.dates.very_late_on)
