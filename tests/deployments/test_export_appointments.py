"""`golive export-appointments`: a Bundle on the standard output, sentences on the standard error."""

import json
import os

import pytest

from deployments.cli import main
from models.db import Database
from tests.booking import MONDAY, a_booking, an_appointment, at
from tests.reports.fhir_r4 import faults_of_bundle

P = "maple-street"


def test_the_appointments_of_some_days_are_written(db: Database, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    booking = a_booking(db)
    number = db.transaction(lambda s: an_appointment(s, booking, booking.wish(at("10:00"))))
    assert main(["export-appointments", P, "--from", str(MONDAY), "--to", str(MONDAY)]) == 0
    bundle = json.loads(capfdbinary.readouterr().out)
    assert faults_of_bundle(bundle) == []
    assert [one["resource"]["id"] for one in bundle["entry"]] == [str(number)]


@pytest.mark.parametrize(
    ("practice", "first", "sentence"), [("nobody", "2026-12-01", "no practice"), (P, "soon", "written like")]
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    db: Database, capsys: pytest.CaptureFixture[str], practice: str, first: str, sentence: str
) -> None:
    a_booking(db)
    assert main(["export-appointments", practice, "--from", first, "--to", "2026-12-31"]) == os.EX_USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
