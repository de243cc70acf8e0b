"""Known ways to get journeys and enrollments wrong, each planted on purpose: the checker must find every one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from deployments.checker.journeys import AFTER, NOBODY_WAITS, WAYS, JourneyWatcher
from deployments.checker.reading import Breach, Line, breaches
from deployments.histories.journey_trace import journey_history
from models.rules import onboarding_progress
from models.rules.enrollment import TRANSITIONS, WAITING, Happening, State, target
from models.rules.onboarding import STEPS
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_evidence import DERIVED
from models.rules.onboarding_facts import StepState

pytestmark = pytest.mark.slow

DAYS = 200
SEEDS = range(8)
PROGRESS, MOVES = "models.rules.onboarding_progress.", "models.rules.enrollment_moves."
TIMERS = "models.rules.onboarding_timers."
SOUND = 1
"""The seed of a history in which a practice goes live soon and nothing is paused."""


@dataclass(frozen=True)
class Bug:
    """One bug of a rule: what it replaces by what, and the promise that it breaks."""

    name: str
    broken: str
    planted: dict[str, Any]


schedule_check_in = onboarding_progress.schedule_check_in


def straight_to_approved(state: State, happening: Happening, *, is_submitted: bool) -> State | None:
    if happening is Happening.ACKNOWLEDGED:
        return State.APPROVED
    return target(state, happening, is_submitted=is_submitted)


def without_gates(draft: Draft) -> bool:
    for key in onboarding_progress._open_now(draft):
        if draft.journey.items and key == "welcome_call":
            onboarding_progress.end_step(draft, key, StepState.DONE)
            return True
    return sound_ends(draft)


def every_three_weeks(draft: Draft, went_live_on: Any, *, number: int) -> None:
    schedule_check_in(draft, went_live_on + timedelta(days=7 * number), number=number)


def only_once(draft: Draft, went_live_on: Any, *, number: int) -> None:
    if number == 1:
        schedule_check_in(draft, went_live_on, number=number)


sound_ends: Callable[[Draft], bool] = onboarding_progress._end_steps
always: Callable[[Any], bool] = lambda _: True  # noqa: E731 - one word in the table below
BUGS = (
    Bug(
        "go-live without the top payers",
        "I7",
        {f"{PROGRESS}DERIVED": {**DERIVED, "enrollments.top_payers": always}},
    ),
    Bug("a step that ends before its call was held", "I7", {f"{PROGRESS}_end_steps": without_gates}),
    Bug(
        "bi-weekly calls that come every three weeks",
        "I8",
        {f"{PROGRESS}schedule_check_in": every_three_weeks, f"{TIMERS}schedule_check_in": every_three_weeks},
    ),
    Bug(
        "bi-weekly calls that come once",
        "I8",
        {f"{PROGRESS}schedule_check_in": only_once, f"{TIMERS}schedule_check_in": only_once},
    ),
    Bug("an enrollment that nobody watches", "I9", {f"{MOVES}watch": lambda _: ()}),
    Bug("a way that is none", "I10", {f"{MOVES}target": straight_to_approved}),
)


def found(seeds: range) -> list[Breach]:
    return [one for seed in seeds for one in breaches(journey_history(seed, days=DAYS), JourneyWatcher())]


def test_invented_practices_keep_every_promise() -> None:
    assert found(SEEDS) == []


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_of_the_rules_breaks_its_promise(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, fault in bug.planted.items():
        monkeypatch.setattr(place, fault)
    assert bug.broken in {one.promise for one in found(SEEDS)}


@pytest.fixture(scope="module")
def sound() -> list[Line]:
    lines = journey_history(SOUND, days=DAYS)
    assert {"went_live", "enrollment_approve", "call_scheduled"} <= {line["what"] for line in lines}
    return lines


def place_of(lines: list[Line], what: str, subject: str = "") -> int:
    return next(n for n, line in enumerate(lines) if line["what"] == what and subject in ("", line["subject"]))


def broken(lines: list[Line]) -> set[str]:
    return {one.promise for one in breaches(lines, JourneyWatcher())}


def test_a_second_one_week_call_and_a_call_that_is_held_twice_are_found(sound: list[Line]) -> None:
    scheduled = place_of(sound, "call_scheduled", "one_week")
    assert broken([*sound[:scheduled], sound[scheduled], *sound[scheduled:]]) == {"I8"}
    held = place_of(sound, "call_held", "one_week")
    assert broken([*sound[:held], sound[held], *sound[held:]]) == {"I8"}


def test_a_one_week_call_that_never_was_is_found(sound: list[Line]) -> None:
    assert "I8" in broken([one for one in sound if one["subject"] != "one_week"])


def test_two_timers_of_one_enrollment_are_found(sound: list[Line]) -> None:
    watched = next(n for n, one in enumerate(sound) if one["what"] == "watched" and one["state"] == "pending_payer")
    assert broken([*sound[:watched], {**sound[watched], "timers": 2}, *sound[watched + 1 :]]) == {"I9"}


def test_a_lost_transition_and_one_by_nobody_are_found(sound: list[Line]) -> None:
    approved = place_of(sound, "enrollment_acknowledged")
    assert "I10" in broken([*sound[:approved], *sound[approved + 1 :]])
    assert broken([*sound[:approved], {**sound[approved], "by": ""}, *sound[approved + 1 :]]) == {"I10"}


def test_lines_that_changed_places_are_found(sound: list[Line]) -> None:
    live = place_of(sound, "went_live")
    assert broken([sound[0], sound[live], *sound[1:live], *sound[live + 1 :]]) >= {"I7", "I10"}


def test_a_late_answer_to_an_attempt_that_was_over_is_found(sound: list[Line]) -> None:
    begun = place_of(sound, "enrollment_submit")
    name, at = sound[begun]["enrollment"], sound[begun]["at"]
    facts = {"at": at, "subject": name, "enrollment": name, "by": "payer", "reason": ""}
    again = [
        {**facts, "what": "enrollment_acknowledged", "from": "submitted", "to": "pending_payer", "attempt": 2},
        {**facts, "what": "enrollment_reject", "from": "pending_payer", "to": "rejected", "attempt": 1},
    ]
    assert broken([*sound[: begun + 1], *again]) == {"I11"}


def test_a_line_of_the_journey_after_its_end_is_found(sound: list[Line]) -> None:
    later = {"at": "2029-01-01T00:00:00+00:00", "what": "step_opened", "subject": "service_agreement"}
    over = {"at": "2028-12-31T00:00:00+00:00", "what": "journey_cancelled", "subject": ""}
    assert "I10" in broken([*sound[:-1], over, later])


def test_the_checker_knows_the_same_steps_and_ways_as_the_rules() -> None:
    assert {step.key: step.after for step in STEPS} == AFTER
    ways = {(before.value, to.value) for before, reached in TRANSITIONS.items() for to in reached.values()}
    ways.add((State.NEEDS_PRACTICE.value, State.PENDING_PAYER.value))
    assert ways == {(before, to) for before, reached in WAYS.items() for to in reached.split()}
    assert {state.value for state in State if state not in WAITING} == set(NOBODY_WAITS)
