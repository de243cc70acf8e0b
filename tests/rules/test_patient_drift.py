"""What counts as a difference between two records of one patient."""

from dataclasses import replace
from datetime import date

import pytest

from models.rules.appointments import Drift, Sex
from models.rules.patient_drift import REPAIRS, Details, Standing, differences, drifts_of

OURS = Details("José", "Example-Ruiz", date(1985, 3, 4), "jose@example.com", "+12025550143", Sex.MALE)


@pytest.mark.parametrize(
    ("theirs", "named"),
    [
        (OURS, ()),
        (replace(OURS, first="JOSE", last="Example Ruiz"), ()),
        (replace(OURS, email="JOSE@example.com", phone="202-555-0143", sex=Sex.UNKNOWN), ()),
        (replace(OURS, born=date(1985, 4, 3)), ("born",)),
        (replace(OURS, born=None, email=""), ("born", "email")),
        (replace(OURS, first="Josef", last="Sample", phone="", sex=Sex.FEMALE), ("first", "last", "phone", "sex")),
    ],
)
def test_only_what_matters_differs_and_the_same_from_both_sides(theirs: Details, named: tuple[str, ...]) -> None:
    """A-75."""
    assert differences(OURS, theirs) == named
    assert differences(theirs, OURS) == named


@pytest.mark.parametrize(
    ("standing", "drifts"),
    [
        (Standing(is_linked=False, is_archived=True, differing=("email",)), set()),
        (Standing(is_linked=True), set()),
        (Standing(is_linked=True, differing=("email",)), {Drift.PATIENT_DIFFERS}),
        (Standing(is_linked=True, is_archived=True, differing=("email",)), {Drift.ARCHIVED_IN_PORTAL}),
        (Standing(is_linked=True, is_inactive=True), {Drift.INACTIVE_IN_SYSTEM}),
        (Standing(is_linked=True, is_archived=True, is_inactive=True, differing=("email",)), set()),
    ],
)
def test_a_record_put_aside_on_both_sides_is_at_rest(standing: Standing, drifts: set[Drift]) -> None:
    """A-74, A-104."""
    assert drifts_of(standing) == drifts
    assert drifts <= set(REPAIRS)


def test_details_never_show_who_it_is() -> None:
    assert "José" not in repr(OURS)
    assert "1985" not in repr(OURS)
