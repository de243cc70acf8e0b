"""Training: places in live group sessions, attendance, conflicts, and the sessions themselves."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import (
    AnyTopicChoice,
    LocalMoment,
    OptionalSessionId,
    PersonKey,
    PersonKeys,
    PracticeKey,
    StaffKey,
    TopicChoice,
    keys_of,
    moment_of,
)
from models.rules import onboarding_events as events
from models.rules.onboarding_facts import Reason
from models.rules.onboarding_sessions import TRAINING_ZONE
from tasks import onboarding
from tasks.commands import command, refuse, state_of
from tasks.moment import moment, now


@flow(flow_run_name="register-for-training {practice}")
def register_for_training(
    practice: PracticeKey,
    by: StaffKey,
    people: PersonKeys = "",
    topic: AnyTopicChoice = "",
    session: OptionalSessionId = 0,
) -> State[Any]:
    """Give people places in the next live group sessions; whoever has one keeps it.

    Args:
        practice: Short name of the practice.
        by: Key of the member of staff who registers them.
        people: Keys of people, separated by commas; empty means every user to train.
        topic: One topic; empty means all of them.
        session: Number of one session; 0 takes the next one.
    """
    topics = (topic,) if topic else ()
    return command(practice, events.RegisterForTraining(keys_of(people), topics, session or None), by=by)


@flow(flow_run_name="record-attendance {practice} {topic}")
def record_attendance(
    practice: PracticeKey, person: PersonKey, topic: TopicChoice, attended: bool, by: StaffKey
) -> State[Any]:
    """Record whether a person was at a session; whoever missed it is booked for the next one.

    Args:
        practice: Short name of the practice.
        person: Key of the person.
        topic: What was taught.
        attended: Whether the person was there to the end.
        by: Key of the member of staff who records it.
    """
    return command(practice, events.RecordAttendance(person, topic, attended), by=by)


@flow(flow_run_name="reschedule-training {practice} {topic}")
def reschedule_training(practice: PracticeKey, person: PersonKey, topic: TopicChoice, by: StaffKey) -> State[Any]:
    """Move a person who has a conflict to the next session, with a notice.

    Args:
        practice: Short name of the practice.
        person: Key of the person.
        topic: What is taught.
        by: Key of the member of staff who records it.
    """
    return command(practice, events.RescheduleTraining(person, topic), by=by)


@flow(flow_run_name="excuse-from-training {practice} {topic}")
def excuse_from_training(
    practice: PracticeKey, person: PersonKey, topic: TopicChoice, reason: Reason, by: StaffKey
) -> State[Any]:
    """Take a person off a topic, for instance because of having left.

    Args:
        practice: Short name of the practice.
        person: Key of the person.
        topic: What need not be learned.
        reason: Why.
        by: Key of the member of staff who decided it.
    """
    return command(practice, events.ExcuseFromTraining(person, topic, reason), by=by)


@flow(flow_run_name="plan-session {topic}")
def plan_session(topic: TopicChoice, starts_at: LocalMoment, seats: int = 40) -> State[Any]:
    """Plan one more live group session, beside the regular ones.

    Args:
        topic: What is taught.
        starts_at: Date and time in the Training Team's zone (Chicago), like 2026-12-01 14:30.
        seats: How many people can come.
    """
    start = moment_of(starts_at, TRAINING_ZONE)
    if start is None:
        return refuse(f"“{starts_at}” is not a date and time; write it like 2026-12-01 14:30.")
    return state_of(onboarding.add_session(topic, start, seats=seats, as_of=now()))


@flow(flow_run_name="plan-training")
def plan_training(as_of: str = "") -> int:
    """Plan the regular live group sessions of the coming weeks; sessions that exist stay as they are.

    Args:
        as_of: Moment to plan from, ISO 8601 with offset; empty means now.
    """
    return onboarding.plan_training(as_of=moment(as_of))
