"""Due follow-up timers of enrollments: fired, decided in memory and written in sets, top three payers first (E-04)."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from models.rules.decisions import Process, Refusal
from models.rules.enrollment import Finalised, State, outcome
from models.rules.enrollment_decision import decide
from models.rules.enrollment_events import Due
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_watching import WATCH, WATCH_TOP
from models.settings import settings
from models.store import enrollment_journey, events, timers
from models.store.batches import without_collector
from models.store.enrollment import load_watched
from models.store.enrollment_changes import Change, write_changes
from models.store.timers import FiredTimer

FAILED: Final = "failed"
GONE: Final = "gone"
UNTOLD: Final = "journey_not_told"
_ORDER: Final = (WATCH_TOP, WATCH)
_UNREADABLE: Final = (LookupError, TypeError, ValueError)


class TimerRefusedError(RuntimeError):
    """A rule refused a timer: a bug, since a timer that no longer fits leads to nothing."""


def is_due(session: Session, *, as_of: datetime) -> bool:
    """Say whether an enrollment is to be looked at; it locks, so in a transaction."""
    return timers.is_due(session, process=Process.ENROLLMENT, kinds=list(_ORDER), as_of=as_of)


def fire_timers(session: Session, *, as_of: datetime, limit: int) -> Counter[str]:
    """Act upon due timers in one transaction, those of the top three payers first; gives counts by kind of line."""
    with without_collector():
        counts = Counter[str]()
        for kind in _ORDER:
            left = limit - counts.total()
            if left > 0:
                counts += _fire(session, kind, as_of=as_of, limit=left)
        return counts


def _fire(session: Session, kind: str, *, as_of: datetime, limit: int) -> Counter[str]:
    fired, heads = timers.fire_due(session, process=Process.ENROLLMENT, kinds=[kind], as_of=as_of, limit=limit)
    if not fired:
        return Counter()
    found = _readable(session, [timer.process_id for timer in fired])
    words, changes = dict[int, str](), dict[int, Change]()
    for timer in fired:
        try:
            words[timer.id], change = _decided(found[timer.process_id], timer, as_of=as_of)
            if change is not None:
                changes[timer.id] = change
        except Exception:  # noqa: BLE001 - one row's failure never stops another's; it is counted and tried again
            words[timer.id] = FAILED
    words |= dict.fromkeys(_write(session, changes, heads, as_of=as_of), FAILED)
    failed = [timer for timer, word in words.items() if word is FAILED]
    timers.give_back(session, failed, as_of=as_of)
    heard = {one.enrollment.practice_id for key, one in changes.items() if _is_heard(one) and words[key] is not FAILED}
    return Counter(words.values()) + Counter({UNTOLD: _tell(session, heard, as_of=as_of)})


def _readable(session: Session, ids: Sequence[int]) -> dict[int, Enrollment | None]:
    """Load enrollments, none for those that are gone; one that cannot be read stops no other, and is left out."""
    with suppress(*_UNREADABLE):
        return dict.fromkeys(ids) | load_watched(session, set(ids))
    found = dict[int, Enrollment | None]()
    for one in ids:
        with suppress(*_UNREADABLE):
            found |= {one: None, **load_watched(session, [one])}
    return found


def _tell(session: Session, practices: set[int], *, as_of: datetime) -> int:
    """Tell journeys; one that cannot be told stops no other and hears of it at night. Gives how many those are."""
    if _is_told(session, practices, as_of=as_of):
        return 0
    return sum(not _is_told(session, {one}, as_of=as_of) for one in sorted(practices))


def _is_told(session: Session, practices: set[int], *, as_of: datetime) -> bool:
    try:
        with session.begin_nested():
            enrollment_journey.feed_journeys(session, practices, as_of=as_of)
    except (IntegrityError, DataError, *_UNREADABLE):
        return False
    return True


def _decided(enrollment: Enrollment | None, timer: FiredTimer, *, as_of: datetime) -> tuple[str, Change | None]:
    if enrollment is None:
        return GONE, None
    decision = decide(enrollment, Due(timer.kind, timer.due_at, timer.number), as_of=as_of)
    if isinstance(decision, Refusal):
        raise TimerRefusedError(decision.code)
    fired = (timer.kind, timer.subject)
    word = decision.notes[-1].kind if decision.notes else "nothing"
    return word, Change(enrollment, decision, f"timer:{timer.id}", fired=fired)


def _is_heard(change: Change) -> bool:
    """Say whether a change concerns the journey, which hears of outcomes and not of states."""
    reached = change.decision.fields.get("state")
    if not isinstance(reached, State):
        return False
    policy = Finalised(settings().enrollment_finalised)
    return outcome(reached, policy) is not outcome(change.enrollment.state, policy)


def _write(session: Session, changes: dict[int, Change], heads: events.Heads, *, as_of: datetime) -> list[int]:
    """Write all changes at once, or one by one when one of them cannot be written; gives the refused timers."""
    if _is_written(session, list(changes.values()), heads, as_of=as_of):
        return []
    return [timer for timer, one in changes.items() if not _is_written(session, [one], None, as_of=as_of)]


def _is_written(session: Session, changes: Sequence[Change], heads: events.Heads | None, *, as_of: datetime) -> bool:
    try:
        with session.begin_nested():
            write_changes(session, changes, as_of=as_of, heads=heads)
    except (IntegrityError, DataError, *_UNREADABLE):
        return False
    return True
