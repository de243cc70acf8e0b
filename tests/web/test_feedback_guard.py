"""The feedback page against foreign pages, forms that are none of ours, and too many of them."""

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from deployments.web import feedback as pages
from models.tables.booking import RateRow
from tests.store.asking import Asking
from tests.web.answering import NOBODY, WORDS, Come, Patient, ask, row_of


@pytest.mark.parametrize("token", ["x", "A" * 23, "A" * 4000, "%00", "..%2Fstaff", "é", "%2F%2Fevil.example.com"])
def test_a_token_that_none_of_ours_looks_like_is_closed_too(client: TestClient, asking: Asking, token: str) -> None:
    for answer in (client.get(f"/f/{token}"), client.post(f"/f/{token}", data={"answer": "yes"})):
        assert answer.status_code in {200, 303, 404}
        assert not answer.headers.get("location", "/").startswith("//")


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example.com"}])
def test_a_foreign_page_cannot_answer(come: Come, asking: Asking, headers: dict[str, str]) -> None:
    request = ask(asking)
    patient = come(request).post("", {"answer": "no"}, **headers)
    assert (patient.answer.status_code, patient.title) == (403, "That did not come from this page")
    assert row_of(asking, request) is None
    patient.says("yes")
    assert patient.post("/tell", {**patient.values, "stars": "1"}, **headers).answer.status_code == 403
    assert row_of(asking, request).completed_at is None  # type: ignore[union-attr]  # it was answered


def test_details_count_only_with_the_secret_of_their_form(come: Come, asking: Asking) -> None:
    request = ask(asking)
    patient = come(request).says("yes")
    patient.post("/tell", {"stars": "1", "key": "é"})
    assert patient.title == "Tell us more"
    assert row_of(asking, request).completed_at is None  # type: ignore[union-attr]  # it was answered


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=%ff", b"x=1&" * 100])
def test_a_body_that_is_no_form_of_ours_is_said_kindly(come: Come, client: TestClient, body: bytes) -> None:
    link = come().link
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post(link, content=body, headers=form)
    assert (answer.status_code, "That could not be read" in answer.text) == (400, True)
    assert client.post(link, json={"answer": "yes"}).status_code == 400


def test_too_many_forms_of_one_visitor_are_refused_and_nothing_typed_is_lost(
    come: Come, asking: Asking, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_FORMS", 2)
    request = ask(asking)
    patient = come(request).says("yes")
    Patient(client, NOBODY).post("", {"answer": "yes"})  # counted like any other
    patient.press(stars="5", words=WORDS)
    assert patient.answer.status_code == 429
    assert patient.faults["form"].startswith("Error: That was too often")
    assert patient.values["words"] == WORDS
    busy = Patient(client, NOBODY).post("", {"answer": "yes"}).answer
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "600")
    kept = asking.db.read(lambda s: s.scalars(select(RateRow.key)).all())
    assert {len(key) for key in kept} == {64}
    assert row_of(asking, request).completed_at is None  # type: ignore[union-attr]  # it was answered


def test_the_pages_guard_themselves(come: Come, client: TestClient) -> None:
    patient = come()
    pages_seen = [patient.open().answer, patient.press("answer", "yes").answer, patient.press(stars="5").answer]
    for page in (*pages_seen, Patient(client, NOBODY).open().answer):
        headers, markup = page.headers, page.text
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self'; ")
        assert "form-action 'self'; frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "script" not in markup
        assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
        assert (headers["x-robots-tag"], headers["x-frame-options"]) == ("noindex, nofollow", "DENY")
        assert "style=" not in markup


def test_nothing_typed_and_no_token_reaches_a_log_or_an_address(
    come: Come, asking: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    patient = come().says("no").press(words=WORDS)
    assert "Rosalind" not in caplog.text + " ".join(patient.asked)
    assert patient.link not in caplog.text
