"""The zip code of a patient comes with Kareo's record: it says in which time zone a message may arrive (F-204)."""

from types import SimpleNamespace
from typing import Any

from tasks.connectors.kareo_records import PATIENT_FIELDS, patient_in

ROW: dict[str, Any] = {"ID": "91", "FirstName": "Rosa", "LastName": "Marsh", "DOB": None, "Gender": "Female"}
REACHED: dict[str, Any] = {"EmailAddress": "rosa@example.com", "MobilePhone": "(212) 555-0142"}


def test_a_patients_zip_code_is_asked_for_and_read() -> None:
    """F-162, F-204: also the long form; a record without one has none."""
    assert PATIENT_FIELDS["ZipCode"]
    assert patient_in(SimpleNamespace(**ROW, **REACHED, ZipCode="10001-1234")).zip_code == "10001-1234"
    assert patient_in(SimpleNamespace(**ROW, **REACHED, ZipCode=None)).zip_code == ""
    assert patient_in(SimpleNamespace(**ROW, **REACHED)).zip_code == ""
