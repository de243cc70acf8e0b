"""Kareo's list operations: filters that narrow, columns that are named, and the silent defaults of dates."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from deployments.kareo_server import security
from deployments.kareo_server.rows import Login
from deployments.kareo_server.soap import Record
from deployments.kareo_server.staff import State
from deployments.kareo_server.words import read_moment, read_offset

Column = Callable[[], str]
Row = Mapping[str, Column]
WEEK: Final = timedelta(days=7)
THREE_DAYS: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Asked:
    """One list call: who asks, for which columns, narrowed by what, and read at which offset from UTC."""

    state: State
    login: Login
    columns: tuple[str, ...]
    filter: Mapping[str, str] = field(repr=False)
    offset: timedelta

    def moment(self, name: str) -> datetime | None:
        """Read one date of the filter; None where it is not given."""
        text = self.filter.get(name)
        return read_moment(text, self.offset) if text else None

    def within(self, name: str, moment: datetime) -> bool:
        """Say whether a moment lies within the filter's `From...` and `To...` of that name, both ends included."""
        start, end = self.moment(f"From{name}Date"), self.moment(f"To{name}Date")
        return (start is None or start <= moment) and (end is None or moment <= end)

    def is_ranged(self, *names: str) -> bool:
        """Say whether any `From...` or `To...` of these names is given."""
        return any(self.filter.get(f"{end}{name}Date") for name in names for end in ("From", "To"))

    def equal(self, name: str, value: str) -> bool:
        """Say whether the filter does not speak of a value or names it, in whatever case."""
        wanted = self.filter.get(name)
        return not wanted or wanted.casefold() == value.casefold()

    def practices(self) -> list[int]:
        """List the ids of the practices asked for; one that exists but is not the caller's raises RefusedError."""
        wanted = [
            each.id
            for each in self.state.practices.values()
            if self.equal("PracticeName", each.name) and self.equal("PracticeID", str(each.id))
        ]
        if self.filter.get("PracticeName") or self.filter.get("PracticeID"):
            for practice in wanted:
                security.must_reach(self.login, practice)
        return [practice for practice in wanted if practice in self.login.practices]

    def written(self, rows: Iterable[Row]) -> list[Record]:
        """Write rows with the columns that were named and that they have."""
        return [{name: row[name]() for name in self.columns if name in row} for row in rows]


def ask(state: State, login: Login, given: Record) -> Asked:
    """Read what a list call asks for."""
    columns = tuple(name for name, is_wanted in (given.get("Fields") or {}).items() if is_wanted)
    filters = {name: text for name, text in (given.get("Filter") or {}).items() if text}
    offset = read_offset(filters.get("TimeZoneOffsetFromGMT"), default=state.switches.list_offset)
    return Asked(state, login, columns, filters, offset)


def appointment_window(asked: Asked) -> tuple[datetime | None, datetime | None]:
    """Say from when to when starts are listed, with the defaults that nobody is told of."""
    start, end = asked.moment("StartDate"), asked.moment("EndDate")
    if asked.is_ranged("Created", "LastModified"):
        return start, end
    if start is None:
        start = asked.state.now() - (WEEK if end else THREE_DAYS)
    return start, end or start + WEEK
