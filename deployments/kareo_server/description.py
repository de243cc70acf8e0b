"""Kareo's interface as values: the operations and types that are used here, read from plain tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from deployments.kareo_server import shapes
from deployments.kareo_server.columns import COLUMNS, PATIENT_CASE_COLUMNS, PATIENT_COLUMNS

KAREO: Final = "http://www.kareo.com/api/schemas/"
BARE: Final = "http://www.kareo.com/api/schemas"
ARRAYS: Final = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
SERIALIZATION: Final = "http://schemas.microsoft.com/2003/10/Serialization/"
SERVICE: Final = "http://schemas.datacontract.org/2004/07/KareoServicesWCF"
SYSTEM: Final = "http://schemas.datacontract.org/2004/07/System"
SCHEMA: Final = "http://www.w3.org/2001/XMLSchema"

PLAIN: Final = frozenset({"string", "boolean", "int", "long", "dateTime"})
_NAMESPACE_OF_CHOICE: Final = {
    "EPSDTReasonCode": SERVICE,
    "GenderCode": SERVICE,
    "Relationship": SERVICE,
    "EmploymentStatusCode": SERVICE,
    "DayOfWeek": SYSTEM,
}


class Name(NamedTuple):
    """A name in its namespace."""

    namespace: str
    local: str


@dataclass(frozen=True, slots=True)
class Field:
    """One element of a type; on the wire it is in the namespace of the type that declares it."""

    name: Name
    type: Name
    required: bool = False
    nillable: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A type of several fields, in order; those of its base come first."""

    name: Name
    fields: tuple[Field, ...]
    base: Name | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A type that is one word of a list."""

    name: Name
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: the types of its request and of its result."""

    name: str
    request: Name
    result: Name

    @property
    def answer(self) -> str:
        """The element that answers."""
        return f"{self.name}Response"

    @property
    def given(self) -> Field:
        """The only element within the call."""
        return Field(Name(KAREO, "request"), self.request, nillable=True)

    @property
    def answered(self) -> Field:
        """The only element within the answer."""
        return Field(Name(KAREO, f"{self.name}Result"), self.result, nillable=True)

    @property
    def action(self) -> str:
        """The value of the HTTP header SOAPAction."""
        return f"{KAREO}KareoServices/{self.name}"


@dataclass(frozen=True, slots=True)
class Interface:
    """The whole of what is described."""

    operations: dict[str, Operation]
    shapes: dict[Name, Shape]
    choices: dict[Name, Choice]

    def fields(self, name: Name) -> tuple[Field, ...]:
        """List the fields of a type in the order of the wire, its base's first."""
        shape = self.shapes[name]
        return (*(self.fields(shape.base) if shape.base else ()), *shape.fields)


_OPERATIONS: Final = (
    "GetPractices GetProviders GetServiceLocations GetPatient GetPatients CreatePatient UpdatePatientsExternalID "
    "RegisterExternalVendor GetExternalVendors GetAppointment GetAppointments CreateAppointment UpdateAppointment "
    "DeleteAppointment GetCharges GetTransactions GetPayments"
)
_OTHER_RESULTS: Final = {"CreatePatient": "ModifyPatientResp"}
_GUID: Final = Name(SERIALIZATION, "guid")


def describe() -> Interface:
    """Read the tables into one interface; a type that is named but not described raises KeyError."""
    lines = list(_lines())
    choices = {name: Choice(name, tuple(words.split())) for name, words in _choices()}
    known = {name.local: name for name in choices} | {head.local: head for head, _, _ in lines} | {"guid": _GUID}
    found = {
        head: Shape(head, tuple(_field(word, head, known) for word in words), known[base] if base else None)
        for head, base, words in lines
    }
    for name in [name for name in known.values() if name.local.startswith("ArrayOf")]:
        found[name] = _array(name, known)
    operations = (
        Operation(word, known[f"{word}Req"], known[_OTHER_RESULTS.get(word, f"{word}Resp")])
        for word in _OPERATIONS.split()
    )
    return Interface({each.name: each for each in operations}, found, choices)


def _lines() -> Iterator[tuple[Name, str, list[str]]]:
    tables = (shapes.COMMON, shapes.ACCOUNT, shapes.PATIENTS, shapes.APPOINTMENTS)
    for namespace, table in [*((KAREO, table) for table in tables), (BARE, shapes.LOCATIONS)]:
        for line in table.replace("\n  ", " ").strip().splitlines():
            head, _, words = line.partition(":")
            name, _, base = head.partition(" < ")
            yield Name(namespace, name), base, words.split()
    for each, columns in COLUMNS.items():
        yield from _list_of(each, columns.split(), columns.split())
    answered = sorted([*PATIENT_COLUMNS.split(), "Cases:ArrayOfPatientCaseData"])
    yield from _list_of("Patient", sorted([*PATIENT_COLUMNS.split(), *PATIENT_CASE_COLUMNS.split()]), answered)


def _list_of(each: str, named: list[str], answered: list[str]) -> Iterator[tuple[Name, str, list[str]]]:
    namespace = BARE if each == "ServiceLocation" else KAREO
    yield Name(namespace, f"{each}FieldsToReturn"), "", [f"{name}:boolean" for name in named]
    yield Name(namespace, f"{each}Data"), "", answered


def _choices() -> Iterator[tuple[Name, str]]:
    for local, words in shapes.CHOICES.items():
        yield Name(_NAMESPACE_OF_CHOICE.get(local, KAREO), local), words


def _field(word: str, owner: Name, known: dict[str, Name]) -> Field:
    required, many, may_be_empty = "!" in word, "*" in word, "?" in word
    name, _, local = word.rstrip("!*?").partition(":")
    kind = _type(local or "string", known)
    is_value = kind.local in shapes.CHOICES or kind == _GUID or (kind.namespace == SCHEMA and kind.local != "string")
    return Field(Name(owner.namespace, name), kind, required, may_be_empty or not is_value, many)


def _type(local: str, known: dict[str, Name]) -> Name:
    if local in PLAIN:
        return Name(SCHEMA, local)
    if local.startswith("ArrayOf") and local not in known:
        element = local.removeprefix("ArrayOf")
        known[local] = Name(ARRAYS if element in PLAIN else known[element].namespace, local)
    return known[local]


def _array(name: Name, known: dict[str, Name]) -> Shape:
    element = name.local.removeprefix("ArrayOf")
    return Shape(name, (_field(f"{element}:{element}*", name, known),))


INTERFACE: Final = describe()
