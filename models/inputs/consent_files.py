"""Consents to texts from a CSV file, as a practice kept them on paper or elsewhere (F-201)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from pydantic import TypeAdapter

from models.inputs.csv_files import (
    CellFault,
    Cells,
    Columns,
    Fault,
    a_day,
    matching,
    number_text,
    one_of,
    read_lines,
)
from models.inputs.intake import KEY, Phone
from models.rules.consent import Source

COLUMNS: Final = Columns(
    known=("practice", "phone", "given_on", "source", "wording", "locale"),
    required=("practice", "phone", "given_on", "source", "wording"),
)
_PHONE: Final[TypeAdapter[str]] = TypeAdapter(Phone)
_WORDS: Final = "is no name of a form; write its name and version, like intake-form/2024-03"


@dataclass(frozen=True, slots=True)
class ConsentFileLine:
    """One consent of a file; the number is E.164."""

    line: int
    practice: str
    phone: str = field(repr=False)
    given_on: date
    source: Source
    wording: str
    locale: str = "en"


def _phone(cell: str) -> str:
    text = cell if cell.startswith("+") else number_text(cell)
    try:
        return _PHONE.validate_python(text)
    except ValueError:
        message = "is no phone number; write it like 202-555-0143"
        raise CellFault(message) from None


def _source(cell: str) -> Source:
    return Source(one_of(Source.PAPER.value, Source.IMPORT.value)(cell))


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "practice": matching(KEY, "is no key; keys have small letters, digits and dashes", lower=True),
    "phone": _phone,
    "given_on": a_day,
    "source": _source,
    "wording": matching(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,59}", _WORDS),
    "locale": one_of("en", "es"),
}


def parse_consents(content: str, *, file: str) -> tuple[list[ConsentFileLine], list[Fault]]:
    """Read a file of consents; every faulty line is named with what to write instead, and never with what it says.

    Raises:
        FileRefusedError: the file cannot be used at all.
    """
    lines, faults = list[ConsentFileLine](), list[Fault]()
    for found in read_lines(content, COLUMNS, file=file):
        if isinstance(found, Fault):
            faults.append(found)
            continue
        number, cells = found
        read = _line(number, cells)
        if isinstance(read, Fault):
            faults.append(read)
        else:
            lines.append(read)
    return lines, faults


def _line(number: int, cells: Cells) -> ConsentFileLine | Fault:
    values, wrong = dict[str, Any](), list[str]()
    wrong += [f"{name} is empty" for name in COLUMNS.required if name not in cells]
    for name, cell in cells.items():
        try:
            values[name] = _READERS[name](cell)
        except CellFault as fault:
            wrong.append(f"{name} {fault}")
    return Fault(number, "; ".join(wrong) + ".") if wrong else ConsentFileLine(number, **values)
