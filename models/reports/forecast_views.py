"""What a forecast of go-live holds, for pages, mails and artifacts (O-46, E-41).

`models.reports.onboarding_forecast.forecast_of(session, practice, as_of=...)` gives a `Forecast`, or none once the
practice is live, its journey is over, or there is none:
- `practice`: the key; `as_of`: the practice's local day; `target_on`: the journey's target day or none.
- `dates`: a `GoLive`, local days: `early` (10 %), `sooner` (25 %), `likely` (50 %), `later` (75 %), `late` (90 %), with
  `chance`: the share of futures that meet `target_on` (0 to 1, none without a target) and `blocker`.
- `lasts`: everything that may be what go-live waits for last, the most frequent first: `Last(step, payer, transaction,
  share)`; `payer` and `transaction` are empty for a step that is no enrollment. The shares sum to 1.
- `enrollments`: each enrollment of the top three payers that is still to be finalised, with its own `early`, `likely`
  and `late` day and its `share` of being last.
`what_if(session, practice, WhatIf(...), as_of=...)` gives the forecast as it would be.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.rules.enrollment import State
from models.rules.onboarding_facts import Transaction


@dataclass(frozen=True, slots=True)
class Last:
    """What go-live waits for last, in this share of futures: an enrollment, or a step without one."""

    step: str
    payer: str
    transaction: Transaction | None
    share: float

    @property
    def subject(self) -> str:
        """Name it in one word: `payer:transaction`, or the step's key."""
        return f"{self.payer}:{self.transaction}" if self.transaction else self.step


@dataclass(frozen=True, slots=True)
class GoLive:
    """When go-live is likely: one time in ten before the first day, nine in ten before the last (O-46).

    `chance`: of meeting the journey's target day. `blocker`: the enrollment that is last most often (E-41).
    """

    early: date
    likely: date
    late: date
    sooner: date
    later: date
    chance: float | None = None
    blocker: Last | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """When one enrollment is likely to be finalised; `state` is none where it is only planned.

    `early`, `likely` and `late` are its 10, 50 and 90 percent days; `share` is how often go-live waits for it last.
    """

    payer: str
    transaction: Transaction
    state: State | None
    early: date
    likely: date
    late: date
    share: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of one practice's go-live on one local day."""

    practice: str
    as_of: date
    dates: GoLive
    target_on: date | None
    lasts: tuple[Last, ...]
    enrollments: tuple[Finish, ...]


class What(StrEnum):
    """What might happen to a payer's enrollments."""

    RETURNED_FORM = "returned_form"
    PAYER_DELAYED = "payer_delayed"
    PAYER_DROPPED = "payer_dropped"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One supposition: a form comes back to the practice today, a payer takes more days, or is no longer among the top.

    When a payer is dropped, the next one of the practice's list takes its place (E-04).
    """

    what: What
    payer: str
    days: int = 0
