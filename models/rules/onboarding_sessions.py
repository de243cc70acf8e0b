"""The regular calendar of live group sessions: every topic twice a week, in the Training Team's zone (O-20)."""

from datetime import datetime, time, timedelta

from models.rules.calendars import Calendar, is_business_day, local_day, local_moment
from models.rules.onboarding import TOPICS

TRAINING_ZONE = "America/Chicago"
WEEKS_AHEAD = 6
SEATS = 40
TEACHING_DAYS = 4
SLOTS = (time(9), time(10, 30), time(13), time(14, 30))
"""On Mondays and Wednesdays the first four topics are taught, on Tuesdays and Thursdays the others."""


def plan_sessions(*, as_of: datetime) -> list[tuple[str, datetime, int]]:
    """List topic, start (UTC) and seats of every regular session of the coming weeks, holidays left out."""
    today = local_day(as_of, TRAINING_ZONE)
    days = (today + timedelta(days=ahead) for ahead in range(1, 7 * WEEKS_AHEAD + 1))
    return [
        (topic.key, local_moment(day, SLOTS[number % len(SLOTS)], TRAINING_ZONE), SEATS)
        for day in days
        if is_business_day(day, Calendar.GOVERNMENT)
        for number, topic in enumerate(TOPICS)
        if day.weekday() < TEACHING_DAYS and day.weekday() % 2 == number // len(SLOTS) % 2
    ]
