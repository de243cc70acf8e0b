"""How patients book at the first example practice; by itself, since the launcher needs it at the first start only."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from deployments import example_practices
from models.db import transaction
from models.inputs.booking_setup import BookingSetup, parse_setup
from models.rules.decisions import Refusal
from models.rules.feedback import CADENCE, Setting
from models.rules.feedback_policy import Cadence
from models.store import booking_setup, feedback_settings, practices
from models.store.feedback_settings import Choice, Wanted
from tasks.built_in_calendar import connect_calendar

BOOKING: Final = "maple-street-booking.yaml"
MANAGER: Final = "manager-1"


def first_booking() -> BookingSetup:
    """Read how patients book at the first example."""
    return parse_setup((example_practices.FOLDER / BOOKING).read_text(encoding="utf-8"), file=BOOKING)


def set_up_booking(setup: BookingSetup, *, as_of: datetime) -> None:
    """Open an example's booking page with its calendars, reasons, insurances and alerts.

    Raises:
        ValueError: the example does not fit its practice.
    """

    def apply(session: Session) -> None:
        practice = practices.find_practice(session, setup.practice)
        if practice is None:
            message = f"The booking set-up of {setup.practice} lies in the examples, but not its intake."
            raise ValueError(message)
        applied = booking_setup.apply_setup(session, practice, setup, by=example_practices.ACTOR, as_of=as_of)
        if isinstance(applied, Refusal):
            raise ValueError(applied.sentence)  # noqa: TRY004 - a file that does not fit

    transaction(apply)


def open_booking(*, as_of: datetime) -> bool:
    """Let the first example's patients book, with the built-in calendar; False when it has some system already."""
    if example_practices.has_practice_system():
        return False
    setup = first_booking()
    set_up_booking(setup, as_of=as_of)
    choose_cadence(setup.practice, as_of=as_of)
    return connect_calendar(setup.practice, as_of=as_of).is_done


def choose_cadence(practice: str, *, as_of: datetime) -> None:
    """Let an example ask its patients for feedback at the usual times, as its Onboarding Manager chose (F-015)."""
    usual = Cadence(tuple(ask.after for ask in CADENCE))
    wanted = Wanted(practice, lambda _: Choice({Setting.CADENCE: usual}), MANAGER, "example:cadence")
    transaction(lambda session: feedback_settings.change(session, wanted, as_of=as_of))
