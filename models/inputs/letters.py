"""Everything that one message needs to be written; lives in memory only, from the claim to the call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from models.inputs.outgoing import Mailbox
from models.rules.appointment_letters import Standing
from models.rules.decisions import Evidence
from models.rules.digests import Line
from models.rules.feedback import Signature
from models.rules.messages import MessageKind
from models.rules.onboarding_facts import Journey
from models.rules.roles import Role


@dataclass(frozen=True, slots=True)
class Letter:
    """One message with its reader, its journey, and the names behind the keys.

    `is_invited`: the reader's calendar holds this call already, in the name of `organizer`.
    `is_staff`: the reader is one of us, whoever else gets the same message.
    """

    message_id: str
    kind: MessageKind
    fields: Mapping[str, Evidence]
    recipient: Mailbox
    locale: str
    practice_name: str
    coach: Mailbox | None
    link: str
    journey: Journey
    attendees: Mapping[Role, Mailbox] = field(default_factory=dict)
    payers: Mapping[str, str] = field(default_factory=dict)
    sessions: Mapping[int, tuple[datetime, int]] = field(default_factory=dict)
    is_invited: bool = False
    organizer: Mailbox | None = None
    is_staff: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a message about an appointment; nothing of it shows where the value is printed.

    `address` is a mail address, or a number in E.164 where the message is a text; alert recipients have no names.
    """

    address: str = field(repr=False)
    locale: str
    first_name: str = field(default="", repr=False)
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class VisitLetter:
    """One message about an appointment with its reader, how the appointment stands now, and the names behind the keys.

    `is_in_calendar`: the reader's calendar may hold this appointment. `is_in_kareo`: its practice works in Kareo.
    """

    message_id: str
    kind: MessageKind
    fields: Mapping[str, Evidence]
    reader: Reader
    appointment_id: int
    visit: Standing
    practice_name: str
    zone: str
    provider: str = field(default="", repr=False)
    location: str = ""
    link: str = ""
    forms: tuple[str, ...] = ()
    is_in_calendar: bool = False
    is_in_kareo: bool = False


@dataclass(frozen=True, slots=True)
class DigestLetter:
    """One person's digest of a day with its lines as they stand now; without a coach the reader is one of us."""

    message_id: str
    kind: MessageKind
    recipient: Mailbox
    locale: str
    practice_name: str
    zone: str
    link: str
    lines: tuple[Line, ...]
    coach: Mailbox | None = None


@dataclass(frozen=True, slots=True)
class FeedbackLetter:
    """One request for feedback, or an answer to a text that stops, starts or asks for help (F-206).

    `link` and `stop_link` hold tokens. `number` counts the attempts from 1. `stop_address` is read by us for opting
    out; it may be empty. `postal_address` is the practice's own; without it ours stands in the mail (F-207). `words`
    are what a person answers to a text; `is_test` marks what somebody sends to oneself, to see how an attempt looks.
    """

    message_id: str
    kind: MessageKind
    reader: Reader
    practice_name: str
    link: str = field(default="", repr=False)
    number: int = 1
    is_last: bool = False
    signature: Signature = Signature.THANK_YOU_PRACTICE
    provider: str = field(default="", repr=False)
    is_sensitive: bool = False
    stop_link: str = field(default="", repr=False)
    stop_address: str = ""
    postal_address: str = ""
    is_test: bool = False
    words: str = field(default="", repr=False)
