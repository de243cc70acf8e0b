"""What an invitation to the portal needs to be written; lives in memory only, from the claim to the call."""

from dataclasses import dataclass, field

from models.inputs.outgoing import Mailbox
from models.rules.messages import MessageKind


@dataclass(frozen=True, slots=True)
class InvitationLetter:
    """One invitation: `link` holds its token, `days` says how long it can be used; no coach where the reader is us."""

    message_id: str
    kind: MessageKind
    recipient: Mailbox = field(repr=False)
    locale: str
    practice_name: str
    zone: str
    link: str = field(repr=False)
    days: int
    is_staff: bool
    coach: Mailbox | None = None
