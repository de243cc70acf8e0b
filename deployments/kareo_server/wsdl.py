"""The description that clients load, rendered from our tables as one WSDL 1.1 document with its schemas."""

from collections.abc import Iterator
from html import escape
from typing import Final

from deployments.kareo_server.description import (
    ARRAYS,
    BARE,
    KAREO,
    SCHEMA,
    SERIALIZATION,
    SERVICE,
    SYSTEM,
    Field,
    Interface,
    Name,
    Operation,
    Shape,
)

WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
SOAP: Final = "http://schemas.xmlsoap.org/wsdl/soap/"
HTTP_TRANSPORT: Final = "http://schemas.xmlsoap.org/soap/http"
GUID_PATTERN: Final = r"[\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}"
_OURS: Final = {
    KAREO: "tns",
    BARE: "bare",
    ARRAYS: "arrays",
    SERIALIZATION: "ser",
    SERVICE: "service",
    SYSTEM: "system",
}
_PREFIXES: Final = {**_OURS, WSDL: "wsdl", SOAP: "soap", SCHEMA: "xs"}
_SERVICE: Final = "KareoServices"
_BINDING: Final = "BasicHttpBinding_KareoServices"


def render(interface: Interface, address: str) -> bytes:
    """Write the whole description; `address` is where the service answers."""
    operations = list(interface.operations.values())
    prefixes = " ".join(f'xmlns:{prefix}="{namespace}"' for namespace, prefix in _PREFIXES.items())
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<wsdl:definitions {prefixes} name="{_SERVICE}" targetNamespace="{KAREO}">',
        "<wsdl:types>",
        *(line for namespace in _OURS for line in _schema(namespace, interface)),
        "</wsdl:types>",
        *(line for operation in operations for line in _messages(operation)),
        f'<wsdl:portType name="{_SERVICE}">',
        *(line for operation in operations for line in _abstract(operation)),
        "</wsdl:portType>",
        f'<wsdl:binding name="{_BINDING}" type="tns:{_SERVICE}"><soap:binding transport="{HTTP_TRANSPORT}"/>',
        *(line for operation in operations for line in _bound(operation)),
        "</wsdl:binding>",
        f'<wsdl:service name="{_SERVICE}"><wsdl:port name="{_BINDING}" binding="tns:{_BINDING}">',
        f'<soap:address location="{escape(address)}"/></wsdl:port></wsdl:service>',
        "</wsdl:definitions>",
    ]
    return "\n".join(lines).encode()


def _schema(namespace: str, interface: Interface) -> Iterator[str]:
    yield f'<xs:schema elementFormDefault="qualified" targetNamespace="{namespace}">'
    yield from (f'<xs:import namespace="{other}"/>' for other in _OURS if other != namespace)
    if namespace == KAREO:
        for operation in interface.operations.values():
            yield from _element(operation.name, operation.given)
            yield from _element(operation.answer, operation.answered)
    if namespace == SERIALIZATION:
        yield from _simple("guid", f'<xs:pattern value="{GUID_PATTERN}"/>')
    for choice in interface.choices.values():
        if choice.name.namespace == namespace:
            words = "".join(f'<xs:enumeration value="{word}"/>' for word in choice.words)
            yield from _simple(choice.name.local, words)
    for shape in interface.shapes.values():
        if shape.name.namespace == namespace:
            yield from _complex(shape)
    yield "</xs:schema>"


def _element(name: str, field: Field) -> Iterator[str]:
    yield f'<xs:element name="{name}"><xs:complexType><xs:sequence>'
    yield _field(field)
    yield "</xs:sequence></xs:complexType></xs:element>"


def _simple(name: str, content: str) -> Iterator[str]:
    yield f'<xs:simpleType name="{name}"><xs:restriction base="xs:string">{content}</xs:restriction></xs:simpleType>'


def _complex(shape: Shape) -> Iterator[str]:
    yield f'<xs:complexType name="{shape.name.local}">'
    if shape.base:
        yield f'<xs:complexContent><xs:extension base="{_qualified(shape.base)}">'
    yield "<xs:sequence>"
    yield from (_field(field) for field in shape.fields)
    yield "</xs:sequence>"
    if shape.base:
        yield "</xs:extension></xs:complexContent>"
    yield "</xs:complexType>"


def _field(field: Field) -> str:
    marks = ("" if field.required else ' minOccurs="0"') + (' maxOccurs="unbounded"' if field.many else "")
    marks += ' nillable="true"' if field.nillable else ""
    return f'<xs:element name="{field.name.local}" type="{_qualified(field.type)}"{marks}/>'


def _qualified(name: Name) -> str:
    return f"{_PREFIXES[name.namespace]}:{name.local}"


def _messages(operation: Operation) -> Iterator[str]:
    for direction, element in (("Input", operation.name), ("Output", operation.answer)):
        yield f'<wsdl:message name="{_SERVICE}_{operation.name}_{direction}Message">'
        yield f'<wsdl:part name="parameters" element="tns:{element}"/></wsdl:message>'


def _abstract(operation: Operation) -> Iterator[str]:
    message = f"tns:{_SERVICE}_{operation.name}"
    yield f'<wsdl:operation name="{operation.name}"><wsdl:input message="{message}_InputMessage"/>'
    yield f'<wsdl:output message="{message}_OutputMessage"/></wsdl:operation>'


def _bound(operation: Operation) -> Iterator[str]:
    yield f'<wsdl:operation name="{operation.name}">'
    yield f'<soap:operation soapAction="{operation.action}" style="document"/>'
    yield '<wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>'
    yield "</wsdl:operation>"
