"""Whether a message about an appointment is still wanted at the moment it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.rules.appointment_reminders import REMINDED
from models.rules.appointments import CALLED_OFF, UNDECIDED, Status
from models.rules.decisions import Evidence
from models.rules.messages import MessageKind

SUPERSEDED: Final = "superseded"
OVER: Final = "over"
DECIDED: Final = "decided"
_OF_ONE_TIME: Final = frozenset(
    {
        MessageKind.APPOINTMENT_SCHEDULED,
        MessageKind.APPOINTMENT_MOVED,
        MessageKind.APPOINTMENT_REMINDER,
        MessageKind.TELEHEALTH_REMINDER,
    }
)
_OF_ONE_SETTING: Final = {MessageKind.APPOINTMENT_REMINDER: False, MessageKind.TELEHEALTH_REMINDER: True}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an appointment stands at that moment; the start is UTC."""

    status: Status
    starts_at: datetime
    is_virtual: bool = False


def start_of(fields: Mapping[str, Evidence]) -> datetime:
    """Give the start (UTC) that an appointment had when its message was queued."""
    return datetime.fromisoformat(str(fields["starts_at"]))


def unwanted(kind: MessageKind, fields: Mapping[str, Evidence], visit: Standing, *, as_of: datetime) -> str:
    """Say why a message is no longer wanted, as a code; empty when it is.

    That a request was received is told whatever became of it since (A-26).
    """
    match kind:
        case MessageKind.REQUEST_RECEIVED:
            return ""
        case MessageKind.REQUEST_ALERT:
            return "" if visit.status in UNDECIDED else DECIDED
        case MessageKind.APPOINTMENT_DECLINED:
            return "" if visit.status in CALLED_OFF else SUPERSEDED
        case MessageKind.APPOINTMENT_CANCELLED:
            fits = visit.status in CALLED_OFF
        case _:
            fits = visit.status in REMINDED and _is_as_told(kind, fields, visit)
    if not fits:
        return SUPERSEDED
    return OVER if visit.starts_at <= as_of else ""


def _is_as_told(kind: MessageKind, fields: Mapping[str, Evidence], visit: Standing) -> bool:
    """Compare with the present time and setting (A-43); intake forms are wanted whenever the visit is."""
    is_same_time = kind not in _OF_ONE_TIME or start_of(fields) == visit.starts_at
    return is_same_time and _OF_ONE_SETTING.get(kind, visit.is_virtual) is visit.is_virtual
