"""One enrollment, and all of one practice, as our staff see them: states, needs, dates with their source, evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.reports.enrollment_board import BoardLine, lines_of
from models.rules.calendars import local_day
from models.rules.decisions import Evidence, Process
from models.rules.enrollment import State
from models.rules.enrollment_facts import Enrollment
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Party
from models.store import turnarounds
from models.store.enrollment import of_practices
from models.store.events import history
from models.store.practices import find_practice
from models.store.turnarounds import Known
from models.tables.enrollment import BillingIdentityRow, PayerRow, SpanRow
from models.tables.events import Event
from models.tables.payer_files import AcknowledgmentRow, EvidenceRow, RemittanceRow

HISTORY_SHOWN: Final = 100
FILES_SHOWN: Final = 10
_DAY: Final = 86_400  # seconds
_SENT: Final = "enrollment_submit"


@dataclass(frozen=True, slots=True)
class Span:
    """How long an enrollment stood in a state, and who was waited for; `until` is none for the present one (UTC)."""

    state: State
    party: Party | None
    reason: str
    attempt: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history: when (UTC), its kind without the first word, who, why, and what was noted."""

    at: datetime
    kind: str
    actor: str
    reason: str
    evidence: Mapping[str, Evidence]


@dataclass(frozen=True, slots=True)
class Remittance:
    """One 835 of this payer for this practice; money in whole cents."""

    paid_on: date
    amount_cents: int
    method: str
    claims: int
    denials: int
    is_test: bool


@dataclass(frozen=True, slots=True)
class Acknowledgment:
    """What one 277CA or 999 said of this practice's claims to this payer."""

    on: date
    kind: str
    accepted: int
    rejected: int
    not_approved: int
    is_test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentView:
    """Everything that staff see of one enrollment; dates are local, `days` are those waited for each side (E-28)."""

    line: BoardLine
    npi: str
    today: date
    source: str
    turnaround: Known
    spans: tuple[Span, ...]
    days: Mapping[Party, float]
    lines: tuple[Line, ...]
    evidence: tuple[tuple[date, str], ...]
    remittances: tuple[Remittance, ...]
    acknowledgments: tuple[Acknowledgment, ...]


def enrollment_view(session: Session, number: int, *, as_of: datetime) -> EnrollmentView | None:
    """Gather one enrollment; none where there is no such number."""
    line = next(iter(lines_of(session, [number], as_of=as_of)), None)
    if line is None:
        return None
    facts, spans = line.facts, _spans(session, number)
    events = history(session, process=Process.ENROLLMENT, process_id=number, limit=HISTORY_SHOWN)
    return EnrollmentView(
        line=line,
        npi=_npi(session, facts),
        today=local_day(as_of, facts.zone),
        source=_source(events),
        turnaround=_turnaround(session, facts),
        spans=spans,
        days=_days(spans, as_of=as_of),
        lines=tuple(
            Line(one.at, one.kind.removeprefix("enrollment_"), one.actor, one.reason, one.evidence) for one in events
        ),
        evidence=_evidence(session, number),
        remittances=_remittances(session, facts),
        acknowledgments=_acknowledgments(session, facts),
    )


def _spans(session: Session, number: int) -> tuple[Span, ...]:
    query = select(SpanRow).where(SpanRow.enrollment_id == number).order_by(SpanRow.since, SpanRow.id)
    return tuple(
        Span(one.state, one.party, one.reason, one.attempt, one.since, one.until) for one in session.scalars(query)
    )


def _days(spans: Sequence[Span], *, as_of: datetime) -> dict[Party, float]:
    days: dict[Party, float] = {}
    for span in spans:
        if span.party is not None:
            length = ((span.until or as_of) - span.since).total_seconds() / _DAY
            days[span.party] = days.get(span.party, 0.0) + max(0.0, length)
    return days


def _source(events: Sequence[Event]) -> str:
    """Say where the turnaround of the last submission comes from (E-05)."""
    sent = next((one for one in events if one.kind == _SENT), None)
    return str(sent.evidence.get("source") or "") if sent is not None else ""


def _turnaround(session: Session, facts: Enrollment) -> Known:
    """Say how long this payer takes, and from where that is known (E-05)."""
    payer_class = session.get_one(PayerRow, facts.payer).payer_class
    asked = turnarounds.Asked(facts.payer, facts.transaction, payer_class)
    return turnarounds.known_for(session, [asked])[asked]


def _npi(session: Session, facts: Enrollment) -> str:
    query = select(BillingIdentityRow.npi).where(
        BillingIdentityRow.practice_id == facts.practice_id, BillingIdentityRow.key == facts.identity
    )
    return session.scalar(query) or ""


def _evidence(session: Session, number: int) -> tuple[tuple[date, str], ...]:
    query = select(EvidenceRow.on, EvidenceRow.kind).where(EvidenceRow.enrollment_id == number)
    ordered = query.order_by(EvidenceRow.on.desc(), EvidenceRow.id.desc()).limit(HISTORY_SHOWN)
    return tuple(session.execute(ordered).tuples().all())


def _remittances(session: Session, facts: Enrollment) -> tuple[Remittance, ...]:
    if facts.transaction not in (Transaction.ERA, Transaction.EFT):
        return ()
    query = (
        select(RemittanceRow)
        .where(RemittanceRow.practice_id == facts.practice_id, RemittanceRow.payer == facts.payer)
        .order_by(RemittanceRow.paid_on.desc(), RemittanceRow.id.desc())
        .limit(FILES_SHOWN)
    )
    return tuple(
        Remittance(one.paid_on, one.amount_cents, one.method, one.claims, one.denials, one.is_test)
        for one in session.scalars(query)
    )


def _acknowledgments(session: Session, facts: Enrollment) -> tuple[Acknowledgment, ...]:
    if facts.transaction is not Transaction.CLAIMS:
        return ()
    query = (
        select(AcknowledgmentRow)
        .where(AcknowledgmentRow.practice_id == facts.practice_id, AcknowledgmentRow.payer == facts.payer)
        .order_by(AcknowledgmentRow.received_on.desc(), AcknowledgmentRow.id.desc())
        .limit(FILES_SHOWN)
    )
    return tuple(
        Acknowledgment(
            one.received_on or local_day(one.received_at, facts.zone),
            one.kind,
            one.accepted,
            one.rejected,
            one.not_approved,
            one.is_test,
        )
        for one in session.scalars(query)
    )


@dataclass(frozen=True, slots=True)
class PracticeEnrollments:
    """All enrollments of one practice: a matrix of payers and transactions, and the same as a list.

    A cell of the matrix holds one line per billing identity.
    """

    practice: str
    name: str
    zone: str
    today: date
    lines: tuple[BoardLine, ...]

    @property
    def matrix(self) -> Mapping[str, Mapping[Transaction, Sequence[BoardLine]]]:
        """Give the lines by payer, those of the top three first, and transaction."""
        rows: dict[str, dict[Transaction, list[BoardLine]]] = {}
        for line in self.lines:
            rows.setdefault(line.facts.payer, {}).setdefault(line.facts.transaction, []).append(line)
        return rows


def practice_enrollments(session: Session, key: str, *, as_of: datetime) -> PracticeEnrollments | None:
    """Gather all enrollments of a practice, those of the top three payers first; none where there is no practice."""
    practice = find_practice(session, key)
    if practice is None:
        return None
    ids = [one.id for one in of_practices(session, [practice.id])[practice.id]]
    today = local_day(as_of, practice.zone)
    lines = lines_of(session, ids, as_of=as_of)
    return PracticeEnrollments(practice.key, practice.name, practice.zone, today, lines)
