"""The values of which every decision is made: timers, messages, work items, history, refusals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from models.rules.messages import Channel, MessageKind
from models.rules.roles import Party, Role

Evidence = str | int | bool | None
NOTHING: Mapping[Any, Any] = MappingProxyType({})
"""What a decision says when it says nothing; decisions are many, so they share it."""


class Process(StrEnum):
    """The long processes that share rows, events, timers, messages and work items."""

    ONBOARDING = "onboarding"
    PRACTICE = "practice"
    APPOINTMENT = "appointment"
    ENROLLMENT = "enrollment"
    FEEDBACK = "feedback"
    REPUTATION = "reputation"
    TEXTING = "texting"
    ACCESS = "access"


class SetTimer(NamedTuple):
    """Look again at `due_at` (UTC); a pending timer of the same kind and subject is replaced, whatever its number.

    A tuple, as all that sweeps make by the thousand: a frozen dataclass takes four times as long to be made.
    """

    kind: str
    due_at: datetime
    subject: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class CancelTimers:
    """Cancel open timers of a kind; an empty subject means every subject, an empty kind every timer."""

    kind: str = ""
    subject: str = ""


class Say(NamedTuple):
    """Queue one message, held while its process is paused; `key` makes it unique within its process for ever.

    The person is whoever holds the role when it is sent; `person` names one by key, whatever role that one holds then.
    It travels as the catalogue says, unless `channel` names another way.
    """

    kind: MessageKind
    to: Role
    key: str
    subject: str = ""
    person: str = ""
    fields: Mapping[str, Evidence] = NOTHING
    not_before: datetime | None = None
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Open a work item for a role; the same open key is not opened twice."""

    key: str
    role: Role
    due_at: datetime | None = None

    @property
    def party(self) -> Party:
        """Name the side that must act."""
        return self.role.party


@dataclass(frozen=True, slots=True)
class Settle:
    """Close the open work item with this key, if there is one."""

    key: str
    outcome: str = "done"


class Note(NamedTuple):
    """One line of the append-only history; evidence holds ids, enums, dates and counts, never a person."""

    kind: str
    subject: str = ""
    reason: str = ""
    evidence: Mapping[str, Evidence] = NOTHING


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that changes nothing, with a plain sentence that says what to do instead."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CancelMessages:
    """Cancel what is queued and not yet under way; what is left empty means every kind, subject or person."""

    kinds: tuple[MessageKind, ...] = ()
    subject: str = ""
    person: str = ""
    keep: tuple[MessageKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """Stop the clocks: open timers and queued messages are held (O-45)."""


@dataclass(frozen=True, slots=True)
class Release:
    """Let the clocks go on: held timers move by `shift`, held messages are queued again (O-45)."""

    shift: timedelta


@dataclass(frozen=True, slots=True)
class SettleAll:
    """Close every open work item of the process."""

    outcome: str


Change = CancelTimers | Settle | CancelMessages | Hold | Release | SettleAll
Effect = SetTimer | Say | Ask | Change
