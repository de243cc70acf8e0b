"""Appointments as FHIR R4 resources (hl7.org/fhir/R4/appointment.html), without anybody's name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeAlias

import orjson

from models.rules.appointments import FHIR, UNDECIDED, Status
from models.store.exports import Exported

MEDIA_TYPE: Final = "application/fhir+json"
NPI_SYSTEM: Final = "http://hl7.org/fhir/sid/us-npi"
PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
VIRTUAL: Final = "Virtual visit"
DECLINED: Final = frozenset({Status.DECLINED, Status.CANCELLED, Status.DELETED})

Element: TypeAlias = Mapping[str, object]


class Participation(StrEnum):
    """Whether a participant has agreed to the appointment."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    NEEDS_ACTION = "needs-action"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the resources come from: the address of this installation, and the practice system's vendor."""

    address: str
    vendor: str = ""

    def namespace(self, name: str) -> str:
        """Give the system that an identifier of ours or of the practice system is unique in."""
        return f"{self.address}/fhir/identifiers/{name}"


def appointment_resource(one: Exported, source: Source) -> dict[str, object]:
    """Say one appointment as a FHIR R4 Appointment; patients are references by number only."""
    minutes = int((one.ends_at - one.starts_at).total_seconds()) // 60
    resource: dict[str, object] = {
        "resourceType": "Appointment",
        "id": str(one.number),
        "meta": {"versionId": str(one.version)},
        "identifier": _identifiers(one, source),
        "status": FHIR[one.status].value,
        "start": instant(one.starts_at),
        "end": instant(one.ends_at),
        "created": instant(one.requested_at),
        "participant": _participants(one),
    }
    if minutes > 0:
        resource["minutesDuration"] = minutes
    if one.visit_reason:
        resource["serviceType"] = [{"text": one.visit_reason}]
    if one.is_virtual:
        resource["appointmentType"] = {"text": VIRTUAL}
    if one.reason:
        resource["reasonCode"] = [{"text": one.reason}]
    return resource


def _identifiers(one: Exported, source: Source) -> list[Element]:
    found: list[Element] = [{"system": source.namespace("appointment"), "value": str(one.number)}]
    if one.system_id:
        name = f"{source.vendor or 'practice-system'}-appointment"
        found.append({"system": source.namespace(name), "value": one.system_id})
    return found


def _participants(one: Exported) -> list[Element]:
    """Name who takes part. The provider always stands there, unnamed while unknown: there must be a participant."""
    answer = _answer_of_practice(one.status)
    provider: dict[str, object] = {
        "type": [{"coding": [{"system": PARTICIPATION, "code": "PPRF", "display": "primary performer"}]}]
    }
    if one.npi:
        provider["actor"] = {"type": "Practitioner", "identifier": {"system": NPI_SYSTEM, "value": one.npi}}
    found: list[Element] = [provider | {"required": "required", "status": answer.value}]
    if one.patient is not None:
        actor = {"reference": f"Patient/{one.patient}", "type": "Patient"}
        found.insert(0, {"actor": actor, "required": "required", "status": Participation.ACCEPTED.value})
    if one.location is not None:
        place = {"reference": f"Location/{one.location}", "type": "Location", "display": one.location_name}
        found.append({"actor": {name: word for name, word in place.items() if word}, "status": answer.value})
    return found


def _answer_of_practice(status: Status) -> Participation:
    if status in UNDECIDED:
        return Participation.NEEDS_ACTION
    return Participation.DECLINED if status in DECLINED else Participation.ACCEPTED


def instant(moment: datetime) -> str:
    """Write a moment as a FHIR instant in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def collection(appointments: Iterable[Exported], source: Source, *, as_of: datetime) -> Iterator[bytes]:
    """Write a Bundle piece by piece, so that its size does not matter."""
    yield f'{{"resourceType":"Bundle","type":"collection","timestamp":"{instant(as_of)}"'.encode()
    is_first = True
    for one in appointments:
        yield b',"entry":[\n' if is_first else b",\n"
        yield orjson.dumps(
            {
                "fullUrl": f"{source.address}/fhir/Appointment/{one.number}",
                "resource": appointment_resource(one, source),
            }
        )
        is_first = False
    yield b"}\n" if is_first else b"]}\n"


def outcome(sentence: str) -> dict[str, object]:
    """Say as a FHIR OperationOutcome why nothing is given."""
    issue = {"severity": "error", "code": "invalid", "diagnostics": sentence}
    return {"resourceType": "OperationOutcome", "issue": [issue]}
