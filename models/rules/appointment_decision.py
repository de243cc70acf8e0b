"""The one question about an appointment: given what happened, what becomes of it?"""

from datetime import datetime
from typing import Final

from models.rules.appointment_commands import decide_command
from models.rules.appointment_events import (
    Absent,
    CancelInPortal,
    DeleteInPortal,
    Due,
    Event,
    Refused,
    Replaced,
    Seen,
    Submit,
    Unsure,
)
from models.rules.appointment_facts import Appointment, Decision
from models.rules.appointment_portal import cancel_in_portal, delete_in_portal
from models.rules.appointment_reminders import remind
from models.rules.appointment_requests import lapse, submit
from models.rules.appointment_seen import absent, refused, replaced, seen, unsure
from models.rules.decisions import Refusal

LAPSE: Final = "lapse"
REMINDER: Final = "reminder"
APPOINTMENT_TIMERS: Final = frozenset({LAPSE, REMINDER})


def decide(appointment: Appointment, event: Event, *, as_of: datetime) -> Decision | Refusal:
    """Say what becomes of an appointment when something happens at the moment `as_of` (UTC).

    Only people's commands are refused. What the practice system shows is taken as it is (A-76), and a timer that no
    longer fits leads to nothing.
    """
    match event:
        case Submit():
            return submit(appointment, event)
        case Seen():
            return seen(appointment, event, as_of=as_of)
        case Absent():
            return absent(appointment, as_of=as_of)
        case Refused():
            return refused(event, as_of=as_of)
        case Unsure():
            return unsure(event, as_of=as_of)
        case Replaced():
            return replaced(as_of=as_of)
        case Due():
            return _due(appointment, event, as_of=as_of)
        case CancelInPortal():
            return cancel_in_portal(appointment, as_of=as_of)
        case DeleteInPortal():
            return delete_in_portal(appointment, as_of=as_of)
        case _:
            return decide_command(appointment, event, as_of=as_of)


def _due(appointment: Appointment, event: Due, *, as_of: datetime) -> Decision:
    match event.kind:
        case "lapse":
            return lapse(appointment, as_of=as_of)
        case "reminder":
            return remind(appointment, event, as_of=as_of)
        case _:
            return Decision()
