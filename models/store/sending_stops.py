"""Whose messages are kept back: of practices of which a promise was found broken, and of those that leave."""

from typing import Final

from sqlalchemy import ColumnElement, Select, or_, select, text
from sqlalchemy.orm import Session

from models.rules.roles import PRACTICE_ROLES
from models.tables.messages import Message
from models.tables.offboarding import OffboardingRow
from models.tables.watching import BreachRow

IS_OPEN = text("breaches.released_at IS NULL")
IS_LEAVING = text("offboardings.resumed_at IS NULL")
"""Both written as the partial indexes say it."""
_SIDE: Final = tuple(sorted(PRACTICE_ROLES))


def stopped_practices() -> Select[tuple[int]]:
    """Choose the practices whose messages are kept back until a person releases them."""
    return select(BreachRow.practice_id).where(IS_OPEN, BreachRow.stops_sending.is_(True))


def leaving_practices() -> Select[tuple[int]]:
    """Choose the practices that leave or have left: nothing is sent or written for them, and nothing is looked at."""
    return select(OffboardingRow.practice_id).where(IS_LEAVING)


def stays_or_is_ours() -> ColumnElement[bool]:
    """Choose messages of practices that stay; our own staff is told about those that leave as well."""
    row = Message.__table__.c
    return or_(row.to_role.not_in(_SIDE), row.practice_id.not_in(leaving_practices()))


def is_leaving(session: Session, practice_id: int) -> bool:
    """Say whether a practice leaves or has left, and was not resumed."""
    query = select(OffboardingRow.id).where(OffboardingRow.practice_id == practice_id, IS_LEAVING)
    return session.execute(query).first() is not None
