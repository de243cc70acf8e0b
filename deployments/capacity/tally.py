"""What a simulation counts, team by team: sums that can be added, and one line for each practice."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

Key = tuple[int, str]
"""A week and a word."""


class Course(NamedTuple):
    """One practice from its start on; days that did not come are none."""

    practice: int
    starts_on: date
    signed_on: date | None
    went_live_on: date | None
    ended_on: date | None
    status: str

    @property
    def days_to_live(self) -> int | None:
        """Say how many days it took from the start to go-live."""
        return None if self.went_live_on is None else (self.went_live_on - self.starts_on).days


@dataclass(slots=True)
class Tally:
    """Counts of one or several teams; adding them in any order of processes gives the same."""

    courses: list[Course] = field(default_factory=list)
    pieces: Counter[Key] = field(default_factory=Counter)
    minutes: Counter[Key] = field(default_factory=Counter)
    waited: Counter[Key] = field(default_factory=Counter)
    longest: dict[Key, int] = field(default_factory=dict)
    messages: Counter[Key] = field(default_factory=Counter)
    statuses: Counter[Key] = field(default_factory=Counter)
    waiting: Counter[Key] = field(default_factory=Counter)
    hours_by_party: Counter[str] = field(default_factory=Counter)
    seats: Counter[int] = field(default_factory=Counter)
    enrollments: Counter[str] = field(default_factory=Counter)
    events: int = 0

    def work(self, week: int, role: str, minutes: int, waited: float = 0.0) -> None:
        """Count a piece of work in the week in which it came in; what it waited is in minutes of office hours."""
        key = (week, role)
        self.pieces[key] += 1
        self.minutes[key] += minutes
        self.waited[key] += round(waited)
        self.longest[key] = max(self.longest.get(key, 0), round(waited))

    def add(self, other: "Tally") -> None:
        """Add what another team counted."""
        self.courses += other.courses
        for name in ("pieces", "minutes", "waited", "messages", "statuses", "waiting"):
            getattr(self, name).update(getattr(other, name))
        self.hours_by_party.update(other.hours_by_party)
        self.seats.update(other.seats)
        self.enrollments.update(other.enrollments)
        for key, most in other.longest.items():
            self.longest[key] = max(self.longest.get(key, 0), most)
        self.events += other.events
