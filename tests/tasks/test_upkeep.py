"""What is over is removed, and what still counts stays."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.db import Database
from models.store import rates
from models.store.slots import Hold
from models.tables.appointments import SlotClaimRow
from models.tables.booking import RateRow
from tasks import upkeep
from tests.booking import NOW, a_booking, at


@pytest.mark.parametrize(("days", "left"), [(2, 0), (0.5, 1)])
def test_holds_and_counts_are_removed_after_a_day(db: Database, days: float, left: int) -> None:
    made = a_booking(db)
    assert isinstance(made.choose(at("10:00")), Hold)
    db.transaction(lambda s: rates.allow(s, "somebody", limit=9, window=timedelta(minutes=1), as_of=NOW))
    upkeep.tidy_up.fn(as_of=NOW + timedelta(days=days))
    for table in (SlotClaimRow, RateRow):
        assert db.read(lambda s, t=table: s.scalar(select(func.count()).select_from(t))) == left  # type: ignore[misc]
