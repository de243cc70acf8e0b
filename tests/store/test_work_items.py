"""Work items: what is open, for whom, and when it is due."""

from datetime import datetime, timedelta

import pytest

from models.db import Database
from models.rules.decisions import Process
from models.rules.onboarding_events import Pause, Resume, SkipItem
from models.rules.onboarding_facts import Reason
from models.rules.roles import Party, Role
from models.store import work_items
from tests.store.journeys import SIGNED, Play, begun

PROCESS = Process.ONBOARDING
PAUSE = Pause(Reason.PRACTICE_ASKED)


@pytest.fixture
def play(db: Database) -> Play:
    """Give a journey in which people have something to do."""
    play = begun(db)
    play.must(SIGNED)
    return play


def due_dates(play: Play) -> dict[str, datetime | None]:
    found = play.db.read(lambda s: work_items.open_for(s, practice_id=play.practice_id))
    return {item.key: item.due_at for item in found}


def test_what_is_open_is_due_as_much_later_as_the_journey_stood_still(play: Play) -> None:
    """O-45: clocks stop."""
    before = {key: due for key, due in due_dates(play).items() if not key.startswith("call:")}
    assert before
    play.later(hours=5)
    play.must(PAUSE)
    play.later(days=40)
    play.must(Resume())
    after = due_dates(play)
    assert {key: after[key] for key in before} == {key: due and due + timedelta(days=40) for key, due in before.items()}
    assert min(due for due in after.values() if due) > play.now


def test_what_is_closed_or_anothers_is_not_moved(play: Play) -> None:
    """O-45."""
    other = begun(play.db, "oak")
    other.must(SIGNED)
    before = due_dates(other)
    play.must(SkipItem("welcome.handoff_agenda", Reason.NOT_NEEDED), PAUSE)
    play.later(days=3)
    play.must(Resume())
    assert due_dates(other) == before
    assert "welcome.handoff_agenda" not in due_dates(play)


def test_what_was_opened_in_a_pause_moves_only_by_what_was_left_of_it(play: Play) -> None:
    """O-45."""
    opened = play.later(days=1)
    play.db.transaction(
        lambda s: work_items.open_items(
            s,
            [
                work_items.NewWorkItem(
                    play.practice_id, PROCESS, play.journey_id, "late", Role.SUCCESS_COACH, Party.US, opened
                )
            ],
            as_of=opened,
        )
    )
    play.db.transaction(
        lambda s: work_items.shift(
            s,
            process=PROCESS,
            process_id=play.journey_id,
            span=timedelta(days=10),
            as_of=play.later(days=2),
        )
    )
    assert due_dates(play)["late"] == opened + timedelta(days=2)


def test_a_work_item_without_a_date_stays_without(play: Play) -> None:
    new = work_items.NewWorkItem(play.practice_id, PROCESS, play.journey_id, "some", Role.SUCCESS_COACH, Party.US, None)
    play.db.transaction(lambda s: work_items.open_items(s, [new], as_of=play.now))
    play.must(PAUSE)
    play.later(days=3)
    play.must(Resume())
    assert due_dates(play)["some"] is None
