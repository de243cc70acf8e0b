"""Training: places in live group sessions, attendance per person and topic, conflicts (O-20..O-22)."""

from dataclasses import replace

from models.rules.decisions import Refusal, Settle
from models.rules.messages import MessageKind
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import (
    ExcuseFromTraining,
    RecordAttendance,
    RegisterForTraining,
    RescheduleTraining,
)
from models.rules.onboarding_facts import (
    ItemState,
    RegistrationFacts,
    SessionFacts,
    TrainingKey,
    TrainingState,
)
from models.rules.onboarding_progress import LEARNED
from models.rules.roles import Role

TRAINING_IS_SCHEDULED = ("handoff.trainings", "application.register_team")


def on_register(draft: Draft, event: RegisterForTraining) -> Refusal | None:
    """Give people places in the next sessions; whoever has one keeps it (O-11, O-16, O-21)."""
    people = event.people or draft.journey.trainees
    topics = event.topics or tuple(draft.template.topics)
    if refusal := _unknown(draft, people, topics):
        return refusal
    wanted = [(person, topic) for person in people for topic in topics if (person, topic) not in draft.training]
    if not wanted:
        return Refusal("already", "Everybody named is already registered for every topic named.")
    placed, full = 0, set[str]()
    for key in wanted:
        session = _next_session(draft, key[1], only=event.session)
        if session is None:
            full.add(key[1])
        else:
            _place(draft, key, session, RegistrationFacts(TrainingState.REGISTERED, session.id, session.starts_at))
            placed += 1
    if not placed:
        titles = ", ".join(sorted(draft.template.topics[topic].title for topic in full))
        return Refusal("no_session", f"No session with a free seat is planned for: {titles}. Plan one first.")
    draft.note("registered_for_training", count=placed, left=len(wanted) - placed)
    _tick_off(draft)
    return None


def _unknown(draft: Draft, people: tuple[str, ...], topics: tuple[str, ...]) -> Refusal | None:
    if not draft.is_over("handoff_call"):
        return Refusal("too_early", "Trainings are scheduled from the Handoff Call on; record that call first.")
    if not people:
        return Refusal(
            "nobody", "Nobody of this practice is named as a user to train; name people or add them to the intake."
        )
    strangers = [person for person in people if person not in draft.journey.trainees]
    if strangers:
        return Refusal(
            "unknown", f"{', '.join(strangers)}: no user to train has this key; add the person to the intake first."
        )
    foreign = [topic for topic in topics if topic not in draft.template.topics]
    if foreign:
        return Refusal("unknown", f"{', '.join(foreign)} is not a training topic of this journey.")
    return None


def _next_session(
    draft: Draft, topic: str, *, only: int | None = None, after: int | None = None
) -> SessionFacts | None:
    """Find the earliest session with a free seat, never the one that is being left."""
    booked = [facts.session for facts in draft.training.values() if facts.state is TrainingState.REGISTERED]
    before = [facts.session for facts in draft.journey.training.values() if facts.state is TrainingState.REGISTERED]
    for session in sorted(draft.journey.sessions, key=lambda each: (each.starts_at, each.id)):
        taken_now = booked.count(session.id) - before.count(session.id)
        is_wanted = session.topic == topic and session.id != after and only in (None, session.id)
        if is_wanted and session.starts_at > draft.as_of and session.seats_left > taken_now:
            return session
    return None


def _place(draft: Draft, key: TrainingKey, session: SessionFacts, facts: RegistrationFacts) -> None:
    draft.training[key] = facts
    kind = MessageKind.TRAINING_RESCHEDULED if facts.sequence else MessageKind.TRAINING_INVITATION
    person, topic = key
    fields = {"topic": topic, "session": session.id, "sequence": facts.sequence}
    subject = f"training:{person}:{topic}"
    draft.say(kind, f"{subject}:{facts.sequence}", to=Role.TRAINEE, subject=subject, person=person, fields=fields)


def _tick_off(draft: Draft) -> None:
    """Settle the coach's tasks once everybody has a place in every topic."""
    needed = [(person, topic) for person in draft.journey.trainees for topic in draft.template.topics]
    if all(key in draft.training for key in needed):
        for item in TRAINING_IS_SCHEDULED:
            if item in draft.items and draft.items[item].state is ItemState.OPEN:
                draft.settle_item(item)
                draft.note("item_completed", item)


def on_attendance(draft: Draft, event: RecordAttendance) -> Refusal | None:
    """Record that a person was there, or book the next session when not (O-21, O-22)."""
    key = (event.person, event.topic)
    if refusal := _not_registered(draft, key):
        return refusal
    if event.attended:
        draft.training[key] = replace(draft.training[key], state=TrainingState.ATTENDED)
        draft.do(Settle(f"training.{event.person}.{event.topic}"))
        draft.note("training_attended", f"{event.person}:{event.topic}")
        return None
    draft.note("training_missed", f"{event.person}:{event.topic}")
    _move_to_next(draft, key, MISSED)
    return None


def on_reschedule(draft: Draft, event: RescheduleTraining) -> Refusal | None:
    """Move a person to the next session because of a conflict, with a notice (O-22)."""
    key = (event.person, event.topic)
    if refusal := _not_registered(draft, key):
        return refusal
    if _next_session(draft, event.topic, after=draft.training[key].session) is None:
        title = draft.template.topics[event.topic].title
        return Refusal("no_session", f"No other session of “{title}” with a free seat is planned. Plan one first.")
    _move_to_next(draft, key, "training_conflict")
    return None


MISSED = "training_rebooked"


def _move_to_next(draft: Draft, key: TrainingKey, why: str) -> None:
    old = draft.training[key]
    session = _next_session(draft, key[1], after=old.session)
    if session is None:
        draft.training[key] = replace(old, state=TrainingState.MISSED)
        return
    new = RegistrationFacts(TrainingState.REGISTERED, session.id, session.starts_at, old.sequence + 1)
    _place(draft, key, session, new)
    draft.answered.add("training")
    draft.note(why, f"{key[0]}:{key[1]}", session=session.id)


def on_excuse(draft: Draft, event: ExcuseFromTraining) -> Refusal | None:
    """Take a person off a topic, with a reason."""
    key = (event.person, event.topic)
    if event.person not in draft.journey.trainees or event.topic not in draft.template.topics:
        return Refusal("unknown", f"{event.person} and {event.topic}: no such user to train or topic in this journey.")
    facts = draft.training.get(key, RegistrationFacts(TrainingState.REGISTERED))
    if facts.state in LEARNED:
        return Refusal("already", f"{event.person} is already {facts.state} for this topic.")
    draft.training[key] = replace(facts, state=TrainingState.EXCUSED)
    draft.note("training_excused", f"{event.person}:{event.topic}", reason=event.reason)
    return None


def _not_registered(draft: Draft, key: TrainingKey) -> Refusal | None:
    facts = draft.training.get(key)
    if facts is None:
        return Refusal("not_registered", f"{key[0]} is not registered for {key[1]}; register first.")
    if facts.state in LEARNED:
        return Refusal("already", f"{key[0]} is already {facts.state} for {key[1]}.")
    return None
