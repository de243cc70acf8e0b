"""Due timers of journeys: fired, decided in memory, and written in sets where the journeys' heads suffice."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.rules.decisions import Process, Refusal
from models.rules.onboarding_decision import decide
from models.rules.onboarding_events import Due
from models.rules.onboarding_facts import Head
from models.rules.onboarding_timers import LIGHT_TIMERS
from models.store import timers
from models.store.claims import LEASE, Claim
from models.store.effects import Outcome, carry_out
from models.store.onboarding import load_heads
from models.store.onboarding_changes import Command, Recorded, carry_out_command, outcome_of
from models.store.timers import FiredTimer

SYSTEM = "golive"
HEAVY_TIMERS = frozenset({"call_passed", "check_in", "message_sent"})


class TimerRefusedError(RuntimeError):
    """A rule refused a timer: a bug, since a timer that no longer fits leads to nothing."""


def claim_light(session: Session, *, as_of: datetime, limit: int, lease: timedelta = LEASE) -> Claim:
    """Claim due timers that need only the heads of their journeys."""
    kinds = sorted(LIGHT_TIMERS)
    return timers.claim_due(session, process=Process.ONBOARDING, kinds=kinds, as_of=as_of, limit=limit, lease=lease)


def claim_heavy(session: Session, *, as_of: datetime, limit: int, lease: timedelta = LEASE) -> Claim:
    """Claim due timers that need their whole journey."""
    kinds = sorted(HEAVY_TIMERS)
    return timers.claim_due(session, process=Process.ONBOARDING, kinds=kinds, as_of=as_of, limit=limit, lease=lease)


def fire_light(session: Session, claim: Claim, *, as_of: datetime) -> Counter[str]:
    """Act upon a batch of light timers in one transaction; gives counts by kind, failures among them."""
    fired = timers.fire(session, claim)
    heads = load_heads(session, [timer.id for timer in fired])
    counts, outcomes, failed = Counter[str](), list[Outcome](), list[int]()
    for timer in fired:
        try:
            outcomes.append(_decide(heads[timer.id], timer, as_of=as_of))
            counts[timer.kind] += 1
        except Exception:  # noqa: BLE001 - one row's failure never stops another's; it is counted and tried again
            failed.append(timer.id)
            counts["failed"] += 1
    carry_out(session, outcomes, as_of=as_of)
    timers.give_back(session, failed, as_of=as_of)
    return counts


def _decide(head: Head, timer: FiredTimer, *, as_of: datetime) -> Outcome:
    due = Due(timer.kind, timer.due_at, timer.subject, timer.number)
    decision = decide(head, due, by=SYSTEM, as_of=as_of)
    if isinstance(decision, Refusal):
        raise TimerRefusedError(decision.code)
    return outcome_of(
        head, decision, Command(head.id, due, SYSTEM, f"timer:{timer.id}"), fired=(timer.kind, timer.subject)
    )


def fire_heavy(session: Session, claim: Claim, timer: int, *, as_of: datetime) -> str:
    """Act upon one timer that needs its whole journey; gives its kind, or nothing when somebody else has it."""
    fired = timers.fire(session, Claim(claim.fence, (timer,)))
    for one in fired:
        due = Due(one.kind, one.due_at, one.subject, one.number)
        done = carry_out_command(session, Command(one.process_id, due, SYSTEM, f"timer:{one.id}"), as_of=as_of)
        if not isinstance(done, Recorded):
            raise TimerRefusedError(done.code)
        return one.kind
    return ""
