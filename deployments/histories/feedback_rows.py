"""The rows of a practice that asks for feedback, as its store of dictionaries keeps them."""

from dataclasses import dataclass
from datetime import datetime

from deployments.histories.feedback_script import Record
from models.rules.appointments import Status
from models.rules.decisions import Say
from models.rules.messages import Channel
from models.tables.messages import MessageState


@dataclass(slots=True)
class Message:
    """One message of the outbox."""

    id: int
    request: int
    say: Say
    channel: Channel
    due_at: datetime
    state: MessageState = MessageState.PENDING
    on_retry: MessageState = MessageState.PENDING
    lease_until: datetime | None = None
    attempts: int = 0
    outcome: str = ""
    is_settled: bool = False

    @property
    def needed_at(self) -> datetime | None:
        """Say when a worker has to look at it next."""
        if self.state is MessageState.PENDING or (self.state is MessageState.UNKNOWN and not self.is_settled):
            return self.due_at
        return self.lease_until


@dataclass(slots=True)
class Booked:
    """One visit as the practice system showed it last."""

    record: Record
    starts_at: datetime
    status: Status | None = None
    modified_at: datetime | None = None
    checked_out_at: datetime | None = None
    epoch: int = 0
