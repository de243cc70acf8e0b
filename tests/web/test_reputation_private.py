"""Private feedback in the portal, apart from public reviews, and the settings of Reputation."""

import re
from datetime import timedelta
from http import HTTPStatus

import pytest
from sqlalchemy import update

from deployments.web.site import create_site
from models.db import Database
from models.inputs.reputation_pages import place_word
from models.reports import reputation_pages
from models.rules.feedback import Signature
from models.rules.roles import Role
from models.store.feedback_answers import count_unread
from models.store.feedback_policies import versions_of
from models.tables.feedback import FeedbackAnswerRow
from tests.factories import MONDAY
from tests.store.reviewing import a_reviewing
from tests.web.conftest import Clock
from tests.web.reputation import BASE, KEY, PRIVATE, Reader, Scene, a_scene, browser_of
from tests.web.signed_in import SignedIn, member

pytestmark = pytest.mark.database


@pytest.fixture
def scene(db: Database) -> Scene:
    return a_scene(db)


@pytest.fixture
def office(scene: Scene) -> Reader:
    return Reader(browser_of(scene, "office"))


def test_private_feedback_says_yes_or_no_stars_provider_and_when(office: Reader) -> None:
    """F-081."""
    unfinished, sad, happy = office.open("/private").cards
    assert "Yes, satisfied" in happy
    assert "5 of 5 stars" in happy
    assert "Kind and unhurried." in happy
    assert "About Dr. Avery No. 0" in happy
    assert "No, not satisfied" in sad
    assert PRIVATE in sad
    assert "stars" not in sad
    assert "Mon, Nov 23" in sad
    assert "the page was not finished" in unfinished


def test_unread_feedback_is_marked_as_read_by_a_person_and_not_by_looking(scene: Scene, office: Reader) -> None:
    """F-081, F-208."""
    office.open("/private").open("/private")
    assert count_unread_in(scene) == 3
    assert "3 unread" in office.text
    office.press("/private/read", 1)
    assert count_unread_in(scene) == 2
    assert "2 unread" in office.text
    assert "Read Mon, Nov 23" in office.text
    office.press("/private/read", 0)
    assert count_unread_in(scene) == 0
    assert "Unread" not in office.text
    assert office.buttons == []


def count_unread_in(scene: Scene) -> int:
    return scene.db.read(lambda s: count_unread(s, scene.asking.practice))


def test_a_mark_keeps_the_first_moment_and_touches_no_other_practice(scene: Scene, office: Reader) -> None:
    first = scene.answers[0]
    office.open("/private")
    token = office.page.forms[0].fields["form"]

    def read_at() -> object:
        return scene.db.read(lambda s: s.get_one(FeedbackAnswerRow, first).read_at)

    office.post(f"{BASE}/private/read", {"form": token, "answers": str(first)})
    kept = read_at()
    office.client.app.state.now = lambda: scene.clock.now + timedelta(minutes=5)  # type: ignore[attr-defined]  # it is our site
    office.open("/private").post(f"{BASE}/private/read", {"form": token_of(office), "answers": str(first)})
    assert read_at() == kept
    for wrong in ("7", f"{scene.answers[1]},7", "", "x", ",".join(["1"] * 60)):
        office.open("/private").post(f"{BASE}/private/read", {"form": token_of(office), "answers": wrong})
        assert office.answer.status_code == HTTPStatus.NOT_FOUND, wrong
    assert count_unread_in(scene) == 2


def token_of(reader: Reader) -> str:
    return str(reader.page.forms[0].fields["form"])


def test_pages_of_private_feedback_are_turned_by_key(scene: Scene) -> None:
    """F-081."""
    seen, place = list[int](), None
    for _ in range(3):
        page = scene.db.read(
            lambda s, at=place: reputation_pages.private_page(s, scene.asking.practice, before=at, size=1)  # type: ignore[misc]  # bound now
        )
        seen += [one.answer.request for one in page.lines]
        place = page.older
    assert seen == list(reversed(scene.answers))
    assert place is None


def test_answers_of_one_moment_are_all_listed(scene: Scene, office: Reader) -> None:
    scene.db.transaction(lambda s: s.execute(update(FeedbackAnswerRow).values(answered_at=scene.asking.now)))
    newest = scene.db.read(lambda s: reputation_pages.private_page(s, scene.asking.practice, size=2))
    rest = office.open("/private", before=place_word(*newest.older or (scene.asking.now, 1)))
    assert (len(newest.lines), len(rest.cards)) == (2, 1)


def test_the_practice_saves_its_settings_with_its_own_key(scene: Scene, office: Reader) -> None:
    """F-084, F-042, F-052."""
    office.open("/settings").press("/settings/save", omission_days="60", signature="sincerely_provider")
    newest = scene.db.read(lambda s: versions_of(s, scene.asking.practice))[0]
    assert (newest.policy.omission_days, newest.policy.signature) == (60, Signature.SINCERELY_PROVIDER)
    assert newest.changed_by == "office"
    assert "Saved. It counts for whoever is asked from now on." in office.text
    assert office.page.get_element_by_id("omission_days").value == "60"


def test_signature_lines_are_chosen_from_a_list_that_shows_them_filled(office: Reader) -> None:
    """F-050, F-051."""
    office.open("/settings")
    lines = [" ".join(one.text_content().split()) for one in office.page.find_class("choice")]
    wanted = ("Thank you, Maple", "Sincerely, Dr. Avery No. 0", "Best regards, Maple")
    assert all(any(line.startswith(one) for line in lines) for one in wanted)
    assert len(lines) == len(Signature)


@pytest.mark.parametrize("days", ["0", "366", "1.5", "", "-3", "thirty", "٣"])
def test_an_omission_period_that_is_none_is_refused_at_its_field(scene: Scene, office: Reader, days: str) -> None:
    """F-041: what was typed and chosen is kept."""
    before = scene.db.read(lambda s: versions_of(s, scene.asking.practice))[0].policy
    office.open("/settings").press("/settings/save", omission_days=days, signature="best_regards_practice")
    assert office.answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "a whole number from 1 to 365" in office.faults["omission_days"]
    assert office.page.get_element_by_id("omission_days").value == days
    assert office.page.forms[0].fields["signature"] == "best_regards_practice"
    assert scene.db.read(lambda s: versions_of(s, scene.asking.practice))[0].policy == before


@pytest.mark.parametrize("days", ["1", "365"])
def test_the_shortest_and_the_longest_omission_period_are_saved(scene: Scene, office: Reader, days: str) -> None:
    """F-041."""
    office.open("/settings").press("/settings/save", omission_days=days)
    assert scene.db.read(lambda s: versions_of(s, scene.asking.practice))[0].policy.omission_days == int(days)


def test_a_signature_that_is_not_in_the_list_is_refused(office: Reader) -> None:
    """F-052."""
    token = token_of(office.open("/settings"))
    form = {"form": token, "omission_days": "40", "signature": "Yours, <b>", "version": "2"}
    office.post(f"{BASE}/settings/save", form)
    assert "Choose one of these signature lines" in office.faults["signature"]
    assert office.page.get_element_by_id("omission_days").value == "40"


def test_a_form_that_is_sent_twice_counts_once_and_the_same_choice_changes_nothing(
    scene: Scene, office: Reader
) -> None:
    office.open("/settings")
    sent = dict(office.page.forms[0].form_values()) | {"omission_days": "45"}
    for _ in range(2):
        office.post(f"{BASE}/settings/save", sent)
        assert "Saved." in office.text
    count = len(scene.db.read(lambda s: versions_of(s, scene.asking.practice)))
    office.open("/settings").press("/settings/save")
    assert "nothing was changed" in office.text
    assert len(scene.db.read(lambda s: versions_of(s, scene.asking.practice))) == count


def test_settings_that_somebody_changed_meanwhile_are_shown_before_they_are_replaced(
    scene: Scene, office: Reader
) -> None:
    office.open("/settings")
    scene.asking.choose(omission_days=90)
    office.press("/settings/save", omission_days="45")
    assert "in force are: 90 days; Thank you, Maple" in office.faults["omission_days"]
    assert office.page.get_element_by_id("omission_days").value == "45"
    office.press("/settings/save")
    assert scene.db.read(lambda s: versions_of(s, scene.asking.practice))[0].policy.omission_days == 45


@pytest.mark.parametrize("role", [Role.SUCCESS_COACH, Role.ONBOARDING_MANAGER, Role.INTEGRATIONS_SPECIALIST])
def test_who_may_not_change_the_settings_reads_them_and_who_may(scene: Scene, role: Role) -> None:
    """F-042: the Onboarding Manager neither."""
    key = member(scene.db, "one-of-us", role, KEY)
    ours = Reader(browser_of(scene, key, practice="")).open("/settings")
    assert "Only the practice itself, by its primary contact, can change these settings" in ours.text
    assert ours.buttons == []
    assert "29" in ours.text


def test_a_manager_who_sends_the_form_all_the_same_is_refused_in_a_sentence(scene: Scene, office: Reader) -> None:
    manager = Reader(browser_of(scene, member(scene.db, "one-of-us", Role.ONBOARDING_MANAGER), practice=""))
    token = re.search(r'name="form" value="([0-9a-f]{32})"', manager.client.get("/account").text)
    assert token is not None
    form = {"form": token[1], "omission_days": "45", "signature": "sincerely_practice", "version": "2"}
    manager.post(f"{BASE}/settings/save", form)
    assert manager.answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "by its primary contact" in manager.text
    assert scene.db.read(lambda s: versions_of(s, scene.asking.practice))[0].policy.omission_days == 29


def test_before_a_cadence_is_chosen_there_is_nothing_to_change(db: Database) -> None:
    """F-015, F-042."""
    a_reviewing(db)
    clock = Clock()
    clock.now = MONDAY
    site = create_site(now=clock)
    owner = Reader(SignedIn(site, db, "office", practice=KEY)).open("/settings")
    assert "This practice asks for no feedback yet." in owner.text
    assert owner.buttons == []
