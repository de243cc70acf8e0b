"""Visit reasons of the practice system, with their minutes (A-37, A-79); people keep the list."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tables.practice_systems import VisitReasonRow


def active_reasons(session: Session, practice_id: int) -> dict[str, VisitReasonRow]:
    """List the visit reasons that staff may choose, by key."""
    query = select(VisitReasonRow).where(VisitReasonRow.practice_id == practice_id, VisitReasonRow.is_active)
    return {row.key: row for row in session.scalars(query.order_by(VisitReasonRow.id))}


def save_system_ids(session: Session, practice_id: int, ids: Mapping[str, str]) -> None:
    """Write down under which ids the practice system knows visit reasons, by key."""
    for row in session.scalars(select(VisitReasonRow).where(VisitReasonRow.practice_id == practice_id)):
        if row.key in ids:
            row.system_id = ids[row.key]
