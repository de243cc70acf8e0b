"""CSV files as spreadsheets write them: any usual separator, BOM, quotes; each fault named by line and column."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple, Protocol

LARGEST: Final = 20_000_000
SEPARATORS: Final = (",", ";", "\t", "|")
_SEP_LINE: Final = re.compile(r"^sep=(.)\r?\n", re.IGNORECASE)
_AS_TEXT: Final = re.compile(r'^="([^"]*)"$')
"""How people make a spreadsheet keep leading zeros; the text within is what they mean."""
_FORMULA: Final = ("=", "+", "@", "-")
_US_DAY: Final = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})$")
_ISO_DAY: Final = re.compile(r"^(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00)?)?$")
_REWRITTEN: Final = re.compile(r"^\d(?:\.\d+)?E\+\d+$", re.IGNORECASE)
_YES: Final = frozenset({"yes", "y", "true", "1", "x"})
_NO: Final = frozenset({"no", "n", "false", "0"})


class FileRefusedError(ValueError):
    """A file cannot be used at all; the sentence says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CellFault(ValueError):  # noqa: N818 - a fault of the file, told and gone on from
    """What is wrong with one cell, and what to write there; never what stands in it."""


class Fault(NamedTuple):
    """One line of a file that was not taken, and why."""

    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a kind of file."""

    known: tuple[str, ...]
    required: tuple[str, ...]


Cells = Mapping[str, str]


class _Rows(Iterator[list[str]], Protocol):
    """A reader of the standard library, which counts the lines of the file."""

    @property
    def line_num(self) -> int: ...


def read_lines(content: str, columns: Columns, *, file: str) -> Iterator[tuple[int, Cells] | Fault]:
    """Give the filled cells of each line by column, with the line's number, or what is wrong with the line.

    Raises:
        FileRefusedError: the header has faults, or the file is too large.
    """
    if len(content) > LARGEST:
        message = f"{file} is larger than such a file can be (20 MB); is it the right one? Split it otherwise."
        raise FileRefusedError(message)
    text = content.removeprefix("\ufeff")
    named = _SEP_LINE.match(text)
    text, skipped = (text[named.end() :], 1) if named else (text, 0)
    separator = named.group(1) if named else _separator(text, columns)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names = _header(rows, columns, file=file)
    return _lines(rows, names, skipped)


def _lines(rows: _Rows, names: Sequence[str], skipped: int) -> Iterator[tuple[int, Cells] | Fault]:
    try:
        for row in rows:
            number = rows.line_num + skipped
            if not any(cell.strip() for cell in row):
                continue
            if len(row) > len(names) and any(cell.strip() for cell in row[len(names) :]):
                yield Fault(number, "it has more cells than there are columns; put texts with commas into quotes.")
                continue
            yield number, {name: cell.strip() for name, cell in zip(names, row, strict=False) if cell.strip()}
    except csv.Error:
        line = rows.line_num + skipped
        yield Fault(line, "the quotes on this line do not match, so that the rest was not read; correct them.")


def _words(header: str) -> str:
    return re.sub(r"[\s_-]+", "_", header.strip().lower())


def _separator(text: str, columns: Columns) -> str:
    first = text.split("\n", 1)[0]
    fits = {one: sum(_words(cell.strip('" \r')) in columns.known for cell in first.split(one)) for one in SEPARATORS}
    return max(SEPARATORS, key=lambda one: fits[one])


def _header(rows: _Rows, columns: Columns, *, file: str) -> list[str]:
    try:
        names = [_words(name) for name in next(rows, [])]
    except csv.Error:
        message = f"{file} line 1: the quotes on this line do not match; correct them."
        raise FileRefusedError(message) from None
    while names and not names[-1]:
        names.pop()
    faults = {
        "has no column": [one for one in columns.required if one not in names],
        "has unknown columns:": [one or "(without a name)" for one in names if one not in columns.known],
        "has a column more than once:": sorted({one for one in names if names.count(one) > 1 and one}),
    }
    for words, named in faults.items():
        if named:
            message = f"{file} {words} {', '.join(named)[:200]}; its columns are {', '.join(columns.known)}."
            raise FileRefusedError(message)
    return names


def plain(cell: str) -> str:
    """Read a text; one that a spreadsheet would calculate is refused, one kept as text (="00123") is taken out."""
    if kept := _AS_TEXT.match(cell):
        return kept.group(1).strip()
    if cell.startswith(_FORMULA):
        message = "begins like a formula; write plain text"
        raise CellFault(message)
    return cell


def number_text(cell: str) -> str:
    """Read an id in which zeros matter; one that a spreadsheet has rewritten (1.2E+05) is refused."""
    text = plain(cell)
    if _REWRITTEN.match(text):
        message = 'was rewritten as a number by a spreadsheet; write it as text, like ="00123"'
        raise CellFault(message)
    return text


def a_day(cell: str) -> date:
    """Read a day as 2026-12-01 or, month first, as 12/1/2026."""
    with suppress(ValueError):
        if iso := _ISO_DAY.match(cell):
            return date.fromisoformat(iso.group(1))
        if american := _US_DAY.match(cell):
            month, day, year = (int(part) for part in american.groups())
            return date(year if year > 99 else 2000 + year, month, day)  # noqa: PLR2004 - a year of two digits
    message = "is no day; write it like 2026-12-01 or, month first, 12/1/2026"
    raise CellFault(message)


def yes_or_no(cell: str) -> bool:
    """Read yes or no."""
    word = cell.lower()
    if word not in _YES | _NO:
        message = "is neither yes nor no"
        raise CellFault(message)
    return word in _YES


def whole_number(cell: str) -> int:
    """Read a whole number up to a million; thousands may have commas."""
    digits = cell.replace(",", "")
    if not digits.isascii() or not digits.isdigit() or int(digits) > 1_000_000:  # noqa: PLR2004 - as in an intake
        message = "is not a whole number up to 1,000,000"
        raise CellFault(message)
    return int(digits)


def one_of(*choices: str) -> Callable[[str], str]:
    """Make a reader of one of several words."""

    def choose(cell: str) -> str:
        word = _words(cell)
        if word not in choices:
            message = f"is none of {', '.join(choices)}"
            raise CellFault(message)
        return word

    return choose


def matching(pattern: str, words: str, *, lower: bool = False) -> Callable[[str], str]:
    """Make a reader of texts of one form; `words` say what to write."""
    compiled = re.compile(pattern)

    def check(cell: str) -> str:
        text = number_text(cell)
        text = text.lower() if lower else text
        if not compiled.fullmatch(text):
            raise CellFault(words)
        return text

    return check
