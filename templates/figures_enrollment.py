"""The figures of payer enrollments in words: each exhibit is a heading, a note, a chart if one helps, and a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Final

from babel.dates import format_date

from models.reports.enrollment_figures import MOST_SCORES, SHOWN_DAYS, Figures
from models.reports.enrollment_scores import FEWEST
from models.reports.forecast_views import Forecast
from templates.charts import Picture, Row, Table
from templates.charts_enrollment import (
    PARTY_WORDS,
    TRANSACTION_WORDS,
    approvals,
    days_by_party,
    ranges,
    waiting,
)
from templates.words import name

NONE: Final = "\N{EN DASH}"
SMALL: Final = "*"
_OTHER_REASONS: Final[Mapping[str, str]] = {"development_request": "The payer asked for more"}


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One thing that is shown; `key` names it in an address, the first `words` columns of its table are words."""

    key: str
    heading: str
    note: str
    table: Table
    picture: Picture | None = None
    words: int = 1


def exhibits(figures: Figures) -> tuple[Exhibit, ...]:
    """Say the figures in the order in which people read them; what has no rows is left out."""
    made = (
        _scores(figures),
        _parties(figures),
        _curves(figures),
        _forecasts(figures),
        _reasons(figures),
        _weeks(figures),
        _months(figures),
    )
    return tuple(one for one in made if one.table.rows)


def lead(figures: Figures) -> str:
    """Say in one sentence on what the figures are built."""
    whose = f"of {figures.practice}" if figures.practice else f"of {_many(figures.practices, 'practice')}"
    return f"{_many(figures.sent, 'submission')} {whose}: {figures.decided} decided, {figures.open} open."


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _scores(figures: Figures) -> Exhibit:
    rows = [
        (
            f"{row['payer']}{SMALL if row['is_small'] else ''}",
            TRANSACTION_WORDS[str(row["transaction"])],
            *_of_score(row),
        )
        for row in figures.scores
    ]
    note = (
        "Calendar days from the submission to the decision: after how many days half, three quarters and nine tenths "
        f"are decided, open ones counted as open; {NONE} where that is still to come. First pass: approved without "
        f"anything coming back, of those decided. {SMALL} Fewer than {FEWEST} practices: not for other practices."
    )
    if len(figures.scores) >= MOST_SCORES:
        note += f" The {MOST_SCORES} most used are shown."
    heads = ("Payer", "For", *_SCORE_HEADS)
    return Exhibit("scores", "Turnaround by payer", note, Table(heads, rows), words=2)


_SCORE_HEADS: Final = ("Sent", "Decided", "Open", "Oldest open", "Median", "75 %", "90 %", "First pass")


def _of_score(row: Row) -> tuple[str, ...]:
    counts = (str(row[name]) for name in ("sent", "decided", "open"))
    days = (_days(row[name]) for name in ("oldest_open", "median", "p75", "p90"))
    passed = row["first_pass"]
    return (*counts, *days, f"{passed:.0%}" if isinstance(passed, float) else NONE)


def _days(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, int | float) else NONE


def _parties(figures: Figures) -> Exhibit:
    payers = list(dict.fromkeys(str(row["payer"]) for row in figures.parties))
    days = {(str(row["payer"]), str(row["party"])): float(row["days"]) for row in figures.parties}
    rows = []
    for payer in payers:
        split = [days.get((payer, party), 0.0) for party in PARTY_WORDS]
        rows.append((payer, *(f"{one:.1f}" for one in split), f"{sum(split):.1f}"))
    note = (
        "Mean days of an enrollment from the payer list to the approval, by who was waited for; open ones until today."
    )
    heads = ("Payer", *PARTY_WORDS.values(), "Together")
    picture = days_by_party(figures.parties)
    return Exhibit("parties", picture.title, note, Table(heads, rows), picture)


def _curves(figures: Figures) -> Exhibit:
    rows = [
        (str(row["payer"]), str(row["sent"]), *(_share(row[str(day)]) for day in SHOWN_DAYS)) for row in figures.waiting
    ]
    heads = ("Payer", "Sent", *(f"{day} days" for day in SHOWN_DAYS))
    note = f"The share that still waits after so many days; {NONE} where nobody has waited that long yet."
    picture = waiting(figures.curves)
    return Exhibit("waiting", picture.title, note, Table(heads, rows), picture)


def _share(value: object) -> str:
    return f"{value:.0%}" if isinstance(value, int | float) else NONE


def _forecasts(figures: Figures) -> Exhibit:
    rows = [_forecast_row(one, figures.names) for one in figures.forecasts]
    table = Table(("Practice", "10 %", "25 %", "50 %", "75 %", "90 %", "Target", "Chance"), rows)
    data = [_range(one, figures.names) for one in figures.forecasts]
    note = "The day that so many of a hundred thrown futures meet at the latest, and the chance to meet the target."
    return Exhibit("forecasts", "When go-live is likely", note, table, ranges(data, title="When go-live is likely"))


def _forecast_row(one: Forecast, names: Mapping[str, str]) -> tuple[str, ...]:
    dates = (one.dates.early, one.dates.sooner, one.dates.likely, one.dates.later, one.dates.late)
    chance = NONE if one.dates.chance is None else f"{one.dates.chance:.0%}"
    target = short_day(one.target_on) if one.target_on else NONE
    return (names.get(one.practice, one.practice), *(short_day(day) for day in dates), target, chance)


def short_day(day: date) -> str:
    """Write a day with its year, briefly."""
    return format_date(day, "MMM d, y", locale="en")


def _range(one: Forecast, names: Mapping[str, str]) -> dict[str, str]:
    days = {part: getattr(one.dates, part).isoformat() for part in ("early", "sooner", "likely", "later", "late")}
    target = {"target": one.target_on.isoformat()} if one.target_on else {}
    return {"name": names.get(one.practice, one.practice), **days, **target}


def _reasons(figures: Figures) -> Exhibit:
    rows = [(reason_words(str(row["reason"])), str(row["count"]), str(row["payers"])) for row in figures.reasons]
    table = Table(("Reason", "How often", "Payers"), rows)
    return Exhibit("reasons", "Why enrollments came back", "Rejected, returned, or asked for more.", table)


def reason_words(reason: str) -> str:
    """Say why something came back."""
    words = _OTHER_REASONS.get(reason) or name("enrollment_reasons", reason, locale="en")
    return words[:1].upper() + words[1:].replace("_", " ")


def _weeks(figures: Figures) -> Exhibit:
    weeks = sorted({str(row["week"]) for row in figures.weeks}, reverse=True)
    counts = {(str(row["week"]), str(row["transaction"])): int(row["count"]) for row in figures.weeks}
    rows = []
    for week in weeks:
        split = [counts.get((week, kind), 0) for kind in TRANSACTION_WORDS]
        rows.append((short_day(date.fromisoformat(week)), *(str(one) for one in split), str(sum(split))))
    heads = ("Week of", *TRANSACTION_WORDS.values(), "Together")
    picture = approvals(figures.weeks)
    return Exhibit("weeks", picture.title, "Weeks begin on Monday.", Table(heads, rows), picture)


def _months(figures: Figures) -> Exhibit:
    rows = [(_month(str(row["month"])), str(row["practices"]), *_of_score(row)) for row in figures.months]
    heads = ("Submitted in", "Practices", *_SCORE_HEADS)
    note = "All payers together, by the month of the submission; young months are mostly open."
    return Exhibit("months", "By month", note, Table(heads, rows))


def _month(month: str) -> str:
    return format_date(date.fromisoformat(f"{month}-01"), "MMMM y", locale="en")


def table_rows(table: Table) -> list[dict[str, str]]:
    """Give a table as rows by head, for an artifact."""
    return [dict(zip(table.heads, row, strict=True)) for row in table.rows]


def markdown_table(table: Table) -> str:
    """Write a table in Markdown."""
    lines = [table.heads, ["---"] * len(table.heads), *table.rows]
    return "\n".join(f"| {' | '.join(_cell(word) for word in line)} |" for line in lines)


def _cell(word: str) -> str:
    return escape(word.replace("\\", "\\\\").replace("|", "\\|"), quote=False)


def find(shown: Sequence[Exhibit], key: str) -> Exhibit | None:
    """Find an exhibit by its key."""
    return next((one for one in shown if one.key == key), None)
