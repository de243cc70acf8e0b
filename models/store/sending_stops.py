"""Whose messages are kept back because a promise was found broken."""

from sqlalchemy import Select, select, text

from models.tables.watching import BreachRow

IS_OPEN = text("breaches.released_at IS NULL")
"""Written as the partial index says it."""


def stopped_practices() -> Select[tuple[int]]:
    """Choose the practices whose messages are kept back until a person releases them."""
    return select(BreachRow.practice_id).where(IS_OPEN, BreachRow.stops_sending.is_(True))
