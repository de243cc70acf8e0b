"""The report of a simulation: the sheets as charts, tables and sentences on one page that needs no server."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from deployments.capacity.figures import Cell, Sheet
from deployments.capacity.play import STATUSES
from deployments.capacity.wanted import COACH, REPRESENTATIVE, Wanted
from deployments.web.staff_figures import drawn
from deployments.web.static import stylesheet
from models.rules.messages import Audience
from models.rules.roles import Party
from models.settings import settings
from templates.charts import Row, Table
from templates.charts_capacity import lines, spread, stacks
from templates.charts_enrollment import PARTY_WORDS
from templates.figures_enrollment import Exhibit
from templates.render import render_page

BIN: Final = 10
STAFF_WORDS: Final = {COACH.value: "Success Coaches", REPRESENTATIVE.value: "Enrollment staff"}
AUDIENCE_WORDS: Final = {Audience.PRACTICE.value: "To practices", Audience.STAFF.value: "To our own people"}
HEADS: Final = {"mean_wait_days": "Mean wait", "longest_wait_days": "Longest wait", "people_needed": "People needed"}


def write_report(sheets: Mapping[str, Sheet], wanted: Wanted, file: Path) -> Path:
    """Write the page; the same sheets give the same page."""
    shown = [one for one in _exhibits(sheets) if one.key != "waits" or wanted.coaches or wanted.enrollment_staff]
    page = render_page(
        "capacity",
        locale="en",
        organisation=settings().organisation,
        css=stylesheet(),
        practices=wanted.practices,
        lead=_lead(sheets["summary"]),
        exhibits=[(one, drawn(one.picture)) for one in shown],
        assumed=_assumed(wanted),
    )
    file.write_text(page, encoding="utf-8")
    return file


def _lead(summary: Sheet) -> str:
    found = {str(name): value for name, value in summary.lines}
    half = found.get("days to go-live, 50 percent")
    middle = f", half of them within {half} days" if half else ""
    return (
        f"{found['started']} of {found['practices']} practices start within {found['days']} days, "
        f"{found['starts a week']} a week. {found['went live']} go live{middle}. "
        f"Coaches: {found['coaches']}. Enrollment staff: {found['enrollment staff']}."
    )


def _assumed(wanted: Wanted) -> list[str]:
    return [
        f"One of our people works {wanted.hours_a_day:g} hours a day on calls and tasks.",
        "Payers take as long as the figures say that ship with golive, by way of the clearinghouse that reaches them.",
        "One enrollment in nine is rejected, and one form in eight comes back.",
        "Half of the practices give what they are asked for within three business days; the others are slower.",
        "What happens is decided by the same rules as in production.",
        f"People and payers are invented; all that they do follows from the seed {wanted.seed}.",
        "Messages to patients are not counted here: the simulation of a cadence counts those, practice by practice.",
    ]


def _exhibits(sheets: Mapping[str, Sheet]) -> Sequence[Exhibit]:
    return (
        _summary(sheets["summary"]),
        _statuses(sheets["statuses"]),
        _go_lives(sheets["practices"]),
        _staff(sheets["staff"], "people_needed", "needed", "People needed each week"),
        _staff(sheets["staff"], "mean_wait_days", "waits", "How long work waits for our people"),
        _waiting(sheets["enrollments"]),
        _messages(sheets["messages"]),
        _training(sheets["training"]),
    )


def _summary(sheet: Sheet) -> Exhibit:
    rows = [[_capital(str(name)), str(value)] for name, value in sheet.lines]
    return Exhibit("summary", "In short", "The same figures as in summary.csv.", Table(["Figure", "Value"], rows))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _statuses(sheet: Sheet) -> Exhibit:
    rows = [{"week": one["week"], "kind": one["status"], "count": one["practices"]} for one in sheet.rows()]
    words = "Bars, one per week, stacked by where the practices stand at its end. The table holds the figures."
    picture = stacks(rows, STATUSES, title="Practices by where they stand", description=words)
    note = "Every practice that has started is under way, paused, live, graduated, or has ended early."
    return Exhibit("statuses", "Where the practices stand", note, _by_week(rows, STATUSES, "count"), picture)


def _by_week(rows: Sequence[Row], kinds: Sequence[str], figure: str) -> Table:
    """Lay rows out with a line for each week and a column for each kind."""
    found: dict[str, dict[str, object]] = defaultdict(dict)
    for row in rows:
        found[str(row["week"])][str(row["kind"])] = row[figure]
    heads = ["Week from", *map(_capital, kinds)]
    return Table(heads, [[week, *(str(cells.get(kind, 0)) for kind in kinds)] for week, cells in found.items()])


def _go_lives(sheet: Sheet) -> Exhibit:
    days = [one for row in sheet.rows() if isinstance(one := row["days_to_live"], int)]
    bins = range(min(days, default=0) // BIN * BIN, max(days, default=0) + 1, BIN) if days else range(0)
    rows = [
        {"begin": begin, "end": begin + BIN, "count": sum(begin <= one < begin + BIN for one in days)} for begin in bins
    ]
    words = "One bar for each ten days: how many practices took so long from their start to go-live."
    picture = spread(
        rows, title="Days from the start to go-live", description=words, unit="Days from the start to go-live"
    )
    note = "Only practices that went live within the time are counted: what takes longest is not there yet."
    table = Table(
        ["Days", "Practices"], [[f"{one['begin']} to {int(one['end']) - 1}", str(one["count"])] for one in rows]
    )
    return Exhibit("go-lives", "How long go-live takes", note, table, picture)


def _staff(sheet: Sheet, figure: str, key: str, heading: str) -> Exhibit:
    rows = [
        {"week": one["week"], "kind": STAFF_WORDS[str(one["role"])], "value": one[figure]}
        for one in sheet.rows()
        if one["role"] in STAFF_WORDS
    ]
    kinds = tuple(STAFF_WORDS.values())
    unit = "Business days" if figure.endswith("_days") else "People"
    words = f"Lines over the weeks, one for coaches and one for enrollment staff, in {unit.lower()}."
    picture = lines(rows, kinds, title=heading, description=words, unit=unit)
    return Exhibit(key, heading, NOTES[key], _by_week(rows, kinds, "value"), picture)


NOTES: Final = {
    "needed": "The minutes of all work that came in during a week, as full-time people.",
    "waits": "Business days from the moment at which somebody would have taken the work up until it was its turn; "
    "nothing waits where there are as many people as needed.",
}


def _waiting(sheet: Sheet) -> Exhibit:
    kinds = [PARTY_WORDS[party.value] for party in Party]
    rows = [
        {"week": one["week"], "kind": PARTY_WORDS[str(one["waiting_for"])], "count": one["enrollments"]}
        for one in sheet.rows()
    ]
    words = "Bars, one per week, stacked by who is waited for at its end. The table holds the figures."
    picture = stacks(rows, kinds, title="Enrollments by who is waited for", description=words)
    note = "Enrollments that wait at the end of each week, until they work."
    return Exhibit("waiting", "Whom enrollments wait for", note, _by_week(rows, kinds, "count"), picture)


def _messages(sheet: Sheet) -> Exhibit:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for one in sheet.rows():
        sums[str(one["week"]), AUDIENCE_WORDS[str(one["to"])]] += _whole(one["messages"])
    rows = [{"week": week, "kind": kind, "count": count} for (week, kind), count in sums.items()]
    kinds = tuple(AUDIENCE_WORDS.values())
    picture = stacks(rows, kinds, title="Messages a week", description="Bars, one per week, stacked by who reads them.")
    note = "Mails and invitations to practices and to our own people; messages.csv holds them by kind."
    return Exhibit("messages", "Messages", note, _by_week(rows, kinds, "count"), picture)


def _whole(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def _training(sheet: Sheet) -> Exhibit:
    rows = [{"week": one["week"], "kind": "Seats", "count": one["seats"]} for one in sheet.rows()]
    words = "Bars, one per week: how many places in live sessions were taken."
    picture = stacks(rows, ("Seats",), title="Training seats", description=words)
    note = "Places in live group sessions of all topics."
    return Exhibit("training", "Training seats", note, _by_week(rows, ("Seats",), "count"), picture)
