"""Writes whose outcome nobody knows, that are throttled, refused or broken: looked up, put off, told, never doubled."""

import logging
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest

from deployments.kareo_server.faults import Kind
from models.db import Database, read
from models.rules.appointment_events import Cancel, Confirm, Delete
from models.rules.appointments import CancelReason, Origin, Status
from models.rules.matching import MatchOutcome
from models.store import pushes, requests
from models.tables.practice_systems import PushState
from tasks import practice_system, sync_failures
from tasks.connectors.kareo import KareoSystem
from tasks.connectors.ports import OutsideError, Rejected, Unavailable, Unknown
from tasks.connectors.practice_calendar import PracticeCalendar
from tests.booking import at
from tests.sides import CALENDAR, KAREO, Sides, both_sides
from tests.tasks.test_practice_system import CONFIRM, WRITTEN, confirmed, placed

CALLS = ("create_patient", "create_appointment", "update_appointment", "delete_appointment")
OPERATIONS = ("CreatePatient", "CreateAppointment", "UpdateAppointment", "DeleteAppointment")
LOST_ANSWERS = (Kind.TIMEOUT_AFTER_EFFECT, Kind.DROPPED_AFTER_EFFECT, Kind.SERVER_FAULT_AFTER_EFFECT)
NOTHING_HAPPENED = (Kind.THROTTLED, Kind.TOO_MANY_REQUESTS)


class Break(Protocol):
    """Lets the next call of a practice system go wrong, after its effect or instead of it."""

    def __call__(self, name: str, error: Exception, *, after_effect: bool = False) -> None:
        """Break one call."""


@pytest.fixture(params=[KAREO, CALENDAR])
def sides(db: Database, request: pytest.FixtureRequest) -> Iterator[Sides]:
    """Give a connected practice, once per practice system."""
    with both_sides(db, request.param) as made:
        if made.kareo is not None:
            made.state.switches.tentative_is_listed = True
            made.set_there(made.book_there(at("16:00")), Status.TENTATIVE)
        yield made


@pytest.fixture
def kareo(db: Database) -> Iterator[Sides]:
    """Give a practice in Kareo, which lists no tentative appointments."""
    with both_sides(db, KAREO) as made:
        yield made


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Break:
    """Give a way to break calls."""
    sides: Sides = request.getfixturevalue("kareo" if "kareo" in request.fixturenames else "sides")
    kind = PracticeCalendar if sides.kareo is None else KareoSystem

    def break_call(name: str, error: Exception, *, after_effect: bool = False) -> None:
        whole: Callable[..., Any] = getattr(kind, name)

        def breaking(system: object, *given: object) -> object:
            monkeypatch.setattr(kind, name, whole)
            if after_effect:
                whole(system, *given)
            raise error

        monkeypatch.setattr(kind, name, breaking)

    return break_call


def ready_for(sides: Sides, call: str) -> int:
    """Prepare an appointment so that the next write makes this call."""
    if call.casefold().startswith("create"):
        return sides.submit()
    visit = confirmed(sides)
    sides.tick()
    event = Cancel(CancelReason.BY_PATIENT) if call.casefold().startswith("update") else Delete()
    assert sides.do(visit, event).is_done
    return visit


def assert_done_once(sides: Sides, visit: int, call: str) -> None:
    wanted = {"create": Status.TENTATIVE, "update": Status.CANCELLED, "delete": Status.DELETED}[call[:6].casefold()]
    assert sides.write_of(visit).state is PushState.DONE
    assert sides.visit(visit).status is wanted
    assert sides.patients_there() == 1
    there = [one for one in sides.everything_there() if one.starts_at == at("10:00")]
    assert len(there) == (0 if wanted is Status.DELETED else 1)
    assert [task for task in sides.tasks() if task == (visit, "not_written")] == []


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("after_effect", [True, False])
def test_an_unknown_outcome_is_looked_up_and_never_doubled(
    sides: Sides, broken: Break, call: str, *, after_effect: bool
) -> None:
    visit = ready_for(sides, call)
    broken(call, Unknown("no_answer"), after_effect=after_effect)
    assert sides.push() == {"unknown": 1}
    assert sides.push() == {}
    assert sides.push_on(seconds=3)["written"] == 1
    assert_done_once(sides, visit, call)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fault", LOST_ANSWERS)
def test_an_answer_that_is_lost_on_its_way_from_kareo_doubles_nothing(
    kareo: Sides, operation: str, fault: Kind
) -> None:
    kareo.state.switches.tentative_is_listed = True
    kareo.set_there(kareo.book_there(at("16:00")), Status.TENTATIVE)
    visit = ready_for(kareo, operation)
    assert kareo.kareo is not None
    kareo.kareo.faults.queue(fault, operation=operation)
    assert kareo.push() == {"unknown": 1}
    assert kareo.push_on(seconds=3)["written"] == 1
    assert_done_once(kareo, visit, operation)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fault", NOTHING_HAPPENED)
def test_throttling_rests_the_account_and_own_writes_go_on_afterwards(
    kareo: Sides, operation: str, fault: Kind
) -> None:
    """Nothing happened, so nothing is looked up: where Kareo lists no requests, a look-up could not tell."""
    visit = ready_for(kareo, operation)
    assert kareo.kareo is not None
    kareo.kareo.faults.queue(fault, operation=operation)
    assert kareo.push() == {"later": 1}
    assert kareo.account_row().rest_seconds == 30
    before = len(kareo.kareo.log)
    assert kareo.push_on(times=2, seconds=10) == {}
    assert len(kareo.kareo.log) == before
    assert kareo.write_of(visit).attempts == 0
    assert kareo.push_on(times=1, seconds=15) == WRITTEN
    assert_done_once(kareo, visit, operation)
    assert kareo.account_row().rests_until is None


def test_a_throttled_account_rests_for_longer_each_time_and_for_all_writes_at_once(kareo: Sides) -> None:
    requests_made = [kareo.submit(start) for start in ("09:00", "10:00", "11:00")]
    assert kareo.kareo is not None
    kareo.kareo.faults.queue(Kind.THROTTLED, times=2)
    assert kareo.push() == {"later": 3}
    assert kareo.kareo.faults.waiting() == 1
    assert kareo.account_row().rest_seconds == 30
    kareo.tick(seconds=32)
    assert kareo.push() == {"later": 3}
    assert kareo.account_row().rest_seconds == 60
    kareo.tick(seconds=63)
    assert kareo.push() == {"written": 3}
    assert all(kareo.visit(one).system_id for one in requests_made)


def test_what_is_not_listed_is_never_made_again_and_a_person_is_asked(kareo: Sides, broken: Break) -> None:
    request = kareo.submit()
    broken("create_appointment", Unknown("no_answer"), after_effect=True)
    assert kareo.push() == {"unknown": 1}
    assert kareo.push_on(times=1, seconds=20) == {"unknown": 1}
    assert kareo.tasks() == sorted([(request, "not_written"), (request, "review")])
    assert kareo.push_on()["dead"] == 1
    assert len(kareo.everything_there()) == 1
    letter = kareo.write_of(request)
    assert (letter.state, letter.outcome) == (PushState.DEAD, "not_listed")
    [row] = [row for row in sync_failures.failed_rows.fn() if row["appointment"] == str(request)]
    assert "its list does not show requests" in row["why"]
    assert sync_failures.replay_writes.fn([letter.id], as_of=kareo.time) == [letter.id]
    assert kareo.push()["unknown"] == 1
    assert len(kareo.everything_there()) == 1


def test_what_was_not_listed_is_found_by_itself_once_staff_have_confirmed_it(kareo: Sides, broken: Break) -> None:
    request = kareo.submit()
    broken("create_appointment", Unknown("no_answer"), after_effect=True)
    kareo.push()
    [made] = kareo.everything_there()
    kareo.set_there(made.id, Status.CONFIRMED)
    assert kareo.changes()["deferred"] == 1
    assert kareo.push_on(times=1, seconds=20) == WRITTEN
    visit = kareo.visit(request)
    assert (visit.system_id, visit.status, visit.origin) == (made.id, Status.CONFIRMED, Origin.WIDGET)
    assert kareo.tasks() == []
    assert kareo.changes() == {"unchanged": 1}


def test_a_refused_write_is_a_task_in_plain_words_and_can_be_replayed(sides: Sides, broken: Break) -> None:
    request = sides.submit()
    for _ in range(2):
        broken("create_appointment", Rejected("refused"))
        assert sides.push() == {"refused": 1}
        assert (request, "not_written") in sides.tasks()
        letter = sides.write_of(request)
        [row] = sync_failures.failed_rows.fn()
        assert "refused the change" in row["why"]
        sides.tick()
        assert sync_failures.replay_writes.fn([letter.id], as_of=sides.time) == [letter.id]
    assert sides.push() == WRITTEN
    assert (request, "not_written") not in sides.tasks()
    assert_done_once(sides, request, "create_appointment")


def test_a_refused_confirmation_leaves_the_request_to_be_decided_again(sides: Sides, broken: Break) -> None:
    request = placed(sides)
    sides.tick()
    sides.do(request, CONFIRM)
    broken("update_appointment", Rejected("refused"))
    assert sides.push() == {"refused": 1}
    assert sides.visit(request).status is Status.TENTATIVE
    sides.tick()
    assert sides.do(request, Confirm("long-visit", 60)).is_done
    assert sides.push() == WRITTEN
    assert sides.visit(request).status is Status.CONFIRMED
    assert sides.tasks() == []


def test_an_unavailable_system_is_tried_later_and_later_and_then_a_person_is_asked(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object) -> None:
        raise Unavailable(reason="connection_refused")

    request = sides.submit()
    with monkeypatch.context() as patch:
        patch.setattr(type(sides.system()), "patients_born", unavailable)
        counts = sides.push() + sides.push_on()
    assert counts == {"later": len(pushes.RETRY_AFTER), "dead": 1}
    letter = sides.write_of(request)
    assert sync_failures.replay_writes.fn([letter.id], as_of=sides.time) == [letter.id]
    assert sides.push() == WRITTEN


def test_whose_request_it_is_was_decided_before_anything_was_made_and_stays_so(sides: Sides, broken: Break) -> None:
    """A-69, A-70, A-72: a record that appears later changes nothing, nor does a second look-up."""
    request = sides.submit()
    broken("create_patient", Unavailable("no_answer"))
    assert sides.push() == {"later": 1}
    opened = read(lambda s: requests.open_request(s, request))
    assert opened is not None
    assert opened.match is MatchOutcome.NEW
    other = sides.known_there()
    assert sides.push_on(seconds=3)["written"] == 1
    assert sides.shown(request).patient != other
    assert sides.patients_there() == 2


def test_what_we_made_comes_in_once_even_when_staff_moved_it_before_we_found_it(kareo: Sides, broken: Break) -> None:
    """A-48, A-102: what the list showed of it meanwhile gives way to the request."""
    request = kareo.submit()
    broken("create_appointment", Unknown("no_answer"), after_effect=True)
    kareo.push()
    [made] = kareo.everything_there()
    kareo.set_there(made.id, Status.CONFIRMED, start=at("15:00"))
    assert kareo.changes()["new"] == 1
    assert kareo.push_on(seconds=3)["written"] == 1
    assert (kareo.visit(request).system_id, kareo.visit(request).starts_at) == (made.id, at("15:00"))
    [line] = kareo.lines()
    assert (line.number, line.origin) == (request, Origin.WIDGET)
    assert kareo.tasks() == []
    [offer] = [one for one in kareo.booking.offers(as_of=kareo.time) if one.starts_at == at("10:00")][:1]
    assert offer.provider_id in kareo.booking.providers


def test_a_record_that_we_made_is_one_patient_even_when_the_list_showed_it_first(kareo: Sides, broken: Break) -> None:
    request = kareo.submit()
    broken("create_patient", Unknown("no_answer"), after_effect=True)
    kareo.push()
    [record] = kareo.system().patients_born(kareo.booking.submission(at("10:00")).born)
    kareo.book_there(at("13:00"), patient=record.id)
    assert kareo.changes()["new"] == 1
    assert kareo.push_on(seconds=3)["written"] == 1
    assert len({visit.patient_id for visit in kareo.visits().values()}) == 1
    assert kareo.shown(request).patient == record.id
    kareo.changes()
    assert kareo.changes() == {"unchanged": 1}


def test_one_broken_write_is_not_another_ones_failure_and_says_nothing_about_anybody(
    sides: Sides, broken: Break, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    first, second = sides.submit("10:00"), sides.submit("11:00", first="Casey")
    broken("patients_born", RuntimeError("Jordan Example, born 1985-03-31"))
    assert sides.push() == {"unknown": 1, "written": 1}
    assert [sides.write_of(one).outcome for one in (first, second)] == ["RuntimeError", "written"]
    assert sides.push_on(seconds=3)["written"] == 1
    told = caplog.text + repr(sync_failures.failed_rows.fn())
    assert not any(word in told for word in ("Jordan", "1985-03-31", "jordan@"))


@pytest.mark.parametrize("error", [Unavailable("a"), Unknown("b"), Rejected("c"), ValueError("Jordan Example")])
@pytest.mark.parametrize("call", ["patients_born", *CALLS[:2]])
def test_whatever_fails_a_batch_ends_with_counts_only(sides: Sides, broken: Break, call: str, error: Exception) -> None:
    sides.submit()
    broken(call, error, after_effect=True)
    [claim] = practice_system.claims_of_pushes(as_of=sides.time, limit=10)
    counts = practice_system.push_appointments.fn(claim, as_of=sides.time)
    assert set(counts) <= {"later", "unknown", "refused"}
    outcome = read(lambda s: pushes.claimed(s, claim))
    assert outcome == []
    code = error.reason if isinstance(error, OutsideError) else "ValueError"
    assert code in repr([sides.write_of(one).outcome for one in _all(sides)])


def _all(sides: Sides) -> list[int]:
    return [line.number for line in sides.lines()]
