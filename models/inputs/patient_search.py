"""For whom the front office looks: an exact name and a date of birth, read field by field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from models.rules.matching import folded

LONGEST_NAME: Final = 60
_ISO: Final = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII)
_US: Final = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PatientSearch:
    """For whom somebody looks."""

    first: str = field(repr=False)
    last: str = field(repr=False)
    born: date = field(repr=False)


def read_search(values: Mapping[str, str], *, today: date) -> PatientSearch | dict[str, str]:
    """Read who is looked for, or say by field what is wrong, as codes; `today` is the practice's local day."""
    first, last = (" ".join(values.get(name, "").split()) for name in ("first", "last"))
    born = _day(values.get("born", "").strip())
    faults = {name: _name_fault(word) for name, word in (("first", first), ("last", last))}
    faults["born"] = "not_a_date" if born is None else "in_the_future" if born > today else ""
    found = {name: fault for name, fault in faults.items() if fault}
    return found if found or born is None else PatientSearch(first, last, born)


def _name_fault(word: str) -> str:
    if len(word) > LONGEST_NAME:
        return "too_long"
    return "" if folded(word) else "missing"


def _day(word: str) -> date | None:
    """Read 1985-03-31 and 3/31/1985."""
    read = _ISO.fullmatch(word) or _US.fullmatch(word)
    if read is None:
        return None
    try:
        return date(int(read["year"]), int(read["month"]), int(read["day"]))
    except ValueError:
        return None
