"""The end of a practice that left: its keys are destroyed, once or again after a restore."""

from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from models.rules.decisions import Note, Process
from models.rules.offboarding import LOOK_AGAIN, WAIT, Leaving, Offboarding, Stage, may_be_destroyed
from models.store import events, key_rotations, keys, offboarding_stops, timers
from models.store.effects import Outcome, carry_out
from models.store.offboarding_facts import load, present_of, step
from models.store.offboarding_stops import CAUSE, Closing
from models.store.sending_stops import IS_LEAVING
from models.tables.base import new_id
from models.tables.offboarding import OffboardingRow
from models.tables.practice_systems import PracticeSystemRow, SystemAccountRow
from models.tables.practices import Practice
from models.tables.texting import ProviderEventRow, ThreadTextRow
from models.tables.timers import Timer

BY_ITSELF = "golive"


def fire_due(session: Session, *, as_of: datetime, limit: int) -> dict[int, bool]:
    """Act upon waiting periods that are over; says of each practice whether its keys were destroyed.

    Where nobody has confirmed yet, or a legal hold stands, it is looked at again a day later.
    """
    fired, _ = timers.fire_due(session, process=Process.PRACTICE, kinds=[WAIT], as_of=as_of, limit=limit)
    destroyed = dict[int, bool]()
    for timer in fired:
        one = load(session, timer.process_id)
        if one is None or one.stage not in (Stage.WAITING, Stage.CONFIRMED):
            continue
        destroyed[timer.process_id] = is_gone = _destroy_if_due(session, one, as_of=as_of)
        if not is_gone:
            again = timers.NewTimer(
                timer.process_id, Process.PRACTICE, timer.process_id, WAIT, "", 0, as_of + LOOK_AGAIN
            )
            timers.set_timers(session, [again])
    return destroyed


def is_due(session: Session, *, as_of: datetime) -> bool:
    """Say whether a waiting period is over, or something of a practice that leaves is still to be ended."""
    waits = select(Timer.id).where(Timer.process == Process.PRACTICE, Timer.kind == WAIT, Timer.due_at <= as_of)
    if session.execute(waits.where(text("timers.state = 'open'")).limit(1)).first() is not None:
        return True
    stopping = select(OffboardingRow.id).where(IS_LEAVING, OffboardingRow.stopped_at.is_(None))
    return session.execute(stopping.limit(1)).first() is not None


def _destroy_if_due(session: Session, one: Offboarding, *, as_of: datetime) -> bool:
    if not may_be_destroyed(one, as_of=as_of):
        return False
    closing = Closing(one.practice_id, f"offboarding:{one.id}:last", BY_ITSELF, as_of)
    for _, close in offboarding_stops.STEPS:
        close(session, closing, offboarding_stops.ALL)
    _destroy(session, one.practice_id, as_of=as_of)
    step(session, one, destroyed_at=as_of)
    note = Note("keys_destroyed", evidence={"confirmed_by": one.confirmed_by, "digest": one.digest[:12]})
    tell(session, one, note, key="destroyed", as_of=as_of)
    return True


def _destroy(session: Session, practice_id: int, *, as_of: datetime) -> None:
    """Destroy keys, and what the installation's own key protects of this practice: reports of texts, its login."""
    keys.destroy(session, practice_id)
    key_rotations.abandon(session, practice_id, as_of=as_of)
    own = select(ThreadTextRow.event_id).where(ThreadTextRow.practice_id == practice_id)
    session.execute(
        update(ProviderEventRow)
        .where(ProviderEventRow.id.in_(own))
        .values(content="")
        .execution_options(synchronize_session=False)
    )
    account = session.scalar(select(PracticeSystemRow.account_id).where(PracticeSystemRow.practice_id == practice_id))
    if account is None:
        return
    system = PracticeSystemRow
    session.execute(update(system).where(system.practice_id == practice_id).values(account_id=None))
    if session.scalar(select(func.count()).where(system.account_id == account)) == 0:
        session.delete(session.get_one(SystemAccountRow, account))


def destroy_again(session: Session, practice_id: int, *, as_of: datetime) -> bool:
    """Destroy the keys of a practice that had left before its backup was restored; False when they are gone."""
    if find_by_id(session, practice_id) is None or keys.keys_of(session, practice_id).is_gone:
        return False
    events.lock_practices(session, [practice_id])
    _destroy(session, practice_id, as_of=as_of)
    if load(session, practice_id) is None:
        session.add(
            OffboardingRow(
                id=new_id(),
                practice_id=practice_id,
                reason=Leaving.AGREEMENT_ENDED,
                asked_by=BY_ITSELF,
                asked_at=as_of,
                wait_days=0,
            )
        )
        session.flush()
    one = present_of(session, practice_id)
    step(session, one, destroyed_at=as_of, called_off_at=None)
    note = Note("keys_destroyed", reason="restored")
    tell(session, one, note, key="again", as_of=as_of)
    return True


def find_by_id(session: Session, practice_id: int) -> str | None:
    """Give the short name of a practice by its number."""
    return session.scalar(select(Practice.key).where(Practice.id == practice_id))


def note_finished(session: Session, one: Offboarding, *, as_of: datetime) -> None:
    """Write down that the destruction stands beside the backups, and that the export is removed."""
    step(session, one, finished_at=as_of)


def note_removed(session: Session, one: Offboarding, *, as_of: datetime) -> None:
    """Write down that the export's file is removed."""
    step(session, one, OffboardingRow.bundle_removed_at.is_(None), bundle_removed_at=as_of)


def tell(session: Session, one: Offboarding, note: Note, *, key: str, as_of: datetime) -> None:
    """Write what golive itself did into the practice's history, once per key."""
    whole = f"{CAUSE}:{one.id}:{key}"
    outcome = Outcome(one.practice_id, Process.PRACTICE, one.practice_id, whole, BY_ITSELF, (note,), ())
    carry_out(session, [outcome], as_of=as_of)
