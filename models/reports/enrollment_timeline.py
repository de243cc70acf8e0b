"""The enrollments of one practice as stretches of time: in which state, and who was waited for (E-28)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.enrollment import State
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Party
from models.store.enrollment import of_practices
from models.store.sets import among
from models.tables.enrollment import PayerRow, SpanRow


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch in one state (UTC); the present one lasts until the moment that was asked for."""

    state: State
    party: Party | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """How one enrollment went; `billing` is empty where the group bills."""

    payer: str
    transaction: Transaction
    billing: str
    is_top: bool
    state: State
    attempt: int
    stretches: tuple[Stretch, ...]

    def days(self, party: Party) -> float:
        """Count the days on which a party was waited for (E-28)."""
        waited = (one.until - one.since for one in self.stretches if one.party is party)
        return sum(span.total_seconds() for span in waited) / 86_400


def courses(session: Session, practice_id: int, *, as_of: datetime) -> Sequence[Course]:
    """Tell how the enrollments of a practice went until a moment, those of the top three payers first (E-04)."""
    found = of_practices(session, [practice_id])[practice_id]
    names = dict(session.execute(select(PayerRow.key, PayerRow.name)).tuples().all())
    spans = dict[int, list[Stretch]]()
    query = select(SpanRow).where(among(session, SpanRow.enrollment_id, [one.id for one in found]))
    for row in session.scalars(query.order_by(SpanRow.id)):
        stretch = Stretch(row.state, row.party, row.since, row.until or max(as_of, row.since))
        spans.setdefault(row.enrollment_id, []).append(stretch)
    return [
        Course(
            names.get(one.payer, one.payer),
            one.transaction,
            "" if one.identity == "group" else one.identity,
            one.is_top,
            one.state,
            one.attempt,
            tuple(spans.get(one.id, ())),
        )
        for one in found
    ]
