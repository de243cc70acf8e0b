"""A practice's key was destroyed: its pages say so, and go on with the numbers, dates and states that are left."""

import pytest

from models.db import Database
from models.rules.texting import Line
from models.store import keys
from tests.scenes import kept
from tests.store.reviewing import NEUTRAL
from tests.store.texting import OWN_LINE
from tests.web.conftest import Clock
from tests.web.desk import MESSAGES, PATIENTS, ROSA, a_front
from tests.web.reputation import BASE, PRAISE, PRIVATE, Reader, Scene, a_scene, browser_of
from tests.web.signed_in import LOCAL

pytestmark = pytest.mark.database
GONE, LOST = "was destroyed when it left", "What was written can be read no more."


@pytest.fixture
@kept
def scene(db: Database) -> Scene:
    """Give a practice with reviews, a drafted reply and private feedback."""
    made = a_scene(db)
    made.reviewing.draft(NEUTRAL, review="r2")
    return made


@pytest.fixture
def office(scene: Scene) -> Reader:
    """Give somebody of that practice, who had signed in when its key was destroyed."""
    reader = Reader(browser_of(scene, "office")).open()
    scene.db.transaction(lambda s: keys.destroy(s, scene.asking.practice))
    return reader


def test_reputation_shows_stars_and_states_and_says_that_the_words_are_gone(office: Reader) -> None:
    """F-080, F-081."""
    office.open()
    assert office.answer.status_code == 200
    assert GONE in office.text
    assert "5 of 5 stars" in office.cards[0]
    assert LOST in office.cards[0]
    assert PRAISE not in office.text
    office.open("/private")
    assert office.answer.status_code == 200
    assert GONE in office.text
    assert sum(LOST in card for card in office.cards) == 2
    assert PRIVATE not in office.text
    assert [one for one in office.buttons if one.startswith("/private")] == []


def test_a_reply_whose_words_are_gone_still_says_how_far_it_is(scene: Scene, office: Reader) -> None:
    """F-083."""
    office.open("", review=scene.reviewing.review("r2"))
    assert office.answer.status_code == 200
    assert GONE in office.text
    assert "Written by office" in office.text
    assert NEUTRAL not in office.text
    assert office.buttons == []


def test_a_form_that_would_seal_something_is_refused_in_a_sentence(scene: Scene, office: Reader) -> None:
    token = office.open("/settings").page.xpath("//input[@name='form']/@value")[0]
    values = {"form": token, "review": str(scene.reviewing.review("r1")), "version": "1", "edition": "0"}
    answer = office.client.post(f"{BASE}/draft", data=values | {"words": NEUTRAL}, headers={"Origin": LOCAL})
    assert answer.status_code == 410
    assert "key was destroyed" in answer.text


def test_insights_go_on_without_names(office: Reader) -> None:
    """F-090."""
    answer = office.client.get("/staff/practices/maple-street/insights")
    assert answer.status_code == 200
    assert GONE in answer.text
    assert office.client.get("/home").status_code == 200


def test_the_message_center_and_patients_go_on_without_names(db: Database, clock: Clock) -> None:
    """F-100, A-69."""
    front = a_front(db, clock)
    front.texting.own_line(line=Line.WEB_TO_TEXT)
    front.texting.text("Can I come on Monday?", sender="+12125550142", to=OWN_LINE)
    thread, patient = front.thread, front.patient()
    front.look(MESSAGES)
    db.transaction(lambda s: keys.destroy(s, front.asking.practice))
    seen = front.look(MESSAGES)
    assert GONE in seen
    assert "Waiting for us 1" in seen
    assert "Monday" not in seen
    front.clock.now = front.asking.now
    assert front.browser.get(f"{MESSAGES}/{thread}").status_code == 410
    seen = front.look(f"{PATIENTS}/{patient}")
    assert GONE in seen
    assert "Rosa" not in seen
    front.look(PATIENTS)
    front.send("/patients", status=200, **ROSA)
    assert GONE in front.seen()
