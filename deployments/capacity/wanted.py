"""What a simulation of capacity is asked, what it takes for granted, and how its practices are dealt to teams."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from models.rules.roles import Role

WEEK: Final = 7
MOST_IN_A_TEAM: Final = 25
"""Practices that are played together where nobody says how many people there are."""
STARTING_SHARE: Final = 0.6
"""In this part of the time practices start, unless somebody says how many start each week."""
COACH, REPRESENTATIVE = Role.SUCCESS_COACH, Role.ENROLLMENTS_REPRESENTATIVE

MINUTES: Final[Mapping[str, int]] = {
    "prepare": 45,
    "submit": 20,
    "chase": 15,
    "correct": 40,
    "repair": 40,
    "test": 30,
    "log_in": 10,
    "escalated": 20,
    "check": 10,
    "record": 5,
    "late": 10,
    "silent": 10,
    "propose_pause": 10,
    "enrollments": 30,
    "graduation": 30,
    "handoff": 45,
    "application": 30,
    "billing_rules": 45,
    "welcome": 20,
    "payments": 30,
}
"""Minutes that one piece of work takes, by the first word of its key; a call takes as long as it is planned."""
OTHERWISE: Final = 20


class Team(NamedTuple):
    """Who is played together: practices, their coaches (none: nobody waits for one), and enrollment staff."""

    number: int
    practices: tuple[int, ...]
    coaches: tuple[int, ...]
    enrollment_staff: float | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """One question: how many practices over how many days, starting when, with how many people.

    None of a kind of people means that nobody waits for them: then the report says how many would be needed.
    """

    practices: int
    days: int
    seed: int
    begins_on: date
    starts_a_week: int
    coaches: int | None = None
    enrollment_staff: int | None = None
    hours_a_day: float = 6.0

    @property
    def begins(self) -> datetime:
        """Give the first moment (UTC)."""
        return datetime.combine(self.begins_on, time(0), tzinfo=UTC)

    @property
    def until(self) -> datetime:
        """Give the moment (UTC) at which it ends."""
        return self.begins + timedelta(days=self.days)

    @property
    def weeks(self) -> int:
        """Say how many weeks it touches."""
        return -(-self.days // WEEK)

    @property
    def started(self) -> int:
        """Say how many practices start at all before it ends."""
        return min(self.practices, self.starts_a_week * self.weeks)

    def week_of(self, moment: datetime) -> int:
        """Number the week of a moment, the first one 0."""
        return (moment - self.begins).days // WEEK


def usual_starts(practices: int, days: int) -> int:
    """Say how many practices start each week so that all have started in the first part of the time."""
    weeks = max(int(days / WEEK * STARTING_SHARE), 1)
    return max(-(-practices // weeks), 1)


def teams_of(wanted: Wanted) -> tuple[Team, ...]:
    """Deal the practices to teams that are played apart; how many processes play them changes nothing.

    A practice keeps its coach, and the coach's team its share of the enrollment staff, so that nobody in one team
    waits for somebody in another.
    """
    people = [count for count in (wanted.coaches, wanted.enrollment_staff) if count is not None]
    count = max(min(-(-wanted.practices // MOST_IN_A_TEAM), *people, wanted.practices), 1)
    leads = wanted.coaches or count
    dealt: list[list[int]] = [[] for _ in range(count)]
    for practice in range(wanted.practices):
        dealt[practice % leads % count].append(practice)
    return tuple(
        Team(number, tuple(mine), tuple(_coaches(number, count, wanted)), _share(len(mine), wanted))
        for number, mine in enumerate(dealt)
    )


def _coaches(team: int, teams: int, wanted: Wanted) -> range:
    return range(team, wanted.coaches or 0, teams)


def _share(practices: int, wanted: Wanted) -> float | None:
    if wanted.enrollment_staff is None:
        return None
    return wanted.enrollment_staff * practices / wanted.practices


def minutes_of(key: str) -> int:
    """Say how many minutes a piece of work takes."""
    return MINUTES.get(key.partition(".")[0].partition(":")[0], OTHERWISE)
