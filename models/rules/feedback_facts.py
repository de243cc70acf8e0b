"""What is known when somebody is to be asked for feedback, and what a decision about it holds.

All of it are tuples: sweeps make very many, and a frozen dataclass takes four times as long to be made.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from models.rules.decisions import NOTHING, Effect, Note
from models.rules.feedback import OPEN, Outcome, Policy, RequestState, Why
from models.rules.feedback_windows import USUAL, Place, Window
from models.rules.messages import Channel


class Rival(NamedTuple):
    """Another visit's request to the same person, open and with nothing sent or under way; `starts_at` its visit's."""

    id: int
    starts_at: datetime


class Person(NamedTuple):
    """The patient of a visit, duplicate records included (F-161); moments are UTC, nothing here says who it is.

    `asked_at` is when the newest other request to the same person or address, other check-outs of the same visit
    included, was first sent. `recent_sends` are the feedback messages of the last seven days, of this request too.
    Both count what is under way and what may have been sent; neither counts the message that is being decided about.
    `places` always holds one at least: where nothing is known, the practice's.
    """

    has_email: bool = False
    has_phone: bool = False
    allows_texts: bool = False
    is_text_stopped: bool = False
    is_email_stopped: bool = False
    is_held: bool = False
    is_excluded: bool = False
    included_again_at: datetime | None = None
    is_archived: bool = False
    asked_at: datetime | None = None
    recent_sends: tuple[datetime, ...] = ()
    rivals: tuple[Rival, ...] = ()
    places: tuple[Place, ...] = ()


class Request(NamedTuple):
    """One request of one check-out: (appointment, epoch) is unique. `number` counts the attempts that are over.

    `tried` are the ways of the present attempt that are over, and `waits_for` the one whose outcome is still to come:
    then the message is what is watched, and there is no timer. `is_handed_over` says whether one of the present
    attempt's messages was sent. `previous_at` is when the last attempt was handed over
    or left out, `first_sent_at` when the first was handed over; `fresh_until` is when the present attempt is too old.
    `withdrawn` counts the messages that were taken back, so that each has a key of its own.
    """

    id: int
    practice_id: int
    appointment_id: int
    epoch: int
    checked_out_at: datetime
    policy: Policy
    state: RequestState = RequestState.PLANNED
    version: int = 1
    number: int = 0
    tried: tuple[Channel, ...] = ()
    is_handed_over: bool = False
    waits_for: Channel | None = None
    withdrawn: int = 0
    due_at: datetime | None = None
    fresh_until: datetime | None = None
    previous_at: datetime | None = None
    first_sent_at: datetime | None = None
    sent: int = 0
    answered_at: datetime | None = None
    why: Why | None = None

    @property
    def is_open(self) -> bool:
        """Say whether more may be sent."""
        return self.state in OPEN

    @property
    def is_new(self) -> bool:
        """Say whether nothing was decided about it yet."""
        return self.state is RequestState.PLANNED and self.due_at is None and self.number == 0 and not self.waits_for


class Visit(NamedTuple):
    """What the appointment and its practice say at the moment of a decision (F-001, F-157, F-163).

    `is_sending` is the practice's present switch, whatever version of the policy the request began with; `zone` is
    the practice's.
    """

    starts_at: datetime
    zone: str
    is_checked_out: bool = True
    is_deleted: bool = False
    is_test: bool = False
    has_patient: bool = True
    is_checklist_green: bool = True
    is_sending: bool = True
    window: Window = USUAL
    laws: tuple[Window, ...] = ()
    person: Person = Person()


class Attempt(NamedTuple):
    """How one message of an attempt stands, or a whole attempt that was left out; (number, channel) is its row."""

    number: int
    channel: Channel | None
    outcome: Outcome
    at: datetime
    why: Why | None = None


class Decision(NamedTuple):
    """What one event leads to; `fields` holds only what changes of the request."""

    notes: tuple[Note, ...] = ()
    effects: tuple[Effect, ...] = ()
    fields: Mapping[str, object] = NOTHING
    attempts: tuple[Attempt, ...] = ()


def after(request: Request, decision: Decision) -> Request:
    """Give a request as it stands after a decision."""
    fields: dict[str, Any] = dict(decision.fields)
    return request._replace(version=request.version + 1, **fields) if fields else request
