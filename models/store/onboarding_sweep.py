"""Due timers of journeys: fired, decided in memory, and written in sets where the journeys' heads suffice."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from models.db import DatabaseFailure
from models.rules.decisions import Process, Refusal
from models.rules.onboarding_decision import decide
from models.rules.onboarding_events import Due
from models.rules.onboarding_facts import Head, JourneyStatus
from models.rules.onboarding_timers import LIGHT_TIMERS
from models.store import events, timers
from models.store.batches import without_collector
from models.store.claims import LEASE, Claim
from models.store.effects import Outcome, carry_out
from models.store.onboarding import load_heads
from models.store.onboarding_changes import Command, carry_out_command, outcome_of
from models.store.timers import FiredTimer

SYSTEM = "golive"
HEAVY_TIMERS = frozenset({"call_passed", "check_in", "message_sent"})
FAILED = "failed"
HELD = "held"
_UNREADABLE = (LookupError, TypeError, ValueError)
"""What a row raises that holds or would hold what no such row can; it must not stop the others of its batch."""


class TimerRefusedError(RuntimeError):
    """A rule refused a timer: a bug, since a timer that no longer fits leads to nothing."""


def is_light_due(session: Session, *, as_of: datetime) -> bool:
    """Say whether a timer can be fired that needs only the head of its journey; it locks, so in a transaction."""
    return timers.is_due(session, process=Process.ONBOARDING, kinds=sorted(LIGHT_TIMERS), as_of=as_of)


def claim_heavy(session: Session, *, as_of: datetime, limit: int, lease: timedelta = LEASE) -> Claim:
    """Claim due timers that need their whole journey."""
    kinds = sorted(HEAVY_TIMERS)
    return timers.claim_due(session, process=Process.ONBOARDING, kinds=kinds, as_of=as_of, limit=limit, lease=lease)


def fire_light(session: Session, *, as_of: datetime, limit: int) -> Counter[str]:
    """Act upon due timers that need only the heads of their journeys; gives counts by kind, held and failed ones apart.

    One transaction takes them and writes what they lead to: no outside call stands in between, so there is nothing
    that a lease would have to outlive, and whoever is killed leaves nothing half done.
    """
    with without_collector():
        return _fire_light(session, as_of=as_of, limit=limit)


def _fire_light(session: Session, *, as_of: datetime, limit: int) -> Counter[str]:
    fired, histories = timers.fire_due(
        session, process=Process.ONBOARDING, kinds=sorted(LIGHT_TIMERS), as_of=as_of, limit=limit
    )
    heads = _readable_heads(session, fired)
    words, outcomes = dict[int, str](), dict[int, Outcome]()
    for timer in fired:
        try:
            head = heads[timer.process_id]
            if head.status is JourneyStatus.PAUSED:
                words[timer.id] = HELD
                continue
            outcomes[timer.id] = _decide(head, timer, as_of=as_of)
            words[timer.id] = timer.kind
        except Exception:  # noqa: BLE001 - one row's failure never stops another's; it is counted and tried again
            words[timer.id] = FAILED
    words |= dict.fromkeys(_write(session, outcomes, histories, as_of=as_of), FAILED)
    timers.hold_fired(session, [timer for timer, word in words.items() if word is HELD])
    timers.give_back(session, [timer for timer, word in words.items() if word is FAILED], as_of=as_of)
    return Counter(words.values())


def _readable_heads(session: Session, fired: Sequence[FiredTimer]) -> dict[int, Head]:
    """Load the heads of journeys; one that cannot be read stops no other, and its timer fails like a rule."""
    with suppress(*_UNREADABLE):
        return load_heads(session, fired)
    heads = dict[int, Head]()
    for timer in fired:
        with suppress(*_UNREADABLE):
            heads |= load_heads(session, [timer])
    return heads


def _is_paused(head: Head | None) -> bool:
    return head is not None and head.status is JourneyStatus.PAUSED


def _decide(head: Head, timer: FiredTimer, *, as_of: datetime) -> Outcome:
    due = Due(timer.kind, timer.due_at, timer.subject, timer.number)
    decision = decide(head, due, by=SYSTEM, as_of=as_of)
    if isinstance(decision, Refusal):
        raise TimerRefusedError(decision.code)
    return outcome_of(head, decision, by=SYSTEM, key=f"timer:{timer.id}", fired=(timer.kind, timer.subject))


def _write(session: Session, outcomes: dict[int, Outcome], heads: events.Heads, *, as_of: datetime) -> list[int]:
    """Write all outcomes at once, or one by one when one of them cannot be written; gives the refused timers."""
    if _is_written(session, list(outcomes.values()), heads, as_of=as_of):
        return []
    return [timer for timer, one in outcomes.items() if not _is_written(session, [one], None, as_of=as_of)]


def _is_written(session: Session, outcomes: list[Outcome], heads: events.Heads | None, *, as_of: datetime) -> bool:
    try:
        with session.begin_nested():
            carry_out(session, outcomes, as_of=as_of, heads=heads)
    except (IntegrityError, DataError, *_UNREADABLE):
        return False
    return True


def fire_heavy(session: Session, claim: Claim, timer: int, *, as_of: datetime) -> str:
    """Act upon one timer that needs its whole journey; gives its kind, "held" or "failed".

    Gives nothing when somebody else has it. A failed one is tried again later.
    """
    mine = Claim(claim.fence, (timer,))
    events.lock_practices(session, timers.practices_of(session, mine))
    for one in timers.fire(session, mine):
        if _is_paused(load_heads(session, [one]).get(one.process_id)):
            timers.hold_fired(session, [one.id])
            return HELD
        try:
            with session.begin_nested():
                _command(session, one, as_of=as_of)
        except (DatabaseFailure, OperationalError):
            raise  # the whole transaction is tried again
        except Exception:  # noqa: BLE001 - one timer's failure never stops another's
            timers.give_back(session, [one.id], as_of=as_of)
            return FAILED
        return one.kind
    return ""


def _command(session: Session, timer: FiredTimer, *, as_of: datetime) -> None:
    due = Due(timer.kind, timer.due_at, timer.subject, timer.number)
    done = carry_out_command(session, Command(timer.process_id, due, SYSTEM, f"timer:{timer.id}"), as_of=as_of)
    if isinstance(done, Refusal):
        raise TimerRefusedError(done.code)
