"""What patients answered, in the database: stored once, listed without words, and measured at the gate."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from models.db import Database
from models.inputs.feedback_forms import Told
from models.reports.feedback_gate import gate_rows, gate_table, gates_found
from models.rules.feedback import Links, RequestState
from models.rules.feedback_answers import Stage
from models.rules.feedback_events import Answer
from models.store import feedback_answers
from models.tables.feedback import FeedbackAnswerRow
from tests.store.asking import Asking
from tests.web.answering import WORDS, a_practice, ask, link_of

pytestmark = pytest.mark.database


@pytest.fixture
def asking(db: Database) -> Asking:
    return a_practice(db)


def answer(asking: Asking, request: int, *, is_satisfied: bool = True, told: Told | None = None) -> Stage:
    """Answer a request, and complete the answer when something is told."""
    token = link_of(asking, request).rpartition("/")[2]
    stage = asking.db.transaction(
        lambda s: feedback_answers.answer(s, token, is_satisfied=is_satisfied, locale="en", as_of=asking.now)
    )
    asked = asking.db.read(lambda s: feedback_answers.find_asked(s, token))
    assert asked is not None
    if told is not None:
        asking.db.transaction(lambda s: feedback_answers.complete(s, asked, told, locale="en", as_of=asking.now))
    return stage


def people(asking: Asking, count: int) -> list[int]:
    """Ask several people."""
    return [ask(asking, str(600 + n), patient=str(110 + n)) for n in range(count)]


def test_an_answer_leads_to_what_telling_the_request_leads_to(asking: Asking) -> None:
    """F-012: the page takes a shorter way to the same rows."""
    ours, told = people(asking, 2)
    asking.now += timedelta(hours=1)
    assert answer(asking, ours) is Stage.DETAILS
    asking.tell(told, Answer())
    one, other = asking.row(ours), asking.row(told)
    same = ("state", "why", "version", "due_at", "fresh_until", "waits_for", "sent", "number", "tried", "answered_at")
    assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]
    assert one.state is RequestState.ANSWERED


def test_lists_show_answers_without_their_words(asking: Asking) -> None:
    """F-065: newest first; words are opened for the one practice that they belong to."""
    first, second = people(asking, 2)
    asking.now += timedelta(hours=1)
    answer(asking, first, told=Told(5, WORDS))
    asking.now += timedelta(hours=1)
    answer(asking, second, is_satisfied=False)
    lines = asking.db.read(lambda s: feedback_answers.list_answers(s, asking.practice))
    assert [(one.request, one.is_satisfied, one.stars, one.has_words) for one in lines] == [
        (second, False, None, False),
        (first, True, 5, True),
    ]
    assert [one.provider_id for one in lines] == [asking.booking.providers[0]] * 2
    older = asking.db.read(
        lambda s: feedback_answers.list_answers(s, asking.practice, before=lines[0].answered_at, limit=1)
    )
    assert [one.request for one in older] == [first]
    opened = asking.db.read(lambda s: feedback_answers.open_words(s, asking.practice, [first, second]))
    assert opened == {first: WORDS}
    assert asking.db.read(lambda s: feedback_answers.open_words(s, asking.practice + 1, [first])) == {}


def test_the_meter_shows_the_same_rate_for_yes_and_for_no(asking: Asking) -> None:
    """F-210: who left before the last page is counted apart."""
    happy, sad, gone = people(asking, 3)
    answer(asking, happy, told=Told(5))
    answer(asking, sad, is_satisfied=False, told=Told())
    answer(asking, gone)
    rows = asking.db.read(gate_rows)
    assert [(one.practice, one.is_satisfied, one.answered, one.completed, one.links, one.rate) for one in rows] == [
        ("maple-street", True, 2, 1, 3, 1.0),
        ("maple-street", False, 1, 1, 3, 1.0),
        ("", True, 2, 1, 3, 1.0),
        ("", False, 1, 1, 3, 1.0),
    ]
    assert [(row["practice"], row["yes_rate"], row["no_rate"]) for row in gate_table(rows)] == [
        ("maple-street", "100%", "100%"),
        ("all practices", "100%", "100%"),
    ]
    assert asking.db.read(lambda s: gate_rows(s, [], since=asking.now))[0].rate is None
    assert asking.db.read(gates_found) == []


def test_a_change_of_policy_is_no_gate_and_a_gate_is_found(asking: Asking) -> None:
    """F-210: last pages are compared under the policy that they were made from."""
    early, late, same = people(asking, 3)
    answer(asking, early, told=Told(5))
    asking.choose(links=Links.PRIVATE_ONLY_FOR_ALL)
    answer(asking, late, is_satisfied=False, told=Told())
    answer(asking, same, told=Told(1))
    assert asking.db.read(lambda s: gates_found(s, [asking.practice])) == []
    gate = update(FeedbackAnswerRow).where(FeedbackAnswerRow.request_id == same).values(links_shown=3)
    asking.db.transaction(lambda s: s.execute(gate))
    assert asking.db.read(gates_found) == ["maple-street"]
