"""A running stand-in for Kareo for tests: two practices of one account, and a clock that stands still."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from typing import Any

import zeep
from lxml import etree

from deployments.kareo_server import wsdl
from deployments.kareo_server.description import INTERFACE
from deployments.kareo_server.server import KareoServer, running
from deployments.kareo_server.staff import State
from models.inputs.practice_system import SystemAccount

CUSTOMER_KEY, USER, PASSWORD = "right key", "golive@example.com", "right password"
HEADER = {"CustomerKey": CUSTOMER_KEY, "User": USER, "Password": PASSWORD}
PRACTICE, OTHER_PRACTICE, ZONE = "Maple Street Family Medicine", "Sierra Pediatrics", "America/New_York"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""Monday, ten in the morning in New York."""


@dataclass(frozen=True)
class Desk:
    """The numbers of what the example practice has, so that a test names only what matters."""

    practice: int
    location: int
    stone: int
    vale: int
    follow_up: int
    physical: int
    room: int
    maya: int
    henry: int


def a_state() -> tuple[State, Desk]:
    """Make the state of one practice with all that calls may name, and of another that the same account reaches."""
    state = State()
    state.set_time(NOW)
    practice = state.add_practice(PRACTICE).id
    other = state.add_practice(OTHER_PRACTICE).id
    state.add_login(CUSTOMER_KEY, USER, PASSWORD)
    state.add_location(other, "Sierra")
    desk = Desk(
        practice=practice,
        location=state.add_location(practice, "Maple Street").id,
        stone=state.add_provider(practice, "Dr. Avery Stone", npi="1555010101").id,
        vale=state.add_provider(practice, "Dr. Robin Vale", npi="1555010200").id,
        follow_up=state.add_reason(practice, "Follow-up", minutes=20).id,
        physical=state.add_reason(practice, "Annual physical", minutes=60).id,
        room=state.add_resource(practice, "Room 1").id,
        maya=state.add_patient(practice, "Maya", "Okafor", born=date(1991, 11, 2), gender="Female").id,
        henry=state.add_patient(practice, "Henry", "Lindgren", born=date(1957, 6, 30), gender="Male").id,
    )
    return state, desk


def desk_of(kareo: KareoServer) -> Desk:
    """Give the numbers again: they are the same in every fresh state."""
    assert kareo.state.practices
    return a_state()[1]


def account(kareo: KareoServer, **facts: Any) -> SystemAccount:
    """Say how the connector reaches the example practice; `facts` replace what is usual."""
    usual: dict[str, Any] = {
        "address": kareo.description,
        "customer_key": CUSTOMER_KEY,
        "user": USER,
        "password": PASSWORD,
    }
    return SystemAccount("kareo", 1, ZONE, str(desk_of(kareo).practice), PRACTICE, **{**usual, **facts})


def strict_client(description: str) -> Any:
    """Load a description as strictly as zeep can."""
    build: Any = zeep.Client
    return build(description, settings=zeep.Settings(forbid_dtd=True, strict=True))


@cache
def _loaded() -> Any:
    build: Any = zeep.Client
    document = BytesIO(wsdl.render(INTERFACE, "http://127.0.0.1:1/"))
    return build(document, settings=zeep.Settings(forbid_dtd=True, strict=True))


def written(operation: str, **given: Any) -> bytes:
    """Write one request with the right key, as a client sends it."""
    client = _loaded()
    request = {"RequestHeader": HEADER, **given}
    return bytes(etree.tostring(client.create_message(client.service, operation, request=request)))


def call(kareo: KareoServer, operation: str, **given: Any) -> Any:
    """Call one operation with the right key; `header` replaces it."""
    header = given.pop("header", HEADER)
    service = _loaded().create_service(
        "{http://www.kareo.com/api/schemas/}BasicHttpBinding_KareoServices", kareo.address
    )
    return service[operation](request={"RequestHeader": header, **given})


@contextmanager
def running_kareo(state: State | None = None, *, document: bytes = b"") -> Iterator[KareoServer]:
    """Run a stand-in on a free port; it hangs for ten seconds at most, and is slow for a tenth of one."""
    with running(state or a_state()[0], document=document) as server:
        server.faults.hang_for, server.faults.slow_for = 10.0, 0.1
        yield server
