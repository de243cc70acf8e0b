"""Files from payers and what they prove: read from their folder, deposits, ids of payers, and the daily check."""

from collections import Counter
from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import FileName, OptionalPracticeKey, PayerKey, PracticeKey, StaffKey
from models.inputs.payer_forms import Amount, PayerIdText, Trace
from tasks import appointments, billing_evidence, payer_files
from tasks.artifacts import begin_progress, go_on, show_counts, show_rows
from tasks.commands import refuse, state_of
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined

AT_ONCE = 1_000
MANY = 100


@flow(flow_run_name="read-payer-files")
@unless_quarantined
def read_payer_files(as_of: str = "", limit: int = AT_ONCE) -> dict[str, int] | State[Any]:
    """Read the files that payers and clearinghouses put into the folder payer-files, each once.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most files that this run reads.
    """
    at, counts = moment(as_of), Counter[str]()
    found = payer_files.waiting_files(limit=limit)
    if isinstance(found, str):
        return refuse(found)
    batches, counts["still being written"] = found
    counts["practices matched later"] = payer_files.match_again(as_of=at)
    total, refused = sum(map(len, batches)), list[dict[str, str]]()
    progress = begin_progress("payer-files", "Files read") if total >= MANY else None
    for number, batch in enumerate(batches, start=1):
        more, wrong = payer_files.read_waiting_files(batch, as_of=at)
        counts, refused = counts + more, refused + wrong
        if progress is not None:
            go_on(progress, number, of=len(batches))
    if refused:
        show_rows(refused, key="refused-payer-files", description="Files that were refused, by hash, and why")
    show_counts(+counts, key="read-payer-files", as_of=at)
    return dict(+counts)


@flow(flow_run_name="read-payer-file")
def read_payer_file(file: FileName) -> State[Any]:
    """Read one file from a payer (835, 277CA or 999) out of the intake folder, where it stays.

    Args:
        file: Name of the file in the intake folder.
    """
    return state_of(payer_files.read_intake_file(file, as_of=now()))


@flow(flow_run_name="check-payer-evidence")
@unless_quarantined
def check_payer_evidence(as_of: str = "") -> dict[str, int]:
    """Look for what time alone shows: paid claims without a remittance, and proofs that came before the approval.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    counts = Counter({"practices matched later": payer_files.match_again(as_of=at)})
    for batch in payer_files.practices_to_check():
        counts += payer_files.check_practices(batch, as_of=at)
    show_counts(+counts, key="check-payer-evidence", as_of=at)
    return dict(+counts)


@flow(flow_run_name="read-billing-evidence")
@unless_quarantined
def read_billing_evidence(as_of: str = "") -> dict[str, int]:
    """Ask practice systems how many charges and claims went to each payer, and how many it paid: counts only.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    at, counts = moment(as_of), Counter[str]()
    for practice, is_known in billing_evidence.practices_to_ask():
        counts += billing_evidence.read_billing(practice, is_known=is_known, as_of=at)
    show_counts(counts, key="read-billing-evidence", as_of=at)
    return dict(counts)


@flow(flow_run_name="record-deposit {practice}")
def record_deposit(practice: PracticeKey, trace: Trace, amount: Amount, deposited_on: date, by: StaffKey) -> State[Any]:
    """Record a deposit on a practice's bank account: with the remittance of the same trace and amount it proves EFT.

    Args:
        practice: Short name of the practice.
        trace: Trace number, as the bank shows it.
        amount: Amount, like 1234.56.
        deposited_on: Day of the deposit.
        by: Key of the member of staff who records it.
    """
    return state_of(payer_files.record_deposit(practice, trace, amount, deposited_on, by=by, as_of=now()))


@flow(flow_run_name="load-deposits {file}")
def load_deposits(file: FileName, by: StaffKey) -> State[Any]:
    """Record deposits from a CSV file in the intake folder: practice, trace, amount, deposited_on.

    Args:
        file: Name of the file in the intake folder.
        by: Key of the member of staff who records them.
    """
    return state_of(payer_files.load_deposits(file, by=by, as_of=now()))


@flow(flow_run_name="list-payer-evidence")
def list_payer_evidence(practice: OptionalPracticeKey = "") -> int | State[Any]:
    """List what files from payers leave to people, each with its next step; for a practice what files prove of it.

    Args:
        practice: Short name of a practice; empty: what needs a person, over all.
    """
    if practice and (missing := appointments.unknown_practice(practice)):
        return refuse(missing)
    rows = payer_files.evidence_rows(practice)
    key = f"payer-evidence-{practice}" if practice else "payer-evidence"
    show_rows(rows, key=key, description="What files from payers show")
    return len(rows)


@flow(flow_run_name="match-payer-id {payer}")
def match_payer_id(payer: PayerKey, payer_id: PayerIdText, by: StaffKey) -> State[Any]:
    """Say that an id in files, or an insurer's name in Kareo, is a payer's; what waited for it is matched.

    Args:
        payer: Key of the payer.
        payer_id: The id, as list-payer-evidence shows it; zeros matter.
        by: Key of the member of staff who says so.
    """
    return state_of(payer_files.match_payer_id(payer, payer_id, by=by, as_of=now()))
