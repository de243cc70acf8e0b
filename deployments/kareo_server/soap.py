"""SOAP 1.1 in both directions: requests read strictly by our description, answers written by it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from html import escape
from typing import Any, Final, TypeAlias
from uuid import UUID

from lxml import etree

from deployments.kareo_server.description import INTERFACE, KAREO, SERIALIZATION, Field, Name, Operation

Value: TypeAlias = Any  # a text, number, truth, moment, id, mapping of fields, or a list of these: the type decides
Record: TypeAlias = dict[str, Value]
_Node: TypeAlias = Any  # lxml has no types

ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LEAVES_OUT: Final = ("Data", "Res", "ModifyPatientResp")
"""Types whose names end so leave out what is empty; all others write it as nil."""
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}
_NIL: Final = frozenset({"true", "1"})


class NotReadableError(ValueError):
    """A request that the description does not allow; the text names elements, never their content."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: which operation, and what it was given."""

    operation: Operation
    given: Record = field(repr=False)


def read(body: bytes) -> Request:
    """Read one request; what the description does not allow raises NotReadableError."""
    if _DOCTYPE.search(body):
        message = "A document type is not allowed in a SOAP message."
        raise NotReadableError(message)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        message = "The request is not well-formed XML."
        raise NotReadableError(message)
    call = _call(root)
    operation = INTERFACE.operations[etree.QName(call).localname]
    return Request(operation, _children(call, (operation.given,)).get("request") or {})


def _call(root: _Node) -> _Node:
    bodies = root.findall(f"{{{ENVELOPE}}}Body")
    if root.tag != f"{{{ENVELOPE}}}Envelope" or len(bodies) != 1 or len(bodies[0]) != 1:
        message = "The request is not a SOAP 1.1 envelope with one body and one call."
        raise NotReadableError(message)
    call = bodies[0][0]
    if _name(call).namespace != KAREO or _name(call).local not in INTERFACE.operations:
        message = "The call is not an operation of this service."
        raise NotReadableError(message)
    return call


def _name(node: _Node) -> Name:
    name = etree.QName(node)
    return Name(name.namespace or "", name.localname)


def _children(node: _Node, fields: tuple[Field, ...]) -> Record:
    """Read an element's children, which come in the order of the fields."""
    found: Record = {}
    place = 0
    for child in node:
        name = _name(child)
        place = next((at for at in range(place, len(fields)) if fields[at].name == name), len(fields))
        if place == len(fields):
            message = f"The element {name.local} is unknown, in another namespace or not in its place."
            raise NotReadableError(message)
        expected = fields[place]
        value = _value(child, expected)
        if expected.many:
            found.setdefault(name.local, []).append(value)
        else:
            found[name.local] = value
            place += 1
    for expected in fields:
        if expected.required and expected.name.local not in found:
            message = f"The element {expected.name.local} is missing."
            raise NotReadableError(message)
    return found


def _value(node: _Node, expected: Field) -> Value:
    if node.get(f"{{{INSTANCE}}}nil") in _NIL and expected.nillable:
        return None
    if expected.type in INTERFACE.shapes:
        return _children(node, _layout(expected.type)[0])
    try:
        return _plain(node.text or "", expected.type)
    except (KeyError, ValueError):
        message = f"The element {expected.name.local} does not hold a value of its type."
        raise NotReadableError(message) from None


def _plain(text: str, kind: Name) -> Value:
    """Read one plain value; a moment without a zone is in UTC."""
    if kind in INTERFACE.choices:
        return INTERFACE.choices[kind].words[INTERFACE.choices[kind].words.index(text.strip())]
    if kind.namespace == SERIALIZATION:
        return str(UUID(text.strip()))
    match kind.local:
        case "boolean":
            return _TRUTHS[text.strip()]
        case "int" | "long":
            return int(text)
        case "dateTime":
            moment = datetime.fromisoformat(text.strip())
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return text


def write(operation: Operation, result: Record) -> bytes:
    """Write the answer of one operation."""
    content = _written(KAREO, operation.answered, result)
    return _envelope(f'<{operation.answer} xmlns="{KAREO}">{content}</{operation.answer}>')


def write_fault(code: str, message: str) -> bytes:
    """Write a SOAP Fault; `code` is what comes behind the colon of WCF's fault codes."""
    return _envelope(
        f"<s:Fault><faultcode>s:{escape(code)}</faultcode><faultstring>{escape(message)}</faultstring></s:Fault>"
    )


def _envelope(content: str) -> bytes:
    head = f'<s:Envelope xmlns:s="{ENVELOPE}" xmlns:i="{INSTANCE}"><s:Body>'
    return f'<?xml version="1.0" encoding="utf-8"?>{head}{content}</s:Body></s:Envelope>'.encode()


def _written(within: str, wanted: Field, value: Value, *, spelled_out: bool = True) -> str:
    """Write one element, or as many as it may come; its namespace is told where it is not that of its surroundings."""
    space, name = wanted.name
    told = "" if space == within else f' xmlns="{space}"'
    if value is None:
        return f'<{name}{told} i:nil="true"/>' if spelled_out and wanted.nillable else ""
    each_value = value if wanted.many else (value,)
    return "".join([f"<{name}{told}>{_content(space, wanted.type, each)}</{name}>" for each in each_value])


def _content(within: str, kind: Name, value: Value) -> str:
    if kind not in INTERFACE.shapes:
        return _text(value)
    fields, names, spelled_out = _layout(kind)
    if not value.keys() <= names:
        message = f"{kind.local} has no fields {sorted(value.keys() - names)}"
        raise KeyError(message)
    shown = fields if spelled_out else [each for each in fields if each.name.local in value]
    return "".join([_written(within, each, value.get(each.name.local), spelled_out=spelled_out) for each in shown])


@cache
def _layout(kind: Name) -> tuple[tuple[Field, ...], frozenset[str], bool]:
    """Give a type's fields, their names, and whether it writes what is empty."""
    fields = INTERFACE.fields(kind)
    return fields, frozenset(each.name.local for each in fields), not kind.local.endswith(_LEAVES_OUT)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _moment(value)
    return escape(_NOT_XML.sub("", str(value)))


def _moment(value: datetime) -> str:
    """Write a moment in UTC to the millisecond, and one without a zone as a local day."""
    if value.tzinfo is None:
        return value.isoformat(timespec="seconds")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
