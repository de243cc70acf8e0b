"""Stores enrollments with the past that a test is about: states by day, written as rows and not played."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.decisions import NOTHING
from models.rules.enrollment import ACTS, State
from models.rules.onboarding_facts import Transaction
from models.store import practices
from models.store.enrollment_begin import save_payers
from models.tables.base import new_id
from models.tables.enrollment import BillingIdentityRow, EnrollmentRow, SpanRow
from tests.factories import MONDAY, an_intake
from tests.scenes import kept

BEGIN = datetime(2026, 3, 2, 15, tzinfo=UTC)
"""A Monday morning in New York: the day 0 of every past."""
Past = Sequence[tuple[int, State] | tuple[int, State, str]]


def at(day: int) -> datetime:
    """Give the moment of a day of the past."""
    return BEGIN + timedelta(days=day)


@kept
def a_practice(db: Database, key: str = "maple-street") -> int:
    """Store a practice with one billing identity and no journey."""

    def store(session: Session) -> int:
        practice = practices.register_practice(session, an_intake(key), as_of=MONDAY).id
        session.add(BillingIdentityRow(id=practice, practice_id=practice, key="group", npi="1234567893", is_group=True))
        return practice

    return db.transaction(store)


def an_enrollment(
    db: Database,
    practice: int,
    past: Past,
    *,
    payer: str = "medicare",
    kind: Transaction = Transaction.ERA,
    days: Mapping[str, Any] = NOTHING,
) -> int:
    """Store one enrollment that went through states on days of the past."""
    number = new_id()

    def store(session: Session) -> None:
        save_payers(session, {payer: (payer.title(), "commercial")})
        row = enrollment_row(number, practice, past, payer=payer, kind=kind)
        session.execute(insert(EnrollmentRow), [row | dict(days)])
        session.execute(insert(SpanRow), spans_of(number, past))

    db.transaction(store)
    return number


def enrollment_row(number: int, practice: int, past: Past, *, payer: str, kind: Transaction) -> dict[str, Any]:
    """Write the row of an enrollment as its past leaves it."""
    state, since = past[-1][1], at(past[-1][0])
    row = {"id": number, "practice_id": practice, "identity_id": practice, "payer": payer, "transaction": kind}
    return row | {
        "state": state,
        "state_since": since,
        "silent_since": since,
        "attempt": 1 + sum(one[1] is State.DRAFT for one in past[1:]),
        "submitted_on": None,
        "approved_on": None,
    }


def spans_of(number: int, past: Past) -> list[dict[str, Any]]:
    """Write the spans of a past; each draft after the first begins another attempt."""
    rows, attempt = [], 0
    for place, (day, state, *reason) in enumerate(past):
        attempt += state is State.DRAFT or place == 0
        rows.append(
            {
                "enrollment_id": number,
                "generation": 1,
                "attempt": attempt,
                "state": state,
                "party": ACTS.get(state),
                "reason": reason[0] if reason else "",
                "since": at(day),
                "until": at(past[place + 1][0]) if place + 1 < len(past) else None,
            }
        )
    return rows


def approved(sent: int = 0, on: int = 30) -> Past:
    """Give a past that was submitted and approved on two days."""
    return ((sent, State.SUBMITTED), (sent, State.PENDING_PAYER), (on, State.APPROVED))


def waiting(sent: int = 0) -> Past:
    """Give a past that still waits for the payer."""
    return ((sent, State.SUBMITTED), (sent, State.PENDING_PAYER))


def day_of(number: int) -> date:
    """Give the local day of a day of the past."""
    return at(number).date()
