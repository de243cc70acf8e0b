"""Writes to the practice system: queued once, one after the other for each appointment, marked before every call."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, bindparam, case, func, select, text, update
from sqlalchemy.orm import Session, aliased

from models.rules.decisions import Evidence
from models.store.claims import LEASE, Claim
from models.store.restores import NOTHING_QUARANTINED
from models.store.sending_stops import leaving_practices
from models.store.sets import Constants, among, insert_rows
from models.store.systems import resting_practices
from models.tables.base import new_id
from models.tables.practice_systems import PracticeSystemRow, PushKind, PushRow, PushState, SystemAccountRow

OPEN: Final = (PushState.PENDING, PushState.CLAIMED, PushState.SENDING, PushState.UNKNOWN)
DEAD_LETTERS: Final = (PushState.REFUSED, PushState.DEAD)
WAITING: Final = (PushState.PENDING, PushState.UNKNOWN)
UNDER_WAY: Final = (PushState.CLAIMED, PushState.SENDING)
RETRY_AFTER: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 60, 300, 900, 3600, 14400))
"""How long an unavailable practice system is left alone after each try; after the last one a person is asked."""
SOON: Final = timedelta(seconds=2)
_NEW: Constants = {"state": PushState.PENDING.value, "stage": "", "attempts": 0, "fence": 0, "outcome": ""}
# written into the SQL, since a partial index is used only where the statement itself says what the index says
_IS_OPEN = text("pushes.state IN ('pending', 'claimed', 'sending', 'unknown')")
_PUSHES: Final = PushRow.metadata.tables[PushRow.__tablename__]
_OPEN_PLACEMENTS: Final = select(_PUSHES.c.appointment_id).where(
    _IS_OPEN, _PUSHES.c.practice_id == bindparam("practice"), _PUSHES.c.kind == PushKind.PLACE
)


class NewPush(NamedTuple):
    """One write to be queued; `change` holds no person."""

    practice_id: int
    appointment_id: int
    key: str
    kind: str
    change: dict[str, Evidence]


@dataclass(frozen=True, slots=True)
class ClaimedPush:
    """One write that is ours to make; `stage` says how far an earlier attempt may have come."""

    id: int
    practice_id: int
    appointment_id: int
    kind: PushKind
    stage: str
    change: dict[str, Evidence]
    attempts: int
    outcome: str = ""


def queue(session: Session, new: Sequence[NewPush], *, as_of: datetime) -> None:
    """Queue writes; one whose key was used before for its appointment is not queued again."""
    names = (*NewPush._fields, "id", "queued_at", "due_at")
    rows = [(*one, new_id(), as_of, as_of) for one in new]
    insert_rows(session, PushRow, names, rows, constants=_NEW, unless="(appointment_id, key)")


def claim_due(session: Session, *, as_of: datetime, limit: int, lease: timedelta = LEASE) -> Claim:
    """Claim writes that are due, the oldest of each appointment only, so that they arrive in their order.

    Those for an account that rests wait until it is called again.
    """
    is_awake = PushRow.practice_id.not_in(resting_practices(as_of=as_of))
    chosen = (
        select(PushRow.id)
        .where(_IS_OPEN, PushRow.state.in_(WAITING), PushRow.due_at <= as_of, _is_first(), is_awake)
        .where(NOTHING_QUARANTINED, PushRow.practice_id.not_in(leaving_practices()))
        .order_by(PushRow.due_at, PushRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")
    )
    fence = new_id()
    claimed = (
        update(PushRow)
        .where(PushRow.id.in_(select(chosen.c.id)))
        .values(state=PushState.CLAIMED, lease_until=as_of + lease, fence=fence)
        .returning(PushRow.id)
        .execution_options(synchronize_session=False)
    )
    return Claim(fence, tuple(sorted(session.scalars(claimed))))


def _is_first() -> ColumnElement[bool]:
    """Tell the oldest open write of an appointment: those after it wait for it."""
    earlier = aliased(PushRow)
    return ~(
        select(earlier.id)
        .where(earlier.appointment_id == PushRow.appointment_id, earlier.id < PushRow.id, earlier.state.in_(OPEN))
        .exists()
    )


def claimed(session: Session, claim: Claim) -> list[ClaimedPush]:
    """Read what a claim still holds."""
    query = (
        select(
            PushRow.id,
            PushRow.practice_id,
            PushRow.appointment_id,
            PushRow.kind,
            PushRow.stage,
            PushRow.change,
            PushRow.attempts,
            PushRow.outcome,
        )
        .where(among(session, PushRow.id, claim.ids), PushRow.fence == claim.fence, PushRow.state.in_(UNDER_WAY))
        .order_by(PushRow.id)
    )
    return [ClaimedPush(*row) for row in session.execute(query)]


def mark(session: Session, push: int, stage: str, *, fence: int, as_of: datetime, lease: timedelta = LEASE) -> bool:
    """Write down that a call is about to be made; False when the claim was lost."""
    marked = (
        update(PushRow)
        .where(PushRow.id == push, PushRow.fence == fence, PushRow.state.in_(UNDER_WAY))
        .values(state=PushState.SENDING, stage=stage, attempts=PushRow.attempts + 1, lease_until=as_of + lease)
        .returning(PushRow.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(marked).first() is not None


def settle(session: Session, push: int, state: PushState, code: str, *, fence: int, as_of: datetime) -> bool:
    """Write down what became of a write; False when somebody else settled it meanwhile."""
    settled = (
        update(PushRow)
        .where(PushRow.id == push, PushRow.fence == fence, PushRow.state.in_(UNDER_WAY))
        .values(state=state, outcome=code[:60], settled_at=as_of, lease_until=None)
        .returning(PushRow.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(settled).first() is not None


def put_off(
    session: Session, push: ClaimedPush, code: str, *, is_unknown: bool, fence: int, as_of: datetime
) -> PushState | None:
    """Try a write again later; after the last try it is dead, and visible. Unknown stays visible meanwhile.

    None when somebody else has taken it over.
    """
    tries = push.attempts + 1
    state = PushState.UNKNOWN if is_unknown else PushState.PENDING
    if tries > len(RETRY_AFTER):
        state = PushState.DEAD
    pause = RETRY_AFTER[min(tries, len(RETRY_AFTER)) - 1]
    later = (
        update(PushRow)
        .where(PushRow.id == push.id, PushRow.fence == fence, PushRow.state.in_(UNDER_WAY))
        .values(
            state=state,
            outcome=code[:60],
            attempts=tries,
            due_at=as_of + pause,
            lease_until=None,
            settled_at=as_of if state is PushState.DEAD else None,
        )
        .returning(PushRow.id)
        .execution_options(synchronize_session=False)
    )
    return state if session.execute(later).first() is not None else None


def give_back(session: Session, push: ClaimedPush, code: str, *, fence: int, as_of: datetime) -> bool:
    """Let a write wait that could not be tried now, which counts as no try; False when the claim was lost.

    What an earlier try may have done stays unknown.
    """
    again = (
        update(PushRow)
        .where(PushRow.id == push.id, PushRow.fence == fence, PushRow.state.in_(UNDER_WAY))
        .values(
            state=case((PushRow.stage == "", PushState.PENDING.value), else_=PushState.UNKNOWN.value),
            outcome=code[:60],
            attempts=push.attempts,
            due_at=as_of + SOON,
            lease_until=None,
        )
        .returning(PushRow.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(again).first() is not None


def recover(session: Session, *, as_of: datetime) -> int:
    """Take over from workers that died: what may have been sent is unknown, and is looked up by its stage."""
    left_behind = (
        select(PushRow.id)
        .where(_IS_OPEN, PushRow.state.in_(UNDER_WAY), PushRow.lease_until < as_of)
        .with_for_update(skip_locked=True)
        .cte("left_behind")
    )
    taken_over = (
        update(PushRow)
        .where(PushRow.id.in_(select(left_behind.c.id)))
        .values(state=PushState.UNKNOWN, lease_until=None, fence=new_id(), due_at=as_of)
        .returning(PushRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(taken_over).all())


def open_placements(session: Session, practice_id: int) -> frozenset[int]:
    """Name the appointments that may be in the practice system already, under an id that we do not know yet."""
    return frozenset(session.scalars(_OPEN_PLACEMENTS, {"practice": practice_id}))


def is_more_to_write(session: Session, appointment: int) -> bool:
    """Say whether something for an appointment is still on its way."""
    query = select(PushRow.id).where(PushRow.appointment_id == appointment, PushRow.state.in_(OPEN)).limit(1)
    return session.execute(query).first() is not None


def cancel(session: Session, appointment: int, *, code: str, as_of: datetime) -> None:
    """Call off what was not begun for an appointment."""
    session.execute(
        update(PushRow)
        .where(PushRow.appointment_id == appointment, PushRow.state == PushState.PENDING, PushRow.stage == "")
        .values(state=PushState.CANCELLED, outcome=code[:60], settled_at=as_of)
        .execution_options(synchronize_session=False)
    )


def dead_letters(session: Session, *, practice_id: int | None = None, limit: int = 200) -> Sequence[PushRow]:
    """List writes that were refused or given up."""
    query = select(PushRow).where(PushRow.state.in_(DEAD_LETTERS)).order_by(PushRow.settled_at.desc()).limit(limit)
    return session.scalars(query if practice_id is None else query.where(PushRow.practice_id == practice_id)).all()


def replay(session: Session, ids: Collection[int], *, as_of: datetime) -> list[int]:
    """Queue dead letters once more, as a person decided; what may have happened is looked up first."""
    again = (
        update(PushRow)
        .where(among(session, PushRow.id, ids), PushRow.state.in_(DEAD_LETTERS))
        .values(state=PushState.PENDING, due_at=as_of, settled_at=None, attempts=0)
        .returning(PushRow.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(session.scalars(again))


def next_due(session: Session) -> datetime | None:
    """Say when the next write can be made, which is not while its account rests, or the next lease ends."""
    rested = case((SystemAccountRow.rests_until > PushRow.due_at, SystemAccountRow.rests_until), else_=PushRow.due_at)
    due = (
        select(func.min(rested))
        .select_from(PushRow)
        .outerjoin(PracticeSystemRow, PracticeSystemRow.practice_id == PushRow.practice_id)
        .outerjoin(SystemAccountRow, SystemAccountRow.id == PracticeSystemRow.account_id)
        .where(_IS_OPEN, PushRow.state.in_(WAITING), _is_first())
        .where(PushRow.practice_id.not_in(leaving_practices()))
    )
    leases = select(func.min(PushRow.lease_until)).where(_IS_OPEN, PushRow.state.in_(UNDER_WAY))
    found = [one for one in (session.scalar(due), session.scalar(leases)) if one is not None]
    return min(found, default=None)
