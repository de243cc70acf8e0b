"""What can happen to an appointment: what people decide, what falls due, and what the practice system shows."""

from dataclasses import dataclass
from datetime import datetime

from models.rules.appointments import CancelReason, DeclineReason, Status


@dataclass(frozen=True, slots=True)
class Submit:
    """A patient's request came in; the alert goes to these recipients: (key, channel) (A-25, A-27)."""

    alerts: tuple[tuple[str, str], ...] = ()
    overlaps_own: bool = False


@dataclass(frozen=True, slots=True)
class Confirm:
    """Staff confirm a request with the practice system's visit reason, whose minutes become the duration (A-37).

    `starts_at` is another time than the requested one (A-43); `collides` says what is in the way (A-35), start and end.
    """

    visit_reason: str
    minutes: int
    starts_at: datetime | None = None
    is_virtual: bool | None = None
    forms: tuple[str, ...] = ()
    collides: tuple[tuple[datetime, datetime], ...] = ()
    despite_conflict: bool = False


@dataclass(frozen=True, slots=True)
class Decline:
    """Staff decline a request; the patient learns it, PatientPop shows Canceled (A-42, A-51)."""

    reason: DeclineReason


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The patient does not want the request any more."""


@dataclass(frozen=True, slots=True)
class Reschedule:
    """Staff move a confirmed appointment; `minutes` 0 keeps its length."""

    starts_at: datetime
    minutes: int = 0
    collides: tuple[tuple[datetime, datetime], ...] = ()
    despite_conflict: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """Staff cancel a confirmed appointment in the practice system (A-54)."""

    reason: CancelReason


@dataclass(frozen=True, slots=True)
class SetStatus:
    """The front office records what happened: checked in, checked out, no-show, or a correction (A-85, A-100)."""

    status: Status


@dataclass(frozen=True, slots=True)
class Delete:
    """Staff delete an appointment in the practice system (A-52)."""


@dataclass(frozen=True, slots=True)
class CancelInPortal:
    """Somebody cancels in PatientPop: nothing happens in the practice system, and no message goes out (A-50)."""


@dataclass(frozen=True, slots=True)
class DeleteInPortal:
    """Somebody deletes in PatientPop: nothing happens in the practice system (A-52)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the practice system shows; the newest by its own clock counts, whatever the order of arrival (A-89).

    `collides`: the time that it has now is also somebody else's (A-101, A-102). What is none or empty could not be told
    and stays as it was.
    """

    status: Status
    starts_at: datetime
    ends_at: datetime
    modified_at: datetime
    fingerprint: str
    word: str = ""
    provider_id: int | None = None
    location_id: int | None = None
    patient_id: int | None = None
    visit_reason: str = ""
    is_virtual: bool | None = None
    is_group: bool = False
    system_id: str = ""
    collides: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """The practice system does not have the appointment any more (A-95)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The practice system refused what we wrote, for a reason (a code), or gave no answer for too long."""

    code: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody can tell whether the practice system has taken what we wrote, for a reason (a code)."""

    code: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """What was taken for an appointment of its own turned out to be one that we had made ourselves."""


@dataclass(frozen=True, slots=True)
class Due:
    """A timer fell due at a moment (UTC); its number is its minutes before the start where it is a reminder."""

    kind: str
    due_at: datetime
    number: int = 0


Command = Confirm | Decline | Withdraw | Reschedule | Cancel | SetStatus | Delete | CancelInPortal | DeleteInPortal
Event = Command | Submit | Seen | Absent | Refused | Unsure | Replaced | Due
