"""What the pages, artifacts and mails show of a journey: values only, keys instead of people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from models.reports.forecast_views import GoLive
from models.rules.onboarding import ItemKind
from models.rules.onboarding_facts import (
    CallState,
    EnrollmentOutcome,
    ItemState,
    JourneyStatus,
    StepState,
    Transaction,
)
from models.rules.roles import Party, Role

DATES_SHOWN: Final = 10
"""How many dates ahead a practice reads, on its page and in its reports."""


class Level(StrEnum):
    """What is promised about time (O-32, O-43)."""

    FIRST_CLAIM = "first_claim"
    FIRST_PAYMENT = "first_payment"
    PAYMENTS = "payments"


class Happening(StrEnum):
    """Kinds of dates that lie ahead."""

    CALL = "call"
    SESSION = "session"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Wait:
    """Who is waited for, since when (UTC), and how many business days that is (O-42)."""

    party: Party
    since: datetime
    since_on: date
    business_days: int


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One thing that is still to be done, by when (local day), and whether that day is over."""

    key: str
    kind: ItemKind
    state: ItemState
    role: Role
    party: Party
    due_on: date | None
    is_late: bool
    is_internal: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallDate:
    """One dated call (UTC)."""

    key: str
    number: int
    state: CallState
    starts_at: datetime
    minutes: int
    on: date


@dataclass(frozen=True, slots=True)
class StepView:
    """One of the ten steps; days are the practice's local ones, counts leave out what is internal.

    `warning`: what staff should know before they call it done (A-91).
    """

    number: int
    key: str
    owner: Role
    state: StepState
    opened_on: date | None
    ended_on: date | None
    milestone: int
    after: tuple[str, ...]
    waits: tuple[Wait, ...]
    open_items: tuple[OpenItem, ...]
    settled: int
    total: int
    calls: tuple[CallDate, ...]
    warning: str = ""


@dataclass(frozen=True, slots=True)
class NextDate:
    """One date ahead (UTC): a call, a training session with so many of the practice's people, a report."""

    kind: Happening
    key: str
    at: datetime
    on: date
    people: int = 0


@dataclass(frozen=True, slots=True)
class TopicProgress:
    """How many people of those to be trained learned one topic, and how many have a place."""

    key: str
    learned: int
    booked: int
    missed: int
    people: int


@dataclass(frozen=True, slots=True)
class PayerView:
    """One payer and how each planned transaction stands; None where nothing was heard yet."""

    key: str
    name: str
    is_top: bool
    transactions: Mapping[Transaction, EnrollmentOutcome | None]


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """One promise about time: the window or day, the day on which it was kept, and whether it is or was late."""

    key: Level
    earliest_on: date | None
    due_on: date
    met_on: date | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Task:
    """One open to-do of somebody, by its key; `appointment` is the number of the one that it is about, or 0.

    `payer` is the name of the payer where it is about an enrollment, else empty.
    """

    practice: str
    key: str
    role: Role
    party: Party
    opened_on: date
    due_on: date | None
    is_late: bool
    appointment: int = 0
    payer: str = ""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the history: when (UTC), what in one sentence, and its kind and subject."""

    at: datetime
    kind: str
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyView:
    """Everything that a page or artifact shows of one journey at one moment."""

    journey_id: int
    practice_id: int
    practice: str
    name: str
    zone: str
    locale: str
    template_version: int
    status: JourneyStatus
    as_of: datetime
    today: date
    started_on: date
    signed_on: date | None
    paused_on: date | None
    went_live_on: date | None
    graduated_on: date | None
    target_on: date | None
    is_after_target: bool
    steps: tuple[StepView, ...]
    calls: tuple[CallDate, ...]
    next_dates: tuple[NextDate, ...]
    training: tuple[TopicProgress, ...]
    payers: tuple[PayerView, ...]
    payment_issues: tuple[str, ...]
    forecast: GoLive | None
    levels: tuple[ServiceLevel, ...]
    tasks: tuple[Task, ...]
    roles: Mapping[Role, str]

    @property
    def open_steps(self) -> tuple[StepView, ...]:
        """The steps that are under way."""
        return tuple(step for step in self.steps if step.state is StepState.OPEN)

    @property
    def steps_over(self) -> int:
        """How many steps are done or skipped."""
        return sum(step.state in (StepState.DONE, StepState.SKIPPED) for step in self.steps)

    @property
    def longest_wait(self) -> Wait | None:
        """The wait that has lasted longest; the practice's before ours before a payer's when equally long."""
        order = list(Party)
        waits = [wait for step in self.steps for wait in step.waits]
        return min(waits, key=lambda wait: (wait.since, order.index(wait.party)), default=None)

    @property
    def is_target_at_risk(self) -> bool:
        """Whether go-live before the target date has become unlikely: less than one chance in ten."""
        return self.target_on is not None and self.forecast is not None and self.forecast.early > self.target_on

    @property
    def is_late(self) -> bool:
        """Whether anything promised is overdue now; a journey that has ended is not."""
        if self.status not in (JourneyStatus.ACTIVE, JourneyStatus.PAUSED):
            return False
        overdue = any(level.is_late and level.met_on is None for level in self.levels)
        return overdue or (self.is_after_target and self.went_live_on is None)


def needed_from(view: JourneyView, party: Party) -> list[OpenItem]:
    """List what one side has to do, what was sent back first, then by its day."""
    items = [item for step in view.steps for item in step.open_items if item.party is party and not item.is_internal]
    return sorted(items, key=lambda item: (item.state != "rejected", item.due_on is None, item.due_on or view.today))


def shown_to_practice(view: JourneyView) -> JourneyView:
    """Leave out what only staff may see: internal items, work items, our own deadlines, who else holds a role."""
    return replace(
        view,
        steps=tuple(_step_for_practice(step) for step in view.steps),
        tasks=(),
        roles={role: key for role, key in view.roles.items() if role is Role.SUCCESS_COACH},
    )


def _step_for_practice(step: StepView) -> StepView:
    items = (item for item in step.open_items if not item.is_internal)
    return replace(step, open_items=tuple(_item_for_practice(item) for item in items), warning="")


def _item_for_practice(item: OpenItem) -> OpenItem:
    return item if item.party is Party.PRACTICE else replace(item, due_on=None, is_late=False)
