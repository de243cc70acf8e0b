"""What can happen to one enrollment: what people record, what payers and files say, and its timer."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from models.rules.enrollment import Contradiction, Need, Proof, RejectReason
from models.rules.enrollment_facts import Turnaround
from models.rules.onboarding_facts import Reason


@dataclass(frozen=True, slots=True)
class Create:
    """The enrollment is on the practice's payer list; `is_required` is false where the payer needs none (E-01)."""

    is_required: bool = True


@dataclass(frozen=True, slots=True)
class ChangeRoute:
    """The claims, ERA or EFT go another way: clearinghouse, payer id there, first day of the new way (E-02, E-16)."""

    clearinghouse: str
    payer_id: str
    cutover_on: date | None = None


@dataclass(frozen=True, slots=True)
class Rank:
    """The payer's place among the top three changed; 0 is none (E-04)."""

    rank: int


@dataclass(frozen=True, slots=True)
class Prepare:
    """The paperwork was checked; what the practice must still give is named."""

    missing: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class CompleteTasks:
    """The practice gave what was asked for; none named means everything."""

    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Submit:
    """The enrollment goes out; how long the payer takes decides when we ask (E-20). `on` none means today."""

    turnaround: Turnaround
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a clearinghouse or payer answered, on a local day (none: today), to one attempt (0: the present one).

    An answer to another attempt or generation, or older than the present submission, is late and changes nothing.
    """

    on: date | None = None
    attempt: int = 0
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(Answer):
    """The clearinghouse passed it on to the payer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce(Answer):
    """The clearinghouse returned it."""

    reason: RejectReason
    needs: tuple[Need, ...] = (Need.CORRECTED_FORM,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDevelopment(Answer):
    """The payer wants something more, within five business days (E-21)."""

    needs: tuple[Need, ...] = (Need.ANSWER_TO_PAYER,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(Answer):
    """The payer approved; effective at once when no day is named, to be renewed where it expires."""

    effective_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Answer):
    """The payer rejected."""

    reason: RejectReason


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedTest(Answer):
    """The payer wants a test first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTest(Answer):
    """The test was passed or failed."""

    is_passed: bool


@dataclass(frozen=True, slots=True)
class Prove:
    """A proof of this enrollment's own kind (E-12), seen on a local day; the gap is the median between remittances."""

    proof: Proof
    on: date
    key: str = field(repr=False)
    median_gap_days: int = 0


@dataclass(frozen=True, slots=True)
class Contradict:
    """Something shows that it does not work (E-13)."""

    what: Contradiction
    on: date
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SeeClaim:
    """A claim went out to this payer on a local day: from now on proofs are expected (E-23, E-24)."""

    on: date


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Somebody asked the payer or clearinghouse; when it is looked at next stays as it is (E-20)."""


@dataclass(frozen=True, slots=True)
class Displace:
    """The ERA moved to another clearinghouse (E-16)."""


@dataclass(frozen=True, slots=True)
class Recertify:
    """The payer renewed the enrollment until another day."""

    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Lapse:
    """The enrollment was not renewed."""


@dataclass(frozen=True, slots=True)
class Resubmit:
    """It is sent in once more, at most five times (E-10)."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Withdraw:
    """It is not wanted any more."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Reopen:
    """It is wanted again after its end: a new generation."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Waive:
    """The payer turns out to need no enrollment for this."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class HearUnknownWord:
    """Somebody else's system shows a status that we do not know; nothing changes, a person looks (E-15)."""

    key: str


class Due(NamedTuple):
    """The follow-up timer fell due; its number is the rung it was set for."""

    kind: str
    due_at: datetime
    number: int = 0


Command = (
    ChangeRoute
    | Prepare
    | CompleteTasks
    | Submit
    | Acknowledge
    | Bounce
    | RequestDevelopment
    | Approve
    | Reject
    | NeedTest
    | RecordTest
    | FollowUp
    | Displace
    | Recertify
    | Lapse
    | Resubmit
    | Withdraw
    | Reopen
    | Waive
)
Event = Command | Create | Rank | Prove | Contradict | SeeClaim | HearUnknownWord | Due
