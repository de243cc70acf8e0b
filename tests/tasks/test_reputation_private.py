"""Answers to private feedback from files: sentences that say where and why, and no word of the answer."""

from pathlib import Path

import pytest

from models.db import Database
from models.rules.messages import Channel
from models.settings import Settings
from tasks import reputation_private
from tasks.reputation_private import Command
from tests.store.asking import Asking
from tests.web.answering import a_practice, ask
from tests.web.reputation import tell

pytestmark = pytest.mark.database
BAD, GOOD = "Zqanswer: the bill for your treatment was wrong.", "Zqanswer: thank you for telling us."


@pytest.fixture
def asking(db: Database) -> Asking:
    return a_practice(db)


def test_an_answer_is_drafted_from_a_file_released_and_taken_back_in_sentences(
    asking: Asking, own_settings: Settings
) -> None:
    """F-083, F-209."""
    feedback = ask(asking)
    tell(asking, feedback, is_satisfied=False)
    folder: Path = own_settings.intake_folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bad.txt").write_text(BAD)
    (folder / "good.txt").write_text(GOOD)
    command, now = Command("maple-street", feedback, "desk"), asking.now
    missing = reputation_private.draft_answer.fn(command, "none.txt", as_of=now)
    bad = reputation_private.draft_answer.fn(command, "bad.txt", as_of=now)
    refused = reputation_private.release_answer.fn(command, Channel.EMAIL, as_of=now)
    good = reputation_private.draft_answer.fn(command, "good.txt", as_of=now)
    again = reputation_private.draft_answer.fn(command, "good.txt", as_of=now)
    released = reputation_private.release_answer.fn(command, Channel.EMAIL, as_of=now)
    back = reputation_private.take_back_answer.fn(command, as_of=now)
    twice = reputation_private.take_back_answer.fn(command, as_of=now)
    assert [one.is_done for one in (missing, bad, refused, good, released, back, twice)] == [
        False,
        True,
        False,
        True,
        True,
        True,
        False,
    ]
    assert "cannot be released as it is" in bad.sentence
    assert "Characters" in bad.sentence
    assert "change the words" in refused.sentence
    assert "waits to be released" in good.sentence
    assert again.kinds == ()
    assert "next allowed hour" in released.sentence
    assert "nothing is sent" in back.sentence
    said = " ".join(one.sentence for one in (missing, bad, refused, good, again, released, back, twice))
    assert "Zqanswer" not in said


def test_strangers_and_unknown_numbers_are_refused(asking: Asking) -> None:
    for command, part in (
        (Command("maple-street", 7, "desk"), "no feedback with that number"),
        (Command("maple-street", 7, "stranger"), "nobody with the key stranger"),
        (Command("oak-street", 7, "desk"), "no practice with the key"),
    ):
        assert part in reputation_private.take_back_answer.fn(command, as_of=asking.now).sentence
