"""Reports on their way: the weekly mail with its files, and artifacts that hold numbers and small pictures only."""

from base64 import b64decode

import pytest

from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.settings import Settings
from tasks import messages, reports
from tests.reports.test_insights import NOW, Past
from tests.reports.test_weekly_reputation import IN_THE_WEEK, MONDAY
from tests.store.asking import HOUR, an_asking


@pytest.fixture
def past(db: Database) -> Past:
    return Past(an_asking(db))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    kept: dict[str, str] = {}

    def keep(content: object, *, key: str, description: str) -> None:
        kept[key] = f"{content} {description}"

    monkeypatch.setattr(reports, "create_table_artifact", keep)
    monkeypatch.setattr(reports, "create_markdown_artifact", keep)
    monkeypatch.setattr(reports, "create_link_artifact", lambda link, **said: kept.update({said["key"]: link}))
    return kept


def test_a_weekly_report_reaches_the_practice_with_its_files(db: Database, own_settings: Settings, past: Past) -> None:
    past.answers(9, stars=5, at=IN_THE_WEEK)
    assert reports.queue_weekly.fn(as_of=MONDAY, limit=10) == 1
    later = MONDAY + 6 * HOUR
    for claim in messages.claims_of_messages(as_of=later, limit=100):
        messages.deliver_messages.fn(claim, as_of=later)
    (mail,) = [one for one in read_mailbox(own_settings.mailbox_folder) if "feedback from" in one.subject]
    assert "100% (9 of 9" in mail.text


def test_insights_stand_in_prefect_as_numbers_and_small_pictures(
    db: Database, past: Past, shown: dict[str, str]
) -> None:
    past.answers(30, stars=5, provider_id=None)
    counts = reports.show_insights.fn("", as_of=NOW)
    assert counts["shown"] == len(shown) > 3
    page = shown["insights-overview"]
    picture = page.partition("data:image/png;base64,")[2].partition(")")[0]
    assert b64decode(picture).startswith(b"\x89PNG")
    assert all(len(one) < 150_000 for one in shown.values())
    assert "| 5 stars | 30 | 30 |" in page


def test_the_month_of_the_installation_is_counted(db: Database, past: Past, shown: dict[str, str]) -> None:
    past.answers(9, stars=5, at=IN_THE_WEEK)
    counts = reports.show_month.fn(as_of=MONDAY.replace(month=1, year=2027))
    assert counts["answers_given"] == 9
    assert counts["practices_registered"] == 0
    assert "Answers given" in shown["month-counts"]
    assert shown["month-files"].endswith("/staff/month?month=2026-12")


def test_a_practice_is_known_by_its_key(db: Database, past: Past) -> None:
    assert not reports.is_known("nobody")
