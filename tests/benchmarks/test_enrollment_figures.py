"""The figures of a large installation: a hundred thousand spans in about a second, many lines by page."""

from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import insert

from models.db import Database
from models.reports import enrollment_scores as scores
from models.reports.enrollment_board import Asked, board_counts, board_page
from models.rules.enrollment import State
from models.rules.onboarding_facts import Transaction
from models.store.enrollment_begin import save_payers
from models.tables.enrollment import EnrollmentRow, SpanRow
from tests.reports.payer_history import Past, a_practice, at, enrollment_row, spans_of

pytestmark = [pytest.mark.bench, pytest.mark.slow]
PRACTICES = 50
PAYERS = 100
BEGUN: Past = ((0, State.DRAFT), (5, State.READY), (6, State.SUBMITTED), (7, State.PENDING_PAYER))


def fill(db: Database) -> None:
    """Store 20,000 enrollments with 100,000 spans; half of them wait."""
    practices = [a_practice(db, f"practice-{number}") for number in range(PRACTICES)]
    rows, spans = list[dict[str, Any]](), list[dict[str, Any]]()
    for place, practice in enumerate(practices):
        for payer in range(PAYERS):
            for kind in Transaction:
                number = len(rows) + 1
                day = 20 + (7 * payer + 13 * place + number) % 90
                end = (day, State.APPROVED) if number % 2 else (day, State.NEEDS_PRACTICE)
                past = (*BEGUN, end)
                rows.append(enrollment_row(number, practice, past, payer=f"payer-{payer}", kind=kind))
                spans += spans_of(number, past)
    db.transaction(lambda s: save_payers(s, {f"payer-{one}": (f"Payer {one}", "commercial") for one in range(PAYERS)}))
    db.transaction(lambda s: s.execute(insert(EnrollmentRow), rows))
    db.transaction(lambda s: s.execute(insert(SpanRow), spans))


def test_a_large_installation_is_counted_in_a_moment(db: Database) -> None:
    fill(db)
    began = perf_counter()
    history = db.read(lambda session: scores.load_history(session, as_of=at(120)))
    found = [scores.scoreboard(history), scores.by_month(history), scores.reasons(history)]
    found += [scores.days_by_party(history), scores.approvals_by_week(history), scores.waiting_curves(history)]
    took = perf_counter() - began
    assert len(history.spans) == 100_000
    assert all(len(one) for one in found)
    assert took < 2, f"{took:.2f} s"  # 0.8 s on a machine that does nothing else
    began = perf_counter()
    page = db.read(lambda session: board_page(session, Asked(number=3), as_of=at(120)))
    db.read(lambda session: board_counts(session, Asked(), as_of=at(120)))
    took = perf_counter() - began
    assert page.total == 20_000
    assert took < 0.4, f"{took:.2f} s"
