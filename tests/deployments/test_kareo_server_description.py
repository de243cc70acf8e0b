from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from deployments.kareo_server import wsdl
from deployments.kareo_server.description import INTERFACE, SERIALIZATION, Field, Interface, Name, Shape
from tests.deployments.kareo_description import guid_patterns, read_interface, real_description, soap_actions
from tests.kareo import running_kareo, strict_client

OURS = wsdl.render(INTERFACE, "http://127.0.0.1:1/")
OPERATIONS = {
    *("GetPractices", "GetProviders", "GetServiceLocations", "GetPatient", "GetPatients", "CreatePatient"),
    *("UpdatePatientsExternalID", "RegisterExternalVendor", "GetExternalVendors", "GetAppointment", "GetAppointments"),
    *("CreateAppointment", "UpdateAppointment", "DeleteAppointment", "GetCharges", "GetTransactions", "GetPayments"),
}


@pytest.fixture(scope="module")
def real() -> bytes:
    path = real_description()
    if path is None:
        pytest.skip("the vendor's own description is not here; GOLIVE_TEST_KAREO_WSDL may name it")
    return path.read_bytes()


@pytest.fixture(scope="module")
def real_interface(real: bytes) -> Interface:
    return read_interface(real)


def differences(ours: Interface, theirs: Interface) -> list[str]:
    """Name what we describe otherwise than they do; what we leave out whole is no difference."""
    pairs: list[tuple[dict[Any, Any], dict[Any, Any]]] = [
        (ours.operations, theirs.operations),
        (ours.shapes, theirs.shapes),
        (ours.choices, theirs.choices),
    ]
    return [str(name) for mine, other in pairs for name in mine if mine[name] != other.get(name)]


def test_every_operation_type_and_field_is_described_as_the_vendor_does(real_interface: Interface) -> None:
    assert differences(INTERFACE, real_interface) == []
    assert set(INTERFACE.operations) == OPERATIONS


def test_actions_and_the_form_of_unique_ids_are_the_vendors(real: bytes) -> None:
    theirs = soap_actions(real)
    assert soap_actions(OURS) == {name: theirs[name] for name in OPERATIONS}
    assert set(guid_patterns(OURS)) < set(guid_patterns(real))


def other_type(field: Field) -> Field:
    return replace(field, type=Name(SERIALIZATION, "guid"))


def other_name(field: Field) -> Field:
    return replace(field, name=Name(field.name.namespace, f"{field.name.local}s"))


def other_namespace(field: Field) -> Field:
    return replace(field, name=Name("http://example.com/", field.name.local))


def other_obligation(field: Field) -> Field:
    return replace(field, required=not field.required)


def other_emptiness(field: Field) -> Field:
    return replace(field, nillable=not field.nillable)


def other_count(field: Field) -> Field:
    return replace(field, many=not field.many)


@pytest.mark.parametrize(
    "change", [other_type, other_name, other_namespace, other_obligation, other_emptiness, other_count]
)
def test_no_field_can_be_described_wrongly_unseen(real_interface: Interface, change: Callable[[Field], Field]) -> None:
    for shape in INTERFACE.shapes.values():
        for place in range(len(shape.fields)):
            fields = list(shape.fields)
            fields[place] = change(fields[place])
            if fields[place] != shape.fields[place]:
                wrong = replace(INTERFACE, shapes={shape.name: replace(shape, fields=tuple(fields))})
                assert differences(wrong, real_interface) == [str(shape.name)]


def test_no_field_can_be_left_out_or_swapped_unseen(real_interface: Interface) -> None:
    for shape in INTERFACE.shapes.values():
        for wrong in (*shortened(shape), *swapped(shape)):
            assert differences(replace(INTERFACE, shapes={shape.name: wrong}), real_interface) == [str(shape.name)]


def shortened(shape: Shape) -> list[Shape]:
    places = range(len(shape.fields))
    return [replace(shape, fields=shape.fields[:place] + shape.fields[place + 1 :]) for place in places]


def swapped(shape: Shape) -> list[Shape]:
    places = range(len(shape.fields))
    return [
        replace(shape, fields=(*shape.fields[:one], shape.fields[two], shape.fields[one], *shape.fields[two + 1 :]))
        for one, two in pairwise(places)
    ]


def test_no_choice_and_no_base_can_be_described_wrongly_unseen(real_interface: Interface) -> None:
    for choice in INTERFACE.choices.values():
        wrong = replace(INTERFACE, choices={choice.name: replace(choice, words=choice.words[:-1])})
        assert differences(wrong, real_interface) == [str(choice.name)]
    for shape in (each for each in INTERFACE.shapes.values() if each.base):
        wrong = replace(INTERFACE, shapes={shape.name: replace(shape, base=None)})
        assert differences(wrong, real_interface) == [str(shape.name)]


def test_the_document_says_what_the_tables_say() -> None:
    written = read_interface(OURS)
    assert differences(INTERFACE, written) == []
    assert set(written.shapes) == set(INTERFACE.shapes)
    assert soap_actions(OURS) == {name: each.action for name, each in INTERFACE.operations.items()}


@pytest.mark.parametrize("query", ["singleWsdl", "wsdl", "WSDL"])
def test_a_strict_client_loads_the_served_document(query: str) -> None:
    with running_kareo() as kareo:
        client = strict_client(f"{kareo.address}?{query}")
        assert client.service._binding_options["address"] == kareo.address
        assert set(client.service._binding._operations) == OPERATIONS
