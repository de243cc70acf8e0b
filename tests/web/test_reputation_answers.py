"""One private feedback in the portal with the practice's answer: written, checked, released by a person, taken back."""

import re
from http import HTTPStatus
from pathlib import Path

import pytest
from sqlalchemy import select

from models.db import Database
from models.reports.private_answers import STANDINGS
from models.rules.messages import Channel
from models.rules.reputation_private import AnswerState, Barrier
from models.rules.roles import Role
from models.tables.feedback import PrivateAnswerRow
from models.tables.messages import Message
from templates.words_private_answers import FAULTS, HISTORY, NEXT, PRIVATE_ANSWERS, STATES
from tests.web.reputation import BASE, KEY, PRAISE, PRIVATE, Reader, Scene, a_scene, browser_of
from tests.web.signed_in import member

WORDS = "Thank you for telling us. We are sorry, and we will do better."
HOSTILE = "Thank you <script>alert(1)</script> & all"


@pytest.fixture
def scene(db: Database) -> Scene:
    return a_scene(db)


@pytest.fixture
def office(scene: Scene) -> Reader:
    return Reader(browser_of(scene, "office"))


def row(scene: Scene) -> PrivateAnswerRow:
    return scene.db.read(lambda s: s.scalars(select(PrivateAnswerRow)).one())


@pytest.mark.database
def test_an_answer_is_written_released_and_taken_back_under_its_feedback(scene: Scene, office: Reader) -> None:
    """F-083, F-082: history stands there, and public reviews never."""
    number = scene.answers[1]
    office.open("/private")
    assert "No answer yet" in office.cards[1]
    assert len(office.links(f"feedback={number}")) == 1
    office.open("/private", feedback=number)
    assert PRIVATE in office.text
    assert PRAISE not in office.text
    assert office.buttons == ["/private/draft"]
    office.press("/private/draft", words=WORDS)
    assert "Waits for release" in office.text
    assert office.buttons == ["/private/release", "/private/draft"]
    office.press("/private/release")
    assert "Waits to be sent" in office.text
    assert "Released: office" in office.text
    assert row(scene).channel is Channel.TEXT
    assert office.buttons == ["/private/take-back"]
    office.press("/private/take-back")
    assert row(scene).state is AnswerState.TAKEN_BACK
    assert "Taken back" in office.open("/private").cards[1]
    assert scene.db.read(lambda s: s.scalars(select(Message.state).where(Message.process == "reputation")).all()) == [
        "cancelled"
    ]


@pytest.mark.database
def test_words_that_must_not_stand_are_marked_with_what_to_write_instead(scene: Scene, office: Reader) -> None:
    """F-209."""
    office.open("/private", feedback=scene.answers[1]).press("/private/draft", words="Your diagnosis is in the chart.")
    assert "What the check found" in office.text
    assert "Write instead:" in office.text
    assert "/private/release" not in office.buttons
    office.press("/private/draft", words=HOSTILE)
    assert HOSTILE in office.text
    assert "<script>alert" not in office.answer.text


@pytest.mark.database
def test_a_way_that_is_closed_is_not_offered_and_the_page_says_why(scene: Scene, office: Reader) -> None:
    """F-201, F-205."""
    patient = scene.asking.scene(scene.answers[1]).patient
    assert patient is not None
    office.open("/private", feedback=scene.answers[1]).press("/private/draft", words=WORDS)
    assert "No mail address of this patient is known." in office.text
    assert office.page.xpath("//input[@name='channel']/@value") == ["text"]
    scene.asking.consent(patient, is_given=False, at=scene.asking.now)
    office.press("/private/release")
    assert office.answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert office.faults["release"].endswith("This patient has not agreed to texts.")
    assert "This patient cannot be written to." in office.text
    scene.asking.stop(patient)
    assert "asked for no more texts" in office.open("/private", feedback=scene.answers[1]).text


@pytest.mark.database
def test_a_release_counts_for_the_words_that_were_seen_only(scene: Scene, office: Reader) -> None:
    office.open("/private", feedback=scene.answers[1]).press("/private/draft", words=WORDS)
    other = Reader(browser_of(scene, "desk")).open("/private", feedback=scene.answers[1])
    other.press("/private/draft", words="Other words.")
    office.press("/private/release")
    assert "Somebody changed the answer meanwhile." in office.faults["release"]
    assert row(scene).state is AnswerState.CHECKED


@pytest.mark.database
def test_our_own_people_read_and_a_foreign_number_is_missing(scene: Scene, office: Reader) -> None:
    coach = Reader(browser_of(scene, member(scene.db, "one-of-us", Role.SUCCESS_COACH, KEY), practice=""))
    coach.open("/private", feedback=scene.answers[1])
    assert PRIVATE in coach.text
    assert coach.buttons == []
    for wrong in ("7", "x", "0"):
        assert office.open("/private", feedback=wrong).answer.status_code == HTTPStatus.NOT_FOUND
    office.open("/private", feedback=scene.answers[1])
    form = dict(office.page.forms[0].form_values()) | {"feedback": "7", "words": WORDS}
    assert office.post(f"{BASE}/private/draft", form).answer.status_code == HTTPStatus.NOT_FOUND
    spanish = office.open("/private", feedback=scene.answers[1], lang="es")
    assert "Su respuesta" in spanish.text


def test_there_are_words_for_whatever_an_answer_can_be() -> None:
    assert set(STATES) == set(STANDINGS)
    assert set(NEXT) == set(STANDINGS) - {"none"}
    named = set[str]()
    for path in ("models/rules/reputation_private.py", "models/store/private_answers.py"):
        named |= set(re.findall(r'Refusal\(\s*"(\w+)"', (Path(__file__).parents[2] / path).read_text()))
    assert len(named) > 6
    assert (named - {"unknown_feedback"}) | {one.value for one in Barrier} <= set(FAULTS)
    kinds = {f"private_answer_{what}" for what in ("drafted", "released", "taken_back")}
    assert set(HISTORY) == kinds
    both = [phrase for group in PRIVATE_ANSWERS.values() for phrase in group.values()]
    assert all(english.strip() and spanish.strip() for english, spanish in both)
