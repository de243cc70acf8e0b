"""What is written to practice systems, over the stand-in for Kareo and the built-in calendar alike."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update

from models.db import Database
from models.inputs.practice_system import AppointmentChange, SystemAppointment, SystemPatient, VisitType
from models.rules.appointment_events import Cancel, Confirm, Decline, Delete, Reschedule, SetStatus, Withdraw
from models.rules.appointments import CancelReason, DeclineReason, PatientType, PortalStatus, Status
from models.rules.matching import MatchOutcome
from models.store import patients, pushes
from models.tables.appointments import RequestRow
from models.tables.practice_systems import CommunicationRow, PracticeSystemRow, PushState
from tasks import appointments as desk
from tasks import practice_system
from tasks.connectors.ports import PracticeSystem
from tests.booking import at
from tests.sides import CALENDAR, KAREO, Sides, both_sides

WRITTEN = {"written": 1}
CONFIRM = Confirm("office-visit", 30)


@pytest.fixture(params=[KAREO, CALENDAR])
def sides(db: Database, request: pytest.FixtureRequest) -> Iterator[Sides]:
    """Give a connected practice, once per practice system."""
    with both_sides(db, request.param) as made:
        yield made


def match_of(sides: Sides, request: int) -> tuple[MatchOutcome | None, int]:
    row = sides.db.read(lambda s: s.scalars(select(RequestRow).where(RequestRow.appointment_id == request)).one())
    return row.match, row.match_count


def placed(sides: Sides, start: str = "10:00") -> int:
    request = sides.submit(start)
    assert sides.push() == WRITTEN
    return request


def confirmed(sides: Sides) -> int:
    request = placed(sides)
    sides.tick()
    assert sides.do(request, CONFIRM).is_done
    assert sides.push() == WRITTEN
    return request


def test_a_request_of_somebody_new_makes_one_record_and_one_tentative_appointment_a29_a32_a70(sides: Sides) -> None:
    request = placed(sides)
    shown, visit = sides.shown(request), sides.visit(request)
    assert (shown.status, shown.starts_at, shown.ends_at) == (Status.TENTATIVE, visit.starts_at, visit.ends_at)
    assert match_of(sides, request) == (MatchOutcome.NEW, 0)
    assert visit.patient_type is PatientType.NEW
    assert visit.portal_status is PortalStatus.PENDING
    assert sides.patients_there() == 1
    assert sides.push_on() == {}
    assert len(sides.everything_there()) == 1


def test_our_own_number_of_the_patient_is_on_the_record_that_we_made(sides: Sides) -> None:
    visit = sides.visit(placed(sides))
    made = sides.system().patient_known_as(str(visit.patient_id))
    assert made is not None
    row = sides.db.read(lambda s: patients.find_patient(s, visit.patient_id or 0))
    assert row is not None
    assert row.system_id == made.id == sides.shown(visit.id).patient


def test_one_match_takes_the_request_under_its_record_and_makes_none_a29_a69_a71_a97(sides: Sides) -> None:
    known = sides.known_there("JORDAN", "Exámple")
    request = placed(sides)
    assert sides.shown(request).patient == known
    assert match_of(sides, request) == (MatchOutcome.EXISTING, 1)
    assert sides.visit(request).patient_type is PatientType.RETURNING
    assert sides.patients_there() == 0
    [row] = desk.waiting_rows.fn("maple-street", as_of=sides.time)
    assert "says new, but one record matches" in row["notes"]


def test_two_matches_make_a_new_record_in_both_systems_a69_a72_a73(sides: Sides) -> None:
    known = {sides.known_there(), sides.known_there()}
    request = placed(sides)
    assert match_of(sides, request) == (MatchOutcome.AMBIGUOUS, 2)
    assert sides.shown(request).patient not in known
    assert sides.patients_there() == 3


def test_another_birthday_is_another_person_a69(sides: Sides) -> None:
    sides.known_there(born=sides.booking.submission(at("10:00")).born - timedelta(days=1))
    request = placed(sides)
    assert match_of(sides, request) == (MatchOutcome.NEW, 0)


def test_a_second_request_of_the_same_person_goes_under_the_record_of_the_first_a71(sides: Sides) -> None:
    first, second = placed(sides), placed(sides, "11:00")
    assert sides.patients_there() == 1
    assert sides.visit(first).patient_id == sides.visit(second).patient_id
    assert match_of(sides, second) == (MatchOutcome.EXISTING, 1)


def test_what_the_patient_wrote_is_the_note_for_the_reviewer_a36(sides: Sides) -> None:
    request = sides.submit(notes="Knee hurts", insurance="medicare")
    sides.push()
    note = sides.shown(request).notes
    assert "Reason for visit: Cold or flu" in note
    assert "Notes: Knee hurts" in note
    assert "Insurance: Medicare" in note
    assert sides.shown(request).reason == ""


def test_a_confirmation_is_true_once_the_practice_system_shows_it_a37_a40_a41_a49(sides: Sides) -> None:
    request = placed(sides)
    sides.tick()
    assert sides.do(request, Confirm("long-visit", 60)).is_done
    assert sides.visit(request).portal_status is PortalStatus.PENDING
    assert sides.push() == WRITTEN
    visit, shown = sides.visit(request), sides.shown(request)
    assert (shown.status, shown.ends_at - shown.starts_at) == (Status.CONFIRMED, timedelta(hours=1))
    assert (visit.status, visit.portal_status, visit.wanted) == (Status.CONFIRMED, PortalStatus.BOOKED, None)
    assert (visit.reason, visit.visit_reason) == ("sick-visit", "long-visit")
    assert sides.tasks() == []


def test_a_confirmation_at_another_time_moves_both_sides_a43(sides: Sides) -> None:
    request = placed(sides)
    sides.tick()
    assert sides.do(request, Confirm("office-visit", 30, at("14:00"))).is_done
    sides.push()
    assert sides.shown(request).starts_at == sides.visit(request).starts_at == at("14:00")
    again = sides.submit("10:00")
    assert sides.push() == WRITTEN
    assert sides.shown(again).starts_at == at("10:00")


def test_a_declined_request_is_cancelled_there_and_canceled_in_patientpop_a42_a51(sides: Sides) -> None:
    request = placed(sides)
    sides.tick()
    sides.do(request, Decline(DeclineReason.TIME_NOT_AVAILABLE))
    sides.push()
    assert sides.shown(request).status is Status.CANCELLED
    assert sides.visit(request).status is Status.DECLINED
    assert sides.visit(request).portal_status is PortalStatus.CANCELED


def test_a_decision_that_comes_before_the_request_is_placed_waits_for_it(sides: Sides) -> None:
    request = sides.submit()
    assert sides.do(request, Withdraw()).is_done
    assert sides.push() == WRITTEN
    sides.tick()
    assert sides.push() == WRITTEN
    assert sides.shown(request).status is Status.CANCELLED
    assert sides.visit(request).status is Status.CANCELLED


def test_two_people_decide_at_once_one_wins_and_the_other_is_told(sides: Sides) -> None:
    request = placed(sides)
    assert sides.do(request, CONFIRM, by="coach-1").is_done
    told = sides.do(request, Decline(DeclineReason.OTHER), by="manager-1")
    assert not told.is_done
    assert "Look again in a minute" in told.sentence
    sides.push()
    assert sides.visit(request).status is Status.CONFIRMED


def test_an_appointment_is_moved_seen_out_and_cancelled_from_our_side_a54_a85(sides: Sides) -> None:
    visit = confirmed(sides)
    for event, status in (
        (Reschedule(at("15:00")), Status.RESCHEDULED),
        (SetStatus(Status.CHECKED_IN), Status.CHECKED_IN),
        (SetStatus(Status.CONFIRMED), Status.CONFIRMED),
        (Cancel(CancelReason.BY_PATIENT), Status.CANCELLED),
    ):
        sides.tick()
        answer = sides.do(visit, event)
        assert answer.is_done, answer.sentence
        assert sides.push() == WRITTEN
        assert sides.shown(visit).status is sides.visit(visit).status is status
    assert sides.shown(visit).starts_at == at("15:00")


def test_a_deletion_leaves_a_tombstone_a52_a95(sides: Sides) -> None:
    visit = confirmed(sides)
    sides.tick()
    assert sides.do(visit, Delete()).is_done
    assert sides.push() == WRITTEN
    assert sides.everything_there() == []
    assert sides.visit(visit).status is Status.DELETED
    assert sides.tasks() == []


def test_what_stands_there_already_is_not_written_again(sides: Sides) -> None:
    request = placed(sides)
    sides.do(request, CONFIRM)
    sides.set_there(sides.visit(request).system_id, Status.CONFIRMED)
    before = sides.shown(request)
    assert sides.push() == WRITTEN
    assert sides.shown(request).modified_at == before.modified_at
    assert sides.visit(request).status is Status.CONFIRMED


def test_who_decided_in_the_practice_system_first_wins_and_ours_is_told_a76(sides: Sides) -> None:
    request = placed(sides)
    sides.do(request, CONFIRM)
    sides.set_there(sides.visit(request).system_id, Status.CANCELLED)
    assert sides.push() == {"refused": 1}
    assert sides.shown(request).status is Status.CANCELLED
    assert sides.visit(request).wanted is None
    assert (request, "not_written") in sides.tasks()
    sides.tick(minutes=10)
    sides.changes()
    assert sides.visit(request).status is Status.DECLINED
    assert sides.tasks() == []


def test_a_called_off_appointment_is_not_brought_back_by_a_move_a76(sides: Sides) -> None:
    visit = confirmed(sides)
    sides.tick()
    sides.do(visit, Reschedule(at("15:00")))
    sides.set_there(sides.visit(visit).system_id, Status.CANCELLED)
    assert sides.push() == {"refused": 1}
    assert sides.shown(visit).status is Status.CANCELLED


def test_a_change_that_comes_between_writing_and_reading_back_leaves_nobody_waiting(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A-76: what the practice system shows counts, and people can decide again at once."""
    request = placed(sides)
    sides.tick()
    sides.do(request, CONFIRM)
    kind = type(sides.system())
    update = kind.update_appointment

    def overtaken(system: PracticeSystem, change: AppointmentChange) -> SystemAppointment:
        monkeypatch.setattr(kind, "update_appointment", update)
        update(system, change)
        sides.set_there(sides.visit(request).system_id, Status.NO_SHOW)
        return sides.shown(request)

    monkeypatch.setattr(kind, "update_appointment", overtaken)
    assert sides.push() == WRITTEN
    visit = sides.visit(request)
    assert (visit.status, visit.wanted) == (Status.NO_SHOW, None)
    assert sides.do(request, SetStatus(Status.CONFIRMED)).is_done


def test_a_virtual_visit_is_preset_as_telehealth_a38(db: Database) -> None:
    with both_sides(db, CALENDAR) as sides:
        sides.db.transaction(lambda s: s.execute(update(CommunicationRow).values(has_telehealth=True)))
        request = sides.submit(is_virtual=True)
        sides.push()
        assert sides.shown(request).visit is VisitType.TELEHEALTH


def test_a_worker_that_lost_its_claim_writes_nothing(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is taken over in the middle of its look-up, by somebody who places the request meanwhile."""
    request = sides.submit()
    kind = type(sides.system())
    find = kind.patients_born

    def slow(system: PracticeSystem, born: date) -> Sequence[SystemPatient]:
        monkeypatch.setattr(kind, "patients_born", find)
        sides.tick(minutes=3)
        assert sides.push() == {"writes_taken_over": 1, "written": 1}
        return find(system, born)

    monkeypatch.setattr(kind, "patients_born", slow)
    [claim] = practice_system.claims_of_pushes(as_of=sides.time, limit=10)
    assert practice_system.push_appointments.fn(claim, as_of=sides.time) == {"lost": 1}
    assert sides.patients_there() == 1
    assert len(sides.everything_there()) == 1
    assert sides.write_of(request).state is PushState.DONE


def test_without_a_practice_system_a_request_waits_and_in_the_end_a_person_is_asked(db: Database) -> None:
    with both_sides(db, CALENDAR) as sides:
        sides.db.transaction(lambda s: s.execute(delete(PracticeSystemRow)))
        request = sides.submit()
        assert sides.push() == {"later": 1}
        assert sides.push_on()["dead"] == 1
        assert (request, "not_written") in sides.tasks()
        [letter] = sides.db.read(pushes.dead_letters)
        assert letter.outcome == "no_practice_system"
