"""What the product asks of the outside world, and the three ways in which it can fail."""

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final, ParamSpec, Protocol, TypeVar

from models.inputs.billing_evidence import BillingDay
from models.inputs.clearinghouse import (
    ForeignDocument,
    ForeignEnrollment,
    ForeignTask,
    NewDocument,
    NewEnrollment,
    StatusChange,
)
from models.inputs.outgoing import Accepted, OutgoingMail, OutgoingText
from models.inputs.practice_system import (
    AccountCheck,
    AppointmentChange,
    Listing,
    NewAppointment,
    NewPatient,
    SystemAppointment,
    SystemLocation,
    SystemPatient,
    SystemProvider,
)
from models.inputs.reviews import ReviewListing, ReviewPlace
from models.rules.boundary import require_outside_transaction
from models.rules.reputation import PublicReview

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_TEXT: Final = 1600  # characters, about ten segments: what providers take as one text
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")


class OutsideError(Exception):
    """A failure of the world. `reason` is a code, never a provider's words and never a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unavailable(OutsideError):  # noqa: N818 - the documents' word
    """Nothing happened; try again later, and not before `retry_after` seconds where the other side said so."""

    def __init__(self, reason: str, *, retry_after: int = 0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Rejected(OutsideError):  # noqa: N818 - the documents' word
    """It will never be accepted as it is; tell a person."""


class Unknown(OutsideError):  # noqa: N818 - the documents' word
    """It may have happened; look before trying again."""


class Sight(StrEnum):
    """What a look-up of an unknown outcome found."""

    FOUND = "found"
    ABSENT = "absent"
    CANNOT_TELL = "cannot_tell"


def _outside(name: str, call: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(call)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        require_outside_transaction(name)
        return call(*args, **kwargs)

    return guarded


class Connector:
    """Base of every vendor client: its public methods and entering it refuse to run inside a transaction."""

    vendor: ClassVar[str]

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Guard each public method that the subclass defines."""
        super().__init_subclass__(**kwargs)
        for name, member in list(vars(cls).items()):
            asked_for = not name.startswith("_") or name == "__enter__"
            if asked_for and callable(member) and not isinstance(member, type):
                setattr(cls, name, _outside(f"{cls.__name__}.{name}", member))


class MailSession(Protocol):
    """One open connection to a mail server."""

    def send(self, mail: OutgoingMail) -> Accepted:
        """Hand over one mail.

        Raises:
            Unavailable: nothing was handed over.
            Rejected: the server refused this mail for good.
            Unknown: the connection broke after the content was sent.
        """
        ...


class Mailer(Protocol):
    """Sends mails, many over one connection."""

    def session(self) -> AbstractContextManager[MailSession]:
        """Open one connection for a batch; raises Unavailable when there is none."""
        ...

    def look_up(self, message_id: str) -> Sight:
        """Say whether a mail with this Message-ID was accepted, where that can be told."""
        ...


class Texter(Protocol):
    """Sends text messages."""

    def send(self, text: OutgoingText) -> Accepted:
        """Hand over one text; raises as `MailSession.send`."""
        ...

    def look_up(self, text: OutgoingText) -> Sight:
        """Say whether this text was accepted: found, surely absent, or cannot be told."""
        ...


def refuse_malformed(text: OutgoingText) -> None:
    """Refuse a text that no provider can take.

    Raises:
        Rejected: "malformed" unless the recipient is an E.164 number and the body holds 1 to 1600 characters.
    """
    if not _NUMBER.fullmatch(text.recipient) or not 1 <= len(text.body) <= LONGEST_TEXT:
        raise Rejected(reason="malformed")


class BillingEvidence(Protocol):
    """What a practice system shows of charges and claims, as counts; raises as `PracticeSystem` when it asks."""

    def billing_days(self, since: date, until: date) -> Sequence[BillingDay] | None:
        """Count charges, claims and payments by payer and local day, both ends included; none: it cannot tell."""
        ...


class PracticeSystem(Protocol):
    """The practice-management side: the system of record for time, status, visit reason and demographics.

    One object speaks for one practice of one account. Each method raises Unavailable (nothing happened, also when
    throttled: reason "throttled"), Rejected (with a code such as wrong_key, not_authorised, permission_missing) or,
    where something may have been written, Unknown.
    """

    def check(self) -> AccountCheck:
        """Say which practices the account reaches."""
        ...

    def providers(self) -> Sequence[SystemProvider]:
        """List the practice's providers."""
        ...

    def locations(self) -> Sequence[SystemLocation]:
        """List the practice's service locations."""
        ...

    def patients_born(self, born: date) -> Sequence[SystemPatient]:
        """List the patients with a date of birth (A-69)."""
        ...

    def patient(self, patient: str) -> SystemPatient | None:
        """Read one patient by the system's id."""
        ...

    def patient_known_as(self, external_id: str) -> SystemPatient | None:
        """Find the patient that carries our own id: how an unknown creation is looked up."""
        ...

    def create_patient(self, new: NewPatient) -> SystemPatient:
        """Make a patient record with our own id on it."""
        ...

    def appointment(self, appointment: str) -> SystemAppointment | None:
        """Read one appointment by id; none when it is absent, status deleted when the system still shows it so."""
        ...

    def appointments(self, start: datetime, end: datetime) -> Listing:
        """List all appointments that start within a half-open window (UTC): whole, never a silent default."""
        ...

    def appointments_changed(self, since: datetime, until: datetime) -> Listing:
        """List appointments last modified within a window of the system's own clock (UTC)."""
        ...

    def find_created(self, new: NewAppointment) -> SystemAppointment | None:
        """Look for what a creation with an unknown outcome made: by key, provider, start and patient.

        Raises:
            Unknown: it was not found, and that proves nothing; a person has to look before anybody tries again.
        """
        ...

    def create_appointment(self, new: NewAppointment) -> SystemAppointment:
        """Make an appointment, and give it as the system shows it."""
        ...

    def update_appointment(self, change: AppointmentChange) -> SystemAppointment:
        """Replace an appointment, and give it as the system shows it."""
        ...

    def delete_appointment(self, appointment: str) -> None:
        """Delete an appointment; one that is absent already is no error."""
        ...


class Clearinghouse(Protocol):
    """The way of enrollments to payers by an interface; one object speaks for one account.

    Each method raises Unavailable (nothing happened; "throttled" perhaps with seconds to wait), Rejected (with a code
    such as malformed, unknown_payer, not_found) or, where something may have been made, Unknown. No exception holds a
    name, a tax id or somebody's words.
    """

    def create(self, new: NewEnrollment) -> ForeignEnrollment:
        """Make an enrollment that carries our own key, and give it as it is shown.

        The clearinghouse may not know about keys: look with `find` before trying again.
        """
        ...

    def find(self, key: str) -> ForeignEnrollment | None:
        """Find the enrollment that carries our key: how an unknown creation is looked up.

        Raises:
            Rejected: "several" when more than one carries it; a person has to look.
        """
        ...

    def changed_since(self, since: datetime) -> Iterator[Sequence[ForeignEnrollment]]:
        """Give page after page of the enrollments whose status changed at or after a moment of its clock (UTC)."""
        ...

    def enrollment(self, enrollment: str) -> ForeignEnrollment | None:
        """Read one enrollment by its id there."""
        ...

    def tasks(self, enrollment: str) -> Sequence[ForeignTask]:
        """List what somebody must do before an enrollment goes on, in the order in which it is to be done."""
        ...

    def documents(self, enrollment: str) -> Sequence[ForeignDocument]:
        """List the documents of an enrollment."""
        ...

    def download(self, document: str) -> bytes:
        """Read a document, at most 20 MiB."""
        ...

    def upload(self, new: NewDocument) -> ForeignDocument:
        """Hand over a PDF for a task of an enrollment, and complete that task."""
        ...

    def history(self, enrollment: str) -> Sequence[StatusChange]:
        """List how the status of an enrollment changed, the oldest change first."""
        ...

    def cancel(self, enrollment: str) -> None:
        """Take an enrollment back; one that is absent already is no error.

        Raises:
            Rejected: "cancel_by_support" where it has gone too far to be taken back by an interface.
        """
        ...


class ReviewSite(Protocol):
    """A place where people review practices in public; one object speaks for one account.

    Each method raises Unavailable (nothing happened; "throttled" perhaps with seconds to wait), Rejected (with a code
    such as malformed, not_found) or, where something may have been written, Unknown. No exception holds a name or
    anybody's words.
    """

    def places(self) -> Sequence[ReviewPlace]:
        """List the locations whose reviews the account may read."""
        ...

    def reviews(self, place: str) -> ReviewListing:
        """Read every review of a place, with the reply that stands beside it."""
        ...

    def review(self, place: str, review: str) -> PublicReview | None:
        """Read one review with its reply: how an unknown outcome is looked up; none when it is gone."""
        ...

    def put_reply(self, place: str, review: str, words: str) -> None:
        """Write the reply of a review, or replace it: a review has at most one."""
        ...

    def delete_reply(self, place: str, review: str) -> None:
        """Take the reply of a review away; one that is absent already is no error."""
        ...
