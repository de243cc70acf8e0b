"""Due timers of requests for feedback: fired, decided in memory and written in sets (F-003, F-010, F-011)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from models.rules.decisions import Process
from models.rules.feedback_decision import ASK, CLOSE, decide
from models.rules.feedback_events import Due
from models.store import events, timers
from models.store.batches import without_collector
from models.store.feedback import Scene, load_scenes
from models.store.feedback_changes import Change, write_changes
from models.store.timers import FiredTimer

FAILED: Final = "failed"
GONE: Final = "gone"
_KINDS: Final = (ASK, CLOSE)
_UNREADABLE: Final = (LookupError, TypeError, ValueError)


def is_due(session: Session, *, as_of: datetime) -> bool:
    """Say whether somebody is to be asked, or a request to be closed; it locks, so in a transaction."""
    return timers.is_due(session, process=Process.FEEDBACK, kinds=list(_KINDS), as_of=as_of)


def fire_timers(session: Session, *, as_of: datetime, limit: int) -> Counter[str]:
    """Act upon due timers in one transaction; gives counts by kind of line of history.

    Of several requests to one person the later sees what the earlier one leads to (F-202).
    """
    with without_collector():
        left, heads = timers.fire_due(session, process=Process.FEEDBACK, kinds=_KINDS, as_of=as_of, limit=limit)
        counts = Counter[str]()
        while left:
            scenes = _readable(session, [timer.process_id for timer in left], as_of=as_of)
            now, left = _apart(left, scenes)
            counts += _fire(session, now, scenes, heads if not counts else None, as_of=as_of)
        return counts


def _apart(fired: Sequence[FiredTimer], scenes: dict[int, Scene | None]) -> tuple[list[FiredTimer], list[FiredTimer]]:
    """Pick timers of different people; the others come after them."""
    seen, now, later = set[int](), list[FiredTimer](), list[FiredTimer]()
    for timer in fired:
        scene = scenes.get(timer.process_id)
        group = scene.group if scene else frozenset[int]()
        if seen.isdisjoint(group):
            seen |= group
            now.append(timer)
        else:
            later.append(timer)
    return now, later


def _fire(
    session: Session,
    fired: Sequence[FiredTimer],
    scenes: dict[int, Scene | None],
    heads: events.Heads | None,
    *,
    as_of: datetime,
) -> Counter[str]:
    words, changes = dict[int, str](), dict[int, Change]()
    for timer in fired:
        try:
            words[timer.id], change = _decided(scenes[timer.process_id], timer, as_of=as_of)
            if change is not None:
                changes[timer.id] = change
        except Exception:  # noqa: BLE001 - one row's failure never stops another's; it is counted and tried again
            words[timer.id] = FAILED
    words |= dict.fromkeys(_write(session, changes, heads, as_of=as_of), FAILED)
    timers.give_back(session, [timer for timer, word in words.items() if word is FAILED], as_of=as_of)
    return Counter(words.values())


def _readable(session: Session, ids: Sequence[int], *, as_of: datetime) -> dict[int, Scene | None]:
    """Load requests, none for those that are gone; one that cannot be read stops no other, and is left out."""
    try:
        return dict.fromkeys(ids) | load_scenes(session, set(ids), as_of=as_of)
    except _UNREADABLE:
        found = dict[int, Scene | None]()
        for one in ids:
            found |= _alone(session, one, as_of=as_of)
        return found


def _alone(session: Session, request: int, *, as_of: datetime) -> dict[int, Scene | None]:
    try:
        return {request: None, **load_scenes(session, [request], as_of=as_of)}
    except _UNREADABLE:
        return {}


def _decided(scene: Scene | None, timer: FiredTimer, *, as_of: datetime) -> tuple[str, Change | None]:
    if scene is None:
        return GONE, None
    decision = decide(scene.request, scene.visit, Due(timer.kind, timer.due_at, timer.number), as_of=as_of)
    word = decision.notes[-1].kind if decision.notes else "nothing"
    return word, Change(scene, decision, f"timer:{timer.id}", fired=(timer.kind, timer.subject))


def _write(
    session: Session, changes: dict[int, Change], heads: events.Heads | None, *, as_of: datetime
) -> Iterable[int]:
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
