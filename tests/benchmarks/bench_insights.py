"""How long the insights of a practice group take, beside the same aggregates as bare SQL."""

import time
from collections.abc import Callable

from sqlalchemy import text

from models.db import Database
from models.reports.insights import Insights, insights
from tests.benchmarks.insight_rows import BEGUN, NOW, Sizes
from tests.benchmarks.rows import stored
from tests.benchmarks.table import Measured

RUNS = 5
ZONE = "America/New_York"
_DURING = "practice_id = 1 AND MOMENT >= :begun AND MOMENT < :now"
_FLOOR = (
    ("checked_out_at", "SELECT count(*) FROM feedback_requests WHERE DURING"),
    (
        "checked_out_at",
        (
            "SELECT why, count(*) FROM feedback_requests WHERE why IS NOT NULL AND first_sent_at IS NULL AND DURING "
            "GROUP BY why"
        ),
    ),
    (
        "r.checked_out_at",
        (
            "SELECT r.provider_id, a.location_id, p.locale, count(*), count(r.answered_at), count(x.completed_at) "
            "FROM feedback_requests r JOIN appointments a ON a.id = r.appointment_id LEFT JOIN patients p ON p.id = "
            "r.patient_id LEFT JOIN feedback_answers x ON x.request_id = r.id WHERE r.first_sent_at IS NOT NULL AND "
            "r.DURING GROUP BY r.provider_id, a.location_id, p.locale"
        ),
    ),
    (
        "at",
        (
            "SELECT number, channel, count(*) FROM feedback_attempts WHERE outcome IN ('sent', 'unsure') AND DURING "
            "GROUP BY number, channel"
        ),
    ),
    (
        "a.at",
        (
            "SELECT a.number, a.channel, count(*) FROM feedback_answers x JOIN feedback_requests r "
            "ON r.id = x.request_id "
            "JOIN feedback_attempts a ON a.request_id = r.id AND a.number = r.number WHERE "
            "a.outcome IN ('sent', 'unsure') "
            "AND x.DURING GROUP BY a.number, a.channel"
        ),
    ),
    (
        "answered_at",
        "SELECT is_satisfied, stars, count(*) FROM feedback_answers WHERE DURING GROUP BY is_satisfied, stars",
    ),
    (
        "r.checked_out_at",
        (
            "SELECT count(*) FROM (SELECT request_id, count(*) AS failed FROM feedback_attempts "
            "WHERE practice_id = 1 AND "
            "(delivery LIKE 'failed%' OR delivery LIKE 'undelivered%') GROUP BY request_id) f JOIN feedback_requests r "
            "ON r.id = f.request_id WHERE r.sent = f.failed AND r.DURING"
        ),
    ),
)


def ours(db: Database) -> Insights:
    """Make the insights of twelve months as the page does."""
    return db.read(lambda session: insights(session, 1, zone=ZONE, as_of=NOW))


def floor(db: Database) -> int:
    """Read the same aggregates with bare statements; gives the number of visits."""
    values = {"begun": stored(db, BEGUN), "now": stored(db, NOW)}
    queries = [text(one.replace("DURING", _DURING.replace("MOMENT", moment))) for moment, one in _FLOOR]
    found = [db.read(lambda s, one=one: s.execute(one, values).all()) for one in queries]  # type: ignore[misc]
    return int(found[0][0][0])


def measure(db: Database, sizes: Sizes, *, runs: int = RUNS) -> tuple[Measured, Measured]:
    """Run both ways in turns."""
    made, bare = list[float](), list[float]()
    for _ in range(runs):
        bare.append(_timed(lambda: floor(db)))
        made.append(_timed(lambda: ours(db)))
    return Measured("golive", sizes.requests, tuple(made)), Measured("floor: bare SQL", sizes.requests, tuple(bare))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
