"""Facts: loaded whole, many journeys with as few questions as one."""

from collections.abc import Callable
from dataclasses import fields

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.onboarding_events import Pause
from models.rules.onboarding_facts import Head, Reason
from models.store import onboarding
from models.store.timers import FiredTimer
from tests.store.journeys import Play, begun, plan_sessions, until_handoff


@pytest.fixture
def plays(db: Database) -> list[Play]:
    """Give journeys at different points."""
    plays = [begun(db, f"p{number}") for number in range(3)]
    until_handoff(plays[0])
    plan_sessions(db)
    return plays


def statements(db: Database, work: Callable[[Session], object]) -> int:
    seen = list[object]()

    def note(*given: object) -> None:
        seen.append(given[2])

    event.listen(db.engine, "before_cursor_execute", note)
    db.read(work)
    event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_many_journeys_are_the_same_as_each_alone(plays: list[Play]) -> None:
    db, as_of = plays[0].db, plays[0].now
    ids = [one.journey_id for one in plays]
    together = db.read(lambda s: onboarding.load_journeys(s, ids, as_of=as_of))
    assert together == {i: db.read(lambda s, i=i: onboarding.load_journey(s, i, as_of=as_of)) for i in ids}  # type: ignore[misc]
    assert together[ids[0]].busy == ()
    assert together[ids[1]].busy
    assert len(together[ids[0]].items) > 20
    assert together[ids[0]].sessions


def test_many_journeys_take_no_more_questions_than_one(plays: list[Play]) -> None:
    db, as_of = plays[0].db, plays[0].now
    ids = [one.journey_id for one in plays]
    alone = statements(db, lambda s: onboarding.load_journeys(s, ids[:1], as_of=as_of))
    assert statements(db, lambda s: onboarding.load_journeys(s, ids, as_of=as_of)) <= alone <= 18


def test_an_unknown_journey_is_a_bug(plays: list[Play]) -> None:
    with pytest.raises(KeyError):
        plays[0].db.transaction(lambda s: onboarding.load_journey(s, 1, lock=True, as_of=plays[0].now))
    assert plays[0].db.read(lambda s: onboarding.load_journeys(s, [], as_of=plays[0].now)) == {}


def test_a_head_says_the_same_as_its_whole_journey(plays: list[Play]) -> None:
    db, as_of = plays[0].db, plays[0].now
    plays[1].must(Pause(Reason.PRACTICE_ASKED))
    due = [FiredTimer(number, one.journey_id, "silence", "", 0, as_of) for number, one in enumerate(plays)]
    heads = db.read(lambda s: onboarding.load_heads(s, due))
    for one in plays:
        journey = one.look()
        assert heads[one.journey_id] == Head(**{fact.name: getattr(journey, fact.name) for fact in fields(Head)})
    assert all(heads[one.journey_id].waits for one in plays[:1])
