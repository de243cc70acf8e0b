"""Appointments in two systems: the words of both sides, and the constants that the documents name."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

HOLD: Final = timedelta(minutes=10)
"""How long a slot is held while the patient fills in the form (A-92)."""
LONGEST_HOLD: Final = timedelta(minutes=20)
LONGEST_APPOINTMENT: Final = timedelta(hours=12)


class Status(StrEnum):
    """Where an appointment stands; the status map in the documentation compares the words of all sides."""

    TENTATIVE = "tentative"
    LAPSED = "lapsed"
    CONFIRMED = "confirmed"
    RESCHEDULED = "rescheduled"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    NO_SHOW = "no_show"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    DELETED = "deleted"


UNDECIDED: Final = frozenset({Status.TENTATIVE, Status.LAPSED})
LIVE: Final = frozenset({Status.CONFIRMED, Status.RESCHEDULED, Status.CHECKED_IN, Status.CHECKED_OUT})
CALLED_OFF: Final = frozenset({Status.DECLINED, Status.CANCELLED, Status.DELETED})
KEEPS_TIME: Final = frozenset({Status.TENTATIVE, *LIVE})
"""While an appointment stands so, its provider's time is taken (A-31, A-59, A-93)."""


class Origin(StrEnum):
    """Where an appointment came from (A-46)."""

    WIDGET = "widget"
    KAREO = "kareo"
    OTHER = "other"


class PatientType(StrEnum):
    """Whether the practice knew the patient when the appointment was made (A-46)."""

    NEW = "new"
    RETURNING = "returning"


class PortalStatus(StrEnum):
    """What PatientPop shows (A-46, A-47)."""

    PENDING = "Pending Request"
    BOOKED = "Booked"
    CANCELED = "Canceled"


class FhirStatus(StrEnum):
    """The status of a FHIR R4 Appointment."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    CHECKED_IN = "checked-in"
    FULFILLED = "fulfilled"
    NO_SHOW = "noshow"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"


PORTAL: Final = {
    Status.TENTATIVE: PortalStatus.PENDING,
    Status.LAPSED: PortalStatus.PENDING,
    Status.CONFIRMED: PortalStatus.BOOKED,
    Status.RESCHEDULED: PortalStatus.BOOKED,
    Status.CHECKED_IN: PortalStatus.BOOKED,
    Status.CHECKED_OUT: PortalStatus.BOOKED,
    Status.NO_SHOW: PortalStatus.BOOKED,
    Status.DECLINED: PortalStatus.CANCELED,
    Status.CANCELLED: PortalStatus.CANCELED,
    Status.DELETED: PortalStatus.CANCELED,
}
"""The portal's word for each status (A-41, A-42, A-53, A-95); a lapsed request still asks for a decision (A-94)."""

FHIR: Final = {
    Status.TENTATIVE: FhirStatus.PENDING,
    Status.LAPSED: FhirStatus.PENDING,
    Status.CONFIRMED: FhirStatus.BOOKED,
    Status.RESCHEDULED: FhirStatus.BOOKED,
    Status.CHECKED_IN: FhirStatus.CHECKED_IN,
    Status.CHECKED_OUT: FhirStatus.FULFILLED,
    Status.NO_SHOW: FhirStatus.NO_SHOW,
    Status.DECLINED: FhirStatus.CANCELLED,
    Status.CANCELLED: FhirStatus.CANCELLED,
    Status.DELETED: FhirStatus.ENTERED_IN_ERROR,
}


class Sex(StrEnum):
    """What the widget asks (A-19); the practice system knows the same three."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


class DeclineReason(StrEnum):
    """Why a request was declined; a code, so that no words of a person reach a log."""

    TIME_NOT_AVAILABLE = "time_not_available"
    NOT_ACCEPTING_PATIENTS = "not_accepting_patients"
    INSURANCE_NOT_ACCEPTED = "insurance_not_accepted"
    WRONG_SERVICE = "wrong_service"
    NOT_REACHED = "patient_not_reached"
    INVALID_OR_TEST = "invalid_or_test"
    OTHER = "other"


class CancelReason(StrEnum):
    """Why a confirmed appointment was cancelled."""

    BY_PATIENT = "by_patient"
    BY_PRACTICE = "by_practice"
    MISTAKE = "mistake"


def portal_word(status: Status) -> PortalStatus:
    """Say what PatientPop shows for a status."""
    return PORTAL[status]


class Drift(StrEnum):
    """Where the two systems differ as documented, and somebody should know (A-104)."""

    CANCELLED_IN_PORTAL = "cancelled_in_portal"
    DELETED_IN_PORTAL = "deleted_in_portal"
    PATIENT_DIFFERS = "patient_differs"
    ARCHIVED_IN_PORTAL = "archived_in_portal"
    INACTIVE_IN_SYSTEM = "inactive_in_system"
    NOT_WRITTEN = "not_written"
