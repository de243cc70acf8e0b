"""Reports: weekly reputation by mail, the month of the installation, and Insights at any time."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.answers import Answer
from models.inputs.forms import OptionalPracticeKey
from tasks import reports
from tasks.commands import refuse, state_of
from tasks.moment import moment
from tasks.quarantine import unless_quarantined

AT_ONCE = 10_000


@flow(flow_run_name="weekly-reputation-report")
@unless_quarantined
def send_weekly_reputation(as_of: str = "", limit: int = AT_ONCE) -> State[Any]:
    """Send each practice that asks for feedback its figures of the last whole week, once, in its office hours.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most practices that this run looks at.
    """
    count = reports.queue_weekly(as_of=moment(as_of), limit=limit)
    return state_of(Answer(True, f"Practices with a report of last week: {count}."))  # noqa: FBT003 - done, in words


@flow(flow_run_name="month-report")
def report_month(as_of: str = "") -> State[Any]:
    """Show the month of the whole installation before the present one: practices, enrollments, visits, feedback.

    Args:
        as_of: Moment to look at, ISO 8601 with offset; empty means now.
    """
    counts = reports.show_month(as_of=moment(as_of))
    counted = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in counts.items())
    return state_of(Answer(True, f"Month: {counted}."))  # noqa: FBT003 - done, in words


@flow(flow_run_name="show-insights {practice}")
def show_insights(practice: OptionalPracticeKey = "", as_of: str = "") -> State[Any]:
    """Show what patients think and who is asked, as tables and small pictures, of one practice or of all.

    Args:
        practice: Short name of the practice; empty means all of them.
        as_of: Moment to look at, ISO 8601 with offset; empty means now.
    """
    if practice and not reports.is_known(practice):
        return refuse(f"There is no practice with the key {practice}; start its journey from an intake.")
    counts = reports.show_insights(practice, as_of=moment(as_of))
    return state_of(Answer(True, f"Figures: {counts['shown']} kinds, {counts['steps']} next steps."))  # noqa: FBT003 - done, in words
