"""What is known of one journey, what can happen to it, and what a decision about it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from models.rules.calendars import Calendar
from models.rules.decisions import NOTHING, Effect, Note
from models.rules.onboarding_template import Template, template
from models.rules.roles import Party, Role


class JourneyStatus(StrEnum):
    """Where the journey as a whole stands (O-45)."""

    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    GRADUATED = "graduated"


class StepState(StrEnum):
    """Where a step stands; done and skipped are both over."""

    CLOSED = "closed"
    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


class ItemState(StrEnum):
    """Where an item stands; a document is requested (open), received, accepted (done) or rejected (O-13)."""

    OPEN = "open"
    RECEIVED = "received"
    REJECTED = "rejected"
    DONE = "done"
    SKIPPED = "skipped"


class CallState(StrEnum):
    """Where a call stands; on hold while its journey is paused."""

    SCHEDULED = "scheduled"
    HELD = "held"
    ON_HOLD = "on_hold"
    CANCELLED = "cancelled"


class CallOutcome(StrEnum):
    """What came of a scheduled call."""

    HELD = "held"
    NO_SHOW = "no_show"
    RESCHEDULED = "rescheduled"


class DocumentOutcome(StrEnum):
    """What happened to a requested document (O-13)."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class TrainingState(StrEnum):
    """Where one person stands with one topic (O-21)."""

    REGISTERED = "registered"
    ATTENDED = "attended"
    MISSED = "missed"
    EXCUSED = "excused"


class Reason(StrEnum):
    """Why something was skipped, reopened, rejected, paused or cancelled: a list, so that no person's words travel."""

    NOT_NEEDED = "not_needed"
    DONE_ELSEWHERE = "done_elsewhere"
    PRACTICE_ASKED = "practice_asked"
    PRACTICE_SILENT = "practice_silent"
    ENTERED_BY_MISTAKE = "entered_by_mistake"
    MUST_BE_REPEATED = "must_be_repeated"
    INCOMPLETE = "incomplete"
    UNREADABLE = "unreadable"
    EXPIRED = "expired"
    WRONG_DOCUMENT = "wrong_document"
    SCHEDULE_CONFLICT = "schedule_conflict"
    LEFT_THE_PRACTICE = "left_the_practice"
    AGREEMENT_ENDED = "agreement_ended"


class Transaction(StrEnum):
    """What a payer enrollment is for (E-01)."""

    CLAIMS = "claims"
    ERA = "era"
    EFT = "eft"
    PORTAL = "portal"


class EnrollmentOutcome(StrEnum):
    """What the journey needs to know of an enrollment; enrollment.md holds the whole state machine."""

    IN_PROGRESS = "in_progress"
    FINALISED = "finalised"
    IN_TROUBLE = "in_trouble"


class PaymentIssue(StrEnum):
    """What can go wrong with payment posting (O-34, E-35)."""

    REVERSAL = "reversal"
    ZERO_PAY = "zero_pay"
    MANY_DENIALS = "many_denials"
    PAYEE_MISMATCH = "payee_mismatch"
    CHECK_AFTER_EFT = "check_after_eft"
    NOT_POSTED = "not_posted"


OVER = frozenset({StepState.DONE, StepState.SKIPPED})
SETTLED = frozenset({ItemState.DONE, ItemState.SKIPPED})


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One step's state and when it opened and ended (UTC)."""

    state: StepState = StepState.CLOSED
    opened_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitFacts:
    """Since when somebody is waited for, and the moment from which silence is counted (UTC)."""

    since: datetime
    silent_since: datetime


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item's state, when it opened and was settled (UTC), by whom, and why when it was skipped or rejected."""

    state: ItemState = ItemState.OPEN
    opened_at: datetime | None = None
    settled_at: datetime | None = None
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One dated call; the sequence rises with every change of its date (RFC 5546)."""

    state: CallState
    starts_at: datetime
    minutes: int
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One live group session that can still be booked (O-20)."""

    id: int
    topic: str
    starts_at: datetime
    seats_left: int


@dataclass(frozen=True, slots=True)
class RegistrationFacts:
    """One person's place in one topic's session, with its start (UTC); the sequence rises when the session changes."""

    state: TrainingState
    session: int | None = None
    starts_at: datetime | None = None
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class PayerFacts:
    """One payer of the practice: monthly expected claims, rank when chosen by hand, transactions to be set up."""

    key: str
    expected_claims: int
    transactions: tuple[Transaction, ...]
    chosen_rank: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """The journey's own row, all that most due timers need; a partial view also carries the one wait concerned."""

    id: int
    practice_id: int
    practice: str
    zone: str
    calendar: Calendar
    status: JourneyStatus
    version: int
    template_version: int
    roles: Mapping[Role, str]
    signed_on: date | None = None
    went_live_on: date | None = None
    claims_confirmed_on: date | None = None
    first_era_on: date | None = None
    paused_at: datetime | None = None
    waits: Mapping[tuple[str, Party], WaitFacts] = field(default_factory=dict)

    @property
    def template(self) -> Template:
        """Give the steps as they were when this journey started (O-47)."""
        return template(self.template_version)


CallKey = tuple[str, int]
TrainingKey = tuple[str, str]
EnrollmentKey = tuple[str, Transaction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey(Head):
    """Everything that is known of one journey."""

    steps: Mapping[str, StepFacts] = field(default_factory=dict)
    items: Mapping[str, ItemFacts] = field(default_factory=dict)
    calls: Mapping[CallKey, CallFacts] = field(default_factory=dict)
    trainees: tuple[str, ...] = ()
    training: Mapping[TrainingKey, RegistrationFacts] = field(default_factory=dict)
    sessions: tuple[SessionFacts, ...] = ()
    payers: tuple[PayerFacts, ...] = ()
    enrollments: Mapping[EnrollmentKey, EnrollmentOutcome] = field(default_factory=dict)
    payment_issues: Mapping[str, bool] = field(default_factory=dict)
    customer_id: int | None = None
    graduated_on: date | None = None
    coach_candidate: str = ""
    staff: frozenset[str] = frozenset()
    busy: tuple[tuple[datetime, datetime], ...] = ()


class Decision(NamedTuple):
    """What one event leads to; every mapping holds only what changes. A tuple: sweeps make very many."""

    notes: tuple[Note, ...] = ()
    effects: tuple[Effect, ...] = ()
    journey: Mapping[str, object] = NOTHING
    roles: Mapping[Role, str] = NOTHING
    steps: Mapping[str, StepFacts] = NOTHING
    waits: Mapping[tuple[str, Party], WaitFacts | None] = NOTHING
    items: Mapping[str, ItemFacts] = NOTHING
    calls: Mapping[CallKey, CallFacts] = NOTHING
    training: Mapping[TrainingKey, RegistrationFacts] = NOTHING
    payers: Mapping[str, PayerFacts] = NOTHING
    enrollments: Mapping[EnrollmentKey, EnrollmentOutcome] = NOTHING
    payment_issues: Mapping[str, bool] = NOTHING
    answers: Mapping[str, object] = NOTHING
