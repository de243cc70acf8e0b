"""What files and practice systems show of a practice's first claims and payments, as its journey needs it (E-35)."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.rules.calendars import local_day
from models.rules.enrollment_journey import Paid
from models.rules.onboarding_facts import Journey, PaymentIssue
from models.store.payer_evidence import IS_PAYEE, production
from models.tables.onboarding import PaymentIssueRow
from models.tables.payer_files import AcknowledgmentRow, ClaimActivityRow, PaymentFindingRow, RemittanceRow

_CLAIM_ACKNOWLEDGMENT = "277CA"


def paid_since_go_live(session: Session, journey: Journey, *, as_of: datetime) -> Paid:
    """Sum up what is seen since a journey's go-live; before it there is nothing to tell."""
    since = journey.went_live_on
    if since is None:
        return Paid()
    practice, today = journey.practice_id, local_day(as_of, journey.zone)
    return Paid(
        charges_received=_has_activity(session, practice, since, ClaimActivityRow.charges > 0),
        claims_submitted=_were_accepted(session, practice, since)
        or _has_activity(session, practice, since, ClaimActivityRow.submitted > 0),
        first_era_on=_first_era_on(session, practice, since, today),
        issues=_issues(session, journey.id, practice),
    )


def _has_activity(session: Session, practice: int, since: date, condition: ColumnElement[bool]) -> bool:
    query = select(ClaimActivityRow.id).where(
        ClaimActivityRow.practice_id == practice, ClaimActivityRow.day >= since, condition
    )
    return session.execute(query.limit(1)).first() is not None


def _were_accepted(session: Session, practice: int, since: date) -> bool:
    """Say whether a payer itself accepted a production claim: then it was received and submitted properly (O-29)."""
    query = select(AcknowledgmentRow.id).where(
        AcknowledgmentRow.practice_id == practice,
        AcknowledgmentRow.kind == _CLAIM_ACKNOWLEDGMENT,
        AcknowledgmentRow.source == "payer",
        AcknowledgmentRow.is_test.is_(False),
        AcknowledgmentRow.accepted > 0,
        AcknowledgmentRow.received_on >= since,
    )
    return session.execute(query.limit(1)).first() is not None


def _first_era_on(session: Session, practice: int, since: date, today: date) -> date | None:
    """Give the day of the first production remittance whose payer and payee match, today at the latest (O-35)."""
    query = production(func.min(RemittanceRow.paid_on)).where(RemittanceRow.practice_id == practice, IS_PAYEE)
    found: date | None = session.scalar(query.where(RemittanceRow.paid_on >= since))
    return None if found is None else min(found, today)


def _issues(session: Session, journey: int, practice: int) -> frozenset[tuple[str, PaymentIssue]]:
    """Name the issues that were found after the same one was last settled (O-34)."""
    settled = dict(
        session.execute(
            select(PaymentIssueRow.issue, PaymentIssueRow.recorded_at).where(
                PaymentIssueRow.journey_id == journey, PaymentIssueRow.is_open.is_(False)
            )
        )
        .tuples()
        .all()
    )
    found = select(PaymentFindingRow.payer, PaymentFindingRow.issue, func.max(PaymentFindingRow.recorded_at))
    found = found.where(PaymentFindingRow.practice_id == practice)
    rows = session.execute(found.group_by(PaymentFindingRow.payer, PaymentFindingRow.issue)).all()
    return frozenset(
        (payer, issue)
        for payer, issue, at in rows
        if f"{payer}:{issue}" not in settled or at > settled[f"{payer}:{issue}"]
    )
