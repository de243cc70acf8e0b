"""How often the same visitor may ask: counted in fixed windows, under a hash of who it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.store.sets import is_sqlite
from models.tables.booking import RateRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RATES = RateRow.metadata.tables[RateRow.__tablename__]


def _counting(insert: Any) -> Any:  # noqa: ANN401 - of either dialect
    row = insert(_RATES)
    once_more = {"count": _RATES.c["count"] + 1}
    return row.on_conflict_do_update(index_elements=["key", "starts_at"], set_=once_more).returning(_RATES.c["count"])


_COUNT_SQLITE, _COUNT_POSTGRES = _counting(sqlite.insert), _counting(postgresql.insert)


def allow(session: Session, key_hash: str, *, limit: int, window: timedelta, as_of: datetime) -> bool:
    """Count one more question, and say whether it is within the limit of its window (UTC).

    The key says what is limited as well as who asks, hashed by the caller (64 signs at most).
    """
    starts_at = as_of - (as_of - _EPOCH) % window
    row = {"key": key_hash, "starts_at": starts_at, "count": 1}
    counted = _COUNT_SQLITE if is_sqlite(session) else _COUNT_POSTGRES
    return int(session.execute(counted, row).scalar_one()) <= limit


def purge(session: Session, *, before: datetime) -> int:
    """Forget windows that started before a moment (UTC); gives how many."""
    gone = delete(RateRow).where(RateRow.starts_at < before).returning(RateRow.key)
    return len(session.execute(gone.execution_options(synchronize_session=False)).all())
