"""What holds for every answer: headers, sizes, methods, and errors that tell nothing."""

import logging
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from deployments.web import pages
from deployments.web.boundary import HideLinks
from models.db import Database, DatabaseFailure, use_database
from tests.reports.journeys import Story, in_welcome
from tests.web.conftest import private_link

SECRET = "Ana Example, ana@example.com"


PATHS = ("/staff/", "/staff/work", "/staff/practices/maple", "/mailbox/", "/nothing", "/health")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_guarded(client: TestClient, story: Story, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-robots-tag"] == "noindex, nofollow"


def test_pages_need_nothing_from_elsewhere_and_no_inline_style(client: TestClient, story: Story) -> None:
    for path in ("/staff/", "/staff/practices/maple", private_link(story)):
        page = client.get(path).text
        assert "style=" not in page
        assert "<style" not in page
        assert "//" not in page.replace("http://127.0.0.1:8080", "").replace("http://www.w3.org", "")


def test_the_style_sheet_may_be_kept(client: TestClient) -> None:
    sheet = client.get("/static/site.css")
    assert sheet.headers["content-type"].startswith("text/css")
    assert sheet.headers["cache-control"].startswith("public")
    assert "url(http" not in sheet.text
    assert "@import" not in sheet.text
    assert client.get("/static/../models/db.py").status_code == 404
    assert client.get("/static/site.py").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_pages_can_only_be_read(client: TestClient, story: Story, method: str) -> None:
    answer = client.request(method, private_link(story))
    assert answer.status_code == 405
    assert "This page can only be read" in answer.text
    assert "GET" in answer.headers["allow"]


def test_too_much_is_refused_before_it_is_read(client: TestClient) -> None:
    answer = client.post("/staff/", content=b"x" * 70_000)
    assert answer.status_code == 413
    assert "less than 64 KB" in answer.text
    assert client.post("/staff/", headers={"content-length": "many"}).status_code == 413


def test_an_error_tells_nothing_but_its_class_and_place(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("deployments.web.staff.board_counts", _raising(ValueError(SECRET)))
    answer = client.get("/staff/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert SECRET not in answer.text + caplog.text
    assert "page failed: ValueError" in caplog.text


def _raising(error: Exception) -> Callable[..., object]:
    def fail(*_: object) -> object:
        raise error

    return fail


class _Broken:
    def read(self, _work: Callable[[Session], object]) -> object:
        code = "08006"
        raise DatabaseFailure(code)


def test_a_database_that_is_away_is_said_kindly(client: TestClient) -> None:
    with use_database(_Broken()):  # type: ignore[arg-type]  # stands in for a database that is away
        answer = client.get("/staff/")
        health = client.get("/health")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "We cannot reach our records right now" in answer.text
    assert (health.status_code, health.json()) == (503, {"ok": False, "database": "unreachable"})


def test_health_says_whether_work_is_left_lying(client: TestClient, db: Database) -> None:
    said = client.get("/health").json()
    assert set(said.pop("alarms")) <= {"disk"}  # of this machine, not of ours
    assert said == {
        "ok": True,
        "database": "reachable",
        "dispatch_seconds_behind": 0,
        "last_purge": "",
        "last_restore_drill": "",
    }


def test_due_work_that_nobody_takes_shows_in_health(client: TestClient, story: Story) -> None:
    in_welcome(story)
    client.app.state.now.now = story.after(1).now  # type: ignore[attr-defined]  # the clock of the fixture
    said = client.get("/health").json()
    assert said["dispatch_seconds_behind"] == 24 * 3600
    assert "sweeps" in said["alarms"]


def test_error_pages_speak_both_languages() -> None:
    for title, text, titulo, texto in pages.ERRORS.values():
        assert all((title, text, titulo, texto))
        assert ("{limit}" in text) == ("{limit}" in texto)


def test_the_access_log_hides_private_links() -> None:
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s "%s %s" %d', None, None)
    record.args = ("127.0.0.1", "GET", "/j/Zk3vQ9xTn2Lw8RbYh5CdFg?lang=es", 200)
    assert HideLinks().filter(record)
    assert record.getMessage() == '127.0.0.1 "GET /j/...?lang=es" 200'


def test_the_access_log_hides_calendar_links() -> None:
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s "%s %s" %d', None, None)
    record.args = ("127.0.0.1", "GET", "/c/Zk3vQ9xTn2Lw8RbYh5CdFg.ics", 200)
    assert HideLinks().filter(record)
    assert record.getMessage() == '127.0.0.1 "GET /c/..." 200'


@pytest.mark.parametrize("kind", ["i", "l"])
def test_the_access_log_hides_links_that_sign_in(kind: str) -> None:
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s "%s %s" %d', None, None)
    record.args = ("127.0.0.1", "GET", f"/{kind}/Zk3vQ9xTn2Lw8RbYh5CdFg", 200)
    assert HideLinks().filter(record)
    assert record.getMessage() == f'127.0.0.1 "GET /{kind}/..." 200'
