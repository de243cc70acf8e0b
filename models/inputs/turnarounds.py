"""Turnaround figures from CSV: those that ship with the product, with sources, and an installation's own (E-05)."""

from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from models.inputs.csv_files import Columns, Fault, read_lines
from models.rules.enrollment_facts import Turnaround
from models.rules.onboarding_facts import Transaction
from models.rules.turnarounds import LONGEST, turnaround_of

ANY: Final = "any"
FIRST_ERA: Final = "first_era_after_approval"
PAYER: Final = r"^(?:class:)?[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$"
_SHIPPED: Final = "payer_turnaround.csv"
_TRANSACTIONS: Final = (ANY, *Transaction)

Kind = Literal[
    "any",
    "claims",
    "era",
    "eft",
    "portal",
    "eft_prenote",
    "first_era_after_approval",
    "credentialing_855",
    "contracting",
    "claim_to_payment",
]


class TurnaroundsError(ValueError):
    """A file of turnaround figures that cannot be used; each sentence names the line, the field and what to do."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


Days = Annotated[int, Field(ge=1, le=LONGEST)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    payer: Annotated[str, Field(pattern=PAYER)]
    low: Days | None = None
    typical: Days
    high: Days | None = None
    unit: Literal["calendar", "business"] = "calendar"
    source: Annotated[str, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _rising(self) -> "_Line":
        days = self.turnaround
        if not days.low <= days.typical <= days.high:
            message = "low, typical and high must rise in this order"
            raise ValueError(message)
        return self

    @property
    def turnaround(self) -> Turnaround:
        """The figures with what their source leaves out, and when to ask the payer."""
        is_business = self.unit == "business"
        return turnaround_of(
            self.typical, low=self.low, high=self.high, is_business_days=is_business, source=self.source
        )


class Figure(_Line):
    """One sourced figure: of a payer or any of a class, `via` a clearinghouse, in a `case` that its source names."""

    payer_class: Literal["any", "commercial", "medicaid", "medicare"]
    transaction: Kind
    via: str = ""
    case: str = ""
    as_of: Annotated[str, Field(pattern=r"^\d{4}(?:-\d{2})?$")]
    confidence: Literal["document", "published", "weak"]


class Override(_Line):
    """One figure of an installation's own: of a payer's key, of a class (class:medicare), or of any."""

    transaction: Literal["any", "claims", "era", "eft", "portal"] = "any"


L = TypeVar("L", bound=_Line)


@lru_cache(maxsize=1)
def shipped() -> tuple[Figure, ...]:
    """Give the figures that ship with the product."""
    found, faults = _read(Figure, _shipped_text(), file=_SHIPPED)
    if faults:
        raise TurnaroundsError(faults)
    return tuple(one for _, one in found)


def _shipped_text() -> str:
    return resources.files("models.inputs").joinpath("data", _SHIPPED).read_text(encoding="utf-8")


def shipped_for(payer: str, transaction: Transaction, *, payer_class: str) -> tuple[Turnaround, bool]:
    """Resolve payer and transaction, payer, class and transaction, class, any; and say whether it is more than any.

    Figures that hold only by way of one clearinghouse, or in one case, are left out.
    """
    known = _by_place()
    for place in _places(payer, transaction, payer_class):
        if place in known:
            return known[place], place[:2] != (ANY, ANY)
    message = "the shipped figures have none for any payer"
    raise LookupError(message)


def first_era_after_approval() -> Turnaround:
    """Say how long the first ERA takes after the payer's approval."""
    return _by_place()[ANY, ANY, FIRST_ERA]


def _places(payer: str, transaction: Transaction, payer_class: str) -> Iterator[tuple[str, str, str]]:
    for known_class, known_payer in ((ANY, payer), (payer_class, ANY), (ANY, ANY)):
        yield known_class, known_payer, transaction.value
        yield known_class, known_payer, ANY


@lru_cache(maxsize=1)
def _by_place() -> dict[tuple[str, str, str], Turnaround]:
    """Give the plain figures by class, payer and transaction; a payer's own hold whatever its class is."""
    plain = (one for one in shipped() if not one.via and not one.case)
    return {(one.payer_class if one.payer == ANY else ANY, one.payer, one.transaction): one.turnaround for one in plain}


def parse_overrides(content: str, *, file: str) -> tuple[list[Override], list[str]]:
    """Read an installation's figures; gives the good lines and a sentence per fault of the others (E-44).

    Raises:
        FileRefusedError: the file is too large, or has no usable header.
    """
    found, faults = _read(Override, content, file=file)
    good: dict[tuple[str, str], Override] = {}
    for number, one in found:
        if (one.payer, one.transaction) in good:
            told = f"{one.payer} {one.transaction} is there more than once"
            faults.append(f"{file} line {number}, payer: {told}; only the first line was taken.")
        good.setdefault((one.payer, one.transaction), one)
    return list(good.values()), faults


def _read(kind: type[L], content: str, *, file: str) -> tuple[list[tuple[int, L]], list[str]]:
    good, faults = list[tuple[int, L]](), list[str]()
    for line in read_lines(content, _columns_of(kind), file=file):
        if isinstance(line, Fault):
            faults.append(f"{file} line {line.line}: {line.sentence}")
            continue
        number, cells = line
        try:
            good.append((number, kind.model_validate(cells)))
        except ValidationError as error:
            faults += _sentences(f"{file} line {number}", error)
    return good, faults


def _columns_of(line: type[_Line]) -> Columns:
    fields = line.model_fields
    return Columns(tuple(fields), tuple(name for name, field in fields.items() if field.is_required()))


_PLAIN: Final = {
    "missing": "is missing; fill it in",
    "string_pattern_mismatch": "is not written as it should be: a payer's key, class:medicare, or any",
    "string_too_short": "is empty; say where the figure comes from",
    "string_too_long": "is too long; shorten it",
    "literal_error": "is not one of the choices",
    "int_parsing": "is not a whole number of days",
    "greater_than_equal": "is less than one day",
    "less_than_equal": f"is more than {LONGEST} days",
}


def _sentences(place: str, error: ValidationError) -> list[str]:
    return [_sentence(place, one) for one in error.errors(include_url=False, include_input=False)]


def _sentence(place: str, fault: ErrorDetails) -> str:
    if fault["type"] == "value_error":
        return f"{place}: {fault['msg'].removeprefix('Value error, ')}."
    return f"{place}, {fault['loc'][0]}: {_PLAIN.get(fault['type'], 'has the wrong form')}."
