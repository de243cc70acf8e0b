"""What happens in PatientPop stays there: cancelling and deleting change nothing in the practice system."""

from datetime import datetime

from models.rules.appointment_facts import Appointment, Decision
from models.rules.appointments import CALLED_OFF, Drift, PortalStatus
from models.rules.decisions import Ask, Effect, Note, Refusal
from models.rules.roles import Role


def cancel_in_portal(visit: Appointment, *, as_of: datetime) -> Decision | Refusal:
    """Show an appointment as Canceled in PatientPop: the practice system is unchanged, no message goes out (A-50)."""
    if visit.portal_status in (None, PortalStatus.CANCELED):
        return Refusal("already_canceled", "PatientPop shows this appointment as canceled or deleted already.")
    return Decision(
        {"portal_cancelled_at": as_of},
        (Note("cancelled_in_portal"),),
        _tasks(visit, Drift.CANCELLED_IN_PORTAL, as_of),
    )


def delete_in_portal(visit: Appointment, *, as_of: datetime) -> Decision | Refusal:
    """Take an appointment out of PatientPop's lists: the practice system is unchanged (A-52)."""
    if visit.portal_status is None:
        return Refusal("already_deleted", "This appointment was deleted in PatientPop already.")
    return Decision(
        {"portal_deleted_at": as_of},
        (Note("deleted_in_portal"),),
        _tasks(visit, Drift.DELETED_IN_PORTAL, as_of),
    )


def drifts_of(visit: Appointment) -> frozenset[Drift]:
    """Say where PatientPop and the practice system differ about an appointment so that it hurts (A-104)."""
    if visit.status in CALLED_OFF:
        return frozenset()
    if visit.portal_deleted_at is not None:
        return frozenset({Drift.DELETED_IN_PORTAL})
    return frozenset({Drift.CANCELLED_IN_PORTAL}) if visit.portal_cancelled_at is not None else frozenset()


def _tasks(visit: Appointment, kind: Drift, as_of: datetime) -> tuple[Effect, ...]:
    return () if visit.status in CALLED_OFF else (Ask(f"drift.{kind}", Role.FRONT_OFFICE, as_of),)
