"""Turnarounds as people set, load, forget and list them, and as the night learns them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from models.db import Database
from models.inputs.turnaround_forms import OwnFigures
from models.inputs.turnarounds import Override
from models.rules.onboarding_facts import Transaction
from models.settings import settings
from models.store import turnarounds as store
from models.store.turnarounds import Asked, Case, Ending, Place
from tasks import turnarounds
from tests.factories import MONDAY
from tests.store.enrolling import enrolling

COACH = "coach-1"
FIGURES = OwnFigures(typical=20, low=10, high=40, source="told by phone")


def made(payer: str = "evergreen", figures: OwnFigures = FIGURES, transaction: str = "era") -> Override:
    found = turnarounds.override_of(payer, transaction, figures)
    assert isinstance(found, Override), found
    return found


def typical(db: Database, payer: str) -> int:
    return db.read(lambda s: store.turnaround_for(s, payer, Transaction.ERA, payer_class="commercial")).typical


def put(name: str, content: str) -> str:
    folder = settings().intake_folder
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath(name).write_text(content)
    return name


def test_a_figure_is_set_once_and_forgotten(db: Database) -> None:
    """E-05."""
    enrolling(db)
    told = turnarounds.set_turnaround.fn(made(), by=COACH, as_of=MONDAY)
    assert told.sentence == "Recorded: turnaround set."
    assert turnarounds.set_turnaround.fn(made(), by=COACH, as_of=MONDAY).sentence.startswith("This was recorded before")
    assert typical(db, "evergreen") == 20
    place = Place("evergreen", "era")
    assert turnarounds.forget_turnaround.fn(place, by=COACH).sentence == "Recorded: turnaround forgotten."
    told = turnarounds.forget_turnaround.fn(place, by=COACH)
    assert told.sentence == "There is no figure of your own for evergreen era."
    assert typical(db, "evergreen") == 90


def test_a_figure_that_does_not_fit_and_an_unknown_payer_are_refused_in_plain_words(db: Database) -> None:
    """E-05."""
    enrolling(db)
    wrong = turnarounds.override_of("evergreen", "era", OwnFigures(typical=20, low=30, source="told"))
    assert isinstance(wrong, str)
    assert wrong.startswith("The figures do not fit")
    stranger = turnarounds.set_turnaround.fn(made("nobody"), by=COACH, as_of=MONDAY)
    assert stranger.sentence == (
        "There is no payer with the key nobody; write a key of a payer list, class:medicare, or any."
    )
    nobody = turnarounds.set_turnaround.fn(made(), by="nobody", as_of=MONDAY)
    assert nobody.sentence == "There is no member of staff with the key nobody; write who is acting."
    assert not turnarounds.forget_turnaround.fn(Place("any", "any"), by="nobody").is_done


def test_a_file_is_loaded_line_by_line_and_the_same_file_changes_nothing(db: Database) -> None:
    """E-44."""
    enrolling(db)
    lines = ["payer,transaction,low,typical,high,unit,source", "evergreen,era,,25,,,portal of the payer"]
    good = put("good.csv", "\n".join(lines))
    told = turnarounds.load_turnarounds.fn(good, by=COACH, as_of=MONDAY)
    assert (told.is_done, told.sentence) == (True, "1 stored, 0 known already, 0 faults.")
    told = turnarounds.load_turnarounds.fn(good, by=COACH, as_of=MONDAY)
    assert told.sentence == "0 stored, 1 known already, 0 faults."
    mixed = put("mixed.csv", "\n".join([*lines, "class:medicare,any,,31,,,letter", "nobody,,,9,,,letter", "x,,,y,,,z"]))
    told = turnarounds.load_turnarounds.fn(mixed, by=COACH, as_of=MONDAY)
    assert not told.is_done
    assert told.sentence.startswith("1 stored, 1 known already, 2 faults. mixed.csv line 5, typical: is not a whole")
    assert "no payer with the key nobody" in told.sentence
    assert typical(db, "evergreen") == 25
    assert not turnarounds.load_turnarounds.fn("gone.csv", by=COACH, as_of=MONDAY).is_done
    assert not turnarounds.load_turnarounds.fn(good, by="nobody", as_of=MONDAY).is_done
    assert "has no column" in turnarounds.load_turnarounds.fn(put("no.csv", "a,b\n"), by=COACH, as_of=MONDAY).sentence


@pytest.fixture
def learning(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Give a history of so many decided cases."""

    def learn(count: int) -> None:
        asked = Asked("evergreen", Transaction.ERA, "commercial")
        cases = [Case(asked, 10 + number, Ending.APPROVED) for number in range(count)]
        monkeypatch.setattr("models.reports.turnaround_courses.load_cases", lambda session, *, as_of: cases)

    return learn


def test_the_night_learns_from_eight_cases_and_forgets_what_no_longer_holds(
    db: Database, learning: Callable[[int], None]
) -> None:
    """E-40."""
    enrolling(db)
    learning(7)
    assert turnarounds.learn_turnarounds_now.fn(as_of=MONDAY) == {"histories": 0, "cases": 0}
    learning(11)
    assert turnarounds.learn_turnarounds_now.fn(as_of=MONDAY) == {"histories": 3, "cases": 11}
    assert typical(db, "evergreen") == 15
    own, *_ = (row for row in turnarounds.turnaround_rows() if row["payer"] == "evergreen")
    assert own["from"] == "history of 11 cases"
    learning(0)
    turnarounds.learn_turnarounds_now.fn(as_of=MONDAY + timedelta(days=1))
    assert typical(db, "evergreen") == 90


def test_the_list_names_own_and_shipped_figures_with_their_sources(db: Database) -> None:
    """E-05."""
    enrolling(db)
    turnarounds.set_turnaround.fn(made(), by=COACH, as_of=MONDAY)
    first, *rest = turnarounds.turnaround_rows()
    assert first == {
        "payer": "evergreen",
        "transaction": "era",
        "10 / 50 / 75 / 90 %": "10 / 20 / 29 / 40 days",
        "source": "told by phone",
        "from": "own figure",
        "as of": "2026-11-23",
    }
    assert {"class:medicare", "cigna", "any"} <= {row["payer"] for row in rest}
    assert "shipped via stedi" in {row["from"] for row in rest}
    assert all(row["source"] for row in rest)
