"""A visitor of the tests who never tires: wishes for times of one provider and says what became of each."""

import random
import sys
from collections import Counter
from datetime import timedelta

from sqlalchemy.orm import Session

from models.db import Database, open_database
from models.store import slots
from models.store.slots import Hold, Wish
from tests.booking import NOW, Booking, an_appointment, at

STEP = timedelta(minutes=15)
DAY_STEPS = 4 * 8


def wish(session: Session, made: Booking, wished: Wish, token: str) -> str:
    """Hold a time, and turn every second hold into a request."""
    held = slots.hold(session, wished, token=token, as_of=NOW)
    if not isinstance(held, Hold):
        return "taken"
    if int(token.rpartition("-")[2]) % 2:
        return "held"
    appointment = an_appointment(session, made, wished)
    return "requested" if slots.turn_into_request(session, token, appointment, as_of=NOW) else "lost"


def wish_often(db: Database, *, practice: int, provider: int, location: int, name: str, count: int) -> Counter[str]:
    """Wish for random times within a few days; each transaction is one visitor's click."""
    made = Booking(db, practice, (provider,), (location,))
    chance = random.Random(name)
    outcomes = Counter[str]()
    for number in range(count):
        start = at("09:00") + timedelta(days=chance.randrange(12)) + chance.randrange(DAY_STEPS) * STEP
        wished = made.wish(start, chance.choice((15, 30, 45, 60)))
        token = f"{name}-{number}"
        outcomes[db.transaction(lambda s, w=wished, t=token: wish(s, made, w, t))] += 1  # type: ignore[misc]
    return outcomes


def main() -> None:
    """Say in one line how often a wish was held, requested or taken."""
    url, practice, provider, location, name, count = sys.argv[1:]
    outcomes = wish_often(
        open_database(url),
        practice=int(practice),
        provider=int(provider),
        location=int(location),
        name=name,
        count=int(count),
    )
    sys.stdout.write(" ".join(f"{word}={number}" for word, number in sorted(outcomes.items())) + "\n")


if __name__ == "__main__":
    main()
