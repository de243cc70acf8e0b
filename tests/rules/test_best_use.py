"""The audit of how both systems are used: it says which of the three habits deviates."""

from dataclasses import replace
from typing import Any

import pytest

from models.rules.best_use import SHOWN_BY, Habit, deviations
from models.rules.readiness import BY_KEY
from tests.rules.readiness_examples import REMINDED, look, practice, provider, without


def test_nothing_deviates_where_both_systems_are_used_as_they_should_be() -> None:
    """F-133: booking by the widget, requests and reminders in Kareo, surveys from PatientPop after the check-out."""
    assert deviations(look(practice())) == ()


@pytest.mark.parametrize(
    ("facts", "habit", "check"),
    [
        ({"booking_reasons": 0}, Habit.BOOKING, "reasons_for_visit"),
        ({"alert_recipients": 0}, Habit.BOOKING, "new_appointment_alerts"),
        (
            {"providers": (provider(reminders=replace(REMINDED, minutes_before=())),)},
            Habit.REMINDERS,
            "patient_communications",
        ),
        ({"providers": (provider(reminders=replace(REMINDED, has_surveys=True)),)}, Habit.SURVEYS, "surveys_off"),
        ({"feedback_attempts": 0}, Habit.SURVEYS, "feedback_notifications"),
    ],
)
def test_the_audit_states_which_of_the_three_deviates(facts: dict[str, Any], habit: Habit, check: str) -> None:
    """F-133."""
    found = deviations(look(practice(**facts)))
    assert [one.habit for one in found] == [habit]
    assert BY_KEY[check].title in found[0].sentence


def test_what_nobody_has_looked_at_deviates_too() -> None:
    """F-133: a scheduler in Kareo that may be on takes bookings past the widget."""
    [found] = deviations(look(without(practice(), "scheduler_disabled")))
    assert (found.habit, found.checks) == (Habit.BOOKING, (BY_KEY["scheduler_disabled"].title,))


def test_every_habit_is_shown_by_checks_that_exist() -> None:
    assert set(SHOWN_BY) == set(Habit)
    assert {key for keys in SHOWN_BY.values() for key in keys} <= set(BY_KEY)
