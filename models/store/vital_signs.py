"""What the database shows of whether golive lives: moments and counts, nobody's data."""

from datetime import datetime

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.orm import Session

from models.rules.watchdog import STALE, STUCK, Stored
from models.sealing import LOOKUP_KEY
from models.store import messages, timers
from models.store.isolation import is_isolated
from models.store.retention import last_run
from models.store.sending_stops import leaving_practices, stopped_practices
from models.tables.keeping import KeepingKind
from models.tables.keys import KeyState, PracticeKey
from models.tables.messages import Message, MessageState
from models.tables.payer_files import PayerFileRow
from models.tables.practice_systems import CursorKind, CursorRow
from models.tables.timers import Timer
from models.tables.watching import BreachRow
from models.tables.work_items import WorkItem


def stored_signs(session: Session, *, as_of: datetime) -> Stored:
    """Gather what the watchdog judges."""
    in_use = and_(PracticeKey.state == KeyState.ACTIVE, PracticeKey.key_id != LOOKUP_KEY)
    created = PracticeKey.created_at  # the key of blind indexes comes first and stays: the installation's first day
    begun_at, oldest_key = session.execute(select(func.min(created), func.min(created).filter(in_use))).one()
    return Stored(
        waits_since=waits_since(session),
        stuck_unknown=_stuck(session, as_of),
        stale_systems=_stale(session, as_of),
        stopped_practices=session.scalar(select(func.count()).select_from(stopped_practices().distinct().subquery()))
        or 0,
        is_isolated=is_isolated(session),
        oldest_key=oldest_key,
        newest_payer_file=session.scalar(select(func.max(PayerFileRow.received_at))),
        purged_at=last_run(session, KeepingKind.PURGE),
        drilled_at=last_run(session, KeepingKind.RESTORE_DRILL),
        begun_at=begun_at,
    )


def waits_since(session: Session) -> datetime | None:
    """Say when the oldest work fell or falls due (UTC) that dispatch takes; None where there is none."""
    due = (timers.next_due(session), messages.next_due(session))
    return min((moment for moment in due if moment is not None), default=None)


def _stuck(session: Session, as_of: datetime) -> int:
    """Count messages that nobody looks up, or whose worker died and nobody took over."""
    unseen = and_(messages.is_to_be_looked_up(), Message.due_at < as_of - STUCK)
    left = and_(text("messages.state IN ('claimed', 'sending')"), Message.lease_until < as_of - STUCK)
    return session.scalar(select(func.count(Message.id)).where(or_(unseen, left))) or 0


def _stale(session: Session, as_of: datetime) -> int:
    """Count practice systems that have not answered for long, or that nobody asks."""
    before = as_of - STALE
    is_old = or_(CursorRow.succeeded_at < before, CursorRow.due_at < before)
    stays = CursorRow.practice_id.not_in(leaving_practices())
    return session.scalar(select(func.count()).where(CursorRow.kind == CursorKind.CHANGES, is_old, stays)) or 0


def message_counts(session: Session) -> dict[MessageState, int]:
    """Count messages that are not over, and dead letters, by state."""
    under_way = set(MessageState) - {MessageState.SENT, MessageState.CANCELLED}
    query = select(Message.state, func.count()).where(Message.state.in_(under_way)).group_by(Message.state)
    return {state: 0 for state in MessageState if state in under_way} | dict(session.execute(query).tuples().all())


def open_timers(session: Session) -> int:
    """Count open timers."""
    return session.scalar(select(func.count(Timer.id)).where(text("timers.state = 'open'"))) or 0


def open_work(session: Session) -> int:
    """Count open work items."""
    return session.scalar(select(func.count(WorkItem.id)).where(WorkItem.closed_at.is_(None))) or 0


def open_breaches(session: Session) -> dict[str, int]:
    """Count broken promises that nobody has released, by promise."""
    query = select(BreachRow.invariant, func.count()).where(text("breaches.released_at IS NULL"))
    return dict(session.execute(query.group_by(BreachRow.invariant)).tuples().all())
