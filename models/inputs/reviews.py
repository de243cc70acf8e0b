"""Public reviews as sites show them, and as people export them into CSV files: each fault named by line and column."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any, Final

from models.inputs.csv_files import CellFault, Cells, Columns, Fault, a_day, number_text, one_of, plain, read_lines
from models.rules.reputation import LONGEST_REVIEW, PublicReview, ReviewSource

MOST_LINES: Final = 20_000
_STARS: Final = re.compile(r"^([1-5])(?:\.0+)?(?:\s*(?:/\s*5|stars?|\*))?$", re.IGNORECASE)
_SPACES: Final = re.compile(r"[^\S\n]+")
_LONGEST_NAME: Final = 120
_LONGEST_PLACE: Final = 120
_FOREIGN_ID: Final = re.compile(r"[\w.:/=+-]{1,160}")


@dataclass(frozen=True, slots=True)
class ReviewPlace:
    """One location whose reviews an account may read; its name is the practice's public one."""

    place: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ReviewListing:
    """Every review of a place; `is_whole` says that none can have been left out, so that absent ones are gone."""

    reviews: Sequence[PublicReview] = field(repr=False)
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One line of a CSV file of reviews."""

    line: int
    review: PublicReview = field(repr=False)


def _stars(cell: str) -> int | None:
    found = _STARS.match(cell)
    if found is None:
        message = "is no number of stars; write 1 to 5, or leave it empty"
        raise CellFault(message)
    return int(found.group(1))


def _foreign_id(cell: str) -> str:
    text = number_text(cell)
    if not _FOREIGN_ID.fullmatch(text):
        message = "is no id of a review; take the one that the site shows, without spaces, up to 160 characters"
        raise CellFault(message)
    return text


def _short(longest: int) -> Callable[[str], str]:
    def read(cell: str) -> str:
        text = _SPACES.sub(" ", plain(cell)).strip()
        if len(text) > longest:
            message = f"is too long; shorten it to {longest} characters"
            raise CellFault(message)
        return text

    return read


def _words(cell: str) -> str:
    """Read what somebody wrote, as it is: it is never calculated here, and may begin like a formula."""
    if len(cell) > LONGEST_REVIEW:
        message = f"is too long; a review has at most {LONGEST_REVIEW:,} characters"
        raise CellFault(message)
    return "\n".join(_SPACES.sub(" ", line).strip() for line in cell.splitlines()).strip()


def _day(cell: str) -> datetime:
    """Read a day, or a moment with an offset; a day counts from its noon in UTC, since no hour is known."""
    if "T" in cell:
        try:
            moment = datetime.fromisoformat(cell)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    return datetime.combine(a_day(cell), time(12), tzinfo=UTC)


_CELLS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "source": ("source", one_of(*ReviewSource)),
    "review_id": ("foreign_id", _foreign_id),
    "stars": ("stars", _stars),
    "written_by": ("signed", _short(_LONGEST_NAME)),
    "text": ("words", _words),
    "date": ("written_at", _day),
    "changed": ("changed_at", _day),
    "where": ("place", _short(_LONGEST_PLACE)),
    "reply": ("reply", _words),
}
COLUMNS: Final = Columns(tuple(_CELLS), ("review_id", "date"))


def parse_reviews(content: str, *, file: str, as_of: datetime) -> tuple[list[ReviewLine], list[Fault]]:
    """Read a file of public reviews; a review without a source is of the source csv, one of tomorrow is a fault.

    Raises:
        FileRefusedError: the header has faults, or the file is too large.
    """
    good, faults = list[ReviewLine](), list[Fault]()
    seen = dict[tuple[ReviewSource, str], int]()
    for found in read_lines(content, COLUMNS, file=file):
        line = found if isinstance(found, Fault) else _line(*found, as_of=as_of)
        if isinstance(line, ReviewLine):
            line = _unless_doubled(line, seen)
        if isinstance(line, Fault):
            faults.append(line)
        else:
            good.append(line)
        if len(good) + len(faults) > MOST_LINES:
            faults.append(Fault(line.line, f"the file has more than {MOST_LINES:,} lines; split it."))
            break
    return good, faults


def _line(line: int, cells: Cells, *, as_of: datetime) -> ReviewLine | Fault:
    if missing := [name for name in COLUMNS.required if name not in cells]:
        return Fault(line, f"{', '.join(missing)} is empty; fill it in.")
    if not {"stars", "text"} & cells.keys():
        return Fault(line, "stars and text are both empty; a review has at least one of them.")
    read: dict[str, Any] = {}
    for name, cell in cells.items():
        field_name, reader = _CELLS[name]
        try:
            read[field_name] = reader(cell)
        except CellFault as fault:
            return Fault(line, f"{name} {fault}.")
    if read["written_at"] > as_of:
        return Fault(line, "date is in the future; correct it.")
    return ReviewLine(line, _review(read))


def _review(read: dict[str, Any]) -> PublicReview:
    written = read["written_at"]
    made = {"stars": None, **read, "source": ReviewSource(read.get("source", ReviewSource.CSV))}
    return PublicReview(**(made | {"changed_at": max(written, read.get("changed_at", written))}))


def _unless_doubled(line: ReviewLine, seen: dict[tuple[ReviewSource, str], int]) -> ReviewLine | Fault:
    key = (line.review.source, line.review.foreign_id)
    if key in seen:
        return Fault(line.line, f"line {seen[key]} has the same review_id; keep one of them.")
    seen[key] = line.line
    return line
