"""A patient's values are marked, a request is played through every form and every fault, and no mark is found."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from deployments.kareo_server.faults import Kind
from flows import appointments, feeds, messages, patients, sync
from flows.appointments import FrontOfficeStatus, OnConflict, VisitKind
from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.rules.appointments import CancelReason, DeclineReason, Status
from models.settings import settings
from models.store import appointment_changes
from tasks.connectors import registry
from tests.booking import NPIS, at
from tests.flows.test_canary import Logs, _pattern, _storage, found_in, in_prefect, logs, run, wait_until_written
from tests.sides import KAREO, KEY, Sides, both_sides

__all__ = ["_storage", "logs"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

WHO = "coach-1"
MARKS = {
    "first": "Zqeda",
    "last": "Zqarrowmere",
    "email": "zqeda.zqarrowmere@example.com",
    "phone": "202-555-0158",
    "notes": "Zqlately breathless",
    "member": "ZQM-774120985",
    "other": "Zqbrennick",
    "vendor's words": "Zqvendor repeats Zqeda",
    "error's words": "Zqerror holds a row",
}
PERSON: dict[str, Any] = {name: MARKS[name] for name in ("first", "last", "email", "phone", "notes")}


def ask(sides: Sides, start: str) -> int:
    return sides.submit(start, **PERSON, insurance="medicare", member_id=MARKS["member"])


@pytest.mark.usefixtures("prefect")
def test_no_value_of_a_patient_reaches_prefect_logs_or_the_open_database(
    db: Database, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with both_sides(db, KAREO) as sides:
        decide_in_every_way(sides)
        meet_every_fault(sides)
        fail_with_a_person_in_the_words(sides, monkeypatch)
        written = run(messages.deliver_messages).result()
        wait_until_written()

        pattern = _pattern(MARKS)
        assert in_prefect(pattern) == set()
        assert logs.marks(pattern) == set()
        assert written["sent"] >= 1
        assert read_mailbox(settings().mailbox_folder)
        if db.is_sqlite:
            files = [db.file, *db.file.parent.glob(f"{db.file.name}-*")]
            assert found_in(b"".join(file.read_bytes() for file in files), pattern) == set()
        assert MARKS["last"] in {line.name.split()[-1] for line in sides.lines()}, "the scan looked for what is there"


def decide_in_every_way(sides: Sides) -> None:
    first, second = ask(sides, "10:00"), ask(sides, "11:00")
    assert run(sync.push_appointments).result() == {"written": 2}
    assert run(appointments.list_requests, KEY).result() == 2
    for listing in (
        appointments.list_requests,
        appointments.show_drift,
        patients.list_duplicates,
        sync.look_for_changes,
    ):
        assert run(listing, "nowhere").name == "Refused"
    run(appointments.view_conflict, first)
    given = (first, "long-visit", WHO, "", VisitKind.OFFICE, "history", OnConflict.GO_ON)
    assert run(appointments.confirm_request, *given).is_completed()
    assert run(appointments.decline_request, first, DeclineReason.OTHER, WHO).name == "Refused"
    assert run(appointments.decline_request, second, DeclineReason.OTHER, WHO).is_completed()
    sides.tick(seconds=30)
    assert run(sync.push_appointments).result() == {"written": 2}
    assert sides.visit(first).status is Status.CONFIRMED
    for step in (appointments.check_in, appointments.check_out):
        assert run(step, first, WHO).is_completed()
        sides.tick(seconds=30)
        run(sync.push_appointments)
    assert run(appointments.correct_status, first, FrontOfficeStatus.CHECKED_IN, WHO).is_completed()
    run(appointments.cancel_in_patientpop, first, WHO)
    sides.book_there(at("15:00"), patient=sides.known_there(MARKS["first"], MARKS["other"]))
    sides.tick(minutes=6)
    for looking in (sync.look_for_changes, sync.compare_calendars):
        run(looking, KEY)
    run(appointments.list_appointments, KEY)
    run(appointments.show_drift, KEY)
    run(patients.list_duplicates, KEY)
    run(sync.show_freshness)
    assert run(feeds.make_calendar_feed, KEY, NPIS[0], WHO).is_completed()


def meet_every_fault(sides: Sides) -> None:
    assert sides.kareo is not None
    for hour, kind in enumerate((Kind.IS_ERROR, Kind.SERVER_FAULT, Kind.MALFORMED_XML, Kind.TIMEOUT_AFTER_EFFECT)):
        ask(sides, f"{11 + hour}:30")
        sides.kareo.faults.queue(kind, message=MARKS["vendor's words"])
        run(sync.push_appointments)
        sides.kareo.faults.queue(kind, message=MARKS["vendor's words"])
        run(sync.look_for_changes, KEY)
        sides.kareo.faults.clear()
        sides.tick(minutes=20)
    run(sync.push_appointments)
    run(sync.show_failed_sync)


def fail_with_a_person_in_the_words(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    words = MARKS["error's words"]
    number = next(iter(sides.visits().values())).id
    refused = IntegrityError(f"VALUES ('{words}')", {"name": words}, ValueError(f"Key (name)=({words}) exists"))

    def fail(*_given: object, **_named: object) -> None:
        raise refused

    def misbehave(*_given: object, **_named: object) -> None:
        raise ValueError(words)

    sides.time += timedelta(minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr(appointment_changes, "carry_out_command", fail)
        assert run(appointments.cancel_appointment, number, CancelReason.MISTAKE, WHO).is_failed()
    with monkeypatch.context() as patched:
        patched.setattr(registry, "practice_system", misbehave)
        run(sync.look_for_changes, KEY)
        run(sync.check_practice_system, KEY)
