"""The gate before a website launches: looked at every day, signed off by people, opened when every check passed."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from models.inputs.answers import Answer
from models.inputs.forms import (
    EnabledForms,
    OptionalNpi,
    OptionalPracticeKey,
    PracticeKey,
    ProviderCheckChoice,
    ProviderNpi,
    SignedCheckChoice,
    StaffKey,
)
from models.rules import readiness_commands as commands
from models.rules.readiness_facts import Finding, Proof
from tasks import readiness
from tasks.artifacts import show_counts
from tasks.commands import refuse, state_of
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined


@flow(flow_run_name="check-readiness {practice}")
@unless_quarantined
def check_readiness(practice: OptionalPracticeKey = "", as_of: str = "") -> State[Any]:
    """Look at the settings that golive knows itself, for one practice or all: what turned wrong turns the gate red.

    Args:
        practice: Short name of the practice; empty means every practice that has a gate.
        as_of: Moment to look at, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    found = readiness.practices_to_check(practice)
    if practice and not found:
        return refuse(f"There is no practice with the key {practice}; start its journey from an intake.")
    looked = readiness.check_practices(found, as_of=at)
    readiness.show_readiness(found if practice else looked.changed, as_of=at)
    if not practice:
        readiness.show_gates(found, as_of=at)
        show_counts(looked.counts, key="check-readiness", as_of=at)
    counted = ", ".join(f"{count} {what}" for what, count in sorted(looked.counts.items())) or "no practice has a gate"
    return state_of(Answer(not looked.counts["failed"], f"Looked at: {counted}."))


@flow(flow_run_name="sign-off-check {practice} {check}")
def sign_off_check(
    practice: PracticeKey, check: SignedCheckChoice, proof: Proof, by: StaffKey, provider: OptionalNpi = ""
) -> State[Any]:
    """Sign off a check that no system can be asked about: it has passed, and this is how it is known.

    Args:
        practice: Short name of the practice.
        check: Which check.
        proof: How it is known.
        by: Key of the member of staff who checked it.
        provider: NPI of the provider; empty means all of them, or the whole practice.
    """
    return _record(practice, commands.SignOff(check, proof, provider), by=by)


@flow(flow_run_name="fail-check {practice} {check}")
def fail_check(
    practice: PracticeKey, check: SignedCheckChoice, found: Finding, by: StaffKey, provider: OptionalNpi = ""
) -> State[Any]:
    """Record that a check does not pass, and what was found instead: the gate turns red and somebody is asked to act.

    Args:
        practice: Short name of the practice.
        check: Which check.
        found: What was found.
        by: Key of the member of staff who checked it.
        provider: NPI of the provider, where each is checked.
    """
    return _record(practice, commands.Fail(check, found, provider), by=by)


@flow(flow_run_name="exempt-provider {practice} {check}")
def exempt_provider(
    practice: PracticeKey, check: ProviderCheckChoice, provider: ProviderNpi, exempt: bool, by: StaffKey
) -> State[Any]:
    """Leave a provider out of a check that does not apply to this one, or let it apply again.

    Args:
        practice: Short name of the practice.
        check: Which check.
        provider: NPI of the provider.
        exempt: Ticked, the provider is left out; not ticked, the check applies again.
        by: Key of the member of staff who decided it.
    """
    return _record(practice, commands.Exempt(check, provider, exempt), by=by)


@flow(flow_run_name="record-form-count {practice}")
def record_form_count(practice: PracticeKey, enabled: EnabledForms, by: StaffKey) -> State[Any]:
    """Record how many PatientPop forms are enabled for a practice that subscribes to Kareo Engage.

    Args:
        practice: Short name of the practice.
        enabled: How many forms the Forms page shows as enabled.
        by: Key of the member of staff who counted.
    """
    return _record(practice, commands.CountForms(enabled), by=by)


@flow(flow_run_name="disable-form {practice}")
def disable_form(practice: PracticeKey, by: StaffKey) -> State[Any]:
    """Record that one more PatientPop form was disabled; the check passes when none is enabled any more.

    Args:
        practice: Short name of the practice.
        by: Key of the member of staff who disabled it.
    """
    return _record(practice, commands.DisableForm(), by=by)


@flow(flow_run_name="launch-website {practice}")
def launch_website(practice: PracticeKey, by: StaffKey) -> State[Any]:
    """Launch the practice's website; refused while the gate is red, naming what is missing.

    Args:
        practice: Short name of the practice.
        by: Key of the member of staff who launches it.
    """
    return _record(practice, commands.Launch(), by=by)


def _record(practice: str, command: commands.Command, *, by: str) -> State[Any]:
    """Record one command and show the gate; the run's own id is the key, so that a run tried again repeats nothing."""
    as_of = now()
    key = f"run:{flow_run.id or as_of.isoformat()}"
    answer = readiness.record(practice, command, by=by, key=key, as_of=as_of)
    if answer.is_done:
        readiness.show_readiness(readiness.practices_to_check(practice), as_of=as_of)
    return state_of(answer)
