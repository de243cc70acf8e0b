"""The 29th of February is a day like any other: promises hold over it, and it counts."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from deployments import prove
from models.rules.calendars import Calendar, add_business_days, business_days_between, subtract_business_days
from models.rules.feedback_timing import planned_at
from tests.rules.feedbacks import HOUR, a_request

LEAP_DAY = date(2028, 2, 29)


@pytest.mark.parametrize("calendar", Calendar)
def test_the_leap_day_is_a_business_day_between_two_others(calendar: Calendar) -> None:
    days = [date(2028, 2, 28), LEAP_DAY, date(2028, 3, 1)]
    for before, after in pairwise(days):
        assert add_business_days(before, 1, calendar) == after
        assert subtract_business_days(after, 1, calendar) <= before
    assert business_days_between(days[0], days[2], calendar) == 2


@pytest.mark.parametrize("hour", [0, 3, 12, 23])
def test_a_visit_of_the_leap_day_is_asked_about_after_three_hours_f_010(hour: int) -> None:
    visit = datetime(2028, 2, 29, hour, tzinfo=UTC)
    assert planned_at(a_request(checked_out_at=visit)) == visit + 3 * HOUR


@pytest.mark.slow
def test_histories_over_a_leap_day_keep_every_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = (datetime(2028, 2, 20, 16, tzinfo=UTC), datetime(2028, 2, 28, 16, tzinfo=UTC))
    monkeypatch.setattr("deployments.histories.feedback_script.STARTS", starts)
    lines = [line for seed in range(4) for line in prove.history(seed, days=30)]
    assert LEAP_DAY.isoformat() in {str(line["at"])[:10] for line in lines}
    assert prove.prove(range(4), days=30).broken == []
