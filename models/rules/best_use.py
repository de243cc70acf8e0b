"""How the two systems are best used together, and which of the three habits a practice deviates from (F-133)."""

from enum import StrEnum
from typing import Final, NamedTuple

from models.rules.readiness_facts import CheckState
from models.rules.readiness_gate import Gate, Standing


class Habit(StrEnum):
    """Booking by the widget, requests and reminders in Kareo, surveys from PatientPop after the check-out."""

    BOOKING = "booking"
    REMINDERS = "reminders"
    SURVEYS = "surveys"


SHOWN_BY: Final = {
    Habit.BOOKING: ("calendar_hours", "new_appointment_alerts", "reasons_for_visit", "scheduler_disabled"),
    Habit.REMINDERS: ("patient_communications", "one_reminder_system"),
    Habit.SURVEYS: ("feedback_notifications", "surveys_off"),
}
"""The checks of the gate that show a habit."""
NAMES: Final = {
    Habit.BOOKING: "Booking by the widget",
    Habit.REMINDERS: "Requests and reminders in Kareo",
    Habit.SURVEYS: "Surveys from PatientPop after the check-out",
}


class Deviation(NamedTuple):
    """A habit that is not as it should be, by the titles of the checks that say so."""

    habit: Habit
    checks: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Say which habit deviates and where to look."""
        return f"{NAMES[self.habit]}: see {'; '.join(self.checks)}."


def deviations(found: Gate) -> tuple[Deviation, ...]:
    """List the habits that deviate, by what a practice's gate shows now; what nobody has looked at yet deviates too."""
    standings = {one.check.key: one for one in found.standings}
    several = (
        Deviation(habit, tuple(standings[key].check.title for key in keys if not _is_kept(standings[key])))
        for habit, keys in SHOWN_BY.items()
    )
    return tuple(one for one in several if one.checks)


def _is_kept(standing: Standing) -> bool:
    """Say whether a check is well by its own evidence; that another one comes before it says nothing of the habit."""
    states = {part.state for part in standing.parts} if standing.waits_for and standing.parts else {standing.state}
    return states <= {CheckState.PASSED, CheckState.NOT_APPLICABLE}
