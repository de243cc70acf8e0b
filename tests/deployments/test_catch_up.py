"""What is done by hand without Prefect: due work, once, and the release of a practice."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from deployments import catch_up, release
from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.settings import Settings
from tasks.moment import standing_at
from tasks.policy import TaskFailed
from tasks.quarantine import SENTENCE
from tests.factories import MONDAY, a_signed_journey

LATER = MONDAY + timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _half_past() -> Iterator[None]:
    with standing_at(lambda: LATER):
        yield


def test_what_is_due_goes_out_once(db: Database, own_settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    a_signed_journey(db)
    assert catch_up.main([]) == 0
    told = capsys.readouterr().out
    mails = len(read_mailbox(own_settings.mailbox_folder))
    assert mails > 0
    assert f"{mails} sent" in told
    assert catch_up.main([]) == 0
    assert capsys.readouterr().out == "Nothing was due.\n"
    assert len(read_mailbox(own_settings.mailbox_folder)) == mails


def test_a_restored_database_stays_silent(
    db: Database, own_settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a_signed_journey(db)
    monkeypatch.setattr(catch_up, "is_quarantined", lambda: True)
    assert catch_up.main([]) == 75
    assert capsys.readouterr().err == f"{SENTENCE}\n"
    assert read_mailbox(own_settings.mailbox_folder) == []


def test_what_fails_is_said_by_class_and_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> bool:
        code = "Unavailable:connection"
        raise TaskFailed(code, is_worth_retry=True)

    monkeypatch.setattr(catch_up, "is_quarantined", fail)
    assert catch_up.main([]) == 69
    assert "Unavailable:connection" in capsys.readouterr().err


def test_nothing_is_released_where_nothing_is_stopped(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    a_signed_journey(db)
    assert release.main([]) == 0
    assert capsys.readouterr().out == "No broken promise is open.\n"
    assert release.main(["maple-street", "--by", "manager-1"]) == 75
    assert "there is nothing to release" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        release.main(["maple-street"])
