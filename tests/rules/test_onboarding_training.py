"""Training: sessions, places, attendance, conflicts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.rules.messages import MessageKind
from models.rules.onboarding import TOPICS
from models.rules.onboarding_events import (
    Event,
    ExcuseFromTraining,
    Pause,
    RecordAttendance,
    RegisterForTraining,
    RescheduleTraining,
    Resume,
)
from models.rules.onboarding_facts import Reason, StepState, TrainingState
from models.rules.onboarding_letters import unwanted
from models.rules.roles import Party, Role
from tests.rules.examples import TRAINEES, attended, playing, sessions
from tests.rules.play import Play, State

TOPIC = "dashboard"
USER = "user-1"
ABSENT = RecordAttendance(USER, TOPIC, attended=False)
CONFLICT = RescheduleTraining(USER, TOPIC)
LEFT = Reason.LEFT_THE_PRACTICE


def registered(**changes: Any) -> Play:
    play = playing("training", **changes)
    play.do(RegisterForTraining())
    return play


def test_the_topics_are_those_of_the_document() -> None:
    """O-20."""
    assert [topic.title for topic in TOPICS] == [
        "Dashboard overview",
        "Messaging options",
        "Batch document instructions",
        "Manage reports",
        "Required logs",
        "Create patient record",
        "Complete calendar settings",
        "Schedule patient appointments",
    ]


def test_everybody_gets_a_place_in_every_topic_with_one_invitation_each() -> None:
    """O-11, O-20."""
    play = registered()
    assert {key for key, place in play.journey.training.items() if place.state is TrainingState.REGISTERED} == {
        (person, topic.key) for person in TRAINEES for topic in TOPICS
    }
    invitations = play.sent(MessageKind.TRAINING_INVITATION, Role.TRAINEE)
    assert len(invitations) == len(TRAINEES) * len(TOPICS)
    assert {each.say.person for each in invitations} == set(TRAINEES)


def test_registering_settles_the_coachs_tasks_once_everybody_has_a_place() -> None:
    """O-11, O-16."""
    play = playing("training")
    play.do(RegisterForTraining(people=("user-1",)))
    assert "handoff.trainings" in play.work
    play.do(RegisterForTraining(people=("user-2",)))
    assert "handoff.trainings" not in play.work
    assert play.refuses(RegisterForTraining()).code == "already"


def test_completion_is_tracked_per_person_and_topic() -> None:
    """O-21, F-132."""
    play = registered()
    for event in attended()[:-1]:
        play.do(event)
        assert play.step("training") is StepState.OPEN
    play.do(attended()[-1])
    assert play.step("training") is StepState.DONE


def test_somebody_who_was_named_and_never_registered_keeps_the_step_open() -> None:
    """O-21."""
    play = playing("training")
    play.do(RegisterForTraining(people=("user-1",)), *attended(people=("user-1",)))
    assert play.step("training") is StepState.OPEN


def test_whoever_left_is_excused_with_a_reason() -> None:
    """O-21."""
    play = registered()
    play.do(*attended(people=("user-1",)))
    play.do(*[ExcuseFromTraining("user-2", topic.key, LEFT) for topic in TOPICS])
    assert play.step("training") is StepState.DONE
    assert play.refuses(ExcuseFromTraining("user-2", TOPIC, LEFT)).code == "already"


def test_excusing_somebody_takes_back_an_invitation_that_is_still_queued() -> None:
    play = registered()
    play.do(ExcuseFromTraining(USER, TOPIC, LEFT))
    assert play.state_of(f"training:{USER}:{TOPIC}:0") is State.CANCELLED


def test_somebody_is_excused_before_having_a_place() -> None:
    play = playing("training")
    play.do(ExcuseFromTraining(USER, TOPIC, LEFT), RegisterForTraining())
    assert play.journey.training[USER, TOPIC].state is TrainingState.EXCUSED
    assert "handoff.trainings" not in play.work


def test_a_conflict_is_rescheduled_to_the_next_session_with_one_notice() -> None:
    """O-22, F-130."""
    play = registered()
    play.deliver()
    first = play.journey.training[USER, TOPIC]
    play.do(CONFLICT)
    second = play.journey.training[USER, TOPIC]
    assert first.starts_at is not None
    assert second.starts_at == first.starts_at + timedelta(days=14)
    (notice,) = play.sent(MessageKind.TRAINING_RESCHEDULED)
    assert notice.say.person == USER
    assert (second.sequence, notice.say.fields["sequence"]) == (1, 1)


def test_whoever_missed_a_session_gets_the_next_one() -> None:
    """O-22."""
    play = registered()
    play.do(ABSENT)
    assert [note.kind for line in play.history if (note := line.note).subject == f"{USER}:{TOPIC}"] == [
        "training_missed",
        "training_rebooked",
    ]
    assert len(play.sent(MessageKind.TRAINING_RESCHEDULED)) == 1


def test_whoever_has_no_next_session_is_shown_to_the_coach() -> None:
    """O-22."""
    play = registered(sessions=sessions(rounds=1))
    play.do(ABSENT)
    assert play.journey.training[USER, TOPIC].state is TrainingState.MISSED
    assert play.work[f"training.{USER}.{TOPIC}"].role is Role.SUCCESS_COACH
    assert play.refuses(ABSENT).code == "already"
    assert play.refuses(CONFLICT).code == "no_session"
    play.sessions = sessions(rounds=2)
    play.do(RegisterForTraining())
    assert play.journey.training[USER, TOPIC].sequence == 1
    assert f"training.{USER}.{TOPIC}" not in play.work


def test_a_full_session_is_passed_over_and_two_people_do_not_share_the_last_seat() -> None:
    """O-20."""
    play = registered(sessions=sessions(seats=1))
    places = [play.journey.training[person, TOPIC].session for person in TRAINEES]
    assert places == [0, 100]


def test_what_cannot_be_placed_is_counted_and_the_rest_goes_on() -> None:
    play = registered(sessions=sessions(seats=1, rounds=1))
    assert dict(play.notes("registered_for_training")[0].evidence) == {"count": 8, "left": 8}
    assert "handoff.trainings" in play.work
    assert play.refuses(RegisterForTraining()).code == "no_session"


def test_a_certain_session_can_be_asked_for() -> None:
    play = playing("training")
    play.do(RegisterForTraining((USER,), (TOPIC,), session=200))
    assert play.journey.training[USER, TOPIC].session == 200


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (RegisterForTraining(people=("stranger",)), "unknown"),
        (RegisterForTraining(topics=("nothing",)), "unknown"),
        (RegisterForTraining((USER,), (TOPIC,), session=999), "no_session"),
        (RecordAttendance("stranger", TOPIC, attended=True), "not_registered"),
        (RecordAttendance(USER, "nothing", attended=True), "not_registered"),
        (RescheduleTraining("stranger", TOPIC), "not_registered"),
        (ExcuseFromTraining("stranger", TOPIC, LEFT), "unknown"),
    ],
)
def test_what_does_not_fit_a_training_is_refused(event: Event, code: str) -> None:
    assert playing("training").refuses(event).code == code


def test_training_is_not_scheduled_before_the_handoff_call() -> None:
    """O-11."""
    assert playing("handoff_call").refuses(RegisterForTraining()).code == "too_early"


def test_nobody_to_train_is_told() -> None:
    assert playing("training", trainees=()).refuses(RegisterForTraining()).code == "nobody"


@pytest.mark.parametrize("event", [RecordAttendance(USER, TOPIC, attended=True), CONFLICT, ABSENT])
def test_what_somebody_learned_is_not_changed_afterwards(event: Event) -> None:
    """O-48."""
    play = registered()
    play.do(RecordAttendance(USER, TOPIC, attended=True))
    assert play.refuses(event).code == "already"


def test_the_practice_is_waited_for_only_once_somebody_has_a_place() -> None:
    """O-42."""
    play = playing("training")
    assert set(play.journey.waits) >= {("training", Party.US)}
    assert ("training", Party.PRACTICE) not in play.journey.waits
    play.do(RegisterForTraining())
    assert ("training", Party.PRACTICE) in play.journey.waits
    assert ("training", Party.US) not in play.journey.waits


def test_nobody_is_reminded_of_training_before_the_last_session() -> None:
    """O-44."""
    play = registered(sessions=sessions(rounds=1))
    last = max(place.starts_at for place in play.journey.training.values() if place.starts_at)
    timer = play.timer("silence", "training:practice")
    assert timer is not None
    assert timer.due_at > last


def test_places_that_passed_during_a_pause_are_booked_again() -> None:
    """O-45."""
    play = registered()
    play.deliver()
    play.do(Pause(Reason.PRACTICE_ASKED))
    play.wait(days=30)
    play.do(Resume())
    assert all(place.starts_at and place.starts_at > play.now for place in play.journey.training.values())
    assert len(play.sent(MessageKind.TRAINING_RESCHEDULED)) == len(play.journey.training)


def test_an_invitation_whose_place_was_changed_is_no_longer_wanted() -> None:
    play = registered()
    say = play.messages[f"training:{USER}:{TOPIC}:0"].say
    assert unwanted(say.kind, say.fields, play.journey) == ""
    play.do(CONFLICT)
    assert unwanted(say.kind, say.fields, play.journey) == "superseded"
    assert play.state_of(say.key) is State.CANCELLED


def test_a_session_that_has_begun_is_not_booked() -> None:
    begins = replace(sessions()[0], id=7, starts_at=playing("training").now)
    play = playing("training", sessions=(begins,))
    assert play.refuses(RegisterForTraining((USER,), (TOPIC,))).code == "no_session"
