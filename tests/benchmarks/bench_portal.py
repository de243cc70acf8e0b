"""What each page of the portal costs for a practice group with very many appointments."""

import time
from collections.abc import Sequence
from datetime import timedelta
from statistics import quantiles

from models.db import Database
from tests.benchmarks.portal_rows import add_appointments
from tests.benchmarks.table import Measured
from tests.web.conftest import Clock
from tests.web.desk import BASE, MESSAGES, PATIENTS, ROSA, Front, a_front

TURNS = 50
LATER = "?tab=all&after=2027-01-02T15:00:00Z_1"
PAGES = {
    "first page": "/home",
    "appointments, action required": f"{BASE}/appointments",
    "appointments, all": f"{BASE}/appointments?tab=all",
    "appointments, all, further on": f"{BASE}/appointments{LATER}",
    "appointments, one status": f"{BASE}/appointments?tab=all&status=cancelled",
    "appointments, systems differ": f"{BASE}/appointments?tab=all&status=drift",
    "one appointment": f"{BASE}/appointments/1",
    "calendar": f"{BASE}/calendar",
    "messages": MESSAGES,
    "patients": PATIENTS,
    "insights, a year": f"{BASE}/insights?days=365",
    "private feedback": f"{BASE}/reputation/private",
}
"""What is looked at; a search for patients is sent as a form."""
SEARCH = "patients, found"


def a_group(db: Database, count: int) -> Front:
    """Make a practice group with so many appointments, and somebody of its office at the pages."""
    front = a_front(db, Clock())
    add_appointments(db, front.asking.practice, count, as_of=front.asking.now)
    return front


def look(front: Front, name: str) -> int:
    """Open one page as somebody of the office and give the status."""
    if name == SEARCH:
        front.page = front.browser.get(PATIENTS)
        address, hidden = front.form("/patients")
        return int(front.browser.post(address, data=hidden | ROSA).status_code)
    return int(front.browser.get(PAGES[name]).status_code)


def measure(front: Front, count: int, *, turns: int = TURNS, names: Sequence[str] = (*PAGES, SEARCH)) -> list[Measured]:
    """Open each page again and again; the first look, which compiles it, is left out.

    Seconds are those of the processor with SQLite, which works in this process, and those of the clock with PostgreSQL.
    """
    seconds_of = time.process_time if front.texting.db.is_sqlite else time.perf_counter
    found = []
    for name in names:
        front.asking.now += timedelta(minutes=1)
        look(front, name)
        seconds = []
        for _ in range(turns):
            began = seconds_of()
            look(front, name)
            seconds.append(seconds_of() - began)
        found.append(Measured(name, count, tuple(seconds)))
    return found


def told(measured: Sequence[Measured]) -> str:
    """Write the middle and the slowest hundredth of each page, in milliseconds."""
    lines = [f"{'page':<40}{'p50 ms':>9}{'p99 ms':>9}"]
    for one in measured:
        slowest = quantiles(one.seconds, n=100)[98] if len(one.seconds) > 1 else one.median
        lines.append(f"{one.name:<40}{one.median * 1000:>9.1f}{slowest * 1000:>9.1f}")
    return "\n".join(lines)
