"""The picture: everything has its place, nothing leaves the drawing."""

from datetime import timedelta

import pytest

from deployments.web.timeline import DESK, PHONE, Chart, Frame, draw
from deployments.web.wording import voice_for
from models.db import Database
from models.reports.onboarding import journey_view
from models.rules.onboarding_events import Cancel, Pause
from models.rules.onboarding_facts import Reason
from tests.reports.journeys import Chapter, Story, after_handoff, in_training, in_welcome, intake, live, plan_sessions

CHAPTERS: tuple[Chapter, ...] = (lambda story: story, in_welcome, after_handoff)


def picture(story: Story, frame: Frame = DESK, *, locale: str = "en") -> Chart:
    view = story.db.read(lambda session: journey_view(session, story.id, as_of=story.now))
    return draw(view, voice_for(locale, zone=view.zone, today=view.today), frame)


@pytest.fixture
def story(db: Database) -> Story:
    plan_sessions(db)
    return Story(db, intake())


@pytest.mark.parametrize("chapter", CHAPTERS)
@pytest.mark.parametrize("frame", [DESK, PHONE])
@pytest.mark.parametrize("days", [0, 400])
def test_nothing_leaves_the_drawing(story: Story, chapter: Chapter, frame: Frame, days: int) -> None:
    chart = picture(chapter(story).after(days), frame, locale="es")
    spans = [span for row in chart.rows for span in (row.bar, row.window) if span]
    spans += [chart.band.span] if chart.band else []
    assert all(span.x >= frame.left and span.x + span.width <= frame.width for span in spans)
    marks = [*chart.flags, *(call for row in chart.rows for call in row.calls)]
    marks += [chart.today] if chart.today else []
    assert all(0 <= mark.x <= frame.width for mark in marks)
    assert [row.y for row in chart.rows] == sorted(row.y for row in chart.rows)


def test_steps_that_run_side_by_side_share_a_ground(story: Story) -> None:
    parallel = picture(story).parallel
    assert parallel == (DESK.top + 3 * DESK.row, 4 * DESK.row)  # steps 4 to 7


def test_an_open_step_reaches_today_and_a_done_one_its_end(story: Story) -> None:
    chart = picture(in_training(story))
    rows = {row.step.key: row for row in chart.rows}
    assert chart.today is not None
    training, handoff = rows["training"].bar, rows["handoff_call"].bar
    assert training is not None
    assert handoff is not None
    assert training.x + training.width == pytest.approx(chart.today.x, abs=0.2)
    assert handoff.x + handoff.width < chart.today.x
    assert rows["first_claim"].bar is None


def test_the_forecast_is_a_band_with_its_middle_inside(story: Story) -> None:
    band = picture(in_training(story)).band
    assert band is not None
    assert band.span.x <= band.likely <= band.span.x + band.span.width
    assert "Expected go-live" in band.label.label


def test_what_is_past_keeps_room_beside_a_far_future(story: Story) -> None:
    chart = picture(in_training(story))
    assert chart.is_closer_ahead
    assert chart.today is not None
    assert chart.today.x > DESK.left + (DESK.width - DESK.left) / 4


def test_a_live_journey_has_a_flag_a_window_and_its_milestone(story: Story) -> None:
    chart = picture(live(story))
    assert chart.band is None
    assert [flag.label.split(" ")[0] for flag in chart.flags] == ["Live"]
    rows = {row.step.key: row for row in chart.rows}
    assert rows["payments"].window is not None
    assert rows["first_claim"].milestone is not None
    assert rows["first_claim"].milestone.is_filled
    assert rows["graduation"].milestone is not None
    assert not rows["graduation"].milestone.is_filled
    assert rows["graduation"].calls  # the one-week call and the check-ins lead up to it


def test_paused_and_cancelled_journeys_stop_growing(story: Story) -> None:
    after_handoff(story).tell(Pause(Reason.PRACTICE_ASKED))
    widths = [row.bar.width for row in picture(story.after(1)).rows if row.bar]
    later = [row.bar.width for row in picture(story.after(300)).rows if row.bar]
    assert len(widths) == len(later)
    story.tell(Cancel(Reason.AGREEMENT_ENDED))
    assert picture(story).today is None
    assert picture(story) == picture(story.after(100))


def test_a_label_at_the_edge_is_moved_inside(story: Story) -> None:
    story.now += timedelta(days=2)
    chart = picture(story, PHONE, locale="es")
    assert chart.band is not None
    assert chart.today is not None
    for mark in (chart.today, *chart.flags, chart.band.label):
        assert 0 < mark.text_x < PHONE.width
