"""Invented practices: where they are, whom they bill, how fast they answer; all of it follows from seed and number."""

from datetime import datetime, time, timedelta
from functools import lru_cache
from statistics import NormalDist
from typing import Final, NamedTuple

from deployments.capacity.wanted import WEEK, Wanted
from deployments.histories.chance import Chance
from models.inputs.turnarounds import shipped, shipped_for
from models.rules.calendars import Calendar, add_business_days, local_day, local_moment
from models.rules.enrollment_facts import Turnaround
from models.rules.onboarding import CURRENT_VERSION
from models.rules.onboarding_facts import Journey, JourneyStatus, PayerFacts, Transaction
from models.rules.roles import STAFF_ROLES, Role
from models.rules.turnarounds import class_of, shape_of, turnaround_of

ZONES: Final = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
PAYERS: Final = ("northwind", "evergreen", "lakeshore", "bluepine", "granite", "harbor-mutual", "redwood", "prairie")
ROUTES: Final = ("stedi", "change-healthcare", "office-ally", "ensora", "")
"""By way of whom a payer is reached: its figures hold where there are some, else those of any payer."""
PACES: Final = ((0.5, (1, 3)), (0.85, (1, 6)), (1.0, (3, 12)))
"""Business days until a practice gives what it is asked for: half of them soon, some late."""
PORTAL: Final = turnaround_of(3, low=1, high=14, source="simulated")
PAUSES, ENDS_EARLY = 0.04, 0.03
TOGETHER: Final = 0.8
"""How much the transactions of one payer share its speed."""
_NORMAL: Final = NormalDist()
_SHORTEST, _LONGEST = 0.01, 0.99


class Invented(NamedTuple):
    """One practice as it is before anything happens."""

    number: int
    chance: Chance
    starts_at: datetime
    journey: Journey
    pace: tuple[int, int]

    def of(self, name: str) -> float:
        """Give a number from 0 until before 1 that belongs to one thing of this practice."""
        return self.chance.of(f"{self.number}:{name}")

    def between(self, name: str, low: int, high: int) -> int:
        """Give a whole number between two, both included."""
        return low + int(self.of(name) * (high - low + 1))

    def in_business_days(self, name: str, low: int, high: int, *, since: datetime) -> datetime:
        """Give a moment (UTC) in office hours so many business days later."""
        zone = self.journey.zone
        day = add_business_days(local_day(since, zone), self.between(name, low, high), Calendar.GOVERNMENT)
        minute = self.between(f"{name}:minute", 10, 420)
        return max(local_moment(day, time(9 + minute // 60, minute % 60), zone), since)

    def days_of_payer(self, payer: str, transaction: Transaction, attempt: int) -> float:
        """Say how many calendar days a payer takes, by the figures that ship with the product."""
        shared = _NORMAL.inv_cdf(_inside(self.of(f"{payer}:{attempt}")))
        own = _NORMAL.inv_cdf(_inside(self.of(f"{payer}:{transaction}:{attempt}")))
        share = _NORMAL.cdf(TOGETHER * shared + (1 - TOGETHER**2) ** 0.5 * own)
        return shape_of(self.turnaround(payer, transaction)).days_until(_inside(share))

    def turnaround(self, payer: str, transaction: Transaction) -> Turnaround:
        """Give the figures of a payer as it is reached by this practice."""
        route = ROUTES[int(self.of(f"route:{payer}") * len(ROUTES))] if class_of(payer) == "commercial" else ""
        return figure(payer, transaction, route)


def _inside(share: float) -> float:
    return min(max(share, _SHORTEST), _LONGEST)


@lru_cache(maxsize=256)
def figure(payer: str, transaction: Transaction, route: str) -> Turnaround:
    """Find the figures for a payer by way of a clearinghouse, else those of the payer, its class, or any."""
    if transaction is Transaction.PORTAL:
        return PORTAL
    for one in shipped():
        if route and one.via == route and one.transaction in (transaction, "any"):
            return one.turnaround
    return shipped_for(payer, transaction, payer_class=class_of(payer))[0]


def invent(number: int, wanted: Wanted, *, coach: str) -> Invented:
    """Make up one practice; it starts on a business day of its week."""
    chance = Chance(wanted.seed)
    zone = ZONES[int(chance.of(f"{number}:zone") * len(ZONES))]
    pace = next(days for share, days in PACES if chance.of(f"{number}:pace") < share)
    week = wanted.begins_on + timedelta(days=WEEK * (number // wanted.starts_a_week))
    day = add_business_days(week + timedelta(days=int(chance.of(f"{number}:day") * 5)), 0, Calendar.GOVERNMENT)
    starts_at = local_moment(day, time(9 + int(chance.of(f"{number}:hour") * 7)), zone)
    return Invented(number, chance, starts_at, _journey(number, chance, zone, coach), pace)


def _journey(number: int, chance: Chance, zone: str, coach: str) -> Journey:
    team = {role: role.value for role in STAFF_ROLES - {Role.SUCCESS_COACH}}
    users = 2 + int(chance.of(f"{number}:users") * 3)
    return Journey(
        number,
        number,
        f"practice-{number}",
        zone,
        Calendar.GOVERNMENT,
        JourneyStatus.ACTIVE,
        1,
        CURRENT_VERSION,
        team,
        trainees=tuple(f"user-{one}" for one in range(1, users + 1)),
        payers=_payers(number, chance),
        coach_candidate=coach,
        staff=frozenset({coach, *team.values()}),
    )


def _payers(number: int, chance: Chance) -> tuple[PayerFacts, ...]:
    """Choose whom a practice bills: Medicare mostly, often Medicaid, and two to five others."""
    names = [name for name, share in (("medicare", 0.85), ("medicaid", 0.6)) if chance.of(f"{number}:{name}") < share]
    dealt = sorted(PAYERS, key=lambda payer: chance.of(f"{number}:bills {payer}"))
    names += dealt[: 2 + int(chance.of(f"{number}:payers") * 4)]
    return tuple(
        PayerFacts(name, 10 + int(chance.of(f"{number}:claims {name}") * 200), _transactions(number, chance, name))
        for name in names
    )


def _transactions(number: int, chance: Chance, payer: str) -> tuple[Transaction, ...]:
    also = ((Transaction.ERA, 0.9), (Transaction.EFT, 0.5), (Transaction.PORTAL, 0.3))
    more = (kind for kind, share in also if chance.of(f"{number}:{payer} {kind}") < share)
    return (Transaction.CLAIMS, *more)
