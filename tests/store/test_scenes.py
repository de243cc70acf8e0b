"""A scene that was copied is the scene that was played; where it could be another one, it is played."""

from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from models.db import Database
from models.store import accounts
from models.store.keys import keys_of
from models.tables.onboarding import JourneyRow
from models.tables.practices import Practice
from tests.factories import MONDAY, TEAM, a_journey, an_intake
from tests.scenes import MOST, Kept, Shelf, kept, light
from tests.store.asking import an_asking

played = list[str]()


@dataclass(frozen=True)
class Place:
    db: Database
    journey: int


@kept
def a_place(db: Database, key: str = "maple-street") -> Place:
    played.append(key)
    return Place(db, a_journey.__wrapped__(db, an_intake(key)))  # type: ignore[attr-defined]  # without a template


@light
def a_light_one(db: Database) -> None:
    a_journey.__wrapped__(db, an_intake("light"))  # type: ignore[attr-defined]  # without a template


class Copied:
    """Remembers what was to be forgotten."""

    def __init__(self) -> None:
        self.forgotten = list[str]()

    def keep(self, db: Database) -> str:
        raise NotImplementedError

    def lay(self, copy: str, db: Database) -> None:
        raise NotImplementedError

    def forget(self, copy: str) -> None:
        self.forgotten.append(copy)


def practices_in(db: Database) -> int:
    return db.read(lambda s: s.scalar(select(func.count()).select_from(Practice))) or 0


@pytest.fixture(params=["played", "played and copied away", "laid"])
def place(db: Database) -> Place:
    """Ask for the same scene in three tests that follow each other."""
    return a_place(db)


def test_a_scene_stands_upon_the_database_of_its_test_and_is_played_twice_at_most(db: Database, place: Place) -> None:
    assert place.db is db
    assert practices_in(db) == 1
    assert played.count("maple-street") <= 4  # twice on each database


def test_a_test_that_writes_leaves_the_next_one_an_unwritten_scene(db: Database, place: Place) -> None:
    a_journey(db, an_intake("second"))
    assert practices_in(db) == 2


@pytest.mark.parametrize("time", range(3))
def test_what_a_scene_sealed_is_opened_with_the_keys_that_came_along(db: Database, time: int) -> None:
    asking = an_asking(db, key="sealed")
    asking.patient("91")
    assert db.read(lambda s: keys_of(s, asking.practice)) is not None
    assert db.transaction(lambda s: accounts.installation_keys(s, as_of=MONDAY)) is not None


@pytest.mark.parametrize("time", range(3))
def test_a_scene_upon_a_scene_shows_both(db: Database, time: int) -> None:
    first, second = a_place(db, "first"), a_place(db, "second")
    assert first.db is second.db is db
    assert first.journey != second.journey
    assert practices_in(db) == 2


@pytest.mark.parametrize("time", range(4))
def test_a_scene_upon_a_light_one_shows_both_and_is_kept(db: Database, time: int) -> None:
    a_light_one(db)
    place = a_place(db, "upon-a-light-one")
    assert practices_in(db) == 2
    assert db.read(lambda s: s.scalar(select(JourneyRow.id).where(JourneyRow.id == place.journey)))
    assert played.count("upon-a-light-one") <= 4  # twice on each database


@pytest.mark.parametrize("time", range(4))
def test_what_was_written_before_a_scene_stays(db: Database, time: int) -> None:
    an_asking.__wrapped__(db, key="before")  # type: ignore[attr-defined]  # no scene: it only writes
    a_place(db, "after")
    assert practices_in(db) == 2


@pytest.mark.parametrize("time", range(4))
def test_after_a_patch_every_scene_is_played(db: Database, monkeypatch: pytest.MonkeyPatch, time: int) -> None:
    monkeypatch.setattr("tests.factories.TEAM", TEAM)
    before = len(played)
    a_place(db, "patched")
    assert len(played) == before + 1


def test_the_scene_that_nobody_asked_for_the_longest_is_forgotten() -> None:
    copies = Copied()
    shelf = Shelf(copies)
    for number in range(MOST):
        shelf.add(str(number), Kept(f"copy {number}", {}, None))
    shelf.find("0")
    shelf.add("new", Kept("new copy", {}, None))
    assert copies.forgotten == ["copy 1"]
    shelf.clear()
    assert len(copies.forgotten) == MOST + 1
