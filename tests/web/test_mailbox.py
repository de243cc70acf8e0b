"""The built-in mailbox shows what was sent and lets none of it act."""

import os
import re
from pathlib import Path

from sqlalchemy import select
from starlette.testclient import TestClient

from models.db import Database
from models.inputs.outgoing import InlinePicture
from models.rules.texting import ProviderEventKind
from models.tables.texting import ProviderEventRow
from tests.web.conftest import CALENDAR, Send

HOSTILE = "<script>alert(1)</script>"


def test_an_empty_mailbox_says_so(client: TestClient) -> None:
    assert "Nothing was sent yet" in client.get("/mailbox").text


def test_mails_and_texts_are_listed(client: TestClient, send: Send, text_message: Path) -> None:
    name = send("Welcome to golive")
    page = client.get("/mailbox/").text
    assert f'href="/mailbox/{name}">Welcome to golive</a>' in page
    assert "+12025550143" in page
    assert "You are live &lt;b&gt;now&lt;/b&gt;" in page


def test_texts_stand_among_the_mails_in_the_order_of_time(client: TestClient, send: Send, text_message: Path) -> None:
    names = [send("The first mail"), send("The last mail")]
    moments = {f"{names[0]}.eml": 1_000, f"{names[1]}.eml": 3_000}
    for file in text_message.iterdir():
        moment = moments.get(file.name, 2_000)
        os.utime(file, (moment, moment))
    page = client.get("/mailbox/").text
    assert page.index("The last mail") < page.index("You are live") < page.index("The first mail")
    assert page.count('<span class="tag">text</span>') == 1
    assert "3 messages" in page


def test_a_mail_shows_its_head_links_and_calendar(client: TestClient, send: Send) -> None:
    name = send("Invitation", text="Look: https://example.com/j/abc. javascript:alert(1)")
    page = client.get(f"/mailbox/{name}").text
    assert "Ana &lt;ana@example.com&gt;" in page
    assert '<a href="https://example.com/j/abc" rel="noreferrer">' in page
    assert 'href="javascript' not in page
    assert "2026-10-30 10:00" in page
    part = client.get(f"/mailbox/{name}/calendar/1")
    assert part.content.replace(b"\r\n", b"\n").strip() == CALENDAR.replace(b"\r\n", b"\n").strip()
    assert part.headers["content-disposition"] == 'attachment; filename="invitation-1.ics"'
    assert client.get(f"/mailbox/{name}/calendar/2").status_code == 404


def test_a_picture_of_a_mail_is_shown_from_the_mail_itself(client: TestClient, send: Send) -> None:
    chart = InlinePicture(content_id="chart-1@golive.invalid", content=b"\x89PNG drawn")
    name = send(
        "Report", html='<img src="cid:chart-1@golive.invalid"><img src="cid:other@x.invalid">', pictures=(chart,)
    )
    framed = client.get(f"/mailbox/{name}/html")
    assert '<img src="data:image/png;base64,iVBORyBkcmF3bg==">' in framed.text
    assert 'src="cid:other@x.invalid"' in framed.text
    assert "img-src data:" in framed.headers["content-security-policy"]
    assert "2026-10-30 10:00" in client.get(f"/mailbox/{name}").text


def test_html_is_shown_in_a_frame_that_can_do_nothing(client: TestClient, send: Send) -> None:
    name = send("Evil", html=f"<p>Hello</p>{HOSTILE}", name=HOSTILE)
    page = client.get(f"/mailbox/{name}").text
    assert HOSTILE not in page
    assert f'<iframe class="letter" src="/mailbox/{name}/html" sandbox' in page
    framed = client.get(f"/mailbox/{name}/html")
    policy = framed.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert "script-src" not in policy


def test_a_mail_that_is_none_is_missing(client: TestClient, send: Send) -> None:
    send()
    for name in ("0" * 32, "..%2f..%2fkeys", "x", "%00"):
        for rest in ("", "/html", "/calendar/1"):
            assert client.get(f"/mailbox/{name}{rest}").status_code == 404


def test_old_mails_are_on_later_pages(client: TestClient, send: Send) -> None:
    for number in range(52):
        send(f"Mail {number}")
    assert client.get("/mailbox/").text.count('<th scope="row"') == 50
    assert client.get("/mailbox/?page=2").text.count('<th scope="row"') == 2
    for word in ("0", "-1", "x", "²", "9" * 40):
        assert client.get(f"/mailbox/?page={word}").status_code == 200


def test_a_text_is_answered_by_hand_into_the_inbox(client: TestClient, db: Database, text_message: Path) -> None:
    """F-223: STOP and the like can be tried without a provider; twice the same form is once."""
    page = client.get("/mailbox/")
    assert "form-action 'self'" in page.headers["content-security-policy"]
    [action] = re.findall(r'action="(/mailbox/texts/[0-9a-f]+)"', page.text)
    [once] = re.findall(r'name="once" value="([0-9a-f]+)"', page.text)
    for _ in range(2):
        answer = client.post(action, data={"once": once, "words": "STOP"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/mailbox/")
    [row] = db.read(lambda s: s.scalars(select(ProviderEventRow)).all())
    assert (row.provider, row.kind, row.handled_at) == ("mailbox", ProviderEventKind.TEXT_RECEIVED, None)
    assert client.get(action).status_code == 405


def test_only_this_machines_own_page_answers_texts(
    client: TestClient, stranger: TestClient, db: Database, text_message: Path
) -> None:
    """The same holds as for the whole mailbox."""
    [action] = re.findall(r'action="(/mailbox/texts/[0-9a-f]+)"', client.get("/mailbox/").text)
    form = {"once": "ab", "words": "STOP"}
    assert stranger.post(action, data=form).status_code == 404
    foreign = {"Origin": "https://example.com"}
    assert client.post(action, data=form, headers=foreign).status_code == 404
    assert client.post("/mailbox/texts/" + "0" * 32, data=form).status_code == 404
    assert db.read(lambda s: s.scalars(select(ProviderEventRow)).all()) == []
