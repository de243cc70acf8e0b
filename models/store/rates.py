"""How often the same visitor may ask: counted in fixed windows, under a hash of who it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.store.sets import is_sqlite
from models.tables.booking import RateRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def allow(session: Session, key_hash: str, *, limit: int, window: timedelta, as_of: datetime) -> bool:
    """Count one more question, and say whether it is within the limit of its window (UTC).

    The key says what is limited as well as who asks, hashed by the caller (64 signs at most).
    """
    starts_at = as_of - (as_of - _EPOCH) % window
    row = {"key": key_hash, "starts_at": starts_at, "count": 1}
    insert: Any = sqlite.insert if is_sqlite(session) else postgresql.insert
    counted = (
        insert(RateRow)
        .values(row)
        .on_conflict_do_update(index_elements=["key", "starts_at"], set_={"count": RateRow.count + 1})
        .returning(RateRow.count)
    )
    return int(session.execute(counted).scalar_one()) <= limit


def purge(session: Session, *, before: datetime) -> int:
    """Forget windows that started before a moment (UTC); gives how many."""
    gone = delete(RateRow).where(RateRow.starts_at < before).returning(RateRow.key)
    return len(session.execute(gone.execution_options(synchronize_session=False)).all())
