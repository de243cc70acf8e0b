"""Reviews and replies through their flows: names and words are marked, and no mark reaches Prefect or a log."""

from pathlib import Path

import pytest
from sqlalchemy import select

from flows import reputation
from models.db import Database
from models.rules.reputation_replies import ReplyState
from models.settings import Settings
from models.tables.reputation import PublicReviewRow
from tests.flows.conftest import Clock
from tests.flows.test_canary import Logs, _pattern, _storage, in_prefect, logs, run, wait_until_written
from tests.store.reviewing import NEUTRAL, PLACE, a_reviewing

__all__ = ["_storage", "logs"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

MARKS = {"signed": "Zqorla Fennimore", "words": "Zqrude people", "reply": "Zqanswer", "patient": "Zqpell Zqharrow"}
FILE = f"review_id,date,source,stars,written_by,text\nv-1,2026-11-20,vitals,1,{MARKS['signed']},{MARKS['words']}\n"


@pytest.mark.usefixtures("prefect")
def test_a_reply_goes_out_through_forms_and_prefect_learns_no_word(
    db: Database, own_settings: Settings, clock: Clock, logs: Logs
) -> None:
    """F-211."""
    there = a_reviewing(db, connected=False)
    there.patient(*MARKS["patient"].split())
    folder = own_settings.intake_folder
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, "reviews.csv", FILE)
    assert run(reputation.load_public_reviews, "maple-street", "reviews.csv", "office").is_completed()
    write(folder, "faulty.csv", FILE.replace("2026-11-20", MARKS["words"]))
    assert run(reputation.load_public_reviews, "maple-street", "faulty.csv", "office").is_failed()
    number = db.read(lambda session: session.scalars(select(PublicReviewRow.id)).one())
    write(folder, "bad.txt", f"{MARKS['reply']} {MARKS['patient']} and your visit.")
    write(folder, "good.txt", f"{MARKS['reply']} {NEUTRAL}")
    assert run(reputation.draft_reply, "maple-street", number, "bad.txt", "office").is_completed()
    assert run(reputation.release_reply, "maple-street", number, "desk").is_failed()
    assert run(reputation.draft_reply, "maple-street", number, "good.txt", "office").is_completed()
    assert run(reputation.release_reply, "maple-street", number, "desk").is_completed()
    assert run(reputation.release_reply, "maple-street", number, "desk").is_failed()
    assert run(reputation.release_reply, "maple-street", number, "office").is_completed()
    assert run(reputation.take_back_reply, "maple-street", number, "office").is_completed()
    assert run(reputation.confirm_posted_by_hand, "maple-street", number, "desk").is_failed()
    assert run(reputation.fetch_public_reviews).result() == {}
    assert run(reputation.post_replies).result() == {}
    assert run(reputation.list_review_places).is_failed()
    assert run(reputation.connect_review_place, "maple-street", PLACE, "office").is_completed()
    assert run(reputation.list_reviews).result() == 1
    wait_until_written()
    assert there.state("v-1") is ReplyState.CHECKED
    pattern = _pattern(MARKS)
    assert in_prefect(pattern) == set()
    assert logs.marks(pattern) == set()


def write(folder: Path, name: str, words: str) -> None:
    (folder / name).write_text(words, encoding="utf-8")
