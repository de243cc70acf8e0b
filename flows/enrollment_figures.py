"""The figures of payer enrollments: how long payers take, what comes back, and when go-live is likely."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.answers import Answer
from models.inputs.forms import OptionalPracticeKey
from tasks import enrollment_figures
from tasks.commands import refuse, state_of
from tasks.moment import moment


@flow(flow_run_name="report-enrollments {practice}")
def report_enrollments(practice: OptionalPracticeKey = "", as_of: str = "") -> State[Any]:
    """Show scoreboards and charts of payer enrollments as artifacts, of all practices or of one.

    Args:
        practice: Short name of the practice; empty means all of them.
        as_of: Moment to look at, ISO 8601 with offset; empty means now.
    """
    if practice and not enrollment_figures.is_known(practice):
        return refuse(f"There is no practice with the key {practice}; start its journey from an intake.")
    counts = enrollment_figures.show_figures(practice, as_of=moment(as_of))
    counted = ", ".join(f"{count} {what}" for what, count in counts.items())
    return state_of(Answer(True, f"Submissions: {counted}."))  # noqa: FBT003 - done, in the words of an answer
