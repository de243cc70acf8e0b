"""A worker of the tests: watches enrollments until somebody ends it, twenty timers at a time."""

import sys
import time

from models.db import open_database
from models.store.enrollment_sweep import fire_timers
from tests.benchmarks.bench_enrollment import NOW


def main() -> None:
    db = open_database(sys.argv[1])
    while True:
        db.transaction(lambda s: fire_timers(s, as_of=NOW, limit=20))
        time.sleep(0.01)


main()
