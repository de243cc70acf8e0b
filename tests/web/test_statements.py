"""Pages with lists ask the database as often for two hundred rows as for ten, and for eight practices as for two."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from models.db import Database
from tests.factories import an_intake
from tests.reports.journeys import Story, in_training, intake
from tests.reports.test_insights import Past
from tests.store.enrolling import enrolling
from tests.store.reviewing import Reviewing, a_review
from tests.web.conftest import Clock
from tests.web.desk import BASE, MESSAGES, PATIENTS, ROSA, Front, a_front, known_as
from tests.web.test_home import statements

pytestmark = pytest.mark.database
FEW, MANY = 10, 200
OF_PRACTICE = (
    f"{BASE}/appointments",
    f"{BASE}/appointments?tab=all",
    f"{BASE}/reputation",
    f"{BASE}/reputation/private",
    MESSAGES,
    f"{MESSAGES}?show=waiting",
    "/home",
)
OF_STAFF = ("/staff", "/staff/work", "/staff/enrollments", "/home")


def counted(db: Database, look: Callable[[], object]) -> int:
    """Count what a second look asks: the first one may warm something up."""
    look()
    return statements(db, look)


def search(front: Front) -> Callable[[], object]:
    front.look(PATIENTS)
    address, hidden = front.form("/patients")
    return lambda: front.browser.post(address, data=hidden | ROSA)


def grow(front: Front, past: Past, numbers: range) -> None:
    """Give the practice a patient, a conversation, an appointment, an answer and a review under each number."""
    for number in numbers:
        known_as(front.asking.db, "maple-street", number, as_of=front.asking.now)
    past.answers(len(numbers), stars=5)
    reviewing = Reviewing(front.asking.db, front.asking.practice)
    reviewing.connect()
    reviewing.take_in(*(a_review(f"r{number}") for number in numbers), as_of=front.asking.now)


def test_more_rows_of_a_practice_ask_no_more_often(db: Database, clock: Clock, client: TestClient) -> None:
    front = a_front(db, clock)
    past = Past(front.asking, made=10_000)
    asked: list[dict[str, int]] = []
    for numbers in (range(1, FEW + 1), range(FEW + 1, MANY + 1)):
        grow(front, past, numbers)
        clock.now = front.asking.now
        found = {address: counted(db, lambda address=address: front.look(address)) for address in OF_PRACTICE}  # type: ignore[misc]  # bound at once
        found["patients"] = counted(db, search(front))
        found["ours"] = counted(db, lambda: client.get(f"{BASE}/appointments?tab=all"))
        asked.append(found)
    assert asked[0] == asked[1]
    assert 3 < min(asked[1].values()) <= max(asked[1].values()) < 60
    assert front.look(f"{BASE}/appointments?tab=all").count("Rosa Marsh") >= 25


def test_more_practices_ask_no_more_often(db: Database, clock: Clock, client: TestClient, story: Story) -> None:
    clock.now = in_training(story).now
    asked: list[dict[str, int]] = []
    for numbers in (range(1), range(1, 6)):
        for number in numbers:
            in_training(Story(db, intake(f"oak-{number}")))
            enrolling(db, an_intake(f"elm-{number}"))
        asked.append({address: counted(db, lambda address=address: client.get(address)) for address in OF_STAFF})  # type: ignore[misc]  # bound at once
    assert asked[0] == asked[1]
