"""What FHIR R4 says about Appointment and Bundle, written down to be checked without a network (hl7.org/fhir/R4)."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

Check = Callable[[Any], bool]

ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
INSTANT: Final = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:\d\d)"
)
REFERENCE: Final = re.compile(r"(Patient|Practitioner|Location)/[A-Za-z0-9\-.]{1,64}")
STATUSES: Final = frozenset(
    [
        "proposed",
        "pending",
        "booked",
        "arrived",
        "fulfilled",
        "cancelled",
        "noshow",
        "entered-in-error",
        "checked-in",
        "waitlist",
    ]
)
PARTICIPATION: Final = frozenset({"accepted", "declined", "tentative", "needs-action"})
REQUIRED: Final = frozenset({"required", "optional", "information-only"})
ACTORS: Final = frozenset(
    {"Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Device", "HealthcareService", "Location"}
)


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_positive(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def is_absolute(value: Any) -> bool:
    return is_text(value) and bool(urlsplit(value).scheme)


def matches(form: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def one_of(words: frozenset[str]) -> Check:
    return lambda value: value in words


# element: (fewest, most, check of one value); most above 1 means a list
Elements = Mapping[str, tuple[int, int, Callable[[Any], Iterator[str]]]]


def plain(check: Check) -> Callable[[Any], Iterator[str]]:
    def complain(value: Any) -> Iterator[str]:
        if not check(value):
            yield f"has the value {value!r}"

    return complain


def part(elements: Elements) -> Callable[[Any], Iterator[str]]:
    return lambda value: complaints(value, elements)


def complaints(value: Any, elements: Elements) -> Iterator[str]:
    """Name what an element has that it must not have, lacks, or has in another number or form."""
    if not isinstance(value, dict) or not value:
        yield "is no object with content"
        return
    yield from (f"{name} is unknown" for name in value.keys() - elements.keys())
    for name, (fewest, most, check) in elements.items():
        found = value.get(name)
        if most > 1 and found is not None and (not isinstance(found, list) or not found):
            yield f"{name} is no list with content"
            continue
        several = found if most > 1 else [found]
        several = [one for one in several or [] if one is not None]
        if not fewest <= len(several) <= most:
            yield f"{name} stands there {len(several)} times"
        yield from (f"{name}: {said}" for one in several for said in check(one))


MANY: Final = 10_000
CODING: Elements = {
    "system": (0, 1, plain(is_absolute)),
    "code": (0, 1, plain(is_text)),
    "display": (0, 1, plain(is_text)),
}
CONCEPT: Elements = {"coding": (0, MANY, part(CODING)), "text": (0, 1, plain(is_text))}
IDENTIFIER: Elements = {"system": (0, 1, plain(is_absolute)), "value": (0, 1, plain(is_text))}
ACTOR: Elements = {
    "reference": (0, 1, plain(matches(REFERENCE))),
    "type": (0, 1, plain(one_of(ACTORS))),
    "identifier": (0, 1, part(IDENTIFIER)),
    "display": (0, 1, plain(is_text)),
}
PARTICIPANT: Elements = {
    "type": (0, MANY, part(CONCEPT)),
    "actor": (0, 1, part(ACTOR)),
    "required": (0, 1, plain(one_of(REQUIRED))),
    "status": (1, 1, plain(one_of(PARTICIPATION))),
}
APPOINTMENT: Elements = {
    "resourceType": (1, 1, plain(one_of(frozenset({"Appointment"})))),
    "id": (0, 1, plain(matches(ID))),
    "meta": (0, 1, part({"versionId": (0, 1, plain(matches(ID)))})),
    "identifier": (0, MANY, part(IDENTIFIER)),
    "status": (1, 1, plain(one_of(STATUSES))),
    "serviceType": (0, MANY, part(CONCEPT)),
    "appointmentType": (0, 1, part(CONCEPT)),
    "reasonCode": (0, MANY, part(CONCEPT)),
    "start": (0, 1, plain(matches(INSTANT))),
    "end": (0, 1, plain(matches(INSTANT))),
    "minutesDuration": (0, 1, plain(is_positive)),
    "created": (0, 1, plain(matches(INSTANT))),
    "participant": (1, MANY, part(PARTICIPANT)),
}


def faults_of_appointment(resource: Any) -> Iterator[str]:
    """Name what R4 does not allow in an Appointment, its constraints app-1 to app-3 included."""
    yield from complaints(resource, APPOINTMENT)
    for participant in resource.get("participant", []):
        if not {"type", "actor"} & participant.keys():
            yield "app-1: a participant has neither type nor actor"
    if ("start" in resource) != ("end" in resource):
        yield "app-2: start and end stand there together or not at all"
    if "start" not in resource and resource.get("status") not in {"proposed", "cancelled", "waitlist"}:
        yield "app-3: only what is proposed or cancelled may lack its time"
    if resource.get("start", "") > resource.get("end", ""):
        yield "it ends before it starts"


BUNDLE: Elements = {
    "resourceType": (1, 1, plain(one_of(frozenset({"Bundle"})))),
    "type": (1, 1, plain(one_of(frozenset({"collection"})))),
    "timestamp": (0, 1, plain(matches(INSTANT))),
    "entry": (
        0,
        1_000_000,
        part({"fullUrl": (0, 1, plain(is_absolute)), "resource": (1, 1, faults_of_appointment)}),
    ),
}


def faults_of_bundle(bundle: Any) -> list[str]:
    """Name what R4 does not allow in a Bundle, with bdl-7: no address twice."""
    found = list(complaints(bundle, BUNDLE))
    addresses = [entry.get("fullUrl") for entry in bundle.get("entry", [])]
    if len(addresses) != len(set(addresses)):
        found.append("bdl-7: an address stands there twice")
    return found
