"""Practices that leave: everything ended in order, all data handed over, keys destroyed when two people want it."""

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from models.inputs.answers import Answer
from models.inputs.forms import DigestStart, PracticeKey, StaffKey
from models.rules.offboarding import Leaving, Order
from tasks import offboarding
from tasks.artifacts import show_counts, show_rows
from tasks.commands import state_of
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined


@flow(flow_run_name="offboard-practice {practice}")
@unless_quarantined
def offboard_practice(practice: PracticeKey, reason: Leaving, by: StaffKey) -> State[Any]:
    """Begin a practice's offboarding: from here on nothing is sent for it, and its people have no access.

    Args:
        practice: Short name of the practice.
        reason: Why it leaves.
        by: Key of the Onboarding Manager, or of the practice's Success Coach.
    """
    as_of = now()
    return _shown(offboarding.ask(_order(practice, by, as_of), reason, as_of=as_of), as_of)


@flow(flow_run_name="export-practice {practice}")
@unless_quarantined
def export_practice(practice: PracticeKey, by: StaffKey) -> State[Any]:
    """Write everything of a practice that leaves into one file, and read it again; until it was handed over.

    Args:
        practice: Short name of the practice.
        by: Key of the Onboarding Manager, or of the practice's Success Coach.
    """
    as_of = now()
    return _shown(offboarding.export(_order(practice, by, as_of), as_of=as_of), as_of)


@flow(flow_run_name="hand-over-export {practice}")
@unless_quarantined
def hand_over_export(practice: PracticeKey, digest: DigestStart, by: StaffKey) -> State[Any]:
    """Record that the practice has its export; the waiting period begins.

    Args:
        practice: Short name of the practice.
        digest: SHA-256 of the file that the practice has, or its first 12 characters at least.
        by: Key of whoever of our staff handed it over.
    """
    as_of = now()
    return _shown(offboarding.hand_over(_order(practice, by, as_of), digest, as_of=as_of), as_of)


@flow(flow_run_name="confirm-destruction {practice}")
@unless_quarantined
def confirm_destruction(practice: PracticeKey, by: StaffKey) -> State[Any]:
    """Confirm as the second person that the keys of a practice are destroyed, once the waiting period is over.

    Args:
        practice: Short name of the practice.
        by: Key of an Onboarding Manager other than whoever asked for it.
    """
    as_of = now()
    return _shown(offboarding.confirm(_order(practice, by, as_of), as_of=as_of), as_of)


@flow(flow_run_name="call-off-offboarding {practice}")
@unless_quarantined
def call_off_offboarding(practice: PracticeKey, by: StaffKey) -> State[Any]:
    """Call an offboarding off before the keys are destroyed; nothing is sent until somebody resumes the practice.

    Args:
        practice: Short name of the practice.
        by: Key of the Onboarding Manager, or of the practice's Success Coach.
    """
    as_of = now()
    return _shown(offboarding.call_off(_order(practice, by, as_of), as_of=as_of), as_of)


@flow(flow_run_name="resume-practice {practice}")
@unless_quarantined
def resume_practice(practice: PracticeKey, by: StaffKey) -> State[Any]:
    """Let a practice whose offboarding was called off be sent for again.

    Args:
        practice: Short name of the practice.
        by: Key of the Onboarding Manager, or of the practice's Success Coach.
    """
    as_of = now()
    return _shown(offboarding.resume(_order(practice, by, as_of), as_of=as_of), as_of)


@flow(flow_run_name="go-on-with-offboardings")
@unless_quarantined
def go_on_with_offboardings(as_of: str = "") -> dict[str, int]:
    """Take every offboarding as far as it may go: end what is outstanding, export, destroy keys whose time has come.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    counts = offboarding.go_on(as_of=at)
    show_counts(counts, key="offboardings-moved", as_of=at)
    _show(at)
    return dict(counts)


def _order(practice: str, by: str, as_of: datetime) -> Order:
    """Name what is wanted; the run's own id is the key, so that a run tried again repeats nothing."""
    return Order(practice, by, f"run:{flow_run.id or as_of.isoformat()}")


def _shown(answer: Answer, as_of: datetime) -> State[Any]:
    _show(as_of)
    return state_of(answer)


def _show(as_of: datetime) -> None:
    rows = offboarding.offboarding_rows(as_of=as_of)
    show_rows(rows, key="offboardings", description="Practices that leave or have left, the newest first")
