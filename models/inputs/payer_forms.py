"""Forms and files in which people tell deposits and ids of payers; no field holds a person's name."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field

from models.inputs.forms import KEY

AMOUNT: Final = r"^\d{1,9}(?:\.\d{2})?$"
TRACE: Final = r"^[A-Za-z0-9][A-Za-z0-9./_-]{0,49}$"
PAYER_ID: Final = r"^[^\x00-\x1f\x7f]{1,80}$"

Amount = Annotated[str, Field(pattern=AMOUNT)]
Trace = Annotated[str, Field(pattern=TRACE)]
PayerIdText = Annotated[str, Field(pattern=PAYER_ID)]

DEPOSIT_COLUMNS: Final = ("practice", "trace", "amount", "deposited_on")
LARGEST_LIST: Final = 5_000_000
_WRONG: Final[Mapping[str, str]] = {
    "practice": "is no key of a practice; keys have small letters, digits and dashes",
    "trace": "is no trace number; copy it from the bank's line, without spaces",
    "amount": "is no amount; write it like 1234.56, without currency or thousands separators",
    "deposited_on": "is no date; write it like 2026-12-31",
}


@dataclass(frozen=True, slots=True)
class DepositLine:
    """One good line of a list of deposits; whole cents."""

    line: int
    practice: str
    trace: str
    amount_cents: int
    deposited_on: date


class DepositListError(ValueError):
    """A list of deposits that cannot be read at all; the sentence says what to do."""


def cents_of(amount: str) -> int:
    """Read an amount of a form in whole cents."""
    return int(Decimal(amount) * 100)


def parse_deposits_csv(content: str, *, file: str) -> tuple[list[DepositLine], list[str]]:
    """Read deposits, one per line; gives the good ones, and a sentence for each bad line (E-44).

    Raises:
        DepositListError: the file has no usable header or is too large.
    """
    if len(content) > LARGEST_LIST:
        message = f"{file} is larger than a list of deposits may be (5 MB); split it."
        raise DepositListError(message)
    rows = csv.DictReader(io.StringIO(content.removeprefix("\ufeff")), strict=True)
    good, faults = list[DepositLine](), list[str]()
    try:
        if tuple(rows.fieldnames or ()) != DEPOSIT_COLUMNS:
            message = f"{file} must begin with the line {','.join(DEPOSIT_COLUMNS)}; correct its first line."
            raise DepositListError(message)
        for row in rows:
            fault = _fault_in(row)
            if fault:
                faults.append(f"{file} line {rows.line_num}: {fault}.")
            else:
                good.append(_line(rows.line_num, row))
    except csv.Error:
        faults.append(f"{file} line {rows.line_num + 1}: the quotes on this line do not match; the rest was not read.")
    return good, faults


def _fault_in(row: Mapping[str | None, object]) -> str:
    """Say what is wrong with a line, without its words."""
    if None in row or None in row.values():
        return "it has more or fewer cells than there are columns"
    told = {name: str(row[name]).strip() for name in DEPOSIT_COLUMNS}
    wrong = next((name for name, text in told.items() if not _is_good(name, text)), "")
    return f"{wrong} {_WRONG[wrong]}" if wrong else ""


def _is_good(name: str, text: str) -> bool:
    if name == "deposited_on":
        try:
            return date.fromisoformat(text).isoformat() == text
        except ValueError:
            return False
    pattern = {"practice": KEY, "trace": TRACE, "amount": AMOUNT}[name]
    return re.fullmatch(pattern, text) is not None and not text.endswith("\n")


def _line(number: int, row: Mapping[str | None, str]) -> DepositLine:
    practice, trace, amount, on = (row[name].strip() for name in DEPOSIT_COLUMNS)
    return DepositLine(number, practice, trace, cents_of(amount), date.fromisoformat(on))
