"""What changes requests for feedback: statuses of the practice system, outcomes, stops, each once."""

from dataclasses import fields
from datetime import date

import pytest
from sqlalchemy import func, select, update

from models.db import Database
from models.inputs.practice_system import SystemPatient
from models.rules.appointments import Origin, Status
from models.rules.feedback import Outcome, RequestState, Why
from models.rules.feedback_events import Answer, Refused, Sent, Stop
from models.rules.messages import Channel
from models.store import events, feedback, feedback_changes, patients
from models.tables.appointments import AppointmentRow
from models.tables.feedback import FeedbackRequestRow
from models.tables.messages import MessageState
from tests.store.asking import DAY, HOUR, Asking, an_asking

pytestmark = pytest.mark.database


@pytest.fixture
def asking(db: Database) -> Asking:
    """Give a practice that asks."""
    return an_asking(db)


def stop_person(asking: Asking, patient: int, why: Why) -> int:
    """Stop a person now."""
    return asking.db.transaction(
        lambda s: feedback_changes.stop_person(s, patient, why, key=f"stop:{why}", as_of=asking.now)
    )


def test_only_what_the_practice_system_shows_begins_a_request_f_004(asking: Asking) -> None:
    asking.patient()
    visit = asking.show("501", Status.CONFIRMED)
    portal = update(AppointmentRow).where(AppointmentRow.id == visit)
    asking.db.transaction(lambda s: s.execute(portal.values(portal_cancelled_at=asking.now, portal_deleted_at=None)))
    assert asking.db.read(lambda s: feedback.find_request(s, visit)) is None
    assert asking.row(asking.check_out("501")).state is RequestState.PLANNED, "there it took place"


def test_the_practice_system_cannot_say_that_somebody_is_not_to_be_asked_f_034(asking: Asking) -> None:
    """F-034: its records know no such field, and reading one again leaves the toggle as it is."""
    patient = asking.patient()
    asking.change(patient, is_excluded_from_surveys=True)
    record = SystemPatient("91", "Rosa", "Marsh", date(1984, 2, 3), email="rosa@example.com", is_active=True)
    assert {one.name for one in fields(SystemPatient)}.isdisjoint({"is_excluded", "is_excluded_from_surveys"})
    asking.db.transaction(
        lambda s: patients.add_from_system(s, asking.practice, [record], origin=Origin.KAREO, as_of=asking.now)
    )
    assert asking.row(asking.check_out()).why is Why.EXCLUDED


def test_many_check_outs_at_once_make_one_request_each_f_001(asking: Asking) -> None:
    for n in range(5):
        asking.patient(str(200 + n), first=f"Ada{n}", email=f"ada{n}@example.com", mobile=f"+121255501{n:02}")
        asking.check_out(str(600 + n), patient=str(200 + n))
        asking.show(str(600 + n), Status.CHECKED_OUT, patient=str(200 + n))
    query = select(FeedbackRequestRow.appointment_id, func.count()).group_by(FeedbackRequestRow.appointment_id)
    assert [count for _, count in asking.db.read(lambda s: s.execute(query).all())] == [1] * 5


@pytest.mark.parametrize(("status", "why"), [(Status.DELETED, Why.DELETED), (Status.NO_SHOW, Why.CHECK_OUT_UNDONE)])
def test_what_is_no_check_out_any_more_takes_back_what_is_queued_f_163(
    asking: Asking, status: Status, why: Why
) -> None:
    asking.patient()
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    asking.show("501", status)
    assert (asking.row(request).state, asking.row(request).why) == (RequestState.CANCELLED, why)
    assert [one.state for one in asking.messages(request)] == [MessageState.CANCELLED]
    assert asking.wait(days=9) == {}


def test_an_exclusion_ends_the_requests_of_a_persons_other_records_at_once_f_033_f_161(asking: Asking) -> None:
    first = asking.patient()
    asking.patient("92", first="Ada", last="Lund", email="")
    request = asking.check_out("502", patient="92")
    assert stop_person(asking, first, Why.EXCLUDED) == 1
    assert asking.row(request).why is Why.EXCLUDED
    assert asking.wait(days=2) == {}


def test_archiving_a_record_ends_its_own_requests_only_f_160(asking: Asking) -> None:
    first = asking.patient()
    second = asking.patient("92", first="Ada", last="Lund", email="")
    request = asking.check_out("502", patient="92")
    assert stop_person(asking, first, Why.ARCHIVED) == 0
    assert asking.row(request).why is None
    assert stop_person(asking, second, Why.ARCHIVED) == 1
    assert asking.row(request).why is Why.ARCHIVED


def test_whoever_is_included_again_is_asked_about_later_visits_only_f_035(asking: Asking) -> None:
    patient = asking.patient()
    asking.change(patient, included_again_at=asking.now + HOUR)
    assert asking.row(asking.check_out()).why is Why.EXCLUDED
    asking.now += DAY
    assert asking.row(asking.check_out("502")).why is None


def test_what_is_told_twice_counts_once_f_223(asking: Asking) -> None:
    asking.patient()
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    for _ in range(2):
        asking.tell(request, Sent(1, Channel.TEXT, asking.now), key="report-1")
    asking.tell(request, Refused(1, Channel.TEXT), key="report-0")
    row = asking.row(request)
    assert (row.sent, row.number, [one.outcome for one in asking.attempts(request)]) == (1, 1, [Outcome.SENT])


def test_an_outcome_that_comes_after_the_end_is_still_written_down_f_220(asking: Asking) -> None:
    asking.patient()
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    asking.tell(request, Answer())
    asking.tell(request, Sent(1, Channel.TEXT, asking.now))
    row = asking.row(request)
    assert (row.state, row.sent, row.waits_for) == (RequestState.ANSWERED, 1, None)
    assert [one.outcome for one in asking.attempts(request)] == [Outcome.SENT]
    assert asking.wait(days=9) == {}


def test_a_second_way_is_tried_only_after_a_definite_refusal_f_222(asking: Asking) -> None:
    """F-222: an outcome that nobody knows is waited for; a refusal lets the other provider try at once."""
    asking.patient()
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    assert asking.wait(hours=1) == {}
    assert [one.channel for one in asking.messages(request)] == [Channel.TEXT]
    asking.tell(request, Refused(1, Channel.TEXT))
    assert [one.channel for one in asking.messages(request)] == [Channel.TEXT, Channel.EMAIL]
    unsure = asking.messages(request)[1]
    asking.tell(request, Sent(1, unsure.channel, asking.now, is_certain=False))
    assert len(asking.messages(request)) == 2
    assert [one.outcome for one in asking.attempts(request)] == [Outcome.REFUSED, Outcome.UNSURE]


def test_every_change_is_a_line_of_an_unbroken_history(asking: Asking) -> None:
    """I16, F-213."""
    asking.patient()
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    asking.tell(request, Stop(Why.EXCLUDED))
    report = asking.db.read(lambda s: events.check_chain(s, asking.practice))
    assert (report.is_intact, report.length >= 3) == (True, True)
