"""What patients are told about an appointment, where this system is the sender (A-84, A-105)."""

from models.rules.appointment_facts import Appointment
from models.rules.decisions import Evidence, Say
from models.rules.messages import MessageKind
from models.rules.roles import Role


def visit_fields(visit: Appointment, *, sequence: int = 0) -> dict[str, Evidence]:
    """Give the fields that every message about a visit may use; `sequence` counts its changes, for calendars."""
    return {
        "starts_at": visit.starts_at.isoformat(),
        "minutes": visit.minutes,
        "is_virtual": visit.is_virtual,
        "sequence": sequence,
    }


def tell_patient(visit: Appointment, kind: MessageKind, *, key: str) -> tuple[Say, ...]:
    """Tell the patient something, if this system is the one to tell it; the key makes it happen once."""
    if not visit.communications.are_ours(kind) or visit.patient_id is None:
        return ()
    fields = visit_fields(visit, sequence=visit.version)
    return (Say(kind, Role.PATIENT, key=f"{kind}:{key}", fields=fields),)
