"""The way out of feedback mails: a page that does nothing, a POST that acts, and no word of who is known."""

import logging
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from deployments.web.boundary import HideLinks
from deployments.web.site import create_site
from deployments.web.unsubscribe import MOST
from models.db import Database
from models.rules.feedback_events import Sent
from models.rules.messages import Channel
from models.store.feedback_changes import tokens_of
from models.store.keys import keys_of
from models.tables.consent import StopRow
from models.tables.feedback import FeedbackRequestRow
from models.tables.messages import MessageState
from tests.store.asking import Asking, an_asking
from tests.web.conftest import Clock

UNKNOWN = "A" * 22
PARTS = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--'


@pytest.fixture
def client(db: Database, clock: Clock) -> Iterator[TestClient]:
    """Give anybody on any machine: nobody signs in here."""
    site = create_site(now=clock)
    address = "http://127.0.0.1:8080"
    with TestClient(site, base_url=address, client=("203.0.113.9", 50000), follow_redirects=False) as anybody:
        yield anybody


@pytest.fixture
def asking(db: Database, clock: Clock) -> Asking:
    made = an_asking(db)
    clock.now = made.now
    return made


@pytest.fixture
def link(asking: Asking) -> Callable[[int], str]:
    def way_out(request: int) -> str:
        keys = asking.db.read(lambda s: keys_of(s, asking.practice))
        return f"/s/{tokens_of(keys, request)[1]}"

    return way_out


def stops(asking: Asking) -> list[tuple[int, Channel, str]]:
    rows = asking.db.read(lambda s: s.scalars(select(StopRow)).all())
    return [(row.practice_id, row.channel, row.reason.value) for row in rows]


def mailed(asking: Asking) -> int:
    """Ask by text first, then let the mail wait to be sent."""
    asking.patient()
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    asking.tell(request, Sent(1, Channel.TEXT, asking.now))
    asking.wait(days=1, minutes=1)
    assert asking.messages(request)[-1].channel is Channel.EMAIL
    return request


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        ("stop=1", "application/x-www-form-urlencoded"),
        (PARTS, "multipart/form-data; boundary=b"),
    ],
)
def test_one_click_stops_mails_of_this_practice(
    client: TestClient, asking: Asking, link: Callable[[int], str], body: str, kind: str
) -> None:
    """F-207, RFC 8058: no login, no cookie, no redirect; what waits is taken back, and twice is once."""
    request = mailed(asking)
    for _ in range(2):
        answer = client.post(link(request), content=body, headers={"Content-Type": kind})
        assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
        assert stops(asking) == [(asking.practice, Channel.EMAIL, "link")]
    mail = [one for one in asking.messages(request) if one.channel is Channel.EMAIL]
    assert {one.state for one in mail} == {MessageState.CANCELLED}
    assert asking.scene(request).visit.person.is_email_stopped
    assert not asking.scene(request).visit.person.is_text_stopped


def test_fetching_the_page_changes_nothing(client: TestClient, asking: Asking, link: Callable[[int], str]) -> None:
    """F-208: mail scanners fetch every link."""
    request = mailed(asking)
    before = asking.row(request).version
    for method in ("GET", "HEAD"):
        assert client.request(method, link(request)).status_code == 200
    assert stops(asking) == []
    assert asking.row(request).version == before
    assert asking.messages(request)[-1].state is MessageState.PENDING


def test_known_and_unknown_tokens_look_alike(client: TestClient, asking: Asking, link: Callable[[int], str]) -> None:
    """F-207, F-215: the same page and the same status, before and after, in the browser's language."""
    known = link(mailed(asking))
    for method in ("GET", "POST"):
        for language in ("en", "es-MX"):
            headers = {"Accept-Language": language}
            shown = {client.request(method, at, headers=headers).text for at in (known, f"/s/{UNKNOWN}", "/s/x")}
            assert len(shown) == 1
            assert ("correo" in shown.pop()) is (language != "en")
    name = "Maple"
    assert name not in client.get(known).text


def test_the_address_that_is_used_is_stopped(client: TestClient, asking: Asking, link: Callable[[int], str]) -> None:
    """F-162, F-207: the practice system's word comes first."""
    request = mailed(asking)
    asking.patient(email="new@example.com", consents=False)
    client.post(link(request), content="List-Unsubscribe=One-Click")
    keys = asking.db.read(lambda s: keys_of(s, asking.practice))
    [row] = asking.db.read(lambda s: s.scalars(select(StopRow)).all())
    assert row.address_index == keys.blind("new@example.com", purpose="email")


def test_the_page_is_kept_from_others(client: TestClient, asking: Asking, link: Callable[[int], str]) -> None:
    """Nothing is stored, framed, indexed or told to where a link leads."""
    headers = client.get(link(mailed(asking))).headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["cache-control"] == "no-store"
    assert "form-action 'self'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]


def test_a_flood_from_one_network_is_told_to_wait(client: TestClient, asking: Asking) -> None:
    """Nothing is lost silently: the page says what to do."""
    answers = [client.post(f"/s/{UNKNOWN}").status_code for _ in range(MOST)]
    assert set(answers) == {200}
    late = client.post(f"/s/{UNKNOWN}")
    assert (late.status_code, late.headers["retry-after"]) == (429, "60")
    assert "Wait a minute" in late.text
    assert asking.db.read(lambda s: s.scalars(select(FeedbackRequestRow)).all()) == []


def test_tokens_stay_out_of_logs() -> None:
    record = logging.LogRecord("uvicorn.access", 20, "", 1, "%s", (f"/s/{UNKNOWN}",), None)
    HideLinks().filter(record)
    assert UNKNOWN not in record.getMessage()
