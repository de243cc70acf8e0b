"""Calls of text providers: signed or refused, kept once and sealed, answered at once (F-223, F-208)."""

import logging
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from starlette.testclient import TestClient

from deployments.web.hooks import LARGEST, NOTHING_TO_SAY, SIGNATURE
from deployments.web.site import create_site
from models.db import Database
from models.inputs.twilio_hooks import is_signed, read_form, signature_of
from models.settings import Settings, settings, use_settings
from models.tables.texting import ProviderEventRow
from tests.web.conftest import Clock

TOKEN = "12345"
TEXTS = "/hooks/twilio/texts"
STATUS = "/hooks/twilio/status/71.1%40golive.invalid"
TEXT = {"MessageSid": "SM1", "From": "+12025550143", "To": "+12025550100", "Body": "Please stop", "NumMedia": "0"}
REPORT = {"MessageSid": "SM9", "MessageStatus": "delivered", "To": "+12025550143", "From": "+12025550100"}


@pytest.fixture
def client(db: Database, clock: Clock) -> Iterator[TestClient]:
    """Give anybody on any machine: nobody signs in here."""
    site = create_site(now=clock)
    address = "http://127.0.0.1:8080"
    with TestClient(site, base_url=address, client=("203.0.113.9", 50000), follow_redirects=False) as anybody:
        yield anybody


@pytest.fixture
def token(db: Database) -> Iterator[Settings]:
    """Configure a token, after the database chose its own settings."""
    with use_settings(settings().model_copy(update={"twilio_auth_token": SecretStr(TOKEN)})) as chosen:
        yield chosen


def post(client: TestClient, path: str, form: dict[str, str], *, signature: str | None = None) -> tuple[int, str]:
    address = settings().public_address + path
    signed = signature_of(TOKEN, address, list(form.items())) if signature is None else signature
    headers = {SIGNATURE: signed, "Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post(path, content=urlencode(form), headers=headers)
    return answer.status_code, answer.text


def kept(db: Database) -> list[ProviderEventRow]:
    return list(db.read(lambda s: s.scalars(select(ProviderEventRow)).all()))


def test_the_signature_is_the_providers_own() -> None:
    """The example of the provider's documentation."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    address = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature_of(TOKEN, address, list(fields.items())) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert not is_signed("", token="", address=address, fields=[])
    assert read_form(b"a=%ff&b=" + b"\xff") is None


@pytest.mark.usefixtures("token")
def test_a_text_is_kept_once_and_sealed(client: TestClient, db: Database) -> None:
    """F-223."""
    for _ in range(2):
        assert post(client, TEXTS, TEXT) == (200, NOTHING_TO_SAY)
    [row] = kept(db)
    assert (row.provider, row.event_key, row.handled_at) == ("twilio", "text:SM1", None)
    assert "stop" not in row.content


@pytest.mark.usefixtures("token")
def test_each_status_of_an_attempt_is_kept_once(client: TestClient, db: Database) -> None:
    """F-223."""
    for _ in range(2):
        assert post(client, STATUS, REPORT) == (204, "")
        assert post(client, STATUS, REPORT | {"MessageStatus": "sent"}) == (204, "")
    assert {row.event_key for row in kept(db)} == {"status:SM9:delivered", "status:SM9:sent"}


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("path", [TEXTS, STATUS])
def test_an_unsigned_call_is_refused_and_keeps_nothing(client: TestClient, db: Database, path: str) -> None:
    """F-223."""
    form = TEXT | REPORT
    for signature in ("", "x", signature_of("other", settings().public_address + path, list(form.items())), "\xff"):
        status, said = post(client, path, form, signature=signature.encode("ascii", "replace").decode())
        assert (status, said) == (403, "This call is not signed as it must be.")
    right = signature_of(TOKEN, settings().public_address + path, list(form.items()))
    assert post(client, path, form | {"Body": "changed"}, signature=right)[0] == 403
    assert kept(db) == []


@pytest.mark.parametrize("path", [TEXTS, STATUS])
def test_without_a_token_there_is_nothing_here(client: TestClient, db: Database, path: str) -> None:
    """Nobody can sign with an empty token."""
    form = TEXT | REPORT
    assert post(client, path, form)[0] == 404
    assert post(client, path, form, signature=signature_of("", settings().public_address + path, []))[0] == 404
    assert kept(db) == []


@pytest.mark.usefixtures("token")
def test_reading_changes_nothing(client: TestClient, db: Database) -> None:
    """F-208."""
    for path in (TEXTS, STATUS):
        assert client.get(path).status_code == 405
    assert kept(db) == []


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    ("path", "form"),
    [
        (TEXTS, TEXT | {"From": "whatsapp:+12025550143"}),
        (TEXTS, {"Body": "no sender"}),
        (STATUS, REPORT | {"MessageStatus": "exploded"}),
        ("/hooks/twilio/status/nonsense", REPORT),
    ],
)
def test_what_is_no_report_is_refused(client: TestClient, db: Database, path: str, form: dict[str, str]) -> None:
    assert post(client, path, form) == (400, "This is not what is reported here.")
    assert kept(db) == []


@pytest.mark.usefixtures("token")
def test_a_body_that_is_too_large_is_not_read(client: TestClient, db: Database) -> None:
    assert post(client, TEXTS, TEXT | {"Body": "x" * LARGEST})[0] == 413
    assert post(client, TEXTS, TEXT | {"Body": "x" * 70_000})[0] == 413
    assert kept(db) == []


@pytest.mark.usefixtures("token")
def test_nothing_of_a_call_is_logged(client: TestClient, db: Database, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        post(client, TEXTS, TEXT)
        post(client, TEXTS, TEXT, signature="x")
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not any(word in line for line in ours for word in ("Please stop", "5550143"))
    assert len(kept(db)) == 1
