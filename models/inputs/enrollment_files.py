"""Payer lists and status updates as CSV files: good lines become values, faulty ones a sentence each (E-44)."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from stdnum.us import ein, rtn

from models.inputs.csv_files import (
    CellFault,
    Cells,
    Columns,
    Fault,
    a_day,
    matching,
    number_text,
    one_of,
    plain,
    read_lines,
    whole_number,
    yes_or_no,
)
from models.inputs.intake import KEY, check_npi
from models.rules.enrollment import Need, RejectReason, State
from models.rules.enrollment_words import KAREO, STEPS, state_shown
from models.rules.onboarding_facts import Transaction

GROUP: Final = "group"
USUAL: Final = (Transaction.CLAIMS, Transaction.ERA, Transaction.EFT)
"""What is set up at a payer when a line does not say it, as in an intake."""


@dataclass(frozen=True, slots=True)
class PayerLine:
    """One line of a payer list: what is to be set up for a practice at a payer (E-01, E-02)."""

    line: int
    practice: str
    payer: str
    transactions: tuple[Transaction, ...] = USUAL
    payer_name: str = ""
    payer_class: str = ""
    billing: str = GROUP
    billing_npi: str = ""
    tax_id: str = field(default="", repr=False)
    is_required: bool = True
    clearinghouse: str = "manual"
    payer_id: str = ""
    cutover_on: date | None = None
    expected_claims: int = 0
    street: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One line of status updates; `state` is none where the word is not known, `code` makes the line one (E-15)."""

    line: int
    practice: str
    payer: str
    transaction: Transaction
    state: State | None
    code: str
    billing: str = ""
    on: date | None = None
    effective_on: date | None = None
    expires_on: date | None = None
    reason: RejectReason = RejectReason.OTHER
    needs: tuple[Need, ...] = ()


_key = matching(KEY, "is no key; keys have small letters, digits and dashes", lower=True)
_class = matching(r"[a-z][a-z_]{0,19}", "is no class of payers; write one like medicare or commercial", lower=True)
_route = matching(
    r"[a-z0-9][a-z0-9_-]{0,38}", "is no name of a clearinghouse; write manual, stedi or its key", lower=True
)
_payer_id = matching(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,78}", "is no payer id; it has letters and digits")


def _several(cell: str, choices: Mapping[str, Any], words: str) -> tuple[Any, ...]:
    named = [word for word in re.split(r"[\s,;/+|]+", cell.lower()) if word]
    if any(word not in choices for word in named):
        message = f"{words} {', '.join(choices)}"
        raise CellFault(message)
    return tuple(dict.fromkeys(choices[word] for word in named))


def _transactions(cell: str) -> tuple[Transaction, ...]:
    return _several(cell, {one.value: one for one in Transaction}, "names something else than")


def _needs(cell: str) -> tuple[Need, ...]:
    return _several(cell, {one.value: one for one in Need}, "names something else than")


def _npi(cell: str) -> str:
    try:
        return check_npi(number_text(cell))
    except CellFault:
        raise
    except ValueError as error:
        raise CellFault(str(error)) from None


def _tax_id(cell: str) -> str:
    text = number_text(cell)
    if not ein.is_valid(text):
        message = "has another form than a tax id, or a prefix that the IRS does not issue; write it like 12-3456789"
        raise CellFault(message)
    return str(ein.format(ein.compact(text)))


def _routing(cell: str) -> str:
    """Check the form of an ABA routing number against slips; it is not kept (E-03)."""
    if not rtn.is_valid(number_text(cell)):
        message = "is no ABA routing number: nine digits, the last one a check digit; compare the bank letter"
        raise CellFault(message)
    return ""


def _payer(cell: str) -> str:
    """Make a key of a payer, also of its name as people write it."""
    key = re.sub(r"[^a-z0-9]+", "-", plain(cell).lower())[:40].strip("-")
    if not key:
        message = "names no payer; write its key, like medicare"
        raise CellFault(message)
    return key


def _name(cell: str) -> str:
    text = plain(cell)
    if len(text) > 120:  # noqa: PLR2004 - as the column
        message = "is too long; shorten it to 120 characters"
        raise CellFault(message)
    return text


Reader = Callable[[str], object]
_PAYER_CELLS: Final[Mapping[str, tuple[str, Reader]]] = {
    "practice": ("practice", _key),
    "payer": ("payer", _payer),
    "payer_name": ("payer_name", _name),
    "payer_class": ("payer_class", _class),
    "transactions": ("transactions", _transactions),
    "required": ("is_required", yes_or_no),
    "billing": ("billing", _key),
    "billing_npi": ("billing_npi", _npi),
    "tax_id": ("tax_id", _tax_id),
    "street": ("street", _name),
    "routing_number": ("", _routing),
    "clearinghouse": ("clearinghouse", _route),
    "payer_id": ("payer_id", _payer_id),
    "cutover_on": ("cutover_on", a_day),
    "expected_claims": ("expected_claims", whole_number),
}
_STATUS_CELLS: Final[Mapping[str, tuple[str, Reader]]] = {
    "practice": ("practice", _key),
    "payer": ("payer", _payer),
    "transaction": ("transaction", one_of(*Transaction)),
    "billing": ("billing", _key),
    "status": ("status", plain),
    "date": ("on", a_day),
    "effective_on": ("effective_on", a_day),
    "expires_on": ("expires_on", a_day),
    "reason": ("reason", one_of(*RejectReason)),
    "needs": ("needs", _needs),
}
PAYER_COLUMNS: Final = Columns(tuple(_PAYER_CELLS), ("practice", "payer"))
STATUS_COLUMNS: Final = Columns(tuple(_STATUS_CELLS), ("practice", "payer", "transaction", "status"))
OWN_WORDS: Final = frozenset({*STEPS, State.READY})
"""Our own words that a status update may use; what ends or renews an enrollment has forms of its own."""


def parse_payer_list(content: str, *, file: str, practice: str = "") -> tuple[list[PayerLine], list[Fault]]:
    """Read a payer list; `practice` stands where lines name none, and lines of others are then refused.

    Raises:
        FileRefusedError: the header has faults.
    """
    columns = Columns(PAYER_COLUMNS.known, ("payer",)) if practice else PAYER_COLUMNS
    good, faults = list[PayerLine](), list[Fault]()
    seen = dict[tuple[str, str, str, Transaction], PayerLine]()
    for found in read_lines(content, columns, file=file):
        line = found if isinstance(found, Fault) else _payer_line(*found, practice=practice)
        if isinstance(line, PayerLine):
            line = _unless_doubled(line, seen)
        if isinstance(line, Fault):
            faults.append(line)
        else:
            good.append(line)
    return good, faults


def _payer_line(line: int, cells: Cells, *, practice: str) -> PayerLine | Fault:
    cells = {"practice": practice, **cells} if practice else cells
    read = _read(line, cells, _PAYER_CELLS, PAYER_COLUMNS)
    if isinstance(read, Fault):
        return read
    if practice and read["practice"] != practice:
        return Fault(line, f"it is about {read['practice']}; lists of several practices go through load-payer-list.")
    if not re.fullmatch(KEY, cells["payer"]):
        read.setdefault("payer_name", cells["payer"])
    made = PayerLine(line, **read)
    if made.billing != GROUP and not made.billing_npi and not re.fullmatch(r"\d{10}", made.billing):
        return Fault(line, "billing names neither the group nor an NPI; add its billing_npi.")
    return made


def _unless_doubled(line: PayerLine, seen: dict[tuple[str, str, str, Transaction], PayerLine]) -> PayerLine | Fault:
    """Refuse a line that says otherwise than an earlier one; one that says the same is harmless."""
    keys = [(line.practice, line.payer, line.billing, transaction) for transaction in line.transactions]
    earlier = next((seen[key] for key in keys if key in seen), None)
    if earlier is not None and _content(earlier) != _content(line):
        return Fault(line.line, f"line {earlier.line} says otherwise about the same; only that one was taken.")
    seen.update(dict.fromkeys(keys, line) if earlier is None else {})
    return line


def _content(line: PayerLine) -> tuple[object, ...]:
    return tuple(getattr(line, name) for name in PayerLine.__slots__ if name != "line")


def parse_statuses(content: str, *, file: str) -> tuple[list[StatusLine], list[Fault]]:
    """Read status updates, in our words or in those of Kareo's enrollment screen (E-15).

    Raises:
        FileRefusedError: the header has faults.
    """
    good, faults = list[StatusLine](), list[Fault]()
    for found in read_lines(content, STATUS_COLUMNS, file=file):
        line = found if isinstance(found, Fault) else _status_line(*found)
        if isinstance(line, Fault):
            faults.append(line)
        else:
            good.append(line)
    return good, faults


def _status_line(line: int, cells: Cells) -> StatusLine | Fault:
    read = _read(line, cells, _STATUS_CELLS, STATUS_COLUMNS)
    if isinstance(read, Fault):
        return read
    word = read.pop("status")
    state = _state_of(word)
    said = [str(read.get(name, "")) for name in ("on", "effective_on", "expires_on", "reason", "needs")]
    code = hashlib.sha256("\n".join([state or word.casefold(), *said]).encode()).hexdigest()[:24]
    return StatusLine(line, **(read | {"transaction": Transaction(read["transaction"])}), state=state, code=code)


def _state_of(word: str) -> State | None:
    own = "_".join(word.casefold().replace("_", " ").replace("-", " ").split())
    return State(own) if own in OWN_WORDS else state_shown(KAREO, word)


def _read(
    line: int, cells: Cells, readers: Mapping[str, tuple[str, Reader]], columns: Columns
) -> dict[str, Any] | Fault:
    if missing := [name for name in columns.required if name not in cells]:
        return Fault(line, f"{', '.join(missing)} is empty; fill it in.")
    read: dict[str, Any] = {}
    for name, cell in cells.items():
        field_name, reader = readers[name]
        try:
            value = reader(cell)
        except CellFault as fault:
            return Fault(line, f"{name} {fault}.")
        if field_name:
            read[field_name] = value
    if "reason" in read:
        read["reason"] = RejectReason(read["reason"])
    return read
