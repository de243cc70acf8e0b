"""Staff see which practices leave, how far each is and what comes next; pages of one that left answer politely."""

import pytest
from starlette.testclient import TestClient

from deployments.web.site import create_site
from models.db import Database
from models.rules.offboarding import Stage
from models.settings import Settings
from tests.store.test_offboarding import PRACTICE, Leavers
from tests.store.test_retention import Office
from tests.store.texting import a_texting
from tests.web.conftest import Clock
from tests.web.signed_in import SignedIn

pytestmark = pytest.mark.database
PAGES = (
    "",
    "/enrollments",
    "/forecast",
    "/progress",
    "/appointments",
    "/calendar",
    "/patients",
    "/messages",
    "/insights",
)


@pytest.fixture
def leavers(db: Database, own_settings: Settings, clock: Clock) -> Leavers:
    made = Leavers(Office(a_texting(db)), own_settings)
    clock.now = made.now
    return made


@pytest.fixture
def manager(leavers: Leavers, clock: Clock) -> TestClient:
    return SignedIn(create_site(now=clock), leavers.db, "manager-1", raise_server_exceptions=False)


def test_the_page_says_how_far_it_is_and_what_comes_next(leavers: Leavers, manager: TestClient) -> None:
    assert "No practice leaves." in manager.get("/staff/offboarding").text
    leavers.to(Stage.WAITING)
    page = manager.get("/staff/offboarding").text
    assert "waiting for the second person" in page
    assert "Somebody other than manager-1 confirms the destruction (confirm-destruction)." in page
    assert leavers.one.digest[:12] in page
    work = manager.get("/staff/work").text
    assert "Confirm that a practice&#39;s keys are destroyed" in work
    assert "/staff/offboarding" in work
    leavers.call_off()
    assert "resume-practice" in manager.get("/staff/offboarding").text


def test_pages_and_links_of_one_that_left_answer_without_an_error(leavers: Leavers, manager: TestClient) -> None:
    leavers.to(Stage.DESTROYED)
    for rest in PAGES:
        answer = manager.get(f"/staff/practices/{PRACTICE}{rest}")
        assert answer.status_code in (200, 404, 410), rest
        assert "Dana Whitaker" not in answer.text
    for address in ("/home", "/staff", "/staff/work", "/staff/enrollments", "/staff/offboarding"):
        assert manager.get(address).status_code == 200, address
    booking = manager.get(f"/book/{PRACTICE}")
    assert booking.status_code in (200, 404, 410), booking.status_code


def test_its_booking_page_says_that_it_is_closed(leavers: Leavers, manager: TestClient) -> None:
    before = manager.get(f"/book/{PRACTICE}")
    assert before.status_code == 200
    leavers.ask()
    after = manager.get(f"/book/{PRACTICE}")
    assert after.status_code in (200, 404), after.status_code
    assert after.text != before.text
