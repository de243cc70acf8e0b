import http.client
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import etree

from deployments.kareo_server import soap
from deployments.kareo_server.description import INTERFACE
from deployments.kareo_server.server import MOST_BYTES, PATH, KareoServer
from tests.kareo import CUSTOMER_KEY, NOW, PASSWORD, USER, running_kareo

HEADER = (
    f"<k:RequestHeader><k:CustomerKey>{CUSTOMER_KEY}</k:CustomerKey><k:Password>{PASSWORD}</k:Password>"
    f"<k:User>{USER}</k:User></k:RequestHeader>"
)


@pytest.fixture
def kareo() -> Iterator[KareoServer]:
    with running_kareo() as server:
        yield server


def envelope(call: str, *, head: str = "") -> bytes:
    spaces = f'xmlns:s="{soap.ENVELOPE}" xmlns:k="http://www.kareo.com/api/schemas/" xmlns:i="{soap.INSTANCE}"'
    return f"{head}<s:Envelope {spaces}><s:Body>{call}</s:Body></s:Envelope>".encode()


def reading(rest: str) -> str:
    return f"<k:GetAppointment><k:request>{HEADER}{rest}</k:request></k:GetAppointment>"


def send(kareo: KareoServer, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
    connection = http.client.HTTPConnection(urlsplit(kareo.address).netloc, timeout=10)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, content, response.headers


NUMBER = "<k:AppointmentId>1</k:AppointmentId>"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<not closed", "not well-formed"),
        (b"", "not well-formed"),
        (envelope("", head="<!doctype x>"), "document type"),
        (b"<Envelope/>", "not a SOAP 1.1 envelope"),
        (envelope(""), "one call"),
        (envelope("<k:DropEverything/>"), "not an operation"),
        (envelope("<GetPractices/>"), "not an operation"),
        (envelope("<k:GetAppointment><k:request/></k:GetAppointment>"), "RequestHeader is missing"),
        (envelope(reading("")), "Appointment is missing"),
        (envelope(reading("<k:Appointment/>")), "AppointmentId is missing"),
        (envelope(reading(f"<k:Appointment>{NUMBER}{NUMBER}</k:Appointment>")), "not in its place"),
        (envelope(reading("<k:Appointment><AppointmentId>1</AppointmentId></k:Appointment>")), "another namespace"),
        (envelope(reading("<k:Appointment><k:AppointmentId>one</k:AppointmentId></k:Appointment>")), "of its type"),
        (envelope(reading('<k:Appointment><k:AppointmentId i:nil="true"/></k:Appointment>')), "of its type"),
        (envelope(reading(f"<k:Appointments>{NUMBER}</k:Appointments>")), "is unknown"),
    ],
)
def test_a_request_that_the_description_does_not_allow_is_a_soap_fault(
    kareo: KareoServer, body: bytes, said: str
) -> None:
    status, content, _ = send(kareo, "POST", PATH, body)
    root = etree.fromstring(content)
    assert (status, root.findtext(".//faultcode")) == (500, "s:DeserializationFailed")
    assert said in root.findtext(".//faultstring")
    assert not kareo.calls


def test_a_word_that_is_no_status_and_an_id_that_is_none_are_refused() -> None:
    fields = {field.name.local: field for field in INTERFACE.fields(INTERFACE.operations["CreateAppointment"].request)}
    kinds = {field.name.local: field.type for field in INTERFACE.fields(fields["Appointment"].type)}
    for name in ("AppointmentStatus", "AppointmentUUID", "StartTime", "IsRecurring"):
        with pytest.raises((KeyError, ValueError)):
            soap._plain("Checked out", kinds[name])


def test_moments_without_a_zone_are_in_utc_and_others_are_moved_there() -> None:
    kind = next(
        field.type
        for shape in INTERFACE.shapes.values()
        for field in shape.fields
        if field.name.local == "StartTime" and shape.name.local == "AppointmentCreate"
    )
    written = ("2026-11-23T15:00:00", "2026-11-23T15:00:00.000Z", "2026-11-23T10:00:00-05:00")
    assert {soap._plain(text, kind) for text in written} == {NOW}


def test_an_answer_is_written_in_the_order_of_its_type_with_empty_fields_as_nil(kareo: KareoServer) -> None:
    _, content, _ = send(kareo, "POST", PATH, envelope(reading(f"<k:Appointment>{NUMBER}</k:Appointment>")))
    result = etree.fromstring(content).find(".//{*}GetAppointmentResult")
    assert [etree.QName(node).localname for node in result] == ["ErrorResponse", "SecurityResponse", "Appointment"]
    assert [etree.QName(node).localname for node in result[0]] == ["ErrorMessage", "IsError", "StackTrace"]
    assert result[2].get(f"{{{soap.INSTANCE}}}nil") == "true"


def test_writing_a_field_that_no_type_has_is_a_bug_that_shows() -> None:
    with pytest.raises(KeyError):
        soap.write(INTERFACE.operations["GetPractices"], {"Practice": None})


def test_the_server_tells_the_time_by_its_own_clock(kareo: KareoServer) -> None:
    _, _, headers = send(kareo, "GET", f"{PATH}?wsdl")
    assert headers["Date"] == "Mon, 23 Nov 2026 15:00:00 GMT"


def test_what_is_too_large_or_nowhere_is_refused(kareo: KareoServer) -> None:
    assert send(kareo, "POST", PATH, b"", Content_Length=str(MOST_BYTES + 1))[0] == 413
    assert send(kareo, "GET", PATH)[0] == 404
    assert send(kareo, "GET", "/elsewhere")[0] == 404


def test_nothing_of_a_call_is_noted_but_what_was_called_and_when(kareo: KareoServer) -> None:
    send(kareo, "POST", PATH, envelope(reading(f"<k:Appointment>{NUMBER}</k:Appointment>")))
    assert kareo.calls == {"GetAppointment": 1}
    assert PASSWORD not in repr(kareo.log) + repr(kareo.state.logins)
