"""The page of figures: who may read it, what it tells of pages, and that nothing of anybody is in it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import JSON, String, update
from starlette.testclient import TestClient

from deployments.web.site import ROUTES, create_site
from models.db import Database, DatabaseFailure, use_database
from models.rules.keeping import backup_name
from models.rules.metrics import METRICS, PAGE_SECONDS
from models.settings import Settings, SettingsError, use_settings
from models.tables.base import Base
from tests.factories import an_intake
from tests.models.test_exposure import written_pair
from tests.store.enrolling import enrolling
from tests.web.conftest import Clock
from tests.web.desk import known_as
from tests.web.signed_in import LOCAL

pytestmark = pytest.mark.database

TOKEN = "0f" * 24
MARK = "zqonda vexwright"
PLANTED = (MARK, "maple-street", "Maple Street", "202-555-0143", "rosa", "marsh", "medicare", "evergreen", "harbor")


def from_here(site: object) -> TestClient:
    """Give a browser on this machine."""
    return TestClient(site, base_url=LOCAL, client=("127.0.0.1", 50000), raise_server_exceptions=False)  # type: ignore[arg-type]  # an ASGI application


@pytest.fixture
def here(sqlite_db: Database, clock: Clock) -> Iterator[TestClient]:
    with from_here(create_site(now=clock)) as browser:
        yield browser


def values(text: str) -> dict[str, float]:
    """Give each line of the figures by its name and labels."""
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_this_machine_reads_the_figures(here: TestClient) -> None:
    answer = here.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert values(answer.text)["golive_database_up"] == 1
    assert values(answer.text)['golive_alarm{alarm="sweeps"}'] == 0


def test_to_others_the_page_does_not_exist(here: TestClient, sqlite_db: Database, clock: Clock) -> None:
    nothing = here.get("/nothing")
    site = create_site(now=clock)
    stranger = TestClient(site, base_url=LOCAL, client=("203.0.113.9", 50000))
    rebound = TestClient(site, base_url="http://elsewhere.example.com", client=("127.0.0.1", 50000))
    for browser in (stranger, rebound):
        answer = browser.get("/metrics")
        assert (answer.status_code, answer.content) == (404, nothing.content)


def test_where_a_token_is_set_only_the_token_opens_them(
    here: TestClient, own_settings: Settings, sqlite_db: Database, clock: Clock
) -> None:
    with use_settings(own_settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})):
        stranger = TestClient(create_site(now=clock), base_url=LOCAL, client=("203.0.113.9", 50000))
        for shown, status in ((f"Bearer {TOKEN}", 200), (f"Bearer {TOKEN}x", 404), (TOKEN, 404), ("Bearer ñ", 404)):
            assert stranger.get("/metrics", headers={"Authorization": shown.encode()}).status_code == status
        assert stranger.get("/metrics").status_code == 404
        assert here.get("/metrics").status_code == 404, "a proxy on this machine would let everybody in"


@pytest.mark.parametrize("token", ["short", "with a space in the middle of it", "ñ" * 24])
def test_a_token_that_can_be_guessed_or_not_be_sent_is_refused(token: str) -> None:
    with pytest.raises((SettingsError, ValueError), match="at least 24 characters"):
        Settings(metrics_token=SecretStr(token))


def test_pages_are_timed_by_the_pattern_of_their_route(here: TestClient) -> None:
    for path in ("/health", "/health", "/j/Zk3vQ9xTn2Lw8RbYh5CdFg", f"/nothing/{MARK}"):
        here.get(path)
    told = here.get("/metrics").text
    found = values(told)
    assert found['golive_page_seconds_count{method="GET",route="/health",status="200"}'] == 2
    assert found['golive_page_seconds_count{method="GET",route="/j/{token}",status="404"}'] == 1
    patterns = set(re.findall(r'route="([^"]+)"', told))
    assert patterns <= {route.path for route in ROUTES}
    assert "Zk3vQ9" not in told
    assert MARK not in told


def test_a_page_that_fails_counts_as_an_error_of_ours(here: TestClient) -> None:
    with use_database(_Away()):  # type: ignore[arg-type]  # stands in for a database that is away
        assert here.get("/j/Zk3vQ9xTn2Lw8RbYh5CdFg").status_code == 503
    key = 'golive_page_seconds_count{method="GET",route="/j/{token}",status="500"}'
    assert values(here.get("/metrics").text)[key] == 1


class _Away:
    def read(self, _work: object) -> object:
        code = "08006"
        raise DatabaseFailure(code)


def test_a_database_that_is_away_is_a_figure_and_not_an_error(here: TestClient) -> None:
    with use_database(_Away()):  # type: ignore[arg-type]  # stands in for a database that is away
        answer = here.get("/metrics")
    found = values(answer.text)
    assert answer.status_code == 200
    assert found["golive_database_up"] == 0
    assert found['golive_alarm{alarm="database"}'] == 1
    assert found["golive_disk_free_bytes"] > 0


def test_the_machine_tells_its_backups_and_its_certificate(
    here: TestClient, own_settings: Settings, clock: Clock
) -> None:
    before = values(here.get("/metrics").text)
    assert not {"golive_backup_age_seconds", "golive_certificate_seconds_left"} & set(before)
    own_settings.backups.mkdir()
    for days in (1, 3):
        (own_settings.backups / backup_name(clock.now - timedelta(days=days))).write_bytes(b"")
    (own_settings.backups / "notes.txt").write_text("no backup")
    certificate, _ = written_pair(own_settings.home)
    with use_settings(own_settings.model_copy(update={"tls_certificate": str(certificate)})):
        after = values(here.get("/metrics").text)
    assert after["golive_backup_age_seconds"] == timedelta(days=1).total_seconds()
    assert "golive_certificate_seconds_left" in after


def test_nothing_of_anybody_is_among_the_figures(db: Database, clock: Clock) -> None:
    """Every free text of every row holds a person's name, and the practice, its payers and patients are known."""
    made = enrolling(db, an_intake())
    clock.now = made.now
    known_as(db, "maple-street", made.number("medicare"), as_of=made.now)
    planted = plant(db)
    assert planted > 50
    with from_here(create_site(now=clock)) as browser:
        for path in (f"/j/{MARK}", "/staff/practices/maple-street", "/book/maple-street"):
            browser.get(path)
        told = browser.get("/metrics").text.lower()
    assert "golive_work_items_open" in told
    assert [value for value in PLANTED if value.lower() in told] == []
    named = {line.split()[2] for line in told.splitlines() if line.startswith("# help")}
    assert named <= {one.name for one in (*METRICS, PAGE_SECONDS)} | {f"{PAGE_SECONDS.name}_created"}


def plant(db: Database) -> int:
    """Write the name into every column of free text that no key and no index stands upon; gives how many took it."""
    done = 0
    for table in Base.metadata.sorted_tables:
        bound = {one.name for index in table.indexes if index.unique for one in index.columns}
        bound |= {one.name for rule in table.constraints for one in getattr(rule, "columns", ())}
        for column in table.columns:
            is_text = type(column.type) is String and (column.type.length or 99) >= len(MARK)
            if is_text and column.name not in bound and not isinstance(column.type, JSON):
                db.transaction(lambda s, t=table, c=column: s.execute(update(t).values({c: MARK})))  # type: ignore[misc]  # bound at once
                done += 1
    return done
