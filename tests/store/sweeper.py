"""A worker of the tests: sweeps until somebody ends it, with a short lease and a pause in which it can be hit."""

import sys
import time
from datetime import timedelta

from models.db import open_database
from models.store.onboarding_sweep import claim_light, fire_light
from tests.benchmarks.bench_sweep import NOW

LEASE = timedelta(seconds=1)


def main() -> None:
    db = open_database(sys.argv[1])
    began = float(sys.argv[2])
    while True:
        moment = NOW + timedelta(seconds=time.time() - began)
        claim = db.transaction(lambda s, at=moment: claim_light(s, as_of=at, limit=20, lease=LEASE))  # type: ignore[misc]
        if claim:
            sys.stdout.write("claimed\n")
            sys.stdout.flush()
        time.sleep(0.05)
        if claim:
            db.transaction(lambda s, c=claim, at=moment: fire_light(s, c, as_of=at))  # type: ignore[misc]


main()
