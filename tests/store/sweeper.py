"""A worker of the tests: sweeps until somebody ends it, twenty timers at a time."""

import sys
import time

from models.db import open_database
from models.store.onboarding_sweep import fire_light
from tests.benchmarks.bench_sweep import NOW


def main() -> None:
    db = open_database(sys.argv[1])
    while True:
        db.transaction(lambda s: fire_light(s, as_of=NOW, limit=20))
        sys.stdout.write("rests\n")
        sys.stdout.flush()
        time.sleep(0.02)


main()
