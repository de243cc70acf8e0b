"""Who comes to a practice that asks for feedback, and what these people do: all of it follows from the seed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from deployments.histories.chance import Chance, Faults
from models.rules.appointments import Status
from models.rules.feedback import CADENCE, Ask, Policy, RelativeTo
from models.rules.messages import Channel

STARTS: Final = tuple(
    datetime(2027, month, day, 16, tzinfo=UTC) for month, day in ((1, 11), (2, 20), (9, 14), (10, 20))
)
"""200 days from each of them hold a change of daylight saving time, two of them soon."""
WAYS: Final = ((Channel.TEXT,), (Channel.EMAIL,), (Channel.TEXT, Channel.EMAIL), (Channel.EMAIL, Channel.TEXT))
OMISSIONS: Final = (1, 7, 30, 30)
EACH_DAYS: Final = 14
"""A person comes about once in so many days at most, so that omissions, limits and rivals meet."""
HOUR, HALF_AN_HOUR = timedelta(hours=1), timedelta(minutes=30)
CONSENTS, COMES, UNDONE, DELETED, ACTS, IS_DOUBTFUL = 0.8, 0.55, 0.12, 0.06, 0.45, 0.3


class Record(NamedTuple):
    """One record of a person in the practice system; records of one person are found by phone, or name and birth."""

    number: str
    person: str
    first: str
    born: date
    email: str
    phone: str


RECORDS: Final = (
    Record("100", "1", "Rosa", date(1984, 2, 3), "rosa@example.com", "+12125550141"),
    Record("101", "1", "Rose", date(1984, 2, 3), "rose@example.com", "+12125550141"),
    Record("102", "2", "Vera", date(1970, 5, 6), "vera@example.com", "+12125550142"),
    Record("103", "2", "Vera", date(1970, 5, 6), "", "+16175550143"),
    Record("104", "3", "Ines", date(1991, 7, 8), "ines@example.com", "+12135550144"),
)
"""One phone for two; one name for two; and one by herself, who may be out west."""


class Shown(NamedTuple):
    """The practice system shows a visit in a state; `modified_at` is when it came into it there."""

    visit: str
    record: Record
    status: Status
    starts_at: datetime
    modified_at: datetime

    @property
    def ends_at(self) -> datetime:
        """Give the end of the visit."""
        return self.starts_at + HALF_AN_HOUR


class Act(NamedTuple):
    """Somebody does something about one record: excludes it or includes it again, stops or allows an address."""

    does: str
    record: Record
    channel: Channel = Channel.TEXT
    is_doubtful: bool = False


def begins_at(seed: int) -> datetime:
    """Say when a history begins (UTC)."""
    return STARTS[seed % len(STARTS)]


def policy_of(chance: Chance) -> Policy:
    """Give what the practice chose."""
    dice = chance.dice("policy")
    asks = tuple(Ask(one.after, dice.choice(WAYS)) for one in CADENCE[: dice.choice((2, 3, 3))])
    relative_to = dice.choice((RelativeTo.PREVIOUS, RelativeTo.PREVIOUS, RelativeTo.CHECKOUT))
    return Policy(1, asks, relative_to, omission_days=dice.choice(OMISSIONS))


def consents_at_first(chance: Chance) -> Iterator[Record]:
    """Name the records with a consent to texts from paper."""
    return (one for one in RECORDS if chance.happens(f"consents {one.number}", CONSENTS))


def script(chance: Chance, faults: Faults, *, days: int) -> Iterator[tuple[datetime, Shown | Act]]:
    """Say what happens at which moments (UTC), whatever the product does."""
    start = begins_at(chance.seed)
    for day in range(0, days, EACH_DAYS):
        for person in ("1", "2", "3"):
            name = f"{day}.{person}"
            if chance.happens(f"comes {name}", COMES):
                yield from _visit(chance, faults, name, start + timedelta(days=day), person)
            if chance.happens(f"acts {name}", ACTS):
                dice = chance.dice(f"act {name}")
                moment = start + timedelta(days=day, minutes=dice.randrange(EACH_DAYS * 1440))
                yield moment, _act(chance, name, person)


def _visit(chance: Chance, faults: Faults, name: str, day: datetime, person: str) -> Iterator[tuple[datetime, Shown]]:
    dice = chance.dice(f"visit {name}")
    record = dice.choice([one for one in RECORDS if one.person == person])
    starts_at = day + timedelta(days=dice.randrange(3), minutes=15 * dice.randrange(24))
    seen_at = starts_at + HOUR * dice.choice((0.5, 1, 1, 2, 30))
    told = [(seen_at, Status.CHECKED_OUT)]
    if chance.happens(f"undone {name}", UNDONE):
        undone = seen_at + HOUR * dice.choice((1, 2, 20, 40))
        told += [(undone, Status.CHECKED_IN), (undone + HOUR * dice.choice((1, 30)), Status.CHECKED_OUT)]
    elif chance.happens(f"deleted {name}", DELETED):
        told.append((seen_at + HOUR * dice.choice((1, 5, 50)), Status.DELETED))
    for number, (at, status) in enumerate([(starts_at, Status.CHECKED_IN), *told]):
        shown = Shown(name, record, status, starts_at, at)
        yield from _as_it_comes(chance, faults, shown, f"{name} {number}", dice.choice((1, 1, 7, 40)))


def _as_it_comes(
    chance: Chance, faults: Faults, shown: Shown, name: str, minutes: int
) -> Iterator[tuple[datetime, Shown]]:
    """Let the product hear of it soon; now and then twice, or after later news."""
    heard = shown.modified_at + timedelta(minutes=minutes)
    is_late = chance.happens(f"late {name}", faults.late)
    delay = faults.latest * chance.of(f"delay {name}")
    if not is_late:
        yield heard, shown
    if is_late or chance.happens(f"doubled {name}", faults.doubled):
        yield heard + timedelta(seconds=int(delay.total_seconds())), shown


def _act(chance: Chance, name: str, person: str) -> Act:
    dice = chance.dice(f"does {name}")
    record = dice.choice([one for one in RECORDS if one.person == person])
    does = dice.choice(("exclude", "include", "include", "stop", "lift", "lift", "consent", "consent", "withdraw"))
    return Act(does, record, dice.choice(list(Channel)), is_doubtful=dice.random() < IS_DOUBTFUL)
