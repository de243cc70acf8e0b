"""Enrollments that go to payers through a clearinghouse's interface: out, back, and what needs a person."""

from collections import Counter
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.clearinghouse import Finding, NumberThere, SubmissionNumber
from tasks import clearinghouse
from tasks.artifacts import show_counts, show_rows
from tasks.commands import state_of
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined

AT_ONCE = 1_000


@flow(flow_run_name="push-submissions")
@unless_quarantined
def push_submissions(as_of: str = "", limit: int = AT_ONCE) -> dict[str, int]:
    """Send submitted enrollments to the clearinghouse, beside the standing dispatch.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most submissions that this run makes.
    """
    at, counts = moment(as_of), Counter[str]()
    for claim in clearinghouse.claims_of_submissions(as_of=at, limit=limit):
        counts.update(clearinghouse.push_submissions(claim, as_of=at))
    show_counts(counts, key="push-submissions", as_of=at)
    return dict(counts)


@flow(flow_run_name="poll-clearinghouse")
@unless_quarantined
def poll_clearinghouse(as_of: str = "") -> dict[str, int]:
    """Ask the clearinghouse which enrollments changed, and let ours follow; an unknown word alerts a person.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    counts = clearinghouse.poll_statuses(as_of=at)
    show_counts(counts, key="poll-clearinghouse", as_of=at)
    return dict(counts)


@flow(flow_run_name="list-submissions")
def list_submissions() -> int:
    """List enrollments that have not reached the clearinghouse, those that need a person first."""
    rows = clearinghouse.submission_rows()
    show_rows(rows, key="submissions", description="Enrollments on their way to the clearinghouse")
    return len(rows)


@flow(flow_run_name="resolve-submission {submission} {finding}")
@unless_quarantined
def resolve_submission(submission: SubmissionNumber, finding: Finding, there: NumberThere = "") -> State[Any]:
    """Say what you found at the clearinghouse about a submission whose outcome stayed unknown.

    Args:
        submission: Number from the list of submissions.
        finding: Whether it arrived, is not there, or is given up.
        there: Number of the enrollment at the clearinghouse, where it arrived.
    """
    return state_of(clearinghouse.resolve_submission(submission, finding, there=there, as_of=now()))
