"""What takes a provider's time, claim by claim: somebody who fills in the form, a request, an appointment."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.tables.appointments import ClaimKind, SlotClaimRow

_CLAIMS = SlotClaimRow.metadata.tables[SlotClaimRow.__tablename__]


class Claim(NamedTuple):
    """One claim of a provider's time (UTC, half-open); a hold has no appointment."""

    kind: ClaimKind
    starts_at: datetime
    ends_at: datetime
    appointment: int | None
    location: int | None


def claims_within(
    session: Session, provider: int, start: datetime, end: datetime, *, without: int | None = None, as_of: datetime
) -> Sequence[Claim]:
    """List the live claims of a provider that meet a span (UTC), by start; one appointment can be left out."""
    query = (
        select(_CLAIMS.c.kind, _CLAIMS.c.starts_at, _CLAIMS.c.ends_at, _CLAIMS.c.appointment_id, _CLAIMS.c.location_id)
        .where(_CLAIMS.c.provider_id == provider, _CLAIMS.c.starts_at < end, _CLAIMS.c.ends_at > start)
        .where(or_(_CLAIMS.c.expires_at.is_(None), _CLAIMS.c.expires_at > as_of))
        .order_by(_CLAIMS.c.starts_at, _CLAIMS.c.ends_at, _CLAIMS.c.id)
    )
    if without is not None:
        query = query.where(or_(_CLAIMS.c.appointment_id.is_(None), _CLAIMS.c.appointment_id != without))
    return [Claim(*row) for row in session.execute(query)]
