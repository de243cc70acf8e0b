"""What Kareo's description of itself, and its address, may be: read once, in safety, from one address only."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest

from deployments.kareo_server import page, wsdl
from models.inputs.practice_system import SystemAccount
from tasks.connectors import kareo_wire
from tasks.connectors.kareo import KareoSystem
from tasks.connectors.ports import Unavailable
from tests.connectors.kareo_office import Office, an_office, failure_of
from tests.kareo import NOW


@pytest.fixture(scope="module")
def running() -> Iterator[Office]:
    with an_office() as made:
        yield made


@pytest.fixture
def office(running: Office) -> Office:
    return running.fresh()


def test_the_description_is_loaded_once_for_all_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    content, loaded = wsdl.render, Counter[str]()

    def render(*given: Any) -> bytes:
        loaded.update(["description"])
        return content(*given)

    with an_office() as office:
        monkeypatch.setattr(wsdl, "render", render)
        office.system().providers()
        failure_of(office.system(user="nobody@example.com").providers)
    assert loaded.total() == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace(b"?>", b"?><!DOCTYPE d>", 1), "description_not_safe"),
        (lambda text: text.replace(b"?>", b"?><!doctype d SYSTEM 'file:///etc/hostname'>", 1), "description_not_safe"),
        (lambda text: text.decode().encode("utf-16"), "description_not_safe"),
        (lambda _: b"<html>Sign in</html>", "description_not_readable"),
        (lambda text: text[:-100], "description_not_readable"),
        (lambda text: text + b" " * 11_000_000, "answer_too_large"),
        (lambda text: text.replace(b"WasCreatedOnline", b"WasMadeSomewhere"), "description_differs"),
    ],
)
def test_a_doubtful_description_is_refused_before_anything_is_sent(
    change: Callable[[bytes], bytes], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = wsdl.render
    with an_office() as office, monkeypatch.context() as patch:
        patch.setattr(wsdl, "render", lambda *given: change(content(*given)))
        failure = failure_of(lambda: office.system().create_appointment(office.new()))
        assert (type(failure), failure.reason) == (Unavailable, reason)
        assert office.server.log == []
        patch.undo()
        assert reason == "description_differs" or office.system().providers()


@pytest.mark.parametrize(
    ("scheme", "reason"), [("http", "description_not_readable"), ("file", "description_refers_elsewhere")]
)
def test_a_description_cannot_send_us_anywhere(scheme: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = wsdl.render
    with socket.create_server(("127.0.0.1", 0)) as elsewhere, an_office() as office:
        elsewhere.setblocking(False)
        address = f"{scheme}://127.0.0.1:{elsewhere.getsockname()[1]}/n.xsd"
        imported = f'<xs:import namespace="urn:n" schemaLocation="{address}"/>'.encode()
        monkeypatch.setattr(wsdl, "render", lambda *given: _with_import(content(*given), imported))
        assert failure_of(office.system().providers).reason == reason
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def _with_import(description: bytes, imported: bytes) -> bytes:
    head, schema, rest = description.partition(b"<xs:schema ")
    attributes, end, inside = rest.partition(b">")
    return head + schema + attributes + end + imported + inside


def test_an_unreachable_service_is_unavailable() -> None:
    with an_office() as office:
        address = office.server.description
    kareo = office.system(address=address)
    assert failure_of(lambda: kareo.create_appointment(office.new())).reason == "connection_refused"


@pytest.mark.parametrize(
    "address",
    ["http://kareo.example.com/x.svc?singleWsdl", "ftp://127.0.0.1/x", "file:///etc/hostname", "", "http://10.0.0.8/x"],
)
def test_patients_travel_only_where_nobody_listens(office: Office, address: str) -> None:
    failure = failure_of(office.system(address=address).providers)
    assert (type(failure), failure.reason) == (Unavailable, "address_not_private")


@pytest.mark.parametrize("address", ["https://kareo.example.com/x", "http://[::1]:8/x", "http://kareo:8/x"])
def test_tls_this_machine_and_a_container_beside_us_are_private(address: str) -> None:
    assert kareo_wire._is_private(address)


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ({"Date": "Mon, 23 Nov 2026 15:00:00 GMT"}, NOW),
        ({"Date": "Mon, 23 Nov 2026 15:00:00 -0000"}, NOW),
        ({"Date": "Mon, 23 Nov 2026 10:00:00 -0500"}, NOW),
        ({"Date": "now"}, None),
        ({}, None),
    ],
)
def test_the_server_s_clock_is_read_as_utc(told: dict[str, str], moment: datetime | None) -> None:
    assert kareo_wire._server_time(httpx.Response(200, headers=told)) == moment


@pytest.mark.parametrize("address", ["https://127.0.0.1:notaport/x", "https://[::1/x", "https://"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    failure = failure_of(KareoSystem(SystemAccount("kareo", 1, "UTC", address=address)).providers)
    assert failure.reason in ("wrong_address", "address_not_private", "connection_refused")


def test_a_packed_answer_is_not_unpacked(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    kareo = office.system()
    kareo.providers()
    monkeypatch.setitem(page.GUARDS, "Content-Encoding", "gzip")
    assert failure_of(kareo.providers).reason == "malformed_answer"


def test_the_address_of_the_service_alone_will_do(office: Office) -> None:
    assert office.system(address=office.server.address).providers()


def test_a_server_that_drips_holds_nobody() -> None:
    with _dripping() as address, an_office() as office:
        started = time.monotonic()
        failure = failure_of(office.system(address=address, answer_timeout=0.3).providers)
        assert (failure.reason, time.monotonic() - started < 3) == ("no_answer", True)


@contextmanager
def _dripping() -> Iterator[str]:
    """Answer with one byte every 50 ms, for ever."""
    listening = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n")
            while not stopped.wait(0.05):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x.svc"
    finally:
        stopped.set()
        thread.join(timeout=5)
        listening.close()
