import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest

from deployments.kareo_server.example import CUSTOMER_KEY, PASSWORD, PRACTICE, USER, ZONE, example_state
from deployments.kareo_server.faults import Kind
from deployments.kareo_server.practice import real_clock
from deployments.kareo_server.serve import main
from deployments.kareo_server.server import KareoServer
from tests.kareo import call, running_kareo


@pytest.fixture
def kareo() -> Iterator[KareoServer]:
    with running_kareo(example_state()) as server:
        yield server


def press(kareo: KareoServer, path: str, *, origin: str = "", **form: str) -> httpx.Response:
    headers = {"Origin": origin or kareo.home.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    return httpx.post(kareo.home.rstrip("/") + path, data=form, headers=headers)


def waiting(kareo: KareoServer) -> int:
    (tentative,) = kareo.state.tentative()
    return tentative.id


def test_the_example_fits_the_example_practice(kareo: KareoServer) -> None:
    header = {"CustomerKey": CUSTOMER_KEY, "User": USER, "Password": PASSWORD}
    fields = {"NationalProviderIdentifier": True, "FullName": True}
    asked = {"PracticeName": PRACTICE}
    rows = call(kareo, "GetProviders", Fields=fields, Filter=asked, header=header).Providers.ProviderData
    assert [(row.NationalProviderIdentifier, row.FullName) for row in rows] == [
        ("1555010101", "Dr. Avery Stone"),
        ("1555010200", "Dr. Robin Vale"),
    ]
    assert abs(kareo.state.now() - real_clock()) < timedelta(minutes=1)


def test_the_page_shows_what_waits_for_review_first_of_all(kareo: KareoServer) -> None:
    shown = httpx.get(kareo.home)
    assert "Waiting for review: 1." in shown.text
    assert len(re.findall('class="waiting"', shown.text)) == 1
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "<script" not in shown.text


def test_what_staff_typed_is_shown_as_text(kareo: KareoServer) -> None:
    kareo.state.edit_patient(kareo.state.tentative()[0].patient, last="<b>Okafor</b>")
    assert "&lt;b&gt;Okafor&lt;/b&gt;" in httpx.get(kareo.home).text


def test_a_person_confirms_with_a_visit_reason_and_another_time(kareo: KareoServer) -> None:
    number = waiting(kareo)
    start = (real_clock() + timedelta(days=3)).astimezone(ZONE).replace(hour=15, minute=30, second=0, microsecond=0)
    form = {"action": "confirm", "reason": "New patient visit", "start": f"{start:%Y-%m-%dT%H:%M}"}
    answer = press(kareo, "/appointments", appointment=str(number), **form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    kept = kareo.state.appointments[number]
    assert (kept.status, kept.starts_at, kept.ends_at - kept.starts_at) == ("Scheduled", start, timedelta(minutes=45))


@pytest.mark.parametrize(
    ("pressed", "status"),
    [("decline", "Cancelled"), ("check-in", "CheckedIn"), ("check-out", "CheckedOut"), ("no-show", "NoShow")],
)
def test_a_person_does_what_a_front_office_does(kareo: KareoServer, pressed: str, status: str) -> None:
    number = waiting(kareo)
    press(kareo, "/appointments", appointment=str(number), action=pressed)
    assert kareo.state.appointments[number].status == status
    assert httpx.get(kareo.home).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"action": "confirm"},
        {"action": "explode", "appointment": "1016"},
        {"action": "confirm", "appointment": "7"},
        {"action": "confirm", "appointment": "1019", "reason": "No such reason"},
        {"action": "confirm", "appointment": "1019", "start": "tomorrow"},
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence_and_changes_nothing(
    kareo: KareoServer, form: dict[str, str]
) -> None:
    answer = press(kareo, "/appointments", **form)
    assert answer.status_code == 400
    assert answer.text.startswith("This cannot be done")
    assert len(kareo.state.tentative()) == 1


def test_faults_are_asked_for_and_cleared_over_http(kareo: KareoServer) -> None:
    assert press(kareo, "/faults", kind="throttled", operation="GetPatient", times="3").status_code == 303
    assert kareo.faults.waiting() == 3
    press(kareo, "/faults/clear")
    assert kareo.faults.waiting() == 0
    assert press(kareo, "/faults", kind="earthquake").status_code == 400
    assert press(kareo, "/faults", kind=Kind.SLOW, operation="GetRich").status_code == 400
    assert press(kareo, "/faulty").status_code == 404


@pytest.mark.parametrize("origin", ["http://example.com", "null", "http://127.0.0.1:1"])
def test_another_site_cannot_press_buttons(kareo: KareoServer, origin: str) -> None:
    number = waiting(kareo)
    assert press(kareo, "/appointments", origin=origin, appointment=str(number), action="decline").status_code == 403
    assert waiting(kareo) == number


def test_another_name_of_this_machine_does_not_lead_to_the_page(kareo: KareoServer) -> None:
    assert httpx.get(kareo.home, headers={"Host": "rebound.example.com:80"}).status_code == 404


def test_the_command_says_where_it_answers_and_stops_when_asked() -> None:
    command = [sys.executable, "-m", "deployments.kareo_server", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = "".join(process.stdout.readline() for _ in range(7))
        home = re.search(r"page +(\S+)", told)
        assert home is not None
        assert httpx.get(home[1]).status_code == 200
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        assert process.returncode == 0


def test_a_port_that_is_taken_or_none_is_told(kareo: KareoServer, capsys: pytest.CaptureFixture[str]) -> None:
    port = kareo.home.rstrip("/").rpartition(":")[2]
    assert main(["--port", port]) == 1
    assert f"Port {port} cannot be used" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--port", "70000"])
