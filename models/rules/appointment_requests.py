"""A patient's request: submitted, and lapsed when nobody decided before its start."""

from datetime import datetime

from models.rules.appointment_events import Submit
from models.rules.appointment_facts import Appointment, Decision, Write
from models.rules.appointment_messages import visit_fields
from models.rules.appointments import Status
from models.rules.decisions import Ask, CancelTimers, Effect, Evidence, Note, Say, SetTimer
from models.rules.messages import Channel, MessageKind
from models.rules.roles import Role

REVIEW = "review"
LAPSED = "lapsed"


def submit(request: Appointment, event: Submit) -> Decision:
    """Take a request in: it owns its slot, waits for review, and is written to the practice system (A-25, A-32)."""
    alerts = tuple(
        Say(
            MessageKind.REQUEST_ALERT,
            Role.FRONT_OFFICE,
            key=f"alert:{channel}:{key}",
            person=key,
            fields={"starts_at": request.starts_at.isoformat(), "is_virtual": request.is_virtual},
            channel=Channel(channel),
        )
        for key, channel in event.alerts
    )
    received: tuple[Effect, ...] = ()
    if request.communications.are_ours(MessageKind.REQUEST_RECEIVED):
        received = (Say(MessageKind.REQUEST_RECEIVED, Role.PATIENT, key="received", fields=visit_fields(request)),)
    effects = (
        Ask(REVIEW, Role.FRONT_OFFICE, request.starts_at),
        SetTimer("lapse", request.starts_at),
        *alerts,
        *received,
    )
    evidence: dict[str, Evidence] = {"starts_at": request.starts_at.isoformat(), "overlaps_own": event.overlaps_own}
    return Decision(notes=(Note("appointment_requested", evidence=evidence),), effects=effects, write=Write("place"))


def lapse(request: Appointment, *, as_of: datetime) -> Decision:
    """Let a request lapse whose start has passed without a decision (A-94): a task, and no message to the patient."""
    if request.status is not Status.TENTATIVE or request.starts_at > as_of or request.wanted is not None:
        return Decision()
    return Decision(
        {"status": Status.LAPSED},
        (Note("appointment_lapsed", evidence={"starts_at": request.starts_at.isoformat()}),),
        (CancelTimers("lapse"), Ask(LAPSED, Role.FRONT_OFFICE, as_of)),
    )
