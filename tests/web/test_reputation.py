"""Public reviews in the portal, and the replies that people of a practice write and release."""

from datetime import timedelta
from functools import partial
from http import HTTPStatus

import pytest

from deployments.web import reputation
from models.db import Database
from models.inputs.reputation_pages import place_in, place_word
from models.reports import reputation_pages
from models.rules.reputation_replies import Override, ReplyState
from models.rules.roles import Role
from models.store import reviews
from tests.store.reviewing import NEUTRAL, a_review, a_reviewing
from tests.web.reputation import BASE, COMPLAINT, KEY, PRAISE, PRIVATE, Reader, Scene, a_scene, browser_of
from tests.web.signed_in import member

pytestmark = pytest.mark.database
TOLD = "Thank you for your visit last Tuesday."
SAFE = "Thank you for telling us. We take every comment seriously."


@pytest.fixture
def scene(db: Database) -> Scene:
    return a_scene(db)


@pytest.fixture
def office(scene: Scene) -> Reader:
    return Reader(browser_of(scene, "office"))


@pytest.fixture
def desk(scene: Scene) -> Reader:
    return Reader(browser_of(scene, "desk"))


def test_reputation_opens_on_public_reviews_the_newest_first(office: Reader) -> None:
    """F-080."""
    office.open()
    assert [PRAISE in office.cards[0], COMPLAINT in office.cards[1], len(office.cards)] == [True, True, 3]
    assert "5 of 5 stars" in office.cards[0]
    assert "Google" in office.cards[0]
    assert "Unsigned" in office.cards[2]


def test_public_and_private_are_never_mixed(office: Reader) -> None:
    """F-082."""
    assert PRIVATE not in office.open().text
    office.open("/private")
    assert PRIVATE in office.text
    assert PRAISE not in office.text
    assert COMPLAINT not in office.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"stars": "1"}, [COMPLAINT]),
        ({"stars": "5"}, [PRAISE]),
        ({"stars": "9"}, [PRAISE, COMPLAINT, "Unsigned"]),
        ({"site": "healthgrades"}, ["Unsigned"]),
        ({"site": "google", "stars": "3"}, []),
        ({"reply": "in_hand"}, [PRAISE]),
        ({"reply": "not_yet"}, [COMPLAINT, "Unsigned"]),
        ({"reply": "posted"}, []),
        ({"reply": "withdrawn"}, []),
    ],
)
def test_reviews_are_chosen_by_stars_site_and_state(
    scene: Scene, office: Reader, query: dict[str, str], expected: list[str]
) -> None:
    """F-080."""
    scene.reviewing.draft(NEUTRAL, review="r1")
    cards = office.open(**query).cards
    assert len(cards) == len(expected)
    assert all(words in card for words, card in zip(expected, cards, strict=True))


def test_a_withdrawn_review_is_listed_apart_and_without_words(scene: Scene, office: Reader) -> None:
    number = scene.reviewing.review("r1")
    from_now = scene.asking.now
    scene.db.transaction(lambda s: reviews.withdrawn_one(s, scene.asking.practice, number, as_of=from_now))
    assert len(office.open().cards) == 2
    (card,) = office.open(reply="withdrawn").cards
    assert "not public any more" in card
    assert PRAISE not in card
    assert "Save and check" not in office.open(review=number).text


def test_pages_of_reviews_are_turned_by_key_and_none_is_lost_where_moments_are_the_same(db: Database) -> None:
    there = a_reviewing(db)
    there.take_in(*(a_review(f"r{number}", words=f"Words {number}") for number in range(7)))
    seen, place = list[str](), None
    for _ in range(9):
        wanted = reputation_pages.Wanted(before=place)
        page = db.read(lambda s, w=wanted: reputation_pages.review_page(s, there.practice, w, size=3))  # type: ignore[misc]  # bound now
        seen += [one.words for one in page.reviews]
        if page.older is None:
            break
        place = reputation_pages.Place(*(place_in(place_word(*page.older)) or page.older))
    assert sorted(seen) == [f"Words {number}" for number in range(7)]


def test_the_next_page_keeps_what_was_chosen(scene: Scene, office: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reputation, "review_page", partial(reputation_pages.review_page, size=1))
    first = office.open(site="google", lang="es")
    assert len(first.cards) == 1
    (link,) = [one.get("href") for one in first.page.xpath("//a[@rel='next']")]
    assert {"site=google", "lang=es"} <= set(link.partition("?")[2].split("&"))
    assert "1 de 5 estrellas" in office._seen(office.client.get(link)).cards[0]
    assert office.page.xpath("//a[@rel='next']") == []


@pytest.mark.parametrize("asked", ["7", "0", "x", "9" * 30, ""])
def test_a_review_that_is_not_theirs_is_like_one_that_is_not_there(scene: Scene, office: Reader, asked: str) -> None:
    other = a_reviewing(scene.db, key="oak-lane")
    other.take_in(a_review("foreign", words="Foreign words"))
    nothing = office.client.get("/nothing/here")
    assert office.open(review=other.review("foreign")).answer.content == nothing.content
    found = office.open(review=asked).answer
    assert (found.status_code, found.content) == (404, nothing.content)


def test_what_the_check_finds_is_said_beside_the_words_with_what_to_write_instead(scene: Scene, office: Reader) -> None:
    """F-211: the words are kept, and may be changed there."""
    number = scene.reviewing.review()
    office.open(review=number).press("/draft", words=TOLD)
    assert office.answer.status_code == HTTPStatus.OK
    assert scene.reviewing.state() is ReplyState.DRAFT
    assert "your visit last: This speaks of something that only a patient has here." in office.text
    assert "Write instead: Privacy rules keep us from saying more here." in office.text
    assert [one.text for one in office.page.iter("mark")] == ["your visit last", " Tuesday"]
    assert office.page.get_element_by_id("words").value.strip() == TOLD
    assert office.buttons == ["/draft"]
    office.press("/draft", words=SAFE)
    assert "The check found nothing." in office.text
    assert office.buttons == ["/release", "/draft"]


def test_nothing_goes_out_before_a_person_releases_it(scene: Scene, office: Reader) -> None:
    """F-083, F-211."""
    office.open(review=scene.reviewing.review()).press("/draft", words=SAFE)
    assert scene.reviewing.state() is ReplyState.CHECKED
    office.press("/release")
    assert scene.reviewing.state() is ReplyState.RELEASED
    assert "About to be posted" in office.text
    assert "Released by office: 1 of 1" in office.text
    office.press("/take-back")
    assert scene.reviewing.state() is ReplyState.CHECKED


def test_one_or_two_stars_need_two_persons(scene: Scene, office: Reader, desk: Reader) -> None:
    """F-211."""
    number = scene.reviewing.review("r2")
    office.open(review=number).press("/draft", words=SAFE)
    assert "two different persons must release" in office.text
    office.press("/release")
    assert scene.reviewing.state("r2") is ReplyState.HALF_RELEASED
    assert "/release" not in office.buttons
    assert "need a second person: ask somebody else" in office.text
    desk.open(review=number).press("/release")
    assert scene.reviewing.state("r2") is ReplyState.RELEASED
    assert scene.reviewing.reply("r2").releasers == "office desk"


def test_doubtful_words_need_somebody_else_with_a_reason(scene: Scene, office: Reader, desk: Reader) -> None:
    """F-211."""
    number = scene.reviewing.review()
    office.open(review=number).press("/draft", words="Thank you, Zoe.")
    assert "Perhaps the reviewer is named" in office.text
    assert office.buttons == ["/draft"]
    desk.open(review=number).press("/release")
    assert desk.answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Choose why the words may stand" in desk.faults["release"]
    desk.press("/release", override=Override.OTHER_MEANING.value)
    assert scene.reviewing.state() is ReplyState.RELEASED
    assert "The word means something else here" in desk.text


def test_a_reply_without_a_connector_is_posted_by_hand_and_confirmed(scene: Scene, desk: Reader) -> None:
    """F-083."""
    desk.open(review=scene.reviewing.review("r3")).press("/draft", words=SAFE).press("/release")
    assert scene.reviewing.state("r3") is ReplyState.BY_HAND
    assert "Copy the words to the site" in desk.text
    desk.press("/posted")
    assert scene.reviewing.state("r3") is ReplyState.POSTED
    assert "Posted Mon, Nov 23" in desk.text
    assert "First take the reply down at its site" in desk.text


def test_only_the_words_that_were_seen_are_released(scene: Scene, office: Reader, desk: Reader) -> None:
    number = scene.reviewing.review()
    office.open(review=number).press("/draft", words=SAFE)
    desk.open(review=number)
    office.press("/draft", words="We thank everybody who writes.")
    desk.press("/release")
    assert desk.answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Somebody changed the review or its reply meanwhile" in desk.faults["release"]
    assert "We thank everybody who writes." in desk.text
    assert scene.reviewing.state() is ReplyState.CHECKED
    desk.press("/release")
    assert scene.reviewing.state() is ReplyState.RELEASED


def test_a_reply_written_meanwhile_by_somebody_else_is_not_lost_and_neither_are_the_typed_words(
    scene: Scene, office: Reader, desk: Reader
) -> None:
    number = scene.reviewing.review()
    desk.open(review=number)
    office.open(review=number).press("/draft", words=SAFE)
    desk.press("/draft", words="My other words.")
    assert "meanwhile" in desk.faults["words"]
    assert desk.page.get_element_by_id("words").value.strip() == "My other words."
    assert SAFE in desk.text
    desk.press("/draft")
    assert "My other words." in desk.text
    assert "words" not in desk.faults


def test_a_review_that_changed_meanwhile_is_read_again_before_a_release(scene: Scene, desk: Reader) -> None:
    number = scene.reviewing.review()
    desk.open(review=number).press("/draft", words=SAFE)
    at = scene.asking.now - timedelta(days=1)
    changed = a_review("r1", stars=5, words="Changed.", signed="Zoe K.", written_at=at, changed_at=scene.asking.now)
    scene.reviewing.take_in(changed, as_of=scene.asking.now)
    desk.press("/release")
    assert "meanwhile" in desk.faults["release"]
    assert "Changed." in desk.text


@pytest.mark.parametrize(("words", "said"), [("  \n ", "Write the reply first"), ("é" * 2049, "at most 4,096 bytes")])
def test_what_is_no_reply_is_refused_at_its_field_and_kept(scene: Scene, office: Reader, words: str, said: str) -> None:
    office.open(review=scene.reviewing.review()).press("/draft", words=words)
    assert office.answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in office.faults["words"]
    assert office.page.get_element_by_id("words").value.strip() == words.strip()
    assert "Nobody has written a reply yet." in office.text


def test_a_form_without_its_token_changes_nothing_and_keeps_the_words(scene: Scene, office: Reader) -> None:
    number = scene.reviewing.review()
    office.open(review=number).press("/draft", words=SAFE, form="0" * 32)
    assert office.answer.status_code == HTTPStatus.FORBIDDEN
    assert "did not come from our page" in office.faults["words"]
    assert office.page.get_element_by_id("words").value.strip() == SAFE
    for step in ("draft", "release", "take-back", "posted", "private/read", "settings/save"):
        answer = office.client.post(
            f"{BASE}/{step}", data={"review": str(number)}, headers={"sec-fetch-site": "cross-site"}
        )
        assert answer.status_code == HTTPStatus.FORBIDDEN, step
    assert "Nobody has written a reply yet." in office.open(review=number).text


def test_a_review_of_another_practice_is_answered_by_nobody_here(scene: Scene, office: Reader) -> None:
    other = a_reviewing(scene.db, key="oak-lane")
    other.take_in(a_review("foreign"))
    office.open(review=scene.reviewing.review())
    office.press("/draft", words=SAFE, review=str(other.review("foreign")), version="1", edition="0")
    assert office.answer.status_code == HTTPStatus.NOT_FOUND
    assert "This page does not exist" in office.answer.text


@pytest.mark.parametrize("role", [Role.SUCCESS_COACH, Role.ONBOARDING_MANAGER, Role.AUDITOR])
def test_our_own_people_read_and_answer_nothing(scene: Scene, role: Role) -> None:
    """F-083: the practice itself answers."""
    scene.reviewing.draft(SAFE)
    ours = Reader(browser_of(scene, member(scene.db, "one-of-us", role, KEY), practice=""))
    ours.open(review=scene.reviewing.review())
    assert SAFE in ours.text
    assert "Only the practice's own people write and release replies" in ours.text
    assert ours.buttons == []
    assert ours.open("/private").buttons == []
    form = {"review": str(scene.reviewing.review())}
    assert ours.client.post(f"{BASE}/release", data=form).status_code == HTTPStatus.NOT_FOUND
    assert scene.reviewing.state() is ReplyState.CHECKED


@pytest.mark.parametrize("path", ["", "/private", "/settings"])
def test_every_page_speaks_both_languages_and_each_leads_to_the_other(office: Reader, path: str) -> None:
    english = office.open(path, lang="en").text
    spanish = office.open(path, lang="es").text
    assert office.page.get("lang") == "es"
    assert "Opiniones privadas" in spanish
    assert "Private feedback" in english
    assert any(path in one and "lang=en" in one for one in office.links("lang=en"))


def test_a_language_that_was_asked_for_stays_after_a_form(scene: Scene, office: Reader) -> None:
    office.open(review=scene.reviewing.review(), lang="es").press("/draft", words=TOLD)
    assert "Escriba en su lugar" in office.text
    assert "lang=es" in str(office.answer.url)


def test_no_address_holds_words_or_names(scene: Scene, office: Reader) -> None:
    for path in ("", "/private", "/settings"):
        office.open(path)
        said = " ".join(office.links(""))
        assert not any(word in said for word in ("Zoe", "Avery", "Rosalind", "friendly"))


def test_words_of_people_are_escaped(scene: Scene, office: Reader) -> None:
    at = scene.asking.now
    scene.reviewing.take_in(a_review("r9", words="<b>bold</b>", signed="<i>", written_at=at, changed_at=at), as_of=at)
    office.open()
    assert "&lt;b&gt;bold" in office.answer.text
    assert "<b>bold" not in office.answer.text
