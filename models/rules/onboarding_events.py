"""Everything that can happen to a journey: what people record, and a timer that has fallen due."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from models.rules.onboarding_facts import (
    CallOutcome,
    DocumentOutcome,
    EnrollmentOutcome,
    PaymentIssue,
    Reason,
    Transaction,
)
from models.rules.roles import Role


@dataclass(frozen=True, slots=True)
class Begin:
    """The journey was created from an intake (O-01)."""

    terms: str


@dataclass(frozen=True, slots=True)
class SignAgreement:
    """The practice signed the Service Agreement (O-02)."""

    signed_on: date


@dataclass(frozen=True, slots=True)
class AnswerQuestions:
    """The preliminary questions were answered; the answers are account details (O-04)."""

    answers: Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class EstablishCustomerId:
    """The Kareo Customer ID is known (O-07)."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class RecordCall:
    """A call was held, missed or moved; `covered` names agenda items, empty with `held` means all of them."""

    call: str
    outcome: CallOutcome
    covered: tuple[str, ...] = ()
    new_start: datetime | None = None


@dataclass(frozen=True, slots=True)
class CompleteItem:
    """A person finished an item."""

    item: str


@dataclass(frozen=True, slots=True)
class SkipItem:
    """A person decided that an item is not needed (O-41)."""

    item: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class ReopenItem:
    """A person decided that an item must be done again (O-41)."""

    item: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class SkipStep:
    """A person decided that a step is not needed (O-41)."""

    step: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class ReopenStep:
    """A person decided that a step must be done again (O-41)."""

    step: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class RecordDocument:
    """A requested document arrived, was accepted or was rejected (O-13)."""

    document: str
    outcome: DocumentOutcome
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class RegisterForTraining:
    """People get a place in the next session of topics; empty means everybody, every topic (O-11, O-16)."""

    people: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    session: int | None = None


@dataclass(frozen=True, slots=True)
class RecordAttendance:
    """A person was, or was not, at a session (O-21)."""

    person: str
    topic: str
    attended: bool


@dataclass(frozen=True, slots=True)
class RescheduleTraining:
    """A person cannot come; the next session is taken instead (O-22)."""

    person: str
    topic: str


@dataclass(frozen=True, slots=True)
class ExcuseFromTraining:
    """A person need not learn a topic, for instance because of having left."""

    person: str
    topic: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class AssignRole:
    """A member of staff takes a role for this practice."""

    role: Role
    staff: str


@dataclass(frozen=True, slots=True)
class Pause:
    """The journey stops for a while; its clocks stop (O-45)."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Resume:
    """The journey goes on; its clocks go on where they stopped (O-45)."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The journey ends without graduation (O-45)."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class ChooseTopPayers:
    """The practice chose which payers come first (E-04)."""

    payers: tuple[str, ...]
    reason: Reason


@dataclass(frozen=True, slots=True)
class AddPayers:
    """More payers or transactions were planned after the start, by payer's key, with monthly claims (E-01, E-04)."""

    transactions: Mapping[str, tuple[Transaction, ...]]
    expected_claims: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordEnrollment:
    """An enrollment went on; the narrow door through which enrollment facts enter the journey (O-27).

    `is_approved` is false where nothing had to be approved: the practice is then told nothing.
    """

    payer: str
    transaction: Transaction
    outcome: EnrollmentOutcome
    is_approved: bool = True


@dataclass(frozen=True, slots=True)
class ConfirmFirstClaims:
    """The coach saw the first set of charges (O-29)."""

    received: bool
    submitted: bool


@dataclass(frozen=True, slots=True)
class RecordFirstEra:
    """The first ERAs were posted (O-35)."""

    posted_on: date


@dataclass(frozen=True, slots=True)
class RecordPaymentIssue:
    """Payment posting met a problem (O-34)."""

    payer: str
    issue: PaymentIssue


@dataclass(frozen=True, slots=True)
class SettlePaymentIssue:
    """The problem is solved."""

    payer: str
    issue: PaymentIssue


@dataclass(frozen=True, slots=True)
class Graduate:
    """The coach graduates the account to the Billing Team (O-37)."""


class Due(NamedTuple):
    """A timer fell due; which moment it was set for tells how late we are."""

    kind: str
    due_at: datetime
    subject: str = ""
    number: int = 0


Event = (
    Begin
    | SignAgreement
    | AnswerQuestions
    | EstablishCustomerId
    | RecordCall
    | CompleteItem
    | SkipItem
    | ReopenItem
    | SkipStep
    | ReopenStep
    | RecordDocument
    | RegisterForTraining
    | RecordAttendance
    | RescheduleTraining
    | ExcuseFromTraining
    | AssignRole
    | Pause
    | Resume
    | Cancel
    | ChooseTopPayers
    | AddPayers
    | RecordEnrollment
    | ConfirmFirstClaims
    | RecordFirstEra
    | RecordPaymentIssue
    | SettlePaymentIssue
    | Graduate
    | Due
)
