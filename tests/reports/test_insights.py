"""Insights against cases counted by hand, on both databases; small cells stay hidden (F-090, F-091, F-092)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from models.db import Database
from models.reports.insight_counts import ALL
from models.reports.insight_definitions import DEFINITIONS, HANDED_OVER, UNDELIVERED
from models.reports.insight_periods import last_months, month_before, week_before, week_of
from models.reports.insights import STAGES, Insights, cells, insights, shares
from models.rules.appointments import Status
from models.rules.consent import StopReason
from models.rules.feedback import Outcome, RequestState, Why
from models.rules.insight_prompts import Step
from models.tables.appointments import AppointmentRow
from models.tables.consent import StopRow
from models.tables.feedback import (
    MAY_HAVE_FAILED,
    WAS_HANDED_OVER,
    FeedbackAnswerRow,
    FeedbackAttemptRow,
    FeedbackRequestRow,
)
from models.tables.patients import PatientRow
from tests.store.asking import DAY, Asking, an_asking

NOW = datetime(2026, 11, 25, 17, tzinfo=UTC)
SPRING = datetime(2026, 5, 6, 17, tzinfo=UTC)
ZONE = "America/New_York"


@dataclass
class Past:
    """Requests of one visit, put in as they would have become."""

    asking: Asking
    made: int = 0

    def requests(self, count: int, state: RequestState, at: datetime = SPRING, **facts: Any) -> list[int]:
        """Store some requests checked out at a moment; gives their numbers."""
        numbers = list(range(self.made + 1, self.made + count + 1))
        self.made += count
        visit = self.asking.show(f"v{self.made}", Status.CONFIRMED, starts_at=at)
        usual = {
            "practice_id": self.asking.practice,
            "appointment_id": visit,
            "policy_version": 1,
            "checked_out_at": at,
            "state": state,
        }
        rows = [{"id": n, "epoch": n, "link_hash": f"l{n}", "stop_hash": f"s{n}", **usual, **facts} for n in numbers]
        self.asking.db.transaction(lambda s: s.execute(insert(FeedbackRequestRow), rows))
        return numbers

    def asked(self, count: int, at: datetime = SPRING, *, by: str = "text", **facts: Any) -> list[int]:
        """Store requests that went out once."""
        is_answered = "answered_at" in facts
        state = RequestState.ANSWERED if is_answered else RequestState.UNANSWERED
        numbers = self.requests(count, state, at, first_sent_at=at, sent=1, number=1, **facts)
        self.attempts(numbers, 1, by, at)
        return numbers

    def attempts(self, numbers: list[int], number: int, by: str, at: datetime, **facts: Any) -> None:
        """Store a message of an attempt of each request."""
        usual = {
            "practice_id": self.asking.practice,
            "number": number,
            "channel": by,
            "outcome": Outcome.SENT,
            "at": at,
        }
        rows = [{"request_id": one, **usual, **facts} for one in numbers]
        self.asking.db.transaction(lambda s: s.execute(insert(FeedbackAttemptRow), rows))

    def answers(
        self, count: int, stars: int | None = None, at: datetime = SPRING, *, by: str = "text", **facts: Any
    ) -> None:
        """Store requests that were answered a day later: yes with stars, no without."""
        numbers = self.asked(count, at, by=by, answered_at=at + DAY)
        usual = {
            "practice_id": self.asking.practice,
            "is_satisfied": stars is not None,
            "stars": stars,
            "locale": "en",
            "answered_at": at + DAY,
        }
        rows = [{"request_id": one, **usual, **facts} for one in numbers]
        self.asking.db.transaction(lambda s: s.execute(insert(FeedbackAnswerRow), rows))

    def look(self, practice: int | None = None) -> Insights:
        """Look at the last twelve months."""
        number = self.asking.practice if practice is None else practice
        return self.asking.db.read(lambda s: insights(s, number, zone=ZONE, as_of=NOW))


@pytest.fixture
def past(db: Database) -> Past:
    return Past(an_asking(db))


def row(frame: Any, key: object) -> dict[str, Any]:
    (found,) = [one for one in cells(frame) if one["key"] == key]
    return dict(found)


def counted(frame: Any) -> list[tuple[Any, Any, Any]]:
    return [(one["key"], one["count"], one["of"]) for one in cells(frame)]


def test_the_cards_answer_whether_patients_have_been_satisfied(past: Past) -> None:
    """F-090, F-091."""
    past.answers(6, stars=5)
    past.answers(2, stars=3)
    past.answers(2)
    found = past.look()
    assert found.satisfied is not None
    assert (found.satisfied.count, found.satisfied.of) == (8, 10)
    assert (round(found.satisfied.low, 3), round(found.satisfied.high, 3)) == (0.490, 0.943)
    assert (found.stars_given, found.stars_mean) == (8, 4.5)
    assert counted(found.stars) == [(5, 6, 8), (4, 0, 8), (3, 2, 8), (2, 0, 8), (1, 0, 8)]
    assert found.good_stars is not None
    assert (found.good_stars.count, found.good_stars.of) == (6, 8)


def test_the_funnel_goes_from_the_check_out_to_the_whole_answer(past: Past) -> None:
    """F-090, F-213."""
    past.requests(10, RequestState.SUPPRESSED, why=Why.OMISSION)
    past.requests(5, RequestState.PLANNED)
    past.requests(5, RequestState.PLANNED, due_at=SPRING)
    gone = past.asked(10)
    past.answers(20, stars=4, completed_at=SPRING + DAY)
    db = past.asking.db
    failed = {"delivery": "undelivered:30003"}
    past.attempts(
        past.requests(6, RequestState.UNANSWERED, first_sent_at=SPRING, sent=1, number=1), 1, "text", SPRING, **failed
    )
    assert db.read(lambda s: s.get_one(FeedbackRequestRow, gone[0])).sent == 1
    assert counted(past.look().funnel) == [
        ("checked_out", 56, 56),
        ("decided", 51, 56),
        ("asked", 36, 56),
        ("delivered", 30, 36),
        ("answered", 20, 36),
        ("completed", 20, 36),
    ]


def test_an_answer_counts_for_the_attempt_before_it(past: Past) -> None:
    """F-090: by attempt and by way."""
    past.answers(5, stars=5)
    numbers = past.requests(
        10, RequestState.ANSWERED, first_sent_at=SPRING, sent=2, number=2, answered_at=SPRING + 2 * DAY
    )
    past.attempts(numbers, 1, "text", SPRING)
    past.attempts(numbers, 2, "email", SPRING + DAY)
    answers = [
        {
            "request_id": one,
            "practice_id": past.asking.practice,
            "is_satisfied": False,
            "locale": "en",
            "answered_at": SPRING + 2 * DAY,
        }
        for one in numbers
    ]
    past.asking.db.transaction(lambda s: s.execute(insert(FeedbackAnswerRow), answers))
    found = past.look()
    assert counted(found.by_attempt) == [(1, 5, 15), (2, 10, 10)]
    assert counted(found.by_way) == [("email", 10, 10), ("text", 5, 15)]


def test_reasons_for_not_asking_are_counted_by_how_often(past: Past) -> None:
    """F-213."""
    past.requests(6, RequestState.SUPPRESSED, why=Why.NO_CONTACT)
    past.requests(9, RequestState.SUPPRESSED, why=Why.OMISSION)
    past.requests(5, RequestState.CANCELLED, why=Why.OPTED_OUT, first_sent_at=SPRING, sent=1, number=1)
    assert counted(past.look().reasons) == [("omission", 9, 20), ("no_contact", 6, 20)]


def test_opt_outs_are_those_that_patients_asked_for(past: Past) -> None:
    """F-205, F-207."""
    past.asked(100)
    reasons = [*(3 * [StopReason.KEYWORD]), StopReason.LINK, StopReason.OFFICE, StopReason.UNDELIVERABLE]
    rows = [
        {
            "id": n,
            "practice_id": past.asking.practice,
            "address_index": f"a{n}",
            "channel": "text",
            "reason": reason,
            "since": SPRING,
        }
        for n, reason in enumerate(reasons, 1)
    ]
    past.asking.db.transaction(lambda s: s.execute(insert(StopRow), rows))
    found = past.look()
    assert found.opt_outs is not None
    assert (found.opt_outs.count, found.opt_outs.of) == (4, 100)


def test_cells_under_five_are_hidden_with_what_would_give_them_away(past: Past) -> None:
    """F-090."""
    past.answers(30, stars=5, by="email")
    past.answers(8, stars=4)
    past.answers(3, stars=4, at=SPRING + 40 * DAY)
    found = past.look()
    months = {one["key"]: one["of"] for one in cells(found.satisfied_by_part) if one["of"] != 0}
    assert months == {date(2026, 5, 1): None, date(2026, 6, 1): None}
    assert row(found.stars_by_part, date(2026, 6, 1))["mean"] is None


def test_few_answers_say_nothing(past: Past) -> None:
    past.answers(4, stars=1)
    found = past.look()
    assert (found.satisfied, found.stars_mean, found.stars_given, found.good_stars) == (None, None, 0, None)
    assert all(one["is_hidden"] for one in cells(found.funnel))
    assert found.prompts == ()


def test_months_are_those_of_the_practice(past: Past) -> None:
    """An answer on the last evening of April in New York is one of April, whatever UTC says."""
    evening = datetime(2026, 5, 1, 3, 30, tzinfo=UTC)
    past.answers(6, stars=5, at=evening - DAY)
    past.answers(6, stars=5, at=evening - DAY + timedelta(hours=1))
    found = past.look()
    assert row(found.satisfied_by_part, date(2026, 4, 1))["of"] == 6
    assert row(found.satisfied_by_part, date(2026, 5, 1))["of"] == 6


def test_shares_are_compared_from_twenty_up(past: Past) -> None:
    past.answers(15, stars=5)
    past.asked(5)
    past.answers(2, stars=5, by="email")
    past.asked(17, by="email")
    assert [one.kind for one in past.look().comparisons if one.kind == "way"] == []
    past.asked(1, by="email")
    (found,) = [one for one in past.look().comparisons if one.kind == "way"]
    assert (found.one, found.other, found.difference.is_clear) == ("email", "text", True)


def test_prompts_name_the_figures_that_caused_them(past: Past) -> None:
    """F-092: half of the visits have no consent to texts and no email."""
    past.requests(20, RequestState.SUPPRESSED, why=Why.NO_CONSENT_AND_NO_EMAIL)
    past.asked(20)
    (prompt, *_) = past.look().prompts
    assert (prompt.step, prompt.because.count, prompt.because.of) == (Step.OFFER_THE_BOX, 20, 40)


def test_practices_are_counted_apart_and_together(past: Past) -> None:
    """I17."""
    past.answers(10, stars=5)
    assert past.look(practice=past.asking.practice + 1).satisfied is None
    everywhere = past.look(practice=ALL).satisfied
    assert everywhere is not None
    assert everywhere.of == 10


def test_every_figure_has_a_definition() -> None:
    assert set(STAGES) < set(DEFINITIONS)
    assert {"satisfied", "stars", "reasons", "opt_outs", "response", "response_by_attempt"} < set(DEFINITIONS)
    assert all(one.name and one.counted and one.rows and one.clock for one in DEFINITIONS.values())


def test_a_frame_keeps_the_sum_when_nothing_is_small() -> None:
    import pandas as pd

    frame = pd.DataFrame({"way": ["a", "b", "a"], "answered": [1, 2, 3], "sent": [10, 20, 30]})
    assert counted(shares(frame, "way", "answered", "sent")) == [("a", 4, 40), ("b", 2, 20)]


def test_periods_begin_at_local_midnight() -> None:
    span, days = last_months(NOW, zone=ZONE)
    assert (len(span.starts), days[0], days[-1]) == (12, date(2025, 12, 1), date(2026, 11, 1))
    assert span.starts[-1] == datetime(2026, 11, 1, 4, tzinfo=UTC)
    month, first = month_before(NOW, zone="UTC")
    assert (first, month.end) == (date(2026, 10, 1), datetime(2026, 11, 1, tzinfo=UTC))
    assert week_before(NOW, zone=ZONE) == date(2026, 11, 16)
    assert week_of(date(2026, 10, 26), zone=ZONE).end - week_of(date(2026, 10, 26), zone=ZONE).start == timedelta(
        days=7, hours=1
    )


def test_the_indexes_hold_what_is_counted(db: Database) -> None:
    """Partial indexes say in words of their own what the definitions say."""
    assert f"outcome IN {tuple(one.value for one in HANDED_OVER)}" == WAS_HANDED_OVER
    deliveries = [("", False), ("delivered", False), ("sent", True), *((f"{one}:30003", True) for one in UNDELIVERED)]
    for word, may_have_failed in deliveries:
        query = text(f"SELECT {MAY_HAVE_FAILED} FROM (SELECT CAST(:word AS varchar) AS delivery) AS one")  # noqa: S608 - the predicate of our own index
        assert bool(db.read(lambda s, q=query, w=word: s.scalar(q, {"word": w}))) is may_have_failed  # type: ignore[misc]  # both are bound at once


def test_what_is_outside_of_the_period_counts_nowhere(past: Past) -> None:
    """F-090: an attempt before the period answered within it, an answer after its end, and a way nobody used."""
    span, days = last_months(NOW, zone=ZONE)
    before = past.asked(6, span.start - timedelta(hours=1), answered_at=span.start + timedelta(hours=1))
    rows = [
        {
            "request_id": one,
            "practice_id": past.asking.practice,
            "is_satisfied": True,
            "locale": "en",
            "answered_at": at,
        }
        for one, at in zip(before, [span.start, *(NOW for _ in before[1:])], strict=True)
    ]
    past.asking.db.transaction(lambda s: s.execute(insert(FeedbackAnswerRow), rows))
    past.answers(5, stars=5)
    found = past.look()
    assert counted(found.by_way) == [("text", 5, 5)]
    assert next(one["count"] for one in cells(found.satisfied_by_part)) is None
    assert found.satisfied is not None
    assert (found.satisfied.count, found.satisfied.of) == (6, 6)
    assert days[0] == date(2025, 12, 1)


def test_visits_are_counted_where_they_were_and_in_the_language_of_then(past: Past) -> None:
    """F-090: a patient who writes in another language later, or a visit moved on paper, does not move the past."""
    asking = past.asking
    asking.patient()
    request = asking.check_out()
    before = asking.row(request)
    with_visit = select(AppointmentRow.location_id, PatientRow.locale).join(
        PatientRow, PatientRow.id == AppointmentRow.patient_id
    )
    visit = asking.db.read(lambda s: s.execute(with_visit.where(AppointmentRow.id == before.appointment_id)).one())
    assert (before.location_id, before.locale) == tuple(visit)
    assert None not in visit
    asking.db.transaction(lambda s: s.execute(update(PatientRow).values(locale="es")))
    past.asked(5, location_id=before.location_id, locale="en")
    past.asked(6, location_id=before.location_id, locale="es")
    found = past.look()
    assert counted(found.by_language) == [("en", 0, 5), ("es", 0, 6)]
    assert counted(found.by_location) == [(before.location_id, 0, 11)]
