"""What decisions write into the history, word by word: a line without its subject or evidence explains nothing."""

from models.rules.decisions import Note, SetTimer
from models.rules.enrollment import State
from models.rules.enrollment_events import Due as EnrollmentDue
from models.rules.enrollment_watching import look
from models.rules.feedback import Why
from models.rules.feedback_decision import ASK
from models.rules.feedback_events import Answer, Due
from tests.rules.enrollments import an_enrollment, decided
from tests.rules.feedbacks import DAY, HOUR, Stage


def test_an_answer_tells_how_many_messages_came_before_it_and_where_the_request_stood() -> None:
    """F-012."""
    stage = Stage()
    request = stage.check_out()
    stage.wait(4 * HOUR)
    stage.tell(request.id, Answer())
    expected = Note("feedback_answered", evidence={"sent": 1, "state": "asked"})
    assert stage.history[-1] == (stage.now, request.id, expected)


def test_an_attempt_that_is_left_out_tells_its_number_and_why() -> None:
    """F-212."""
    stage = Stage()
    request = stage.check_out()
    stage.sleep(2 * DAY)
    decision = stage.tell(request.id, Due(ASK, stage.now, 1))
    assert decision.notes[0] == Note("feedback_left_out", "1", Why.STALE.value)
    assert decision.fields["previous_at"] == stage.now


def test_a_look_that_asks_somebody_tells_its_rung_and_state_and_sets_the_next_look() -> None:
    """E-20."""
    enrollment = an_enrollment(State.PENDING_PAYER)
    first, second = look(enrollment, 0), look(enrollment, 1)
    assert first is not None
    assert second is not None
    decision = decided(enrollment, EnrollmentDue("watch", first.at), as_of=first.at)
    assert decision.notes == (
        Note("enrollment_chase", "aetna:era", evidence={"rung": 1, "state": State.PENDING_PAYER.value}),
    )
    assert SetTimer("watch", second.at, number=1) in decision.effects
    assert decision.fields == {"rung": 1}
