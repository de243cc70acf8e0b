"""A patient's values are planted in files from payers and in their names: every flow runs, and no mark is found."""

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flows import payer_files as flows
from models.db import Database
from models.inputs.payer_files import Kind
from models.rules.enrollment import State
from models.rules.onboarding_facts import Transaction
from models.settings import settings
from models.store import payer_files as store
from models.store import practices
from tests import edi
from tests.factories import an_intake
from tests.flows.conftest import Clock
from tests.flows.test_canary import Logs, _pattern, _storage, found_in, in_prefect, logs, run, wait_until_written
from tests.store.payer_office import MARCH, an_office

__all__ = ["_storage", "logs"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

WHO = "poster-1"
MARKS = {
    "first": "QUINTESSA",
    "last": "ZEBULON",
    "member": "W778899001",
    "number": "PCN-CANARY-1",
    "line": "PCN-CANARY-2",
    "icn": "ICN-CANARY",
    "file name": "ZQXFILENAME",
    "tax id": edi.TAX_ID,
    "error's words": "ZQXERRORHOLDSAROW",
}
LONG_AGO = 1_000_000_000


def put(name: str, content: bytes) -> Path:
    inbox = settings().home / "payer-files" / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    path = inbox / f"{MARKS['file name']} {name}"
    path.write_bytes(content)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def file(*inside: str, kind: Kind = Kind.REMITTANCE, faults: tuple[edi.Fault, ...] = ()) -> bytes:
    return edi.encode(edi.plant(edi.interchange(edi.group(kind, inside)), faults))


@pytest.mark.usefixtures("prefect")
def test_no_value_of_a_patient_in_a_payer_s_file_reaches_prefect_logs_or_the_database_e_34(
    db: Database, logs: Logs, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now = MARCH
    office = an_office(db, payer_id="")
    db.transaction(lambda s: practices.register_staff(s, an_intake().team, as_of=MARCH))
    office.approve()
    refused = put_files()
    monkeypatch.setattr(flows, "MANY", 1)  # so that progress is shown, too
    assert run(flows.read_payer_files).result()["refused"] == refused
    fail_with_a_patient_in_the_words(monkeypatch)
    use_every_form(office.practice)
    assert office.state(Transaction.ERA) is State.LIVE
    assert office.state(Transaction.EFT) is State.LIVE
    wait_until_written()

    pattern = _pattern(MARKS)
    assert in_prefect(pattern) == set()
    assert logs.marks(pattern) == set()
    reasons = list((settings().home / "payer-files" / "refused").glob("*.reason.txt"))
    assert len(reasons) == refused
    assert found_in(b"".join(one.read_bytes() for one in reasons), pattern) == set()
    if db.is_sqlite:
        files = [db.file, *db.file.parent.glob(f"{db.file.name}-*")]
        assert found_in(b"".join(one.read_bytes() for one in files), pattern) == set()
    done = list((settings().home / "payer-files" / "done").iterdir())
    assert found_in(b"".join(one.read_bytes() for one in done), pattern), "the scan looked for what is there"


def put_files() -> int:
    """Put good files of each kind, and one file for every fault; gives how many will be refused."""
    put("good.835", file(*edi.remittance(adjustments=(500,))))
    put("good.277", file(*edi.claim_acknowledgment([edi.Answered()]), kind=Kind.CLAIM_ACKNOWLEDGMENT))
    put("good.999", file(*edi.syntax_acknowledgment("A", "E", "R"), kind=Kind.SYNTAX_ACKNOWLEDGMENT))
    for number, fault in enumerate(edi.FAULTS):
        put(f"bad {number}.835", file(*edi.remittance(adjustments=(500,)), faults=(fault,)))
    (put("folder", b"").unlink)()
    folder = settings().home / "payer-files" / "inbox" / f"{MARKS['file name']} {MARKS['last']}"
    folder.mkdir()
    os.utime(folder, (LONG_AGO, LONG_AGO))
    return len(edi.FAULTS) + 1


def fail_with_a_patient_in_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    words = MARKS["error's words"]
    refused = IntegrityError(f"VALUES ('{words}')", {"name": words}, ValueError(f"Key (name)=({words}) exists"))

    def failing(error: Exception) -> Callable[..., None]:
        def fail(_session: Session, *_given: object, **_named: object) -> None:
            raise error

        return fail

    intake = settings().intake_folder
    intake.mkdir(parents=True, exist_ok=True)
    (intake / "one.835").write_bytes(file(*edi.remittance(trace="880009")))
    for error in (refused, ValueError(words)):
        put("failing.835", file(*edi.remittance(trace="880008")))
        with monkeypatch.context() as patched:
            patched.setattr(store, "record_file", failing(error))
            run(flows.read_payer_files)
            assert run(flows.read_payer_file, "one.835").is_failed()
    assert run(flows.read_payer_files).result()["file"] == 1


def use_every_form(practice: int) -> None:
    assert practice
    assert run(flows.list_payer_evidence).result() > 3
    assert run(flows.read_payer_file, "one.835").is_completed()
    assert run(flows.read_payer_file, "two.835").name == "Refused"
    assert run(flows.match_payer_id, "example", "55555", "nobody").name == "Refused"
    assert run(flows.match_payer_id, "nobody", "55555", WHO).name == "Refused"
    assert run(flows.match_payer_id, "example", "55555", WHO).is_completed()
    on = date(2026, 3, 2)
    assert run(flows.record_deposit, "maple-street", "880001", "85.00", on, "nobody").name == "Refused"
    assert run(flows.record_deposit, "nowhere", "880001", "85.00", on, WHO).name == "Refused"
    assert run(flows.record_deposit, "maple-street", "880001", "85.00", on, WHO).is_completed()
    lines = ["practice,trace,amount,deposited_on", "maple-street,880008,90.00,2026-03-02"]
    lines += [f"maple-street,{MARKS['first']} x,1.00,2026-03-02", f"{MARKS['last'].lower()}!,1,1.00,2026-03-02"]
    (settings().intake_folder / "deposits.csv").write_text("\n".join(lines))
    answer = run(flows.load_deposits, "deposits.csv", WHO)
    assert (answer.name, str(answer.message).partition(".")[0]) == ("Refused", "1 recorded, 0 known already, 2 faults")
    assert run(flows.list_payer_evidence, "nowhere").name == "Refused"
    assert run(flows.list_payer_evidence, "maple-street").result() == 2
    assert run(flows.check_payer_evidence, (MARCH + timedelta(days=1)).isoformat()).is_completed()
    assert run(flows.read_billing_evidence).result() == {}
