"""Where the growth side's record of a patient and the practice system's differ; edits never travel (A-75)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from models.rules.appointments import Drift, Sex
from models.rules.matching import folded

PHONE_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Details:
    """What one system says of a patient."""

    first: str = field(repr=False)
    last: str = field(repr=False)
    born: date | None = field(repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    sex: Sex = Sex.UNKNOWN


@dataclass(frozen=True, slots=True)
class Standing:
    """How a patient's two records stand; `differing` names fields, never what is in them."""

    is_linked: bool
    is_archived: bool = False
    is_inactive: bool = False
    differing: tuple[str, ...] = ()


REPAIRS: Final = {
    Drift.PATIENT_DIFFERS: "Edit whichever record is out of date, by hand; the practice system is the source of truth.",
    Drift.ARCHIVED_IN_PORTAL: "Still active in the practice system: deactivate it there as well, or restore-patient.",
    Drift.INACTIVE_IN_SYSTEM: "Inactive in the practice system: archive-patient, or make it active there again.",
}
"""What a person can do about each (A-74 to A-76); nothing is repaired by itself."""


def differences(ours: Details, theirs: Details) -> tuple[str, ...]:
    """Name the fields that differ so that it matters: not by case, accents or the form of a number (A-75)."""
    same = {
        "first": folded(ours.first) == folded(theirs.first),
        "last": folded(ours.last) == folded(theirs.last),
        "born": ours.born == theirs.born,
        "email": ours.email.strip().casefold() == theirs.email.strip().casefold(),
        "phone": _digits(ours.phone) == _digits(theirs.phone),
        "sex": Sex.UNKNOWN in {ours.sex, theirs.sex} or ours.sex is theirs.sex,
    }
    return tuple(name for name, is_same in same.items() if not is_same)


def _digits(phone: str) -> str:
    return "".join(filter(str.isdecimal, phone))[-PHONE_DIGITS:]


def drifts_of(patient: Standing) -> frozenset[Drift]:
    """Say what somebody should know of a patient (A-104); a record that is put aside in both systems is at rest."""
    if not patient.is_linked:
        return frozenset()
    if patient.is_archived:
        return frozenset() if patient.is_inactive else frozenset({Drift.ARCHIVED_IN_PORTAL})
    found = {Drift.INACTIVE_IN_SYSTEM: patient.is_inactive, Drift.PATIENT_DIFFERS: bool(patient.differing)}
    return frozenset(drift for drift, is_so in found.items() if is_so)
