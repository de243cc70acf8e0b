"""An answer that takes the short way leaves what the usual way leaves: rows, history, timers and messages alike."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.feedback import Why
from models.rules.feedback_events import Answer, Refused, Sent, Stop
from models.rules.messages import Channel
from models.store import feedback_answers, feedback_changes
from models.store.feedback_answers import PATIENT, Asked
from models.tables.events import ChainHead, Event
from models.tables.feedback import FeedbackAnswerRow, FeedbackAttemptRow, FeedbackRequestRow
from models.tables.messages import Message
from models.tables.timers import Timer
from models.tables.work_items import WorkItem
from tests.store.asking import Asking
from tests.web.answering import a_practice, ask, link_of

pytestmark = pytest.mark.database
TABLES = (FeedbackRequestRow, FeedbackAttemptRow, FeedbackAnswerRow, Event, ChainHead, Timer, Message, WorkItem)
Rows = dict[str, list[dict[str, Any]]]


class UndoneError(Exception):
    """Ends a transaction in which a way was only tried."""

    def __init__(self, rows: Rows, *, counts: bool) -> None:
        super().__init__("undone on purpose")
        self.rows, self.counts = rows, counts


def waiting(asking: Asking) -> int:
    return ask(asking, is_sent=False)


def sent(asking: Asking) -> int:
    return ask(asking)


def second_under_way(asking: Asking) -> int:
    request = ask(asking)
    asking.wait(days=1, minutes=1)
    return request


def held_over_night(asking: Asking) -> int:
    request = ask(asking)
    asking.tell(request, Stop(Why.EXCLUDED))
    return request


def refused(asking: Asking) -> int:
    request = ask(asking, is_sent=False)
    asking.tell(request, Refused(1, Channel.TEXT))
    return request


def over(asking: Asking) -> int:
    request = ask(asking)
    for number in (2, 3):
        asking.wait(days=6)
        asking.tell(request, Sent(number, Channel.EMAIL, asking.now))
    return request


def closed(asking: Asking) -> int:
    request = over(asking)
    asking.wait(days=31)
    return request


def answered(asking: Asking) -> int:
    request = ask(asking)
    asking.tell(request, Answer(), key="answer")
    return request


def never_asked(asking: Asking) -> int:
    asking.patient()
    return asking.check_out()


LIVES: list[Callable[[Asking], int]] = [
    waiting,
    sent,
    second_under_way,
    held_over_night,
    refused,
    over,
    closed,
    answered,
    never_asked,
]


def tried(asking: Asking, way: Callable[[Session], bool]) -> UndoneError:
    """Go one way in a transaction, look at every row that it could touch, and undo it."""

    def work(session: Session) -> None:
        counts = way(session)
        session.flush()
        session.expire_all()
        raise UndoneError({one.__tablename__: rows_of(session, one) for one in TABLES}, counts=counts)

    with pytest.raises(UndoneError) as undone:
        asking.db.transaction(work)
    return undone.value


def rows_of(session: Session, table: Any) -> list[dict[str, Any]]:
    """Give the rows of a table; only the number of a line of history depends on how often it was tried."""
    columns = [one for one in table.__table__.columns if (table, one.name) != (Event, "id")]
    key = Event.position if table is Event else table.__table__.primary_key.columns[0]
    return [dict(row) for row in session.execute(select(*columns).order_by(key)).mappings()]


@pytest.mark.parametrize("life", LIVES)
def test_the_short_way_of_an_answer_leaves_what_the_usual_way_leaves(
    db: Database, life: Callable[[Asking], int]
) -> None:
    """F-012, F-215: the same events in the same order with the same hashes, fences and versions; a second is none."""
    asking = a_practice(db)
    request = life(asking)
    asking.now += timedelta(minutes=7)
    token = link_of(asking, request).rpartition("/")[2]
    asked = asking.db.read(lambda s: feedback_answers.find_asked(s, token))
    assert isinstance(asked, Asked)
    short = tried(asking, lambda s: feedback_answers.end_asking(s, asked, as_of=asking.now))
    usual = tried(
        asking,
        lambda s: bool(feedback_changes.tell(s, request, Answer(), key="answer", by=PATIENT, as_of=asking.now).fields),
    )
    assert short.rows == usual.rows
    assert short.counts == usual.counts
    assert short.counts is (life not in (answered, never_asked))
    lines = [row for row in short.rows["events"] if row["kind"] == "feedback_answered"]
    assert len(lines) == (life is not never_asked)
