"""Kareo's records as our values, and our values as Kareo's requests."""

from collections.abc import Collection, Mapping
from datetime import timedelta, timezone
from typing import Any, Final, TypeAlias
from uuid import UUID

from models.inputs.practice_system import (
    AppointmentChange,
    NewAppointment,
    NewPatient,
    SystemAccount,
    SystemAppointment,
    SystemLocation,
    SystemPatient,
    SystemPractice,
    SystemProvider,
)
from models.rules.appointments import Status
from tasks.connectors.kareo_words import (
    NEVER,
    day_in_list,
    gender_for,
    moment_in_list,
    moment_in_record,
    notes_for,
    phone_for,
    phone_of,
    record_day,
    record_moment,
    sendable,
    sex_of,
    status_of,
    visit_in,
    word_for,
)
from tasks.connectors.ports import Rejected, Unavailable

Record: TypeAlias = Any  # what zeep reads: its types come from the service's description
Fields: TypeAlias = Mapping[str, bool]
Request: TypeAlias = dict[str, object]

_RESOURCES: Final = tuple(f"ResourceName{number}" for number in range(1, 11))


def _fields(*names: str) -> Fields:
    return dict.fromkeys(names, True)


PRACTICE_FIELDS: Final = _fields("ID", "PracticeName", "NPI", "Active")
PROVIDER_FIELDS: Final = _fields("ID", "FullName", "NationalProviderIdentifier", "Active", "Type", "PracticeID")
LOCATION_FIELDS: Final = _fields("ID", "Name", "PracticeID")
PATIENT_FIELDS: Final = _fields(
    "ID", "FirstName", "LastName", "DOB", "Gender", "EmailAddress", "MobilePhone", "PracticeId", "ZipCode"
)
APPOINTMENT_FIELDS: Final = _fields(
    "ID",
    "StartDate",
    "EndDate",
    "AllDay",
    "ConfirmationStatus",
    "CreatedDate",
    "LastModifiedDate",
    "Type",
    "PatientID",
    "PracticeID",
    "ServiceLocationName",
    "AppointmentReason1",
    "Notes",
    *_RESOURCES,
)
"""All that we ask of a list: what is not named does not come."""


def number(identity: str) -> int:
    """Read one of Kareo's ids; raises Rejected ("malformed_id") for anything else."""
    if not (identity.isascii() and identity.isdecimal()):
        raise Rejected(reason="malformed_id")
    return int(identity)


def text(value: object) -> str:
    """Say an id or a text; nothing and 0, which stand for "none", are empty."""
    return str(value).strip() if value else ""


def rows(holder: Record, kind: str) -> list[Record]:
    """Give the rows of a list, which is empty or missing when there are none."""
    return getattr(holder, kind, None) or []


def belongs(shown: object, practice: str) -> bool:
    """Say whether a row is this practice's, as far as the row and the account tell."""
    return not practice or not text(shown) or text(shown) == practice


def practice_in(row: Record) -> SystemPractice:
    """Read one row of GetPractices."""
    return SystemPractice(
        id=_identity(row.ID), name=text(row.PracticeName), npi=text(row.NPI), is_active=_is_active(row.Active)
    )


def provider_in(row: Record) -> SystemProvider:
    """Read one row of GetProviders."""
    return SystemProvider(
        id=_identity(row.ID),
        name=text(row.FullName),
        npi=text(row.NationalProviderIdentifier),
        is_active=_is_active(row.Active),
    )


def location_in(row: Record) -> SystemLocation:
    """Read one row of GetServiceLocations."""
    return SystemLocation(id=_identity(row.ID), name=text(row.Name))


def patient_in(row: Record, *, external_id: str = "") -> SystemPatient:
    """Read a patient of a list or of the single call, neither of which shows the external id that it was found by."""
    return SystemPatient(
        id=_identity(row.ID),
        first=text(row.FirstName),
        last=text(row.LastName),
        born=day_in_list(row.DOB),
        email=text(row.EmailAddress),
        mobile=phone_of(row.MobilePhone),
        sex=sex_of(row.Gender),
        external_id=external_id,
        zip_code=text(getattr(row, "ZipCode", None)),
    )


def appointment_in_list(row: Record, offset: timezone, *, known: Collection[str] = ()) -> SystemAppointment:
    """Read one row of GetAppointments; of several resources the first that is a known provider is the provider.

    Raises:
        Unavailable: the row has no id or no readable time. It is not left out, because a missing row means "deleted".
    """
    starts_at, ends_at = moment_in_list(row.StartDate, offset), moment_in_list(row.EndDate, offset)
    if starts_at is None or ends_at is None:
        raise Unavailable(reason="malformed_answer")
    if ends_at <= starts_at and text(row.AllDay).casefold() == "true":
        ends_at = starts_at + timedelta(days=1)
    created_at = moment_in_list(row.CreatedDate, offset)
    names = [name for name in (text(getattr(row, each, None)) for each in _RESOURCES) if name]
    visit, notes = visit_in(row.Notes)
    return SystemAppointment(
        id=_identity(row.ID),
        status=status_of(row.ConfirmationStatus),
        starts_at=starts_at,
        ends_at=ends_at,
        modified_at=moment_in_list(row.LastModifiedDate, offset) or created_at or NEVER,
        provider=next((name for name in names if name in known), names[0] if names else ""),
        location=text(row.ServiceLocationName),
        patient=text(row.PatientID),
        word=text(row.ConfirmationStatus),
        reason=text(row.AppointmentReason1),
        visit=visit,
        notes=notes,
        by_name=True,
        is_group=_is_group_in_list(row),
        created_at=created_at,
    )


def appointment_in_record(record: Record) -> SystemAppointment:
    """Read the answer of a single call; one without an id or times raises Unavailable."""
    starts_at, ends_at = moment_in_record(record.StartTime), moment_in_record(record.EndTime)
    if starts_at is None or ends_at is None:
        raise Unavailable(reason="malformed_answer")
    created_at = moment_in_record(record.CreatedAt)
    word = text(record.AppointmentStatus)
    visit, notes = visit_in(record.Notes)
    is_group = bool(record.IsGroupAppointment) or len(rows(record.PatientSummaries, "GroupPatientSummary")) > 1
    return SystemAppointment(
        id=_identity(record.AppointmentId),
        status=Status.DELETED if record.IsDeleted else status_of(word),
        starts_at=starts_at,
        ends_at=ends_at,
        modified_at=moment_in_record(record.UpdatedAt) or created_at or NEVER,
        provider=text(record.ProviderId) or text(record.ResourceId) or next(map(text, _resource_ids(record)), ""),
        location=text(record.ServiceLocationId),
        patient=text(_patient_of(record)),
        word=word,
        reason=text(record.AppointmentReasonId),
        visit=visit,
        key=_key(record.AppointmentUUID),
        notes=notes,
        is_group=is_group,
        created_at=created_at,
    )


def patient_to_create(new: NewPatient, account: SystemAccount) -> Request:
    """Say a new patient; our own id goes along, by which a lost answer is looked up."""
    return {
        "FirstName": sendable(new.first),
        "LastName": sendable(new.last),
        "DateofBirth": record_day(new.born),
        "Gender": gender_for(new.sex),
        "EmailAddress": sendable(new.email) or None,
        "MobilePhone": phone_for(new.mobile) or None,
        "PatientExternalID": new.external_id,
        "ExternalVendorID": account.vendor_number,
        "Practice": {"PracticeID": number(account.system_practice), "PracticeName": account.system_name or None},
    }


def patient_as_told(new: NewPatient, identity: str) -> SystemPatient:
    """Give a patient that was made but could not be read back: what we said, and the id that was answered."""
    return SystemPatient(
        id=identity,
        first=new.first,
        last=new.last,
        born=new.born,
        email=new.email,
        mobile=new.mobile,
        sex=new.sex,
        external_id=new.external_id,
    )


def appointment_to_create(new: NewAppointment, practice: int) -> Request:
    """Say a new appointment of one patient; the patient's words arrive as "Note from Patient" (A-36)."""
    return {
        "PracticeId": practice,
        "ServiceLocationId": number(new.location),
        "ProviderId": number(new.provider),
        "PatientSummary": {"PatientId": number(new.patient), "PracticeId": practice},
        "AppointmentStatus": word_for(new.status),
        "AppointmentType": "P",
        "AppointmentUUID": str(new.key),
        "AppointmentName": sendable(new.name) or None,
        "AppointmentReasonId": number(new.reason_id) if new.reason_id else None,
        "StartTime": record_moment(new.starts_at),
        "EndTime": record_moment(new.ends_at),
        "Notes": sendable(notes_for(new.notes, new.visit)) or None,
        "IsGroupAppointment": False,
        "IsRecurring": False,
        "MaxAttendees": 1,
        "WasCreatedOnline": True,
    }


def appointment_to_update(change: AppointmentChange, current: Record) -> Request:
    """Say a changed appointment: what the change leaves empty or cannot name stays as Kareo has it now."""
    provider = number(change.provider) if change.provider else current.ProviderId
    notes = change.notes or visit_in(current.Notes)[1]
    return {
        "AppointmentId": number(change.id),
        "AppointmentName": sendable(change.name) or current.AppointmentName or "",
        "AppointmentReasonId": number(change.reason_id) if change.reason_id else current.AppointmentReasonId or 0,
        "AppointmentStatus": word_for(change.status, current.AppointmentStatus, change.word),
        "StartTime": record_moment(change.starts_at),
        "EndTime": record_moment(change.ends_at),
        "Notes": sendable(notes_for(notes, change.visit)) or None,
        "PatientId": number(change.patient) if change.patient else _patient_of(current) or 0,
        "ProviderId": provider,
        "ServiceLocationId": number(change.location) if change.location else current.ServiceLocationId,
        "MaxAttendees": current.MaxAttendees or 1,
        **_kept(current),
        **_resources_with(provider, current),
    }


def _kept(current: Record) -> Request:
    """Give what we never change, so that replacing does not wipe it."""
    return {
        "InsurancePolicyAuthorizationId": current.InsurancePolicyAuthorizationId,
        "IsGroupAppointment": current.IsGroupAppointment,
        "IsRecurring": current.IsRecurring,
        "OccurrenceId": current.OccurrenceId,
        "PatientCaseId": current.PatientCaseId,
    }


def _resources_with(provider: int | None, current: Record) -> Request:
    """Give the resources as they are, a new provider in the place of the old one."""
    before = current.ProviderId or 0
    single = current.ResourceId or 0
    several = [provider if before and each == before else each for each in _resource_ids(current)]
    return {
        "ResourceId": provider if before and single == before else single,
        "ResourceIds": {"long": several} if several else None,
    }


def _resource_ids(record: Record) -> list[int]:
    return rows(record.ResourceIds, "long")


def _patient_of(record: Record) -> int | None:
    return getattr(record.PatientSummary, "PatientId", None)


def _is_group_in_list(row: Record) -> bool:
    """Tell a group: lists have no flag for it, but an appointment for patients that names no patient is one."""
    kind = text(row.Type).casefold()
    return kind.startswith("g") or (kind.startswith("p") and not text(row.PatientID))


def _key(shown: object) -> UUID | None:
    try:
        return UUID(text(shown))
    except ValueError:
        return None


def _identity(shown: object) -> str:
    identity = text(shown)
    if not identity:
        raise Unavailable(reason="malformed_answer")
    return identity


def _is_active(shown: object) -> bool:
    return text(shown).casefold() not in ("false", "0", "no", "inactive")
