import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from lxml import etree
from zeep.exceptions import DTDForbidden, TransportError

from deployments.kareo_server.faults import FAILURES, ISSUES, STATUSES, Kind
from deployments.kareo_server.server import KareoServer
from tests.deployments.test_kareo_server_calls import wanted
from tests.kareo import HEADER, Desk, call, desk_of, running_kareo, written

BEFORE = {*FAILURES, *ISSUES, *STATUSES, Kind.TIMEOUT_BEFORE_EFFECT, Kind.DROPPED_BEFORE_EFFECT, Kind.SERVER_FAULT}


@pytest.fixture
def kareo() -> Iterator[KareoServer]:
    with running_kareo() as server:
        server.faults.hang_for = 0.3
        yield server


@pytest.fixture
def desk(kareo: KareoServer) -> Desk:
    return desk_of(kareo)


def create(kareo: KareoServer, desk: Desk) -> httpx.Response:
    return httpx.post(kareo.address, content=written("CreateAppointment", Appointment=wanted(desk)), timeout=5)


@pytest.mark.parametrize("kind", sorted(Kind))
def test_each_fault_happens_before_or_after_its_effect_and_once(kareo: KareoServer, desk: Desk, kind: Kind) -> None:
    kareo.faults.huge_bytes = 100_000
    kareo.faults.queue(kind, operation="CreateAppointment")
    assert call(kareo, "GetPractices", Fields={"ID": True}).Practices.PracticeData
    try:
        create(kareo, desk)
    except httpx.TransportError:
        assert kind.startswith(("timeout", "dropped", "cut"))
    else:
        assert not kind.startswith(("timeout", "dropped", "cut"))
    assert len(kareo.state.appointments) == (0 if kind in BEFORE else 1)
    create(kareo, desk).raise_for_status()
    assert len(kareo.state.appointments) == (1 if kind in BEFORE else 2)
    assert [each.fault for each in kareo.log] == [None, kind, None]


def test_failures_and_issues_come_over_http_200(kareo: KareoServer) -> None:
    for kind, message in FAILURES.items():
        kareo.faults.queue(kind)
        assert call(kareo, "GetPractices", Fields={"ID": True}).ErrorResponse.ErrorMessage == message
    kareo.faults.queue(Kind.IS_ERROR, message="The office is closed.")
    assert call(kareo, "GetPractices", Fields={"ID": True}).ErrorResponse.ErrorMessage == "The office is closed."
    for kind in ISSUES:
        kareo.faults.queue(kind)
        answer = call(kareo, "GetPractices", Fields={"ID": True})
        assert (answer.SecurityResponse.SecurityResultSuccess, answer.ErrorResponse.IsError) == (True, False)


def test_a_missing_permission_is_that_of_the_call(kareo: KareoServer) -> None:
    kareo.faults.queue(Kind.PERMISSION_MISSING)
    told = call(kareo, "GetPractices", Fields={"ID": True}).SecurityResponse
    assert told.PermissionsMissing.Permission.string == ["Read Practice"]


@pytest.mark.parametrize(("kind", "status"), [(Kind.TOO_MANY_REQUESTS, 429), (Kind.UNAVAILABLE, 503)])
def test_throttling_may_be_an_http_status_that_says_how_long(
    kareo: KareoServer, desk: Desk, kind: Kind, status: int
) -> None:
    kareo.faults.queue(kind)
    answer = create(kareo, desk)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "30")


def test_a_soap_fault_comes_with_http_500(kareo: KareoServer, desk: Desk) -> None:
    kareo.faults.queue(Kind.SERVER_FAULT, message="The database is away.")
    answer = create(kareo, desk)
    assert answer.status_code == 500
    assert etree.fromstring(answer.content).findtext(".//faultstring") == "The database is away."


def test_mangled_answers_are_what_they_are_called(kareo: KareoServer, desk: Desk) -> None:
    kinds = (Kind.MALFORMED_XML, Kind.DOCTYPE, Kind.ENTITY_BOMB, Kind.HUGE, Kind.WRONG_NAMESPACE, Kind.EMPTY_BODY)
    bodies = {}
    for kind in kinds:
        kareo.faults.queue(kind)
        bodies[kind] = create(kareo, desk).content
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(bodies[Kind.MALFORMED_XML])
    assert b"<!DOCTYPE" in bodies[Kind.DOCTYPE]
    assert bodies[Kind.ENTITY_BOMB].count(b"<!ENTITY") == 10
    assert len(bodies[Kind.HUGE]) > 10 * 1024 * 1024
    assert b"kareo.com" not in bodies[Kind.WRONG_NAMESPACE]
    assert bodies[Kind.EMPTY_BODY] == b""
    assert etree.fromstring(bodies[Kind.HUGE].rstrip()).find(".//{*}AppointmentId") is not None


@pytest.mark.parametrize("kind", [Kind.DOCTYPE, Kind.ENTITY_BOMB])
def test_a_strict_client_refuses_document_types(kareo: KareoServer, kind: Kind) -> None:
    kareo.faults.queue(kind)
    with pytest.raises((DTDForbidden, TransportError)):
        call(kareo, "GetPractices", Fields={"ID": True})


def test_a_slow_answer_comes_whole(kareo: KareoServer) -> None:
    kareo.faults.queue(Kind.SLOW)
    kareo.faults.slow_for = 0.2
    started = time.monotonic()
    assert call(kareo, "GetPractices", Fields={"ID": True}).Practices
    assert time.monotonic() - started >= 0.2


def test_a_rate_strikes_the_same_calls_for_the_same_seed(kareo: KareoServer) -> None:
    struck = []
    for _ in range(2):
        kareo.log.clear()
        kareo.faults.clear()
        kareo.faults.at_rate(Kind.IS_ERROR, 0.3, operation="GetPractices", seed=7)
        for _ in range(40):
            call(kareo, "GetPractices", Fields={"ID": True})
        struck.append([each.fault is not None for each in kareo.log])
    assert struck[0] == struck[1]
    assert 4 < sum(struck[0]) < 20


def test_a_budget_per_customer_key_throttles_and_comes_back(kareo: KareoServer) -> None:
    kareo.faults.allow(2, per=timedelta(minutes=1))

    def is_throttled(key: str) -> bool:
        header = {**HEADER, "CustomerKey": key}
        return bool(call(kareo, "GetPractices", Fields={"ID": True}, header=header).ErrorResponse.IsError)

    assert [is_throttled("right key") for _ in range(3)] == [False, False, True]
    assert not is_throttled("another key")
    kareo.state.advance(timedelta(minutes=1))
    assert not is_throttled("right key")


def test_stopping_lets_go_of_whoever_hangs(desk: Desk) -> None:
    with running_kareo() as kareo:
        kareo.faults.queue(Kind.TIMEOUT_BEFORE_EFFECT)
        body = written("CreateAppointment", Appointment=wanted(desk))
        asking = threading.Thread(target=_ask_in_vain, args=(kareo.address, body))
        asking.start()
        while not kareo.log:
            time.sleep(0.01)
    asking.join(timeout=5)
    assert not asking.is_alive()
    assert urlsplit(kareo.address).hostname == "127.0.0.1"


def _ask_in_vain(address: str, body: bytes) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.post(address, content=body, timeout=30)
