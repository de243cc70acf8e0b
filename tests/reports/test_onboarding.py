"""A journey as pages and artifacts show it: waits, dates, promises, and nobody's name."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from models.db import Database
from models.reports.onboarding import (
    board,
    board_counts,
    board_rows,
    history_lines,
    journey_markdown,
    journey_view,
    open_tasks,
    work_list,
)
from models.reports.onboarding_history import told_to_practice
from models.reports.onboarding_views import JourneyView, Level, shown_to_practice
from models.rules.onboarding_events import Cancel, Pause, RecordFirstEra
from models.rules.onboarding_facts import EnrollmentOutcome, JourneyStatus, Reason, StepState, Transaction
from models.rules.roles import Party, Role
from tests.reports.journeys import (
    PEOPLE,
    STAFF,
    Story,
    after_handoff,
    in_training,
    in_welcome,
    intake,
    live,
    plan_sessions,
)


def seen(story: Story) -> JourneyView:
    return story.db.read(lambda session: journey_view(session, story.id, as_of=story.now))


@pytest.fixture
def story(db: Database) -> Story:
    plan_sessions(db)
    return Story(db, intake())


def test_a_new_journey_waits_for_the_signature(story: Story) -> None:
    view = seen(story)
    assert [step.key for step in view.open_steps] == ["service_agreement"]
    assert view.longest_wait is not None
    assert view.longest_wait.party is Party.PRACTICE
    assert view.longest_wait.since_on == date(2026, 10, 26)
    assert view.levels == ()


def test_waiting_is_counted_in_business_days(story: Story) -> None:
    view = seen(in_welcome(story).after(14))
    waits = {wait.party: wait for wait in view.steps[1].waits}
    assert waits[Party.PRACTICE].business_days == 10  # O-42


def test_steps_show_their_local_days_and_what_is_left(story: Story) -> None:
    view = seen(in_training(story))
    states = {step.key: step.state for step in view.steps}
    assert states["billing_rules_call"] is StepState.DONE
    assert {key for key, state in states.items() if state is StepState.OPEN} == {"training", "enrollments"}
    handoff = view.steps[2]
    assert (handoff.opened_on, handoff.ended_on) == (date(2026, 10, 28), date(2026, 11, 1))
    assert handoff.settled < handoff.total
    rejected = next(item for item in handoff.open_items if item.key == "document.w9")
    assert (rejected.reason, rejected.party) == ("unreadable", Party.PRACTICE)


def test_payers_come_with_the_top_three_first(story: Story) -> None:
    payers = seen(in_training(story)).payers
    assert [payer.key for payer in payers] == ["medicare", "aetna", "cigna", "humana"]
    assert [payer.is_top for payer in payers] == [True, True, True, False]  # O-25
    assert payers[0].transactions[Transaction.CLAIMS] is EnrollmentOutcome.FINALISED
    assert payers[0].transactions[Transaction.ERA] is None


def test_training_is_counted_per_topic_without_naming_anybody(story: Story) -> None:
    dashboard = seen(in_training(story)).training[0]
    assert (dashboard.key, dashboard.learned, dashboard.booked, dashboard.people) == ("dashboard", 1, 1, 2)


def test_dates_ahead_are_calls_sessions_and_the_next_report_in_their_order(story: Story) -> None:
    dates = seen(after_handoff(story)).next_dates
    assert [each.at for each in dates] == sorted(each.at for each in dates)
    assert {(each.kind.value, each.key) for each in dates} >= {("call", "application"), ("report", "progress_report")}


def test_a_forecast_stands_until_the_practice_is_live(story: Story) -> None:
    forecast = seen(in_training(story)).forecast
    assert forecast is not None
    assert forecast.early <= forecast.likely <= forecast.late  # O-46
    assert seen(story).is_target_at_risk is (forecast.early > date(2026, 12, 17))


def test_a_late_first_claim_is_flagged(story: Story) -> None:
    view = seen(after_handoff(story).after(60))
    first_claim = next(level for level in view.levels if level.key is Level.FIRST_CLAIM)
    assert first_claim.due_on == date(2026, 12, 9)  # O-43: 30 business days after October 26
    assert first_claim.is_late
    assert view.is_late


def test_payments_are_expected_one_to_two_weeks_after_go_live(story: Story) -> None:
    view = seen(live(story))
    assert view.went_live_on is not None
    window = next(level for level in view.levels if level.key is Level.PAYMENTS)
    assert window.earliest_on == view.went_live_on + timedelta(days=7)  # O-32
    assert window.due_on == view.went_live_on + timedelta(days=14)
    assert not window.is_late
    late = next(level for level in seen(story.after(16)).levels if level.key is Level.PAYMENTS)
    assert late.is_late
    assert view.forecast is None


def test_a_promise_kept_in_time_is_not_late(story: Story) -> None:
    live(story).after(8).tell(RecordFirstEra(story.now.date()))
    level = next(level for level in seen(story.after(90)).levels if level.key is Level.PAYMENTS)
    assert (level.met_on, level.is_late) == (story.now.date() - timedelta(days=90), False)


def test_clocks_of_a_paused_journey_stand_still(story: Story) -> None:
    after_handoff(story).tell(Pause(Reason.PRACTICE_ASKED))
    before = seen(story)
    later = seen(story.after(120))
    assert later.status is JourneyStatus.PAUSED
    assert [step.waits for step in later.steps] == [step.waits for step in before.steps]  # O-45
    assert not any(level.is_late for level in later.levels)
    assert later.next_dates == ()


def test_what_a_practice_is_shown_has_nothing_internal(story: Story) -> None:
    full = seen(in_welcome(story))
    view = shown_to_practice(full)
    assert "welcome.preparation" in {item.key for item in full.steps[1].open_items}  # O-05
    assert "welcome.preparation" not in {item.key for item in view.steps[1].open_items}
    assert view.tasks == ()
    assert set(view.roles) == {Role.SUCCESS_COACH}
    assert all(item.due_on is None for step in view.steps for item in step.open_items if item.party is Party.US)


def test_history_tells_sentences_newest_first(story: Story) -> None:
    in_training(story)
    lines = story.db.read(lambda session: history_lines(session, story.id, limit=200))
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
    assert any(line.sentence == "The Application Call was scheduled for Tue, Nov 3 at 10:00 AM." for line in lines)
    told = told_to_practice(lines)
    assert "journey_started" in {line.kind for line in told}
    assert not {line.kind for line in told} & {"role_assigned", "item_completed", "enrollment_in_trouble"}
    assert len(story.db.read(lambda session: history_lines(session, story.id, limit=3))) == 3


def test_artifacts_hold_keys_and_counts_but_no_names(story: Story) -> None:
    in_training(story)
    frame = story.db.read(lambda session: board(session, as_of=story.now))
    rows, work = board_rows(frame), story.db.read(lambda session: work_list(session, as_of=story.now))
    page = journey_markdown(seen(story))
    for said in (page, str(rows), str(work)):
        assert "maple" in said
        assert not [name for name in (*PEOPLE, *STAFF, "Maple Street", "example.com") if name in said]


def test_the_artifact_shows_ten_steps_with_marks_and_waits(story: Story) -> None:
    page = journey_markdown(seen(in_training(story)))
    assert len([line for line in page.splitlines() if line.split(" | ")[0].removeprefix("| ").isdecimal()]) == 10
    assert "| 6 | Training | ◐ in progress" in page
    assert "| the practice | 2026-11-02 |" in page
    assert "## Next dates" in page


def test_the_board_puts_late_journeys_first_and_ended_ones_last(db: Database, story: Story) -> None:
    after_handoff(story)
    fresh = Story(db, intake("birch"), now=story.now + timedelta(days=60))
    ended = in_welcome(Story(db, intake("aspen"), now=story.now)).tell(Cancel(Reason.AGREEMENT_ENDED))
    frame = db.read(lambda session: board(session, as_of=fresh.now))
    assert list(frame["practice"]) == ["maple", "birch", "aspen"]
    assert frame.loc[0, "late"] == ("first_claim", "target")
    assert frame.loc[0, "step_numbers"] == (4, 6, 7)
    assert list(frame["journey_id"]) == [story.id, fresh.id, ended.id]


def test_the_board_counts_status_steps_and_lateness(db: Database, story: Story) -> None:
    after_handoff(story)
    Story(db, intake("birch"), now=story.now)
    counts = board_counts(db.read(lambda session: board(session, as_of=story.now)))
    assert (counts.total, counts.late, counts.by_status) == (2, 0, {"active": 2})
    assert counts.by_step == {"application_call": 1, "training": 1, "enrollments": 1, "service_agreement": 1}


def test_an_empty_board_has_no_rows_and_no_counts(db: Database) -> None:
    frame = db.read(lambda session: board(session, as_of=Story.now))
    assert board_rows(frame) == []
    assert board_counts(frame).total == 0


def test_work_is_listed_per_role_with_the_most_urgent_first(story: Story) -> None:
    in_training(story).after(1)
    tasks = story.db.read(lambda session: open_tasks(session, roles=[Role.SUCCESS_COACH], as_of=story.now))
    assert {task.role for task in tasks} == {Role.SUCCESS_COACH}
    due = [task.due_on for task in tasks if task.due_on is not None]
    assert due == sorted(due)
    assert tasks[0].is_late


@pytest.mark.parametrize("others", [0, 6])
def test_a_board_asks_as_often_for_many_journeys_as_for_few(db: Database, others: int) -> None:
    first = Story(db, intake())
    for number in range(others):
        Story(db, intake(f"other-{number}"))
    asked: list[str] = []
    db.read(lambda session: board(session, as_of=first.now))  # forecasts are thrown once and then remembered
    event.listen(db.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    db.read(lambda session: board(session, as_of=first.now))
    assert len([one for one in asked if one.startswith("SELECT")]) == 9
