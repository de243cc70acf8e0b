"""What is known of one enrollment, and what a decision about it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from models.rules.calendars import Calendar
from models.rules.decisions import NOTHING, Effect, Note
from models.rules.enrollment import Need, State
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Role


class NoticeKind(StrEnum):
    """What a digest can say of an enrollment (E-26)."""

    TASKS_OPEN = "tasks_open"
    WORK_WAITS = "work_waits"
    CHASE_CLEARINGHOUSE = "chase_clearinghouse"
    CHASE_PAYER = "chase_payer"
    PROOF_MISSING = "proof_missing"
    PORTAL_LOGIN_MISSING = "portal_login_missing"
    IN_TROUBLE = "in_trouble"
    RETURNED = "returned"
    RECERTIFY = "recertify"
    UNKNOWN_WORD = "unknown_word"
    ESCALATED = "escalated"
    PROPOSE_PAUSE = "propose_pause"


class Notice(NamedTuple):
    """One line for the next digest of whoever holds a role; the key makes it unique within its enrollment."""

    kind: NoticeKind
    to: Role
    key: str


@dataclass(frozen=True, slots=True)
class Turnaround:
    """How long a payer usually takes from submission, in days of its own unit (E-05, E-20)."""

    low: int
    typical: int
    late: int
    very_late: int
    high: int
    is_business_days: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Dates:
    """When to ask the payer, and when a manager takes over (E-20); local days."""

    typical_on: date
    late_on: date
    very_late_on: date
    limit_on: date


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One payer, transaction and billing identity (E-01); moments are UTC, days are the practice's local ones.

    `lacking` are the documents that the journey does not have yet. `is_quiet`: nothing is sent to the practice, since
    its journey is paused, cancelled or graduated (O-45). `first_claim_on` is the first claim sent since the approval.
    """

    id: int
    practice_id: int
    practice: str
    zone: str
    calendar: Calendar
    payer: str
    transaction: Transaction
    identity: str
    state: State
    version: int
    state_since: datetime
    silent_since: datetime
    rung: int = 0
    attempt: int = 1
    generation: int = 1
    rank: int = 0
    clearinghouse: str = "manual"
    payer_id: str = ""
    cutover_on: date | None = None
    submitted_on: date | None = None
    approved_on: date | None = None
    effective_on: date | None = None
    expires_on: date | None = None
    dates: Dates | None = None
    first_claim_on: date | None = None
    last_claim_on: date | None = None
    last_proof_on: date | None = None
    contradicted_on: date | None = None
    reason: str = ""
    median_gap_days: int = 0
    needs: Mapping[Need, bool] = field(default_factory=dict)
    lacking: frozenset[Need] = frozenset()
    is_quiet: bool = False

    @property
    def subject(self) -> str:
        """Name the enrollment where history and work items need one word for it."""
        return f"{self.payer}:{self.transaction}"

    @property
    def is_top(self) -> bool:
        """Say whether the payer is one of the top three, which come first everywhere (E-04)."""
        return self.rank > 0

    @property
    def is_submitted(self) -> bool:
        """Say whether the present attempt is with the clearinghouse or payer."""
        return self.submitted_on is not None

    @property
    def works_from(self) -> date | None:
        """Give the day from which it should work: that of the approval, or the effective one when that is later."""
        if self.approved_on is None:
            return None
        return max(self.approved_on, self.effective_on or self.approved_on)

    @property
    def has_open_claims(self) -> bool:
        """Say whether claims went out since the last proof; without them silence means nothing (E-24)."""
        seen = self.last_proof_on or self.approved_on
        return self.last_claim_on is not None and (seen is None or self.last_claim_on > seen)


class Decision(NamedTuple):
    """What one event leads to; `fields` and `needs` hold only what changes."""

    notes: tuple[Note, ...] = ()
    effects: tuple[Effect, ...] = ()
    fields: Mapping[str, object] = NOTHING
    needs: Mapping[Need, bool] = NOTHING
    notices: tuple[Notice, ...] = ()
    clears_notices: bool = False
    """The cause of what was waiting to be told has gone away (E-26)."""
