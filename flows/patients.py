"""Patients' records: pairs that may be one person, records put aside, and who is asked for feedback."""

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from models.inputs.answers import Answer
from models.inputs.forms import ActorKey, PracticeKey
from models.inputs.patient_forms import PairNumber, PatientNumber
from models.rules.duplicate_commands import Aside, DuplicateOutcome
from tasks import appointments, patients
from tasks.artifacts import show_rows
from tasks.commands import refuse, state_of
from tasks.moment import now


@flow(flow_run_name="list-duplicates {practice}")
def list_duplicates(practice: PracticeKey) -> int | State[Any]:
    """List pairs of patients' records that may be one person, with reasons and a suggestion; numbers, nobody's name.

    Args:
        practice: Short name of the practice.
    """
    if missing := appointments.unknown_practice(practice):
        return refuse(missing)
    return _show(practice)


@flow(flow_run_name="settle-duplicate {pair}")
def settle_duplicate(
    pair: PairNumber, outcome: DuplicateOutcome, by: ActorKey, aside: Aside = Aside.NEITHER
) -> State[Any]:
    """Settle a pair: both kept, or one deactivated in Kareo or archived in PatientPop; it is never asked about again.

    Records cannot be merged, neither in Kareo nor in PatientPop.

    Args:
        pair: Number of the pair, from list-duplicates.
        outcome: What was decided; archived archives the record here, deactivated was done in the practice system.
        by: Key of whoever decides.
        aside: Which record is archived or deactivated; neither when both are kept.
    """
    as_of = now()
    return _ended(patients.settle_duplicate(pair, outcome, aside, by=by, key=_key(as_of), as_of=as_of))


@flow(flow_run_name="archive-patient {patient}")
def archive_patient(patient: PatientNumber, by: ActorKey) -> State[Any]:
    """Archive a patient's record in PatientPop: it is no match any more; the practice system is unchanged.

    Args:
        patient: Number of the patient, from list-duplicates.
        by: Key of whoever archives it.
    """
    as_of = now()
    return _ended(patients.archive_patient(patient, by=by, key=_key(as_of), as_of=as_of))


@flow(flow_run_name="restore-patient {patient}")
def restore_patient(patient: PatientNumber, by: ActorKey) -> State[Any]:
    """Take a patient's record out of PatientPop's archive.

    Args:
        patient: Number of the patient.
        by: Key of whoever restores it.
    """
    as_of = now()
    return _ended(patients.restore_patient(patient, by=by, key=_key(as_of), as_of=as_of))


@flow(flow_run_name="deactivate-patient {patient}")
def deactivate_patient(patient: PatientNumber, by: ActorKey) -> State[Any]:
    """Deactivate a patient's record in the built-in practice calendar; PatientPop's record is unchanged.

    Args:
        patient: Number of the patient, from list-duplicates.
        by: Key of whoever deactivates it.
    """
    as_of = now()
    return _ended(patients.deactivate_patient(patient, by=by, key=_key(as_of), as_of=as_of))


@flow(flow_run_name="exclude-from-surveys {patient}")
def exclude_from_surveys(patient: PatientNumber, by: ActorKey) -> State[Any]:
    """Exclude a patient from surveys: no feedback is asked for, neither by text nor by email.

    Args:
        patient: Number of the patient.
        by: Key of whoever excludes the patient.
    """
    as_of = now()
    _, answer = patients.exclude_from_surveys(patient, by=by, key=_key(as_of), as_of=as_of)
    return state_of(answer)


@flow(flow_run_name="include-in-surveys {patient}")
def include_in_surveys(patient: PatientNumber, by: ActorKey) -> State[Any]:
    """Let a patient be asked for feedback again; texts that the patient refused stay refused.

    Args:
        patient: Number of the patient.
        by: Key of whoever includes the patient again.
    """
    as_of = now()
    _, answer = patients.include_in_surveys(patient, by=by, key=_key(as_of), as_of=as_of)
    return state_of(answer)


def _key(as_of: datetime) -> str:
    """Give the run's own id, so that a run tried again records nothing twice."""
    return f"run:{flow_run.id or as_of.isoformat()}"


def _ended(done: tuple[str, Answer]) -> State[Any]:
    practice, answer = done
    if answer.is_done:
        _show(practice)
    return state_of(answer)


def _show(practice: str) -> int:
    rows = patients.duplicate_rows(practice)
    show_rows(rows, key=f"duplicates-{practice}", description=f"Records of {practice} that may be one patient")
    return len(rows)
