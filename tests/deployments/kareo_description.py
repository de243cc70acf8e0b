"""Read a WSDL document into the values of our description, without any of our own tables."""

import os
from pathlib import Path
from typing import Any

from lxml import etree

from deployments.kareo_server.description import SCHEMA, Choice, Field, Interface, Name, Operation, Shape

WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
BESIDE_THE_PROJECT = Path(__file__).resolve().parents[2].parent / "shared" / "kareo" / "KareoServices.wsdl"


def real_description() -> Path | None:
    """Find the vendor's own document: where the environment says, else beside the project."""
    named = os.environ.get("GOLIVE_TEST_KAREO_WSDL")
    path = Path(named) if named else BESIDE_THE_PROJECT
    return path if path.is_file() else None


def read_interface(document: bytes) -> Interface:
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    kinds: dict[str, dict[Name, Any]] = {"complexType": {}, "simpleType": {}, "element": {}}
    for schema in root.iter(f"{{{SCHEMA}}}schema"):
        for node in schema:
            kind = etree.QName(node).localname
            if kind in kinds:
                kinds[kind][Name(schema.get("targetNamespace"), node.get("name"))] = node
    shapes = {name: _shape(name, node) for name, node in kinds["complexType"].items()}
    choices = {name: _choice(name, node) for name, node in kinds["simpleType"].items()}
    operations = (_operation(root, node, kinds["element"]) for node in root.find(f"{{{WSDL}}}portType"))
    return Interface({each.name: each for each in operations if each}, shapes, choices)


def soap_actions(document: bytes) -> dict[str, str]:
    root = etree.fromstring(document)
    bound = root.find(f"{{{WSDL}}}binding").findall(f"{{{WSDL}}}operation")
    return {node.get("name"): node.find(f"{{{SOAP}}}operation").get("soapAction") for node in bound}


def guid_patterns(document: bytes) -> list[str]:
    return [node.get("value") for node in etree.fromstring(document).iter(f"{{{SCHEMA}}}pattern")]


def _shape(name: Name, node: Any) -> Shape:
    extension = next(node.iter(f"{{{SCHEMA}}}extension"), None)
    base = _qualified(extension, extension.get("base")) if extension is not None else None
    fields = tuple(_field(name.namespace, each) for each in node.iter(f"{{{SCHEMA}}}element"))
    return Shape(name, fields, base)


def _field(namespace: str, node: Any) -> Field:
    return Field(
        name=Name(namespace, node.get("name")),
        type=_qualified(node, node.get("type")),
        required=node.get("minOccurs") != "0",
        nillable=node.get("nillable") == "true",
        many=node.get("maxOccurs") == "unbounded",
    )


def _choice(name: Name, node: Any) -> Choice:
    return Choice(name, tuple(each.get("value") for each in node.iter(f"{{{SCHEMA}}}enumeration")))


def _operation(root: Any, node: Any, elements: dict[Name, Any]) -> Operation | None:
    """Read an operation; one whose elements are not named as ours all are cannot be told by an Operation."""
    given = _only(root, node, "input", elements)
    answered = _only(root, node, "output", elements)
    operation = Operation(node.get("name"), given.type, answered.type)
    return operation if (operation.given, operation.answered) == (given, answered) else None


def _only(root: Any, operation: Any, direction: str, elements: dict[Name, Any]) -> Field:
    """Give the one field within the one element of a message."""
    message = operation.find(f"{{{WSDL}}}{direction}").get("message").partition(":")[2]
    part = root.find(f"{{{WSDL}}}message[@name='{message}']").find(f"{{{WSDL}}}part")
    name = _qualified(part, part.get("element"))
    (node,) = [each for each in elements[name].iter(f"{{{SCHEMA}}}element") if each is not elements[name]]
    return _field(name.namespace, node)


def _qualified(node: Any, value: str) -> Name:
    prefix, _, local = value.rpartition(":")
    return Name(node.nsmap[prefix or None], local)
