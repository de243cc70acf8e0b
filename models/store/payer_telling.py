"""Tells enrollments what files, deposits and practice systems show: each proof and contradiction once (E-11..E-13)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, TypeAlias

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.rules.calendars import local_day
from models.rules.enrollment_facts import Enrollment
from models.rules.onboarding_facts import PaymentIssue
from models.rules.payer_evidence import Answered, Found, Known, Remitted, claims_seen, issues, news
from models.store import enrollment_journey, events
from models.store.enrollment import of_practices
from models.store.enrollment_changes import Seen, apply
from models.store.payer_evidence import CLAIM_ACKNOWLEDGMENT, EFT_FROM, REMITTED, production, remitted
from models.store.sets import among, insert_rows
from models.tables.base import new_id
from models.tables.enrollment import EnrollmentRow
from models.tables.payer_files import AcknowledgmentRow, ClaimActivityRow, EvidenceRow, PaymentFindingRow, RemittanceRow

Pair: TypeAlias = tuple[int, str, int]
"""Practice, payer and billing identity."""
_FINDING: Final = ("id", "practice_id", "remittance_id", "payer", "issue", "found_on", "recorded_at")
_EVIDENCE: Final = ("id", "practice_id", "enrollment_id", "transaction", "key", "kind", "on", "recorded_at")


@dataclass(slots=True)
class _Shown:
    """What is known of some practices, by practice, payer and identity, and by practice and payer."""

    remittances: dict[Pair, list[Remitted]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[Pair, list[Answered]] = field(default_factory=lambda: defaultdict(list))
    paid_days: dict[tuple[int, str], set[date]] = field(default_factory=lambda: defaultdict(set))
    era_days: dict[tuple[int, str], set[date]] = field(default_factory=lambda: defaultdict(set))
    claim_days: dict[tuple[int, str], set[date]] = field(default_factory=lambda: defaultdict(set))
    told: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    identities: Mapping[int, int] = field(default_factory=dict)

    def known(self, enrollment: Enrollment) -> Known:
        """Give what is known of one enrollment's payer and identity."""
        payer = enrollment.practice_id, enrollment.payer
        pair = *payer, self.identities[enrollment.id]
        return Known(
            remittances=self.remittances.get(pair, ()),
            answers=self.answers.get(pair, ()),
            paid_days=self.paid_days.get(payer, ()),
            era_days=self.era_days.get(payer, ()),
            told=self.told.get(enrollment.id, ()),
        )


def tell(session: Session, practices: Collection[int], *, as_of: datetime) -> Counter[str]:
    """Tell the enrollments of practices what they have not heard, and then their journeys; gives counts by outcome.

    It looks at all that is known, so that the order in which files, approvals and deposits arrive makes no difference.
    """
    if not practices:
        return Counter()
    events.lock_practices(session, practices)
    shown = _shown(session, practices)
    _write_findings(session, practices, as_of=as_of)
    enrollments = [one for several in of_practices(session, practices).values() for one in several]
    seen = [*_claims(enrollments, shown), *_tell_evidence(session, enrollments, shown, as_of=as_of)]
    counts = apply(session, seen, as_of=as_of) if seen else Counter[str]()
    enrollment_journey.feed_journeys(session, practices, as_of=as_of)
    return counts


def _tell_evidence(
    session: Session, enrollments: Iterable[Enrollment], shown: _Shown, *, as_of: datetime
) -> list[Seen]:
    found = [
        (one, each) for one in enrollments for each in news(one, shown.known(one), today=local_day(as_of, one.zone))
    ]
    rows = [_row(one, each, as_of) for one, each in found]
    insert_rows(session, EvidenceRow, _EVIDENCE, rows, unless="(enrollment_id, key)")
    return [Seen(one.id, each.event, each.key) for one, each in found]


def _write_findings(session: Session, practices: Collection[int], *, as_of: datetime) -> None:
    """Store the payment issues of remittances, each once; a payee that is known after all is none any more (E-35)."""
    query = production(*REMITTED, RemittanceRow.practice_id, RemittanceRow.payer, EFT_FROM)
    found: dict[tuple[int, PaymentIssue], tuple[int, str, date]] = {}
    for row in session.execute(query.where(among(session, RemittanceRow.__table__.c.practice_id, practices))):
        practice, payer, eft_from = row[len(REMITTED) :]
        one = remitted(row)
        found |= {(row[0], issue): (practice, payer, one.paid_on) for issue in issues(one, eft_from=eft_from)}
    known = select(PaymentFindingRow.id, PaymentFindingRow.remittance_id, PaymentFindingRow.issue)
    known = known.where(among(session, PaymentFindingRow.practice_id, practices))
    stale = [number for number, remittance, issue in session.execute(known) if (remittance, issue) not in found]
    session.execute(delete(PaymentFindingRow).where(among(session, PaymentFindingRow.id, stale)))
    rows = [
        (new_id(), practice, remittance, payer, issue, paid_on.isoformat(), as_of)
        for (remittance, issue), (practice, payer, paid_on) in sorted(found.items())
    ]
    insert_rows(session, PaymentFindingRow, _FINDING, rows, unless="(remittance_id, issue)")


def _row(enrollment: Enrollment, found: Found, as_of: datetime) -> tuple[object, ...]:
    on = found.event.on.isoformat()
    who = (new_id(), enrollment.practice_id, enrollment.id, enrollment.transaction)
    return (*who, found.key, found.kind, on, as_of)


def _claims(enrollments: Iterable[Enrollment], shown: _Shown) -> Iterable[Seen]:
    """Give the days between which claims went out since each approval (E-23, E-24)."""
    for one in enrollments:
        if one.approved_on is None:
            continue
        days = [day for day in shown.claim_days.get((one.practice_id, one.payer), ()) if day >= one.approved_on]
        for event in claims_seen(one, min(days, default=None), max(days, default=None)):
            yield Seen(one.id, event, f"claims:{one.generation}.{one.attempt}:{event.on}")


def _shown(session: Session, practices: Collection[int]) -> _Shown:
    shown = _Shown()
    _load_remittances(session, practices, shown)
    _load_acknowledgments(session, practices, shown)
    _load_activity(session, practices, shown)
    told = select(EvidenceRow.enrollment_id, EvidenceRow.key)
    for enrollment, key in session.execute(told.where(among(session, EvidenceRow.practice_id, practices))):
        shown.told[enrollment].add(key)
    identities = select(EnrollmentRow.id, EnrollmentRow.identity_id)
    found = session.execute(identities.where(among(session, EnrollmentRow.practice_id, practices)))
    shown.identities = dict(found.tuples().all())
    return shown


def _load_remittances(session: Session, practices: Collection[int], shown: _Shown) -> None:
    query = production(*REMITTED, RemittanceRow.practice_id, RemittanceRow.payer, RemittanceRow.identity_id)
    for row in session.execute(query.where(among(session, RemittanceRow.__table__.c.practice_id, practices))):
        practice, payer, identity = row[len(REMITTED) :]
        one = remitted(row)
        shown.remittances[practice, payer, identity].append(one)
        if one.is_payee:
            shown.era_days[practice, payer].add(one.paid_on)


def _load_acknowledgments(session: Session, practices: Collection[int], shown: _Shown) -> None:
    row = AcknowledgmentRow
    query = select(row.id, row.practice_id, row.payer, row.identity_id, row.received_on, row.source, row.accepted)
    query = query.add_columns(row.rejected, row.not_approved).where(
        among(session, row.__table__.c.practice_id, practices),
        row.kind == CLAIM_ACKNOWLEDGMENT,
        row.is_test.is_(False),
        row.payer != "",
        row.identity_id.is_not(None),
        row.received_on.is_not(None),
    )
    for number, practice, payer, identity, on, source, accepted, rejected, not_approved in session.execute(query):
        answered = Answered(f"277CA:{number}", on, source == "payer", accepted, not_approved)
        shown.answers[practice, payer, identity].append(answered)
        if accepted + rejected:
            shown.claim_days[practice, payer].add(on)


def _load_activity(session: Session, practices: Collection[int], shown: _Shown) -> None:
    row = ClaimActivityRow
    query = select(row.practice_id, row.payer, row.day, row.submitted, row.paid)
    for practice, payer, day, submitted, paid in session.execute(
        query.where(among(session, row.practice_id, practices), row.payer != "")
    ):
        if submitted:
            shown.claim_days[practice, payer].add(day)
        if paid:
            shown.paid_days[practice, payer].add(day)


def practices_with_enrollments(session: Session) -> Sequence[int]:
    """Name the practices that have enrollments, by their numbers."""
    return session.scalars(select(EnrollmentRow.practice_id).distinct().order_by(EnrollmentRow.practice_id)).all()
