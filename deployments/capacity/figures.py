"""The figures of a simulation as plain rows: what the files hold is what the report shows."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Final, NamedTuple

from deployments.capacity.desks import OFFICE
from deployments.capacity.play import STATUSES
from deployments.capacity.tally import Key, Tally
from deployments.capacity.wanted import COACH, REPRESENTATIVE, WEEK, Wanted
from models.rules.calendars import Calendar, is_business_day
from models.rules.messages import CATALOGUE, MessageKind
from models.rules.roles import Party

Cell = str | int | float
TENTHS: Final = 10


class Sheet(NamedTuple):
    """One file: its heads, and its lines."""

    heads: tuple[str, ...]
    lines: tuple[tuple[Cell, ...], ...]

    def rows(self) -> list[dict[str, Cell]]:
        """Give each line by its heads."""
        return [dict(zip(self.heads, line, strict=True)) for line in self.lines]


def sheets_of(tally: Tally, wanted: Wanted) -> Mapping[str, Sheet]:
    """Write every figure down, by the name of its file."""
    return {
        "summary": _summary(tally, wanted),
        "practices": _practices(tally),
        "statuses": _weekly(tally.statuses, STATUSES, "status", "practices", wanted),
        "staff": _staff(tally, wanted),
        "enrollments": _weekly(tally.waiting, tuple(Party), "waiting_for", "enrollments", wanted),
        "messages": _messages(tally, wanted),
        "training": _training(tally, wanted),
    }


def write(sheets: Mapping[str, Sheet], folder: Path) -> None:
    """Write each sheet as CSV; the same figures give the same bytes."""
    for name, sheet in sheets.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(sheet.heads)
            writer.writerows(sheet.lines)


def monday(week: int, wanted: Wanted) -> str:
    """Name a week by its first day."""
    return (wanted.begins_on + timedelta(days=WEEK * week)).isoformat()


def _summary(tally: Tally, wanted: Wanted) -> Sheet:
    lasted = sorted(one.days_to_live for one in tally.courses if one.days_to_live is not None)
    approved = tally.enrollments["approved at least once"]
    lines: list[tuple[Cell, ...]] = [
        ("practices", wanted.practices),
        ("days", wanted.days),
        ("seed", wanted.seed),
        ("starts a week", wanted.starts_a_week),
        ("coaches", wanted.coaches or "as many as needed"),
        ("enrollment staff", wanted.enrollment_staff or "as many as needed"),
        ("started", len(tally.courses)),
        *((status, sum(one.status == status for one in tally.courses)) for status in STATUSES),
        ("went live", len(lasted)),
        *((f"days to go-live, {share} percent", value) for share, value in _shares(lasted)),
        ("enrollments begun", tally.enrollments["begun"]),
        ("enrollments approved", approved),
        *((f"days until approval, {party}", _mean_days(tally, party, approved)) for party in Party),
        ("messages", tally.messages.total()),
        ("training seats", tally.seats.total()),
    ]
    return Sheet(("figure", "value"), tuple(lines))


def _shares(lasted: Sequence[int]) -> list[tuple[int, int]]:
    """Say until how many days a tenth, half and nine tenths of those that went live had done so."""
    if len(lasted) < 2:  # noqa: PLR2004 - one figure has no spread
        return []
    tenths = quantiles(lasted, n=TENTHS, method="inclusive")
    return [(share, round(tenths[share // TENTHS - 1])) for share in (10, 50, 90)]


def _mean_days(tally: Tally, party: Party, approved: int) -> float:
    return round(tally.hours_by_party[party] / 24 / approved, 1) if approved else 0.0


def _practices(tally: Tally) -> Sheet:
    heads = ("practice", "starts_on", "signed_on", "went_live_on", "ended_on", "status", "days_to_live")
    courses = sorted(tally.courses)
    return Sheet(
        heads,
        tuple(
            (
                one.practice + 1,
                one.starts_on.isoformat(),
                _day(one.signed_on),
                _day(one.went_live_on),
                _day(one.ended_on),
                one.status,
                "" if one.days_to_live is None else one.days_to_live,
            )
            for one in courses
        ),
    )


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _weekly(counts: Mapping[Key, int], kinds: Sequence[str], kind: str, what: str, wanted: Wanted) -> Sheet:
    lines = (
        (monday(week, wanted), str(one), counts.get((week, one), 0)) for week in range(wanted.weeks) for one in kinds
    )
    return Sheet(("week", kind, what), tuple(lines))


def _staff(tally: Tally, wanted: Wanted) -> Sheet:
    """Say how much work of each role came in each week, how many people that is, and how long it waited."""
    roles = sorted({role for _, role in tally.pieces} | {COACH, REPRESENTATIVE})
    there: dict[str, int | None] = {COACH: wanted.coaches, REPRESENTATIVE: wanted.enrollment_staff}
    lines = [
        (
            monday(week, wanted),
            str(role),
            tally.pieces[week, role],
            tally.minutes[week, role],
            _people(tally.minutes[week, role], week, wanted),
            there.get(role) or "",
            _days_of(tally.waited[week, role] / max(tally.pieces[week, role], 1)),
            _days_of(tally.longest.get((week, role), 0)),
        )
        for week in range(wanted.weeks)
        for role in roles
    ]
    heads = (
        "week",
        "role",
        "pieces",
        "minutes",
        "people_needed",
        "people_there",
        "mean_wait_days",
        "longest_wait_days",
    )
    return Sheet(heads, tuple(lines))


def _people(minutes: int, week: int, wanted: Wanted) -> float:
    """Say how many people a week's work is; a week without a business day counts as one day."""
    first = wanted.begins_on + timedelta(days=WEEK * week)
    days = sum(is_business_day(first + timedelta(days=ahead), Calendar.GOVERNMENT) for ahead in range(WEEK))
    return round(minutes / (wanted.hours_a_day * 60 * max(days, 1)), 2)


def _days_of(minutes: float) -> float:
    """Turn minutes of office hours into business days."""
    return round(minutes / OFFICE, 2)


def _messages(tally: Tally, wanted: Wanted) -> Sheet:
    lines = (
        (monday(week, wanted), str(kind), CATALOGUE[MessageKind(kind)].audience.value, count)
        for (week, kind), count in sorted(tally.messages.items())
    )
    return Sheet(("week", "kind", "to", "messages"), tuple(lines))


def _training(tally: Tally, wanted: Wanted) -> Sheet:
    lines = ((monday(week, wanted), tally.seats[week]) for week in range(wanted.weeks))
    return Sheet(("week", "seats"), tuple(lines))
