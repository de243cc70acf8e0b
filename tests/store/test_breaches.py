"""Every watched promise is broken on purpose and found; the practice's sending stops until somebody releases it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, insert, select, text
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.decisions import Refusal
from models.rules.watching import SENDING_STOPPED
from models.store import breaches, messages, work_items
from models.store.events import check_chain
from models.store.invariants import INVARIANTS
from models.tables.base import Base, new_id
from models.tables.messages import Message, MessageState
from tests.booking import NPIS, at
from tests.factories import an_intake
from tests.scenes import kept
from tests.store.asking import Asking, an_asking
from tests.store.enrolling import Enrolling, enrolling

KEYS = [one.key for one in INVARIANTS]


class UndoneError(Exception):
    """Takes everything back that a test planted."""


@pytest.fixture
@kept
def world(db: Database) -> tuple[Asking, Enrolling]:
    """Give a practice that has asked a patient, and another one with a journey and enrollments."""
    asking = an_asking(db, key="asking")
    asking.patient()
    asking.check_out()
    asking.wait(hours=3, minutes=1)
    providers = [{"npi": NPIS[0], "name": "Dr. Avery Stone"}]
    return asking, enrolling(db, an_intake("other", providers=providers))


def run(session: Session, *statements: str) -> None:
    for one in statements:
        session.execute(text(one))


def copy(session: Session, table: str, **changes: Any) -> None:
    """Store one more row like the first one of a table."""
    named: Table = Base.metadata.tables[table]
    row = session.execute(select(named).limit(1)).mappings().one()
    session.execute(insert(named), {**row, "id": new_id(), **changes})


def ask_twice(session: Session) -> None:
    run(session, "UPDATE messages SET state = 'sent' WHERE process = 'feedback'")
    row = session.execute(select(Message.__table__).where(Message.process == "feedback")).mappings().one()
    session.execute(insert(Message), [{**row, "id": new_id(), "key": "again"}])


def book_twice(session: Session) -> None:
    """Take the guard of the database away and store two claims of one time."""
    if session.get_bind().dialect.name == "sqlite":
        run(session, "DROP TRIGGER slot_taken_insert", "DROP TRIGGER slot_taken_update")
    else:
        run(session, "DROP TRIGGER slot_taken ON slot_claims")
    claims = Base.metadata.tables["slot_claims"]
    provider = session.execute(text("SELECT id, practice_id FROM providers LIMIT 1")).one()
    for start in ("10:00", "10:15"):
        times = {"starts_at": at(start), "ends_at": at(start) + timedelta(minutes=30)}
        ids = {"id": new_id(), "provider_id": provider.id, "practice_id": provider.practice_id}
        session.execute(insert(claims), {**ids, **times, "kind": "request", "is_exclusive": True})


def ask_early(session: Session) -> None:
    run(session, "UPDATE feedback_attempts SET outcome = 'sent', at = (SELECT checked_out_at FROM feedback_requests)")


def move_to_another(session: Session) -> None:
    run(session, "UPDATE messages SET practice_id = (SELECT id FROM practices WHERE key = 'other')")


PLANTS: dict[str, Callable[[Session], None]] = {
    "asked_twice": ask_twice,
    "under_way_without_lease": lambda s: run(s, "UPDATE messages SET state = 'sending', lease_until = NULL"),
    "step_out_of_order": lambda s: run(s, "UPDATE journey_steps SET state = 'done', step = 'handoff_call'"),
    "timer_of_the_ended": lambda s: run(s, "UPDATE enrollments SET state = 'withdrawn'"),
    "time_booked_twice": book_twice,
    "asked_after_the_end": lambda s: run(s, "UPDATE feedback_requests SET state = 'cancelled'"),
    "asked_too_early": ask_early,
    "enrollment_unwatched": lambda s: run(s, "UPDATE timers SET state = 'cancelled' WHERE process = 'enrollment'"),
    "history_cut": lambda s: run(s, "DELETE FROM events WHERE position = (SELECT max(position) FROM events)"),
    "row_of_another_practice": move_to_another,
    "work_without_owner": lambda s: copy(s, "work_items", process="enrollment", process_id=1, closed_at=None),
}


def test_every_promise_is_broken_on_purpose_below() -> None:
    assert sorted(PLANTS) == sorted(KEYS)


def test_every_promise_is_explained_in_the_documents() -> None:
    page = (Path(__file__).parents[2] / "docs" / "watching.md").read_text()
    assert [one.key for one in INVARIANTS if f"| `{one.key}` | {one.number} |" not in page] == []


def test_nothing_is_found_where_nothing_is_broken_and_each_breach_where_it_is_planted(
    db: Database, world: tuple[Asking, Enrolling]
) -> None:
    _ = world
    assert db.read(breaches.look) == []
    for key, plant in PLANTS.items():
        found = planted(db, plant)
        assert key in {one.invariant.key for one in found}, key
    assert db.read(breaches.look) == []


def planted(db: Database, plant: Callable[[Session], None]) -> list[breaches.Broken]:
    """Break a promise, look, and take it back."""
    found: list[breaches.Broken] = []

    def break_and_look(session: Session) -> None:
        plant(session)
        found.extend(breaches.look(session))
        raise UndoneError

    with pytest.raises(UndoneError):
        db.transaction(break_and_look)
    return found


def due(asking: Asking) -> int:
    """Count what a claim takes now, and give it back."""

    def claim(session: Session) -> int:
        taken = messages.claim_due(session, as_of=asking.now, limit=10)
        messages.give_back(session, taken)
        return len(taken.ids)

    return asking.db.transaction(claim)


def watch(asking: Asking) -> list[tuple[int, str]]:
    """Look and write down what is new."""
    found = asking.db.read(breaches.look)
    return asking.db.transaction(lambda s: breaches.write_down(s, found, as_of=asking.now))


def let_go(asking: Asking, by: str = "coach-1", practice: str = "asking") -> int | Refusal:
    key = f"release:{new_id()}"
    return asking.db.transaction(lambda s: breaches.release(s, practice, by=by, key=key, as_of=asking.now))


def test_a_breach_keeps_the_practices_messages_back_until_somebody_releases_them(
    db: Database, world: tuple[Asking, Enrolling]
) -> None:
    asking, _ = world
    assert due(asking) == 1
    db.transaction(ask_early)
    assert watch(asking) == [(asking.practice, "asked_too_early")]
    assert due(asking) == 0
    assert db.read(messages.next_due) is None  # nobody wakes for what may not go
    assert watch(asking) == []
    [item] = [one for one in db.read(work_items.open_for) if one.key == SENDING_STOPPED]
    assert (item.practice, item.role) == ("asking", "onboarding_manager")
    assert let_go(asking) == 1
    assert due(asking) == 1
    assert not [one for one in db.read(work_items.open_for) if one.key == SENDING_STOPPED]
    assert db.read(lambda s: check_chain(s, asking.practice)).is_intact
    assert watch(asking) == []  # what somebody saw stops nothing again


def test_a_breach_in_one_practice_does_not_stop_another(db: Database, world: tuple[Asking, Enrolling]) -> None:
    asking, other = world
    db.transaction(PLANTS["enrollment_unwatched"])
    assert {practice for practice, _ in watch(asking)} == {other.practice}
    assert due(asking) == 1


def test_a_breach_that_comes_again_after_it_was_gone_stops_again(db: Database, world: tuple[Asking, Enrolling]) -> None:
    asking, _ = world
    db.transaction(ask_early)
    watch(asking)
    let_go(asking)
    db.transaction(lambda s: run(s, "UPDATE feedback_attempts SET outcome = 'waiting'"))
    assert watch(asking) == []
    db.transaction(ask_early)
    assert watch(asking) == [(asking.practice, "asked_too_early")]
    assert due(asking) == 0


def test_what_stops_nothing_is_listed_all_the_same(db: Database, world: tuple[Asking, Enrolling]) -> None:
    asking, _ = world
    db.transaction(PLANTS["work_without_owner"])
    assert [promise for _, promise in watch(asking)] == ["work_without_owner"]
    [row] = db.read(breaches.open_breaches)
    assert not row.stops_sending
    assert due(asking) == 1


@pytest.mark.parametrize(
    ("by", "practice", "code"),
    [("nobody", "asking", "unknown_actor"), ("coach-1", "nowhere", "unknown_practice"), ("coach-1", "asking", "none")],
)
def test_a_release_is_refused_in_plain_words(
    db: Database, world: tuple[Asking, Enrolling], by: str, practice: str, code: str
) -> None:
    asking, _ = world
    refused = let_go(asking, by, practice)
    assert isinstance(refused, Refusal)
    assert refused.code == code.replace("none", "nothing_stopped")
    assert refused.sentence.endswith(".")


def test_a_stopped_message_is_kept_and_not_lost(db: Database, world: tuple[Asking, Enrolling]) -> None:
    asking, _ = world
    db.transaction(ask_early)
    watch(asking)
    states = db.read(lambda s: s.scalars(select(Message.state).where(Message.process == "feedback")).all())
    assert states == [MessageState.PENDING]
