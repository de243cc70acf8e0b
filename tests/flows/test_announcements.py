"""Milestones become events in Prefect: after their commit, once, and later when it was down."""

import time
from collections.abc import Callable

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import Database, transaction
from models.rules.milestones import MILESTONES
from models.store import announcements
from models.store.announcements import Untold
from models.tables.practices import Practice
from tasks.announcements import tell_milestones
from tasks.moment import now
from tests.factories import a_signed_journey, an_intake

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect"), pytest.mark.usefixtures("prefect")]
PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.announcements.PATIENCE_SECONDS", 60.0)  # a busy machine must not decide


def events_of(practice: str) -> list[dict[str, object]]:
    """List the events about a practice that Prefect keeps."""
    asked = {"filter": {"resource": {"id": [f"golive.practice.{practice}"]}}, "limit": 50}
    with get_client(sync_client=True) as client:
        found: list[dict[str, object]] = client.request("POST", "/events/filter", json=asked).json()["events"]
    return found


def wait_for(arrived: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not arrived():
        assert time.monotonic() < until, "the event did not arrive"
        time.sleep(0.1)


def put_up_again(session: Session, one: Untold) -> None:
    practice = session.scalars(select(Practice.id).where(Practice.key == one.practice)).one()
    announcements.put_up(session, [(one.mark, practice, one.process, one.number, one.kind, one.at)])


def test_a_milestone_is_one_event_however_often_it_is_told(db: Database) -> None:
    practice = f"told-{db.engine.dialect.name}"
    a_signed_journey(db, an_intake(practice), as_of=now())
    (one,) = db.read(lambda session: announcements.untold(session, limit=10))
    assert tell_milestones() == {"told": 1}
    assert tell_milestones() == {}
    transaction(lambda session: put_up_again(session, one))  # as if a worker had died between telling and taking down
    assert tell_milestones() == {"told": 1}
    last = f"last-{db.engine.dialect.name}"
    a_signed_journey(db, an_intake(last), as_of=now())
    tell_milestones()
    wait_for(lambda: len(events_of(last)) == 1)
    (event,) = events_of(practice)
    assert event["event"] == MILESTONES["agreement_signed"]
    assert event["payload"] == {"practice": practice, "process": "onboarding", "number": one.number}


def test_what_prefect_did_not_take_is_told_later(db: Database) -> None:
    a_signed_journey(db)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:1/api"}):
        assert tell_milestones() == {"untold": 1}
    assert tell_milestones() == {"told": 1}
