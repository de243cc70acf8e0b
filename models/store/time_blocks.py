"""Time blocks of calendars: which time of a day was closed or opened, in the order in which that was saved."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.availability import Block
from models.store.sets import among
from models.tables.booking import TimeBlockRow

AROUND: Final = timedelta(days=2)
"""A slot, its buffers and the difference between clocks are never longer."""
_BLOCKS = TimeBlockRow.metadata.tables[TimeBlockRow.__tablename__]


def blocks_of(session: Session, calendars: Sequence[int], first: date, days: int) -> dict[int, list[Block]]:
    """Load the time blocks of calendars around local days, in the order in which they were saved."""
    blocks: dict[int, list[Block]] = {one: [] for one in calendars}
    query = (
        select(_BLOCKS.c.calendar_id, _BLOCKS.c.day, _BLOCKS.c.start, _BLOCKS.c.end, _BLOCKS.c.opens)
        .where(among(session, _BLOCKS.c.calendar_id, list(blocks)))
        .where(_BLOCKS.c.day.between(first - AROUND, first + timedelta(days=days) + AROUND))
        .order_by(_BLOCKS.c.saved_at, _BLOCKS.c.id)
    )
    for calendar, *block in session.execute(query):
        blocks[calendar].append(Block(*block))
    return blocks
