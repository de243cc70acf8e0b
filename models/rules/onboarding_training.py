"""Training: places in live group sessions, attendance per person and topic, conflicts (O-20..O-22)."""

from dataclasses import replace

from models.rules.decisions import Ask, CancelMessages, Refusal, Settle
from models.rules.messages import MessageKind
from models.rules.onboarding import COACH_ACTS_WITHIN
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import (
    ExcuseFromTraining,
    RecordAttendance,
    RegisterForTraining,
    RescheduleTraining,
)
from models.rules.onboarding_evidence import LEARNED
from models.rules.onboarding_facts import (
    RegistrationFacts,
    SessionFacts,
    TrainingKey,
    TrainingState,
)
from models.rules.roles import Party, Role

INVITATIONS = (MessageKind.TRAINING_INVITATION, MessageKind.TRAINING_RESCHEDULED)
UNPLACED = RegistrationFacts(TrainingState.MISSED, sequence=-1)
"""Somebody who never had a place: the first one is number zero."""


def on_register(draft: Draft, event: RegisterForTraining) -> Refusal | None:
    """Give people places in the next sessions; whoever has one keeps it (O-11, O-16, O-21)."""
    people = event.people or draft.journey.trainees
    topics = event.topics or tuple(draft.template.topics)
    if refusal := _cannot_register(draft, people, topics):
        return refusal
    wanted = [(person, topic) for person in people for topic in topics]
    wanted = [key for key in dict.fromkeys(wanted) if _has_no_place(draft, key)]
    if not wanted:
        return Refusal("already", "Everybody named is already registered for every topic named.")
    full = [topic for person, topic in wanted if not _book(draft, (person, topic), only=event.session)]
    if len(full) == len(wanted):
        titles = ", ".join(draft.template.topics[topic].title for topic in dict.fromkeys(full))
        return Refusal("no_session", f"No session with a free seat is planned for: {titles}. Plan one first.")
    draft.acted.add(("training", Party.US))
    draft.note("registered_for_training", count=len(wanted) - len(full), left=len(full))
    return None


def _has_no_place(draft: Draft, key: TrainingKey) -> bool:
    return draft.training.get(key, UNPLACED).state is TrainingState.MISSED


def _cannot_register(draft: Draft, people: tuple[str, ...], topics: tuple[str, ...]) -> Refusal | None:
    if draft.is_closed("training"):
        return Refusal("too_early", "Trainings are scheduled from the Handoff Call on; record that call first.")
    if not people:
        return Refusal("nobody", "Nobody of this practice is named as a user to train; add people to the intake.")
    if strangers := [person for person in people if person not in draft.journey.trainees]:
        return Refusal("unknown", f"No user to train has the key {', '.join(strangers)}; add them to the intake first.")
    if foreign := [topic for topic in topics if topic not in draft.template.topics]:
        return Refusal("unknown", f"{', '.join(foreign)} is not a training topic of this journey.")
    return None


def _book(draft: Draft, key: TrainingKey, *, only: int | None = None) -> bool:
    """Give one person the next free seat of a topic, never in the session that is being left."""
    old = draft.training.get(key, UNPLACED)
    session = _next_session(draft, key[1], only=only, after=old.session)
    if session is None:
        return False
    _place(draft, key, session, old.sequence + 1)
    return True


def _next_session(
    draft: Draft, topic: str, *, only: int | None = None, after: int | None = None
) -> SessionFacts | None:
    booked = [facts.session for facts in draft.training.values() if facts.state is TrainingState.REGISTERED]
    before = [facts.session for facts in draft.journey.training.values() if facts.state is TrainingState.REGISTERED]
    for session in sorted(draft.journey.sessions, key=lambda each: (each.starts_at, each.id)):
        taken_now = booked.count(session.id) - before.count(session.id)
        is_wanted = session.topic == topic and session.id != after and only in (None, session.id)
        if is_wanted and session.starts_at > draft.as_of and session.seats_left > taken_now:
            return session
    return None


def _place(draft: Draft, key: TrainingKey, session: SessionFacts, sequence: int) -> None:
    person, topic = key
    draft.training[key] = RegistrationFacts(TrainingState.REGISTERED, session.id, session.starts_at, sequence)
    kind = MessageKind.TRAINING_RESCHEDULED if sequence else MessageKind.TRAINING_INVITATION
    subject = f"training:{person}:{topic}"
    draft.do(CancelMessages(INVITATIONS, subject), Settle(f"training.{person}.{topic}", "booked"))
    draft.say(
        kind,
        f"{subject}:{sequence}",
        to=Role.TRAINEE,
        subject=subject,
        person=person,
        fields={"topic": topic, "session": session.id, "sequence": sequence, "person": person},
    )


def on_attendance(draft: Draft, event: RecordAttendance) -> Refusal | None:
    """Record that a person was there, or book the next session when not (O-21, O-22)."""
    key = (event.person, event.topic)
    if refusal := _not_registered(draft, key):
        return refusal
    facts = draft.training[key]
    if event.attended:
        draft.training[key] = replace(facts, state=TrainingState.ATTENDED)
        _stop_asking(draft, key, "attended")
        draft.acted.add(("training", Party.PRACTICE))
        draft.note("training_attended", f"{event.person}:{event.topic}")
        return None
    if facts.state is TrainingState.MISSED:
        title = draft.template.topics[event.topic].title
        return Refusal("already", f"It is already recorded that {event.person} missed “{title}”; reschedule it.")
    draft.note("training_missed", f"{event.person}:{event.topic}")
    _rebook(draft, key, "training_rebooked")
    return None


def on_reschedule(draft: Draft, event: RescheduleTraining) -> Refusal | None:
    """Move a person to the next session because of a conflict, with a notice (O-22)."""
    key = (event.person, event.topic)
    if refusal := _not_registered(draft, key):
        return refusal
    if _next_session(draft, event.topic, after=draft.training[key].session) is None:
        title = draft.template.topics[event.topic].title
        return Refusal("no_session", f"No other session of “{title}” with a free seat is planned. Plan one first.")
    draft.acted.add(("training", Party.PRACTICE))
    _rebook(draft, key, "training_conflict")
    return None


def _rebook(draft: Draft, key: TrainingKey, why: str) -> None:
    """Book the next session, or ask the coach to find one: nobody who is incomplete is out of sight."""
    person, topic = key
    if _book(draft, key):
        draft.note(why, f"{person}:{topic}", session=draft.training[key].session)
        return
    draft.training[key] = replace(draft.training[key], state=TrainingState.MISSED)
    draft.do(Ask(f"training.{person}.{topic}", Role.SUCCESS_COACH, draft.business_days(COACH_ACTS_WITHIN)))


def rebook_missed_places(draft: Draft) -> None:
    """Book the next session for whoever had a place in one that passed while the journey was paused (O-45)."""
    for key, place in sorted(draft.training.items()):
        is_past = place.starts_at is not None and place.starts_at <= draft.as_of
        if place.state is TrainingState.REGISTERED and is_past:
            _rebook(draft, key, "training_rebooked")


def on_excuse(draft: Draft, event: ExcuseFromTraining) -> Refusal | None:
    """Take a person off a topic, with a reason."""
    key = (event.person, event.topic)
    if refusal := _cannot_register(draft, (event.person,), (event.topic,)):
        return refusal
    facts = draft.training.get(key, UNPLACED)
    if facts.state in LEARNED:
        return Refusal("already", f"{event.person} is already {facts.state} for this topic.")
    draft.training[key] = replace(facts, state=TrainingState.EXCUSED, sequence=max(facts.sequence, 0))
    draft.do(CancelMessages(INVITATIONS, f"training:{event.person}:{event.topic}"))
    _stop_asking(draft, key, "excused")
    draft.note("training_excused", f"{event.person}:{event.topic}", reason=event.reason)
    return None


def _stop_asking(draft: Draft, key: TrainingKey, outcome: str) -> None:
    draft.do(Settle(f"training.{key[0]}.{key[1]}", outcome))


def _not_registered(draft: Draft, key: TrainingKey) -> Refusal | None:
    facts = draft.training.get(key)
    if facts is None:
        return Refusal("not_registered", f"{key[0]} is not registered for “{_title(draft, key[1])}”; register first.")
    if facts.state in LEARNED:
        return Refusal("already", f"{key[0]} is already {facts.state} for “{_title(draft, key[1])}”.")
    return None


def _title(draft: Draft, topic: str) -> str:
    return draft.template.topics[topic].title if topic in draft.template.topics else topic
