"""Digests: when it is time, who reads, and what stands first (E-26)."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.calendars import Calendar
from models.rules.digests import Line, in_order, office_day, reader_of
from models.rules.enrollment import State
from models.rules.enrollment_facts import NoticeKind
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Role

NEW_YORK = "America/New_York"
HONOLULU = "Pacific/Honolulu"
LINE = Line(
    NoticeKind.CHASE_PAYER, "Maple Street", "Aetna", Transaction.ERA, State.PENDING_PAYER, date(2026, 11, 2), rank=1
)

OFFICE_HOURS = (
    ("2026-11-23T13:59", NEW_YORK, None),
    ("2026-11-23T14:00", NEW_YORK, "2026-11-23"),
    ("2026-11-23T21:59", NEW_YORK, "2026-11-23"),
    ("2026-11-23T22:00", NEW_YORK, None),
    ("2026-11-26T16:00", NEW_YORK, None),  # Thanksgiving
    ("2026-11-28T16:00", NEW_YORK, None),  # a Saturday
    ("2026-11-24T01:00", HONOLULU, "2026-11-23"),
    ("2026-10-30T13:10", NEW_YORK, "2026-10-30"),
    ("2026-11-02T13:10", NEW_YORK, None),  # the clocks went back on Sunday
    ("2026-11-02T14:10", NEW_YORK, "2026-11-02"),
)


@pytest.mark.parametrize(("moment", "zone", "day"), OFFICE_HOURS)
def test_a_digest_goes_out_in_business_hours_of_the_practices_zone(moment: str, zone: str, day: str | None) -> None:
    """E-26, with the first business day after the clocks change."""
    as_of = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    found = office_day(as_of, zone=zone, calendar=Calendar.GOVERNMENT)
    assert (None if found is None else str(found)) == day


def test_a_role_that_nobody_holds_is_read_by_the_coach_and_then_by_the_manager() -> None:
    """E-26: the role's holder, else the Success Coach, else the Onboarding Manager."""
    holders = {Role.ENROLLMENTS_REPRESENTATIVE: "eli", Role.SUCCESS_COACH: "cora", Role.ONBOARDING_MANAGER: "mona"}
    read = []
    for gone in (None, Role.ENROLLMENTS_REPRESENTATIVE, Role.SUCCESS_COACH, Role.ONBOARDING_MANAGER):
        holders.pop(gone, "") if gone else None
        read.append(reader_of(Role.ENROLLMENTS_REPRESENTATIVE, holders))
    assert read == ["eli", "cora", "mona", ""]


def test_decisions_stand_first_and_then_the_top_three_payers() -> None:
    """E-04, E-26."""
    pause = replace(LINE, kind=NoticeKind.PROPOSE_PAUSE, rank=0, payer="Zeta")
    escalated = replace(LINE, kind=NoticeKind.ESCALATED, rank=2, payer="Beta")
    third, first, other = replace(LINE, rank=3), replace(LINE, rank=1, payer="Cigna"), replace(LINE, rank=0)
    older = replace(other, payer="Delta", since=date(2026, 10, 1))
    lines = in_order([other, older, third, first, pause, escalated])
    assert lines == (escalated, pause, first, third, older, other)


def test_what_is_the_same_is_said_once() -> None:
    assert in_order([LINE, replace(LINE), replace(LINE, kind=NoticeKind.UNKNOWN_WORD)]) == (
        LINE,
        replace(LINE, kind=NoticeKind.UNKNOWN_WORD),
    )


@given(st.permutations([replace(LINE, rank=rank, kind=kind) for rank in range(4) for kind in NoticeKind]))
def test_the_order_does_not_depend_on_how_lines_come(lines: list[Line]) -> None:
    ordered = in_order(lines)
    decided = [one.is_to_be_decided for one in ordered]
    assert decided == sorted(decided, reverse=True)
    assert [(one.rank == 0, one.rank) for one in ordered if not one.is_to_be_decided] == sorted(
        (one.rank == 0, one.rank) for one in ordered if not one.is_to_be_decided
    )
    assert len(ordered) == len(lines)
