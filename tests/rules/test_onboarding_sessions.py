"""The regular calendar of group sessions."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from models.rules.calendars import Calendar, is_business_day
from models.rules.onboarding import TOPICS
from models.rules.onboarding_sessions import SEATS, TRAINING_ZONE, plan_sessions

AS_OF = datetime(2026, 10, 19, 15, 0, tzinfo=UTC)


def test_every_topic_is_taught_regularly_on_business_days() -> None:
    """O-20."""
    planned = plan_sessions(as_of=AS_OF)
    for topic in TOPICS:
        starts = [start for key, start, _ in planned if key == topic.key]
        assert len(starts) >= 10
        assert all(is_business_day(start.date(), Calendar.GOVERNMENT) for start in starts)


def test_sessions_keep_their_hours_when_the_clocks_change_and_lie_ahead() -> None:
    """O-20."""
    planned = plan_sessions(as_of=AS_OF)
    zone = ZoneInfo(TRAINING_ZONE)
    assert {start.astimezone(zone).hour for _, start, _ in planned} == {9, 10, 13, 14}
    assert min(start for _, start, _ in planned) > AS_OF
    assert {seats for _, _, seats in planned} == {SEATS}


def test_no_two_topics_are_taught_at_once() -> None:
    planned = plan_sessions(as_of=AS_OF)
    assert len({start for _, start, _ in planned}) == len(planned)
