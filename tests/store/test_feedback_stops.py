"""Patients who are no longer asked: excluded, archived, deactivated, included again; and test appointments."""

from datetime import timedelta
from typing import Any

import pytest

from models.db import Database
from models.inputs.practice_system import SystemPatient
from models.rules.appointments import Status
from models.rules.decisions import Process, Refusal
from models.rules.duplicate_commands import Aside, DuplicateOutcome
from models.rules.feedback import RequestState, Why
from models.rules.feedback_events import Answer, Sent
from models.rules.messages import Channel
from models.store import appointment_tests, duplicates, events, feedback_why, patient_changes, patient_drift
from models.store.appointment_tests import Wanted as WantedTest
from models.store.patient_changes import Recorded, Wanted
from tests.store.asking import DAY, HOUR, Asking, an_asking

pytestmark = pytest.mark.database

OTHER: dict[str, Any] = {"first": "Ann", "last": "Other", "email": "ann@example.com", "mobile": "+12125550188"}


@pytest.fixture
def asking(db: Database) -> Asking:
    """Give a practice that asks."""
    return an_asking(db)


def do(asking: Asking, command: Any, number: int, *, key: str = "", **chosen: Any) -> Recorded:
    wanted = Wanted(number, "desk", key or f"{command.__name__}:{asking.now}")
    args = chosen.pop("args", ())
    done = asking.db.transaction(lambda s: command(s, wanted, *args, **chosen, as_of=asking.now))
    assert isinstance(done, Recorded), done
    return done


def stands(asking: Asking, request: int) -> tuple[RequestState, Why | None]:
    row = asking.row(request)
    return row.state, row.why


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (patient_changes.exclude_from_surveys, Why.EXCLUDED),
        (patient_changes.archive, Why.ARCHIVED),
        (patient_changes.deactivated, Why.ARCHIVED),
    ],
)
def test_who_is_put_aside_is_not_asked_any_more_at_once(asking: Asking, command: Any, why: Why) -> None:
    """F-033, F-160: before the first attempt, and in the midst of the cadence; nothing falls due later."""
    patient, other = asking.patient(), asking.patient("92", **OTHER)
    planned = asking.check_out("501")
    asked = asking.check_out("502", patient="92")
    asking.wait(hours=3, minutes=1)
    for request in (planned, asked):
        asking.tell(request, Sent(1, Channel.TEXT, asking.now))
    do(asking, command, patient, key="run:1")
    do(asking, command, other, key="run:2")
    assert {stands(asking, planned), stands(asking, asked)} == {(RequestState.CANCELLED, why)}
    assert asking.wait(days=40) == {}
    chain = asking.db.read(lambda s: events.check_chain(s, asking.practice))
    assert chain.is_intact


def test_an_exclusion_holds_for_duplicate_records_and_an_archive_for_its_own(asking: Asking) -> None:
    """F-161, F-160."""
    patient = asking.patient()
    asking.patient("92", first="Ros", last="Marsch", email="")
    request = asking.check_out("501", patient="92")
    do(asking, patient_changes.archive, patient)
    assert stands(asking, request) == (RequestState.PLANNED, None)
    do(asking, patient_changes.exclude_from_surveys, patient)
    assert stands(asking, request) == (RequestState.CANCELLED, Why.EXCLUDED)


def test_only_visits_after_the_inclusion_are_asked_about(asking: Asking) -> None:
    """F-035, A-86."""
    patient = asking.patient()
    do(asking, patient_changes.exclude_from_surveys, patient)
    before = asking.check_out("501")
    asking.now += HOUR
    do(asking, patient_changes.include_in_surveys, patient)
    assert stands(asking, before) == (RequestState.SUPPRESSED, Why.EXCLUDED)
    asking.now += HOUR
    assert stands(asking, asking.check_out("502")) == (RequestState.PLANNED, None)


def test_a_queued_message_is_called_off_with_the_exclusion(asking: Asking) -> None:
    """F-033."""
    patient = asking.patient()
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    assert [one.state.value for one in asking.messages(request)] == ["pending"]
    do(asking, patient_changes.exclude_from_surveys, patient)
    assert [one.state.value for one in asking.messages(request)] == ["cancelled"]


def test_a_record_that_becomes_inactive_in_kareo_is_not_asked(asking: Asking) -> None:
    """F-160: seen when records are compared."""
    asking.patient()
    request = asking.check_out()
    shown = SystemPatient("91", "Rosa", "Marsh", None, "rosa@example.com", "+12125550142", is_active=False)
    asking.db.transaction(lambda s: patient_drift.compare(s, asking.practice, [shown], as_of=asking.now))
    assert stands(asking, request) == (RequestState.CANCELLED, Why.ARCHIVED)
    asking.db.transaction(lambda s: patient_drift.compare(s, asking.practice, [shown], as_of=asking.now + DAY))
    assert asking.db.read(lambda s: events.check_chain(s, asking.practice)).is_intact


def test_a_record_that_settles_a_pair_is_not_asked(asking: Asking) -> None:
    """F-160, A-74."""
    patient = asking.patient()
    second = asking.patient("92")
    request = asking.check_out("501", patient="92")
    asking.db.transaction(
        lambda s: duplicates.find_duplicates(s, asking.practice, [patient, second], others=(), as_of=asking.now)
    )
    [pair] = asking.db.read(lambda s: duplicates.list_duplicates(s, asking.practice))
    aside = Aside.FIRST if pair.first == str(second) else Aside.SECOND
    do(asking, patient_changes.settle, pair.id, args=(DuplicateOutcome.ARCHIVED,), aside=aside)
    assert stands(asking, request) == (RequestState.CANCELLED, Why.ARCHIVED)


def mark(asking: Asking, appointment: int, by: str = "desk") -> bool | Refusal:
    wanted = WantedTest(appointment, by, f"mark:{appointment}:{asking.now}")
    return asking.db.transaction(lambda s: appointment_tests.mark_test(s, wanted, as_of=asking.now))


def test_a_test_appointment_asks_nobody_whenever_it_is_marked(asking: Asking) -> None:
    """F-163: after its check-out, and before."""
    asking.patient()
    request = asking.check_out("501")
    assert mark(asking, asking.row(request).appointment_id) is True
    assert stands(asking, request) == (RequestState.CANCELLED, Why.TEST_APPOINTMENT)
    assert mark(asking, asking.row(request).appointment_id) is False
    visit = asking.show("502", Status.CHECKED_IN)
    assert mark(asking, visit) is True
    assert stands(asking, asking.check_out("502")) == (RequestState.SUPPRESSED, Why.TEST_APPOINTMENT)
    lines = asking.db.read(lambda s: events.history(s, process=Process.PRACTICE, process_id=asking.practice))
    assert [one.kind for one in lines].count("appointment_marked_as_test") == 2


def test_who_marks_a_test_must_be_known(asking: Asking) -> None:
    asking.patient()
    request = asking.check_out()
    for appointment, by in ((404, "desk"), (asking.row(request).appointment_id, "stranger")):
        assert isinstance(mark(asking, appointment, by), Refusal)
    assert stands(asking, request) == (RequestState.PLANNED, None)


def why(asking: Asking, appointment: int) -> str:
    return " ".join(asking.db.read(lambda s: feedback_why.explain(s, appointment, as_of=asking.now)))


def test_why_answers_for_a_visit_in_sentences(asking: Asking) -> None:
    """F-213: with a request and without one; nothing where there is no such appointment."""
    asking.patient()
    visit = asking.show("501", Status.CONFIRMED)
    assert why(asking, visit) == (
        "This appointment is confirmed, not checked out: a patient is asked for feedback only after a visit was "
        "checked out."
    )
    request = asking.check_out("501")
    assert why(asking, visit).endswith("Attempt 1 of 3 is planned for November 23, 2026, 3:00 PM.")
    asking.wait(hours=3, minutes=1)
    assert "a text is on its way" in why(asking, visit)
    asking.tell(request, Sent(1, Channel.TEXT, asking.now))
    asking.tell(request, Answer())
    assert why(asking, visit).endswith("The patient answered on November 23, 2026, 3:01 PM.")
    assert why(asking, 404) == ""
    assert not [name for name in ("Rosa", "Marsh", "rosa@", "5550142") if name in why(asking, visit)]


def test_why_tells_of_another_check_out_and_of_a_practice_that_stopped(asking: Asking) -> None:
    """F-213."""
    asking.patient()
    asking.check_out("501")
    asking.show("501", Status.CHECKED_IN)
    request = asking.check_out("501")
    asking.choose(is_sending=False)
    told = why(asking, asking.row(request).appointment_id)
    assert told.startswith("The visit was checked out 2 times; this is about the last one.")
    assert told.endswith("The practice has stopped asking for feedback for now.")


def test_text_then_mails_until_an_answer(asking: Asking) -> None:
    """A-87: the text, a mail a day later, a mail five days later; an answer stops it."""
    asking.patient()
    request = asking.check_out()
    for number, (channel, wait) in enumerate(
        ((Channel.TEXT, 3 * HOUR), (Channel.EMAIL, DAY), (Channel.EMAIL, 5 * DAY)), 1
    ):
        asking.wait(minutes=1, seconds=wait.total_seconds())
        assert asking.messages(request)[-1].channel is channel
        asking.tell(request, Sent(number, channel, asking.now))
    second = asking.check_out("502", patient=str(asking_other(asking)))
    asking.wait(hours=3, minutes=1)
    asking.tell(second, Sent(1, Channel.TEXT, asking.now))
    asking.tell(second, Answer())
    assert asking.wait(days=40) == {"feedback_unanswered": 1}


def asking_other(asking: Asking) -> int:
    """Let the practice know another patient."""
    asking.patient("92", **OTHER)
    return 92


@pytest.mark.parametrize(("days", "state"), [(29.9, RequestState.SUPPRESSED), (30.0, RequestState.PLANNED)])
def test_nobody_is_asked_again_within_the_omission_period(asking: Asking, days: float, state: RequestState) -> None:
    """A-88: thirty days from the first message, to the minute."""
    asking.patient()
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    asking.tell(request, Sent(1, Channel.TEXT, asking.now))
    asking.tell(request, Answer())
    asking.now += timedelta(days=days)
    assert asking.row(asking.check_out("502")).state is state
