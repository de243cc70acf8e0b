"""Payer enrollments from the list to go-live, through the forms that representatives use."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import State

from flows import enrollment, enrollment_answers, enrollment_turns, enrollment_watch, onboarding
from flows.enrollment_answers import PayerAnswer
from models.db import Database
from models.rules.enrollment import RejectReason
from models.rules.onboarding_facts import EnrollmentOutcome, Reason, Transaction
from models.settings import Settings
from models.store.events import check_chain
from models.store.onboarding import load_journey, present_journey
from tests.flows.conftest import Clock

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

EXAMPLES = Path(__file__).parents[2] / "deployments" / "examples"
P = "maple-street"
BY = "enroll-1"
CLAIMS, ERA, EFT, PORTAL = Transaction.CLAIMS, Transaction.ERA, Transaction.EFT, Transaction.PORTAL
TOP = (("medicare", (CLAIMS, ERA, EFT)), ("evergreen", (CLAIMS, ERA, EFT, PORTAL)), ("northwind", (CLAIMS, ERA)))


def run(flow: Any, *args: object, **parameters: object) -> State[Any]:
    """Run a flow as a deployment would, and give its final state."""
    return flow(*args, return_state=True, **parameters)  # type: ignore[no-any-return]


def ok(state: State[Any]) -> str:
    assert state.is_completed(), state.message
    return state.message or ""


def refused(state: State[Any]) -> str:
    assert state.name == "Refused", state.message
    return state.message or ""


def answer(payer: str, transaction: Transaction, what: PayerAnswer, **more: object) -> State[Any]:
    return run(enrollment_answers.record_payer_answer, P, payer, transaction, what, BY, **more)


@pytest.mark.usefixtures("prefect")
def test_enrollments_are_worked_from_the_list_to_go_live_through_forms(
    db: Database, own_settings: Settings, clock: Clock
) -> None:
    """E-01 to E-44 as a representative meets them; O-28: go-live comes by itself."""
    begin(own_settings)
    clock.now += timedelta(days=1)
    prepare_and_submit()
    clock.now += timedelta(days=9)
    trouble()
    clock.now += timedelta(days=30)
    approvals()
    assert went_live(db, clock)
    rest(own_settings)
    expected = {
        "enrollments-maple-street",
        "enrollment-maple-street-medicare-claims-history",
        "enrollment-file-faults",
    }
    assert artifacts(expected) == expected
    clock.now += timedelta(days=1)
    counts = run(enrollment_watch.watch_enrollments).result()
    assert counts["enrollment_effective_date_reached"] >= 6
    assert run(enrollment_watch.watch_enrollments).result() == {}
    net = run(enrollment_watch.catch_up_enrollments).result()
    assert net == {"practices": 1}


def begin(own_settings: Settings) -> None:
    own_settings.intake_folder.mkdir()
    for file in ("maple-street.yaml", "payer-list.csv", "enrollment-statuses.csv"):
        (own_settings.intake_folder / file).write_bytes((EXAMPLES / file).read_bytes())
    ok(run(onboarding.start_journey, "maple-street.yaml"))
    ok(run(onboarding.record_agreement, P, date(2026, 11, 23), "sales-1"))
    for step in ("welcome_call", "handoff_call", "application_call", "billing_rules_call", "training"):
        ok(run(onboarding.skip_step, P, step, Reason.DONE_ELSEWHERE, "coach-1"))
    assert "check digit" in refused(run(enrollment.begin_enrollments, P, BY, npi="1234567890"))
    assert ok(run(enrollment.begin_enrollments, P, BY)).startswith("9 enrollments of maple-street were begun")
    assert "begun before" in ok(run(enrollment.begin_enrollments, P, BY))
    assert "1 begun, 8 known, 1 not required, 0 faults" in ok(run(enrollment.load_payer_list, "payer-list.csv", BY))
    assert "10 known" in ok(run(enrollment.load_payer_list, "payer-list.csv", BY))
    assert run(enrollment.list_enrollments, P).result() == 11


def prepare_and_submit() -> None:
    told = ok(run(enrollment.prepare_enrollment, P, "medicare", CLAIMS, BY, ("provider_signature", "w9")))
    assert told.endswith("The practice gives provider signature, Form W-9: complete-enrollment-tasks.")
    assert "draft" not in told
    assert "submit does not fit" in refused(run(enrollment.submit_enrollment, P, "medicare", CLAIMS, BY))
    ok(run(enrollment.complete_enrollment_tasks, P, "medicare", CLAIMS, BY, ("w9",)))
    ok(run(enrollment.complete_enrollment_tasks, P, "medicare", CLAIMS, BY))
    for payer, transactions in TOP:
        for transaction in transactions:
            if (payer, transaction) != ("medicare", CLAIMS):
                ok(run(enrollment.prepare_enrollment, P, payer, transaction, BY))
    told = refused(run(enrollment.submit_enrollment, P, "medicare", CLAIMS, BY, "2026-02-30"))
    assert told == "There is no such day as 2026-02-30; write it like 2026-12-01."
    for payer, transactions in TOP:
        for transaction in transactions:
            ok(run(enrollment.submit_enrollment, P, payer, transaction, BY, "2026-11-24"))


def trouble() -> None:
    for payer, transactions in TOP:
        for transaction in transactions:
            ok(answer(payer, transaction, PayerAnswer.ACKNOWLEDGED))
    ok(answer("medicare", ERA, PayerAnswer.WANTS_MORE, needs=("answer_to_payer",), answered_on="2026-12-02"))
    assert "is nothing that can be asked for" in refused(
        answer("medicare", EFT, PayerAnswer.WANTS_MORE, needs=("a pony",))
    )
    ok(run(enrollment.complete_enrollment_tasks, P, "medicare", ERA, BY))
    ok(answer("evergreen", CLAIMS, PayerAnswer.REJECTED, reason=RejectReason.TAX_ID_MISMATCH))
    ok(run(enrollment_turns.resubmit_enrollment, P, "evergreen", CLAIMS, Reason.MUST_BE_REPEATED, BY))
    ok(run(enrollment.prepare_enrollment, P, "evergreen", CLAIMS, BY))
    ok(run(enrollment.submit_enrollment, P, "evergreen", CLAIMS, BY))
    assert "attempt 1" in refused(answer("evergreen", CLAIMS, PayerAnswer.REJECTED, attempt=1))
    ok(answer("evergreen", CLAIMS, PayerAnswer.ACKNOWLEDGED, attempt=2))
    ok(run(enrollment_answers.follow_up_enrollment, P, "medicare", CLAIMS, BY))
    ok(answer("evergreen", EFT, PayerAnswer.WANTS_TEST))
    ok(answer("evergreen", EFT, PayerAnswer.TEST_FAILED))
    ok(answer("evergreen", EFT, PayerAnswer.WANTS_TEST))
    ok(answer("evergreen", EFT, PayerAnswer.TEST_PASSED))


def approvals() -> None:
    finalised = (P, "northwind", CLAIMS, EnrollmentOutcome.FINALISED, "coach-1")
    assert "is enrolled here" in refused(run(enrollment.record_enrollment, *finalised))
    ok(run(enrollment.choose_top_payers, P, "medicare,evergreen,northwind", Reason.PRACTICE_ASKED, "coach-1"))
    for payer, transactions in TOP:
        for transaction in transactions:
            if (payer, transaction) not in (("evergreen", EFT), ("northwind", ERA)):
                ok(answer(payer, transaction, PayerAnswer.APPROVED, expires_on="2029-12-31"))
    ok(answer("northwind", ERA, PayerAnswer.APPROVED, effective_on="2027-02-01"))


def went_live(db: Database, clock: Clock) -> date | None:
    number = db.read(lambda s: present_journey(s, P))
    assert number is not None
    journey = db.read(lambda s: load_journey(s, number, as_of=clock.now))
    assert db.read(lambda s: check_chain(s, journey.practice_id)).is_intact
    return journey.went_live_on


def rest(own_settings: Settings) -> None:
    ok(run(enrollment_turns.waive_enrollment, P, "harbor", CLAIMS, Reason.NOT_NEEDED, BY))
    assert "already goes" not in ok(
        run(enrollment_turns.change_enrollment_route, P, "harbor", CLAIMS, "manual", BY, "00431")
    )
    ok(run(enrollment_turns.withdraw_enrollment, P, "harbor", CLAIMS, Reason.NOT_NEEDED, BY))
    ok(run(enrollment_turns.reopen_enrollment, P, "harbor", CLAIMS, Reason.PRACTICE_ASKED, BY))
    lines = "practice,payer,transaction,status\nmaple-street,harbor,claims,ready\nmaple-street,nobody,era,ready\n"
    (own_settings.intake_folder / "mine.csv").write_text(lines)
    told = ok(run(enrollment.load_enrollment_statuses, "mine.csv", BY))
    assert told.startswith("mine.csv: 1 updated, 1 faults. Line 3: maple-street has no enrollment")
    assert "1 known" in ok(run(enrollment.load_enrollment_statuses, "mine.csv", BY))
    assert "There is no file" in refused(run(enrollment.load_enrollment_statuses, "gone.csv", BY))
    assert "it works" in ok(run(enrollment_answers.record_portal_login, P, "evergreen", BY))
    assert "does not fit" in refused(run(enrollment_answers.lapse_enrollment, P, "medicare", CLAIMS, BY))
    assert "does not fit" in refused(
        run(enrollment_answers.recertify_enrollment, P, "medicare", CLAIMS, BY, "2031-01-01")
    )
    assert "does not fit" in refused(run(enrollment_answers.displace_era, P, "medicare", BY))
    assert run(enrollment.show_enrollment, P, "medicare", CLAIMS).result() >= 7
    assert "has no enrollment" in refused(run(enrollment.show_enrollment, P, "nobody", CLAIMS))


def artifacts(keys: set[str]) -> set[str]:
    """Say which of these artifacts there are; the server has those of other tests too."""
    wanted = ArtifactFilter(key=ArtifactFilterKey(any_=sorted(keys)))
    with get_client(sync_client=True) as client:
        return {one.key for one in client.read_artifacts(artifact_filter=wanted, limit=200) if one.key}
