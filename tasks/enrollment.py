"""Enrollments: begun from journeys, moved on by people's commands and by due timers, in batches."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.reports import enrollment_rows
from models.rules.calendars import local_day
from models.rules.decisions import Refusal
from models.rules.enrollment import Proof, State
from models.rules.enrollment_events import Approve, Command, Prove, Submit
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_steps import next_step
from models.rules.onboarding_events import ChooseTopPayers, RecordEnrollment
from models.rules.onboarding_facts import Transaction
from models.rules.turnarounds import class_of
from models.settings import settings
from models.store import (
    acting,
    enrollment_begin,
    enrollment_changes,
    enrollment_journey,
    enrollment_lists,
    enrollment_sweep,
    events,
    onboarding,
    onboarding_changes,
    payer_telling,
    practices,
    turnarounds,
)
from models.store.enrollment import Which, find_enrollments, load_enrollment, load_enrollments
from models.store.enrollment_changes import Seen
from models.store.enrollment_lists import Billing
from models.tables.enrollment import PayerRow
from tasks.policy import effect, safe

__all__ = ["Billing", "Which"]

Row = dict[str, str]
PRACTICES_AT_ONCE = 25
"""So many practices catch up in one task run."""
_HERE = (
    "{} of {} is enrolled here: record what the payer said with record-payer-answer, or end it with "
    "waive-enrollment or withdraw-enrollment; the journey follows by itself."
)
Make = Callable[[Session, Enrollment], Command | str]


def batches_of_enrollments(*, as_of: datetime, limit: int) -> Iterator[int]:
    """Give the size of one batch after the other while timers of enrollments are due."""
    batch = settings().dispatch_timer_batch
    for start in range(0, limit, batch):
        if not _is_due(as_of=as_of):
            return
        yield min(batch, limit - start)


@safe
def _is_due(*, as_of: datetime) -> bool:
    return transaction(lambda session: enrollment_sweep.is_due(session, as_of=as_of))  # it locks, so it is no read


@effect()
def watch_enrollments(size: int, *, as_of: datetime) -> Counter[str]:
    """Act upon a batch of due timers in one transaction, those of the top three payers first; counts by kind (E-04)."""
    return transaction(lambda session: enrollment_sweep.fire_timers(session, as_of=as_of, limit=size))


def practices_to_catch_up() -> Iterator[tuple[int, ...]]:
    """Give the practices whose journeys are under way, batch after batch."""
    found = tuple(_under_way())
    for start in range(0, len(found), PRACTICES_AT_ONCE):
        yield found[start : start + PRACTICES_AT_ONCE]


@safe
def _under_way() -> Sequence[int]:
    return tuple(read(enrollment_journey.practices_with_journeys))


@effect()
def catch_up(several: Sequence[int], *, as_of: datetime) -> Counter[str]:
    """Bring ranks and journeys of practices up to date, each in its own transaction; one failure stops no other."""
    counts = Counter[str](practices=len(several))
    for practice in several:
        try:
            counts += transaction(partial(_catch_up, practice=practice, as_of=as_of))
        except Exception:  # noqa: BLE001 - counted here, and tried again the next night
            counts["failed"] += 1
    return counts


def _catch_up(session: Session, *, practice: int, as_of: datetime) -> Counter[str]:
    ranked = enrollment_begin.rank_payers(session, practice, by=enrollment_changes.SYSTEM, as_of=as_of)
    told = enrollment_journey.feed_journeys(session, [practice], as_of=as_of)
    return Counter(ranked=ranked, told=told)


@effect()
def begin(practice: str, billing: Billing = Billing(), *, by: str, key: str, as_of: datetime) -> Answer:  # noqa: B008
    """Begin the enrollments that a practice's journey plans; what was begun before stays as it is (E-01)."""
    done = transaction(
        lambda session: enrollment_lists.begin_from_journey(session, practice, billing, by=by, key=key, as_of=as_of)
    )
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    if not done["begun"] + done["not_required"]:
        return Answer.repeated(f"All {done['known']} enrollments of {practice} were begun before; nothing was changed.")
    sentence = f"{done['begun']} enrollments of {practice} were begun, {done['known']} were known already."
    return Answer(is_done=True, sentence=sentence, kinds=("enrollments_begun",))


@effect()
def record(which: Which, event: Command, *, by: str, key: str, as_of: datetime) -> Answer:
    """Carry out what a person decided about an enrollment, once per key; refusals come back in plain words."""
    return transaction(lambda session: _carry_out(session, which, lambda *_: event, by=by, key=key, as_of=as_of))


@effect()
def submit(which: Which, on: date | None = None, *, by: str, key: str, as_of: datetime) -> Answer:
    """Record that an enrollment went out, with the time that its payer usually takes (E-05, E-20)."""
    return transaction(lambda session: _carry_out(session, which, partial(_sent, on), by=by, key=key, as_of=as_of))


def _sent(on: date | None, session: Session, enrollment: Enrollment) -> Command:
    payer = session.get(PayerRow, enrollment.payer)
    payer_class = payer.payer_class if payer else class_of(enrollment.payer)
    return Submit(
        turnarounds.turnaround_for(session, enrollment.payer, enrollment.transaction, payer_class=payer_class), on
    )


def _carry_out(session: Session, which: Which, make: Make, *, by: str, key: str, as_of: datetime) -> Answer:
    found = _found(session, which, by=by)
    if isinstance(found, str):
        return Answer.refused(found)
    event = make(session, found)
    if isinstance(event, str):
        return Answer.refused(event)
    done = enrollment_changes.carry_out_command(session, found.id, event, by=by, key=key, as_of=as_of)
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    if done.again:
        return Answer.repeated()
    if isinstance(event, Approve):  # a proof that came before the approval counts from now on (E-12)
        payer_telling.tell(session, [found.practice_id], as_of=as_of)
    return Answer(is_done=True, sentence=_standing(done.enrollment), kinds=done.kinds)


def _standing(enrollment: Enrollment) -> str:
    state = enrollment.state.replace("_", " ")
    return f"Recorded: {enrollment.subject} of {enrollment.practice} is {state}. {next_step(enrollment)}"


def _found(session: Session, which: Which, *, by: str) -> Enrollment | str:
    """Find the one enrollment that a form names, or say what to write instead."""
    practice = practices.find_practice(session, which.practice)
    if practice is None:
        return acting.UNKNOWN_PRACTICE.format(which.practice)
    if by and by not in practices.active_staff(session):
        return enrollment_lists.UNKNOWN_STAFF.format(by)
    several = find_enrollments(session, which)
    if len(several) == 1:
        [number] = several
        one = load_enrollment(session, number)
        if one is not None:
            return one
    subject = f"{which.payer}:{which.transaction}"
    if several:
        names = ", ".join(sorted(one.identity for one in load_enrollments(session, several).values()))
        return f"{which.practice} has {subject} for several billings: {names}; name one of them in billing."
    if which.identity and find_enrollments(session, Which(which.practice, which.payer, which.transaction)):
        return f"{which.practice} has {subject}, but not for the billing {which.identity}; see list-enrollments."
    return f"{which.practice} has no enrollment {subject}; begin-enrollments makes those of its journey's payers."


@effect()
def record_login(which: Which, on: date | None = None, *, by: str, key: str, as_of: datetime) -> Answer:
    """Record a login at a payer's portal, or a document from it: the proof of a portal account (E-12)."""
    return transaction(lambda session: _log_in(session, which, on, by=by, key=key, as_of=as_of))


def _log_in(session: Session, which: Which, on: date | None, *, by: str, key: str, as_of: datetime) -> Answer:
    found = _found(session, which, by=by)
    if isinstance(found, str):
        return Answer.refused(found)
    today = local_day(as_of, found.zone)
    day = on or today
    if found.transaction is not Transaction.PORTAL:
        return Answer.refused(f"{found.subject} is no portal account; a login proves nothing of it.")
    if day > today:
        return Answer.refused(f"{day} is still to come; write the day of the login.")
    seen = Seen(found.id, Prove(Proof.PORTAL_LOGIN, day, key), key)
    counts = enrollment_changes.apply(session, [seen], by=by, as_of=as_of)
    if counts["again"]:
        return Answer.repeated()
    now = load_enrollments(session, [found.id])[found.id]
    if now.version == found.version:
        state = found.state.replace("_", " ")
        return Answer.refused(f"{found.subject} is {state}; a login of {day} changes nothing there.")
    if now.state is not State.LIVE:
        return Answer.done(("login kept in mind until the payer's approval is recorded",))
    return Answer(is_done=True, sentence=_standing(now), kinds=("enrollment_evidence",))


@effect()
def record_in_journey(
    practice: str, event: RecordEnrollment | ChooseTopPayers, *, by: str, key: str, as_of: datetime
) -> Answer:
    """Record for the journey alone: the top three payers, or an enrollment that is not followed here (E-04)."""
    return transaction(lambda session: _in_journey(session, practice, event, by=by, key=key, as_of=as_of))


def _in_journey(
    session: Session, practice: str, event: RecordEnrollment | ChooseTopPayers, *, by: str, key: str, as_of: datetime
) -> Answer:
    journey = onboarding.present_journey(session, practice)
    found = practices.find_practice(session, practice)
    if journey is None or found is None:
        return Answer.refused(f"There is no journey of a practice with the key {practice}; start it from an intake.")
    if by not in practices.active_staff(session):
        return Answer.refused(enrollment_lists.UNKNOWN_STAFF.format(by))
    events.lock_practices(session, [found.id])
    if isinstance(event, RecordEnrollment):
        which = Which(practice, event.payer, event.transaction)
        if find_enrollments(session, which):
            return Answer.refused(_HERE.format(f"{event.payer}:{event.transaction}", practice))
    command = onboarding_changes.Command(journey, event, by, key)
    done = onboarding_changes.carry_out_command(session, command, as_of=as_of)
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    if done.again:
        return Answer.repeated()
    enrollment_begin.rank_payers(session, found.id, by=by, as_of=as_of)
    return Answer.done(done.kinds)


@effect()
def rows(practice: str = "") -> list[Row]:
    """List enrollments of one practice, or of all, those of the top three payers first (E-04)."""

    def listed(session: Session) -> list[Row]:
        wanted = [number for number, key in practices.all_practices(session) if practice in ("", key)]
        return enrollment_rows.enrollment_rows(session, wanted)

    return read(listed)


@effect()
def row(which: Which) -> list[Row]:
    """Show one enrollment as a row; nothing when there is none, or when there are several."""

    def shown(session: Session) -> list[Row]:
        found = _found(session, which, by="")
        return [] if isinstance(found, str) else enrollment_rows.rows_of(session, [found])

    return read(shown)


@effect()
def story(which: Which, *, as_of: datetime) -> tuple[list[Row], list[Row], list[Row]] | str:
    """Tell of one enrollment: its row, its history, its days by party (E-28); or say why not."""

    def told(session: Session) -> tuple[list[Row], list[Row], list[Row]] | str:
        found = _found(session, which, by="")
        if isinstance(found, str):
            return found
        return (
            enrollment_rows.rows_of(session, [found]),
            enrollment_rows.history_rows(session, found.id),
            enrollment_rows.span_rows(session, found.id, as_of=as_of),
        )

    return read(told)
