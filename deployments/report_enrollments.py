"""The picture of a practice's enrollments over the months: pure geometry from their courses, drawn by a template."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.reports.enrollment_timeline import Course, Stretch
from models.rules.calendars import local_day, local_moment
from models.rules.enrollment import State
from models.rules.roles import Party
from templates.charts_enrollment import PARTY_WORDS, TRANSACTION_WORDS

WIDTH, LEFT, RIGHT, TOP, ROW, BAR = 1080, 270, 12, 30, 24, 14
"""Measures of the drawing, in units of its view box."""
SHORTEST: Final = 1.5
_APPROVED: Final = frozenset({State.APPROVED, State.PROVING})
_WORKING: Final = frozenset({State.LIVE, State.NOT_REQUIRED})


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch: where it lies, how it looks, and what it says."""

    x: float
    width: float
    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One enrollment: its names, its bars, and how many days each party was waited for."""

    payer: str
    kind: str
    y: int
    bars: tuple[Bar, ...]
    days: tuple[int, ...]
    state: str
    attempt: int
    is_first: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole picture."""

    lines: tuple[Line, ...]
    months: tuple[tuple[float, str], ...]
    parties: tuple[tuple[str, str], ...]
    width: int = WIDTH
    left: int = LEFT
    top: int = TOP
    bar: int = BAR

    @property
    def height(self) -> int:
        """Give the height of the drawing."""
        return TOP + ROW * len(self.lines) + 6


@dataclass(frozen=True, slots=True)
class _Scale:
    begins: datetime
    ends: datetime

    def x(self, moment: datetime) -> float:
        share = (moment - self.begins) / (self.ends - self.begins)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * min(max(share, 0), 1), 1)


def timeline(courses: Sequence[Course], *, begins: datetime, ends: datetime, zone: str) -> Timeline:
    """Lay out the courses of enrollments between two moments (UTC); months begin in the practice's zone."""
    scale = _Scale(begins, max(ends, begins + timedelta(days=1)))
    lines = list[Line]()
    for number, course in enumerate(courses):
        is_first = not lines or course.payer != courses[number - 1].payer
        lines.append(_line(course, TOP + ROW * number, scale, is_first=is_first))
    return Timeline(tuple(lines), tuple(_months(scale, zone)), tuple(PARTY_WORDS.items()))


def _line(course: Course, y: int, scale: _Scale, *, is_first: bool) -> Line:
    kind = TRANSACTION_WORDS[course.transaction]
    bars = tuple(_bar(one, scale) for one in course.stretches)
    days = tuple(round(course.days(party)) for party in map(Party, PARTY_WORDS))
    words = f"{kind}, {course.billing}" if course.billing else kind
    return Line(course.payer, words, y, bars, days, _words(course.state), course.attempt, is_first)


def _bar(one: Stretch, scale: _Scale) -> Bar:
    begin, end = scale.x(one.since), scale.x(one.until)
    return Bar(
        begin, max(end - begin, SHORTEST), _look(one), f"{_words(one.state)}, {(one.until - one.since).days} days"
    )


def _look(one: Stretch) -> str:
    if one.state in _APPROVED:
        return "approved"
    if one.party is not None:
        return one.party.value
    return "works" if one.state in _WORKING else "over"


def _words(state: State) -> str:
    return state.replace("_", " ")


def _months(scale: _Scale, zone: str) -> Iterator[tuple[float, str]]:
    day = local_day(scale.begins, zone).replace(day=1)
    while True:
        day = (day + timedelta(days=32)).replace(day=1)
        moment = local_moment(day, datetime.min.time(), zone)
        if moment >= scale.ends:
            return
        yield scale.x(moment), f"{day:%B}"
