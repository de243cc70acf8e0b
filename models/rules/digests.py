"""Digests: who is told of what waits, on which day, and in which order; one per person and day (E-26)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from models.rules.calendars import Calendar, local_day, office_moment
from models.rules.enrollment import Need, State
from models.rules.enrollment_facts import NoticeKind
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Role

TO_BE_DECIDED: Final = frozenset({NoticeKind.ESCALATED, NoticeKind.PROPOSE_PAUSE})
"""Lines that stand first: they need a decision."""
_INSTEAD: Final = (Role.SUCCESS_COACH, Role.ONBOARDING_MANAGER)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a digest: an enrollment, why it is told, and since when (local day) it stands as it does.

    `due_on` is the day by which it must be renewed, where it is about that.
    """

    kind: NoticeKind
    practice: str
    payer: str
    transaction: Transaction
    state: State
    since: date
    rank: int = 0
    needs: tuple[Need, ...] = ()
    due_on: date | None = None

    @property
    def is_to_be_decided(self) -> bool:
        """Say whether somebody has to decide."""
        return self.kind in TO_BE_DECIDED


def office_day(as_of: datetime, *, zone: str, calendar: Calendar) -> date | None:
    """Give the local day of a moment in business hours; none outside of them."""
    is_open = office_moment(as_of, zone=zone, calendar=calendar) == as_of
    return local_day(as_of, zone) if is_open else None


def reader_of(role: Role, holders: Mapping[Role, str]) -> str:
    """Name who of our staff is told what is meant for a role; empty where there is nobody.

    Where nobody holds the role it is the Success Coach, and where there is none the Onboarding Manager.
    """
    return next((holders[one] for one in (role, *_INSTEAD) if one in holders), "")


def in_order(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Put what must be decided first, then the top three payers; what is the same is said once, the oldest stays."""
    once: dict[Line, None] = dict.fromkeys(sorted(lines, key=_order))
    return tuple(once)


def _order(line: Line) -> tuple[bool, bool, int, date, str, str, str]:
    is_later = not line.is_to_be_decided
    return is_later, line.rank == 0, line.rank, line.since, line.practice, line.payer, line.transaction
