"""Journeys: started from intakes, moved on by people's commands and by due timers, in batches."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from models.db import ConstraintBroken, read, transaction
from models.inputs.answers import Answer
from models.inputs.intake import Intake, IntakeError, parse_intake, parse_intakes_csv
from models.rules.decisions import Refusal
from models.rules.onboarding_events import Event
from models.rules.onboarding_sessions import plan_sessions
from models.settings import settings
from models.store import onboarding, onboarding_changes, onboarding_sweep, practices, training
from models.store.claims import Claim
from models.store.onboarding_changes import Command
from tasks.batches import in_batches
from tasks.intake_folder import IntakeFolderError, read_intake
from tasks.policy import effect, safe

STARTS_AT_ONCE = 5
"""How often a start is tried again because another one stored the same practice or staff first; then they are known."""
_SHARED = ("uq_practices_key", "uq_journeys_present", "uq_staff_key")
_KNOWN = (
    "{} has a journey already; nothing was changed. An intake file counts only at the start: record later changes "
    "in the forms."
)


def batches_of_journeys(*, as_of: datetime, limit: int) -> Iterator[int]:
    """Give the size of one batch after the other while timers are due that need only the heads of their journeys.

    Nothing is claimed before: the task takes a batch and writes what it leads to in one transaction.
    """
    batch = settings().dispatch_timer_batch
    for start in range(0, limit, batch):
        if not _is_due(as_of=as_of):
            return
        yield min(batch, limit - start)


@safe
def _is_due(*, as_of: datetime) -> bool:
    return transaction(lambda session: onboarding_sweep.is_light_due(session, as_of=as_of))


def claims_of_whole_journeys(*, as_of: datetime, limit: int) -> Iterator[Claim]:
    """Claim due timers that need their whole journey, batch after batch until none is left."""
    return in_batches(
        lambda size: transaction(lambda session: onboarding_sweep.claim_heavy(session, as_of=as_of, limit=size)),
        limit=limit,
        batch=settings().dispatch_timer_batch,
    )


@effect()
def advance_journeys(size: int, *, as_of: datetime) -> Counter[str]:
    """Act upon a batch of at most `size` due timers in one transaction; counts by kind.

    Safe to be tried again: each timer is fired in the transaction that writes what it leads to.
    """
    return transaction(lambda session: onboarding_sweep.fire_light(session, as_of=as_of, limit=size))


@effect()
def advance_whole_journeys(claim: Claim, *, as_of: datetime) -> Counter[str]:
    """Act upon due timers one by one, each in its own transaction; one failure never stops the others."""
    counts = Counter[str]()
    for timer in claim.ids:
        try:
            kind = transaction(partial(onboarding_sweep.fire_heavy, claim=claim, timer=timer, as_of=as_of))
            counts[kind or "lost"] += 1
        except Exception:  # noqa: BLE001 - the lease ends and the timer is tried again; here it is counted
            counts["failed"] += 1
    return counts


@effect()
def record(practice: str, event: Event, *, by: str, key: str, as_of: datetime) -> Answer:
    """Carry out what a person wants of a practice's journey, once per key; refusals come back in plain words."""

    def carry_out(session: Session) -> Answer:
        journey = onboarding.present_journey(session, practice)
        if journey is None:
            return Answer.refused(
                f"There is no journey of a practice with the key {practice}; start it from an intake."
            )
        if by not in practices.active_staff(session):
            return Answer.refused(f"There is no member of staff with the key {by}; write who is acting.")
        done = onboarding_changes.carry_out_command(session, Command(journey, event, by, key), as_of=as_of)
        if isinstance(done, Refusal):
            return Answer.refused(done.sentence)
        return Answer.repeated() if done.again else Answer.done(done.kinds)

    return transaction(carry_out)


@effect()
def start_journey(file: str, *, by: str, as_of: datetime) -> Answer:
    """Start one practice's journey from an intake file in the intake folder; the same file again changes nothing."""
    try:
        intake = parse_intake(_intake(file), file=file)
    except IntakeError as error:
        return Answer.refused(" ".join(error.sentences))
    return _start(intake, by=by, as_of=as_of)


@effect()
def start_journeys(file: str, *, by: str, as_of: datetime) -> Answer:
    """Start many journeys from a CSV file; good lines are taken, faulty ones are named by line and field."""
    try:
        intakes, faults = parse_intakes_csv(_intake(file), file=file)
    except IntakeError as error:
        return Answer.refused(" ".join(error.sentences))
    if not intakes and not faults:
        return Answer.refused(f"{file} has no practice below its first line; add one line per practice.")
    answers = [_start(intake, by=by, as_of=as_of) for intake in intakes]
    faults += [answer.sentence for answer in answers if not answer.is_done]
    started = sum(bool(answer.kinds) for answer in answers)
    known = sum(answer.is_done and not answer.kinds for answer in answers)
    summary = f"{started} started, {known} known already, {len(faults)} faults."
    return Answer(bool(intakes) and not faults, " ".join([summary, *faults]), ("journey_started",) * bool(started))


def _intake(file: str) -> str:
    try:
        return read_intake(file)
    except IntakeFolderError as error:
        raise IntakeError([error.sentence]) from None


def _start(intake: Intake, *, by: str, as_of: datetime) -> Answer:
    def start(session: Session) -> Answer:
        practice = practices.find_practice(session, intake.key)
        if practice is not None and onboarding.present_journey(session, intake.key) is not None:
            return Answer.repeated(_KNOWN.format(intake.key))
        practices.register_staff(session, intake.team, as_of=as_of)
        practice = practice or practices.register_practice(session, intake, as_of=as_of)
        key = f"intake:{intake.key}"
        onboarding_changes.begin_journey(session, practice.id, intake, by=by or "golive", key=key, as_of=as_of)
        return Answer.done(("journey_started",))

    for _ in range(STARTS_AT_ONCE - 1):
        try:
            return transaction(start)
        except ConstraintBroken as failure:
            if failure.constraint not in _SHARED:
                raise
    return transaction(start)


@effect()
def plan_training(*, as_of: datetime) -> int:
    """Plan the regular group sessions of the coming weeks; sessions that exist stay as they are (O-20)."""
    planned = plan_sessions(as_of=as_of)
    return transaction(lambda session: training.add_sessions(session, planned))


@effect()
def add_session(topic: str, starts_at: datetime, *, seats: int, as_of: datetime) -> Answer:
    """Plan one more group session of a topic."""
    if starts_at <= as_of:
        return Answer.refused("A session cannot be planned for a moment that is past; choose a later one.")
    added = transaction(lambda session: training.add_sessions(session, [(topic, starts_at, seats)]))
    return Answer.done(("session_planned",)) if added else Answer.repeated("This session was planned already.")


@safe
def journeys_to_show() -> Sequence[str]:
    """Name the practices whose journeys are under way."""
    return read(onboarding.practices_under_way)
