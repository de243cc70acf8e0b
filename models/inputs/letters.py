"""Everything that one message needs to be written; lives in memory only, from the claim to the call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from models.inputs.outgoing import Mailbox
from models.rules.decisions import Evidence
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
