"""The whole journey, from the intake file to graduation, played through the flows that people use."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State
from sqlalchemy import select

from flows import enrollment, messages, onboarding, payments, training
from models.db import Database
from models.inputs.forms import Specialty
from models.inputs.mailbox import read_mailbox
from models.rules.messages import MessageKind
from models.rules.onboarding import TOPICS
from models.rules.onboarding_facts import (
    CallOutcome,
    DocumentOutcome,
    EnrollmentOutcome,
    JourneyStatus,
    Reason,
    Transaction,
)
from models.settings import Settings
from models.store.events import check_chain
from models.store.onboarding import load_journey, present_journey
from models.tables.messages import Message, MessageState
from tests.flows.conftest import Clock

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

EXAMPLE = Path(__file__).parents[2] / "deployments" / "examples" / "maple-street.yaml"
P = "maple-street"
COACH = "coach-1"


def ok(state: State[Any]) -> None:
    assert state.is_completed(), state.message


def refused(state: State[Any]) -> str:
    assert state.name == "Refused"
    return state.message or ""


def run(flow: Any, *args: object, **parameters: object) -> State[Any]:
    """Run a flow as a deployment would, and give its final state."""
    return flow(*args, return_state=True, **parameters)  # type: ignore[no-any-return]


@pytest.mark.usefixtures("prefect")
def test_the_whole_journey_is_played_through_the_flows_that_people_use(
    db: Database, own_settings: Settings, clock: Clock
) -> None:
    """O-01 to O-37, through forms only; O-40: between any two of them nothing runs."""
    own_settings.intake_folder.mkdir()
    (own_settings.intake_folder / EXAMPLE.name).write_text(EXAMPLE.read_text())
    begin()
    welcome()
    clock.now += timedelta(days=2)
    handoff()
    later_calls()
    clock.now += timedelta(days=20)
    training_and_enrollments()
    clock.now += timedelta(minutes=1)
    assert run(onboarding.advance_journeys).result()["message_sent"] == 1
    clock.now += timedelta(days=7)
    payments_and_graduation()
    run(messages.deliver_messages)
    clock.now += timedelta(days=90)
    assert run(onboarding.advance_journeys).result() == {}
    assert run(messages.deliver_messages).result() == {}
    assert_graduated(db, own_settings, clock)


def begin() -> None:
    ok(run(onboarding.start_journey, EXAMPLE.name))
    assert "nothing was changed" in (run(onboarding.start_journey, EXAMPLE.name).message or "")
    assert "Graduation is not open yet" in refused(run(onboarding.graduate, P, COACH))
    run(training.plan_training)


def welcome() -> None:
    ok(run(onboarding.record_agreement, P, date(2026, 11, 23), "sales-1"))
    assert "already" in refused(run(onboarding.record_agreement, P, date(2026, 11, 23), "sales-1"))
    ok(run(onboarding.record_call, P, "welcome", CallOutcome.HELD, COACH))
    ok(run(onboarding.record_account_details, P, Specialty.FAMILY_MEDICINE, 2, 500, True, COACH))
    ok(run(onboarding.complete_item, P, "welcome.handoff_agenda", COACH))
    ok(run(onboarding.record_customer_id, P, 104731, COACH))
    assert "Sales Representative" in refused(run(onboarding.record_call, P, "handoff", CallOutcome.HELD, COACH))
    ok(run(onboarding.complete_item, P, "welcome.preparation", COACH))


def handoff() -> None:
    ok(run(onboarding.record_call, P, "handoff", CallOutcome.HELD, COACH))
    for task in ("account", "software", "ehr", "imports"):
        ok(run(onboarding.complete_item, P, f"handoff.{task}", COACH))
    for document in ("w9", "tax_id_letter", "licenses", "malpractice", "payer_letters", "fee_schedule"):
        ok(run(onboarding.record_document, P, f"document.{document}", DocumentOutcome.RECEIVED, COACH))
        ok(run(onboarding.record_document, P, f"document.{document}", DocumentOutcome.ACCEPTED, COACH))
    ok(run(onboarding.record_document, P, "document.bank_letter", DocumentOutcome.REJECTED, COACH, Reason.UNREADABLE))
    ok(run(onboarding.record_document, P, "document.bank_letter", DocumentOutcome.RECEIVED, COACH))
    ok(run(onboarding.record_document, P, "document.bank_letter", DocumentOutcome.ACCEPTED, COACH))
    ok(run(onboarding.skip_item, P, "document.superbill", Reason.NOT_NEEDED, COACH))
    ok(run(training.register_for_training, P, COACH))
    assert run(messages.deliver_messages).result()["sent"] >= 20


def later_calls() -> None:
    ok(run(onboarding.record_call, P, "application", CallOutcome.NO_SHOW, "coordinator-1"))
    ok(run(onboarding.record_call, P, "application", CallOutcome.HELD, "coordinator-1", new_start=""))
    for task in ("reports", "share_forms"):
        ok(run(onboarding.complete_item, P, f"application.{task}", COACH))
    ok(run(onboarding.record_call, P, "billing_rules", CallOutcome.HELD, COACH, ("billing_rules.charges",)))
    rest = ("billing_rules.records_and_coding", "billing_rules.payments_and_ar")
    ok(run(onboarding.record_call, P, "billing_rules", CallOutcome.HELD, COACH, rest))
    for task in ("configured", "team_trained", "fee_schedules", "insurances", "settings"):
        ok(run(onboarding.complete_item, P, f"billing_rules.{task}", COACH))


def training_and_enrollments() -> None:
    for person in ("office", "front-desk"):
        for topic in TOPICS:
            ok(run(training.record_attendance, P, person, topic.key, True, "trainer-1"))
    finalised = EnrollmentOutcome.FINALISED
    for payer, transactions in (("medicare", Transaction), ("evergreen", Transaction), ("northwind", Transaction)):
        for transaction in transactions:
            state = run(enrollment.record_enrollment, P, payer, transaction, finalised, "enroll-1")
            planned = transaction is not Transaction.PORTAL and (payer, transaction) != ("northwind", Transaction.EFT)
            assert state.is_completed() is planned, state.message
    ok(run(enrollment.record_enrollment, P, "harbor", Transaction.CLAIMS, EnrollmentOutcome.IN_TROUBLE, "enroll-1"))

    assert run(messages.deliver_messages).result()["sent"] >= 10


def payments_and_graduation() -> None:
    assert "tick both" in refused(run(payments.confirm_first_claims, P, False, True, COACH))
    ok(run(payments.confirm_first_claims, P, True, True, COACH))
    ok(run(onboarding.record_call, P, "one_week", CallOutcome.HELD, COACH))
    ok(run(payments.record_first_era, P, date(2026, 12, 22), "poster-1"))
    assert run(messages.deliver_messages).result()["sent"] >= 1
    ok(run(onboarding.complete_item, P, "payments.auto_posting", "poster-1"))
    for item in ("claims", "reimbursements", "review"):
        ok(run(onboarding.complete_item, P, f"graduation.{item}", "billing-1"))
    assert "enrollment" in refused(run(onboarding.graduate, P, COACH))
    ok(run(enrollment.record_enrollment, P, "harbor", Transaction.CLAIMS, EnrollmentOutcome.FINALISED, "enroll-1"))
    assert run(messages.deliver_messages).result()["sent"] >= 1
    ok(run(onboarding.graduate, P, COACH))
    assert "has graduated" in refused(run(onboarding.pause_journey, P, Reason.PRACTICE_ASKED, COACH))


def assert_graduated(db: Database, own_settings: Settings, clock: Clock) -> None:
    journey_id = db.read(lambda session: present_journey(session, P))
    assert journey_id is not None
    journey = db.read(lambda session: load_journey(session, journey_id, as_of=clock.now))
    assert journey.status is JourneyStatus.GRADUATED
    assert journey.went_live_on == date(2026, 12, 15)
    assert db.read(lambda session: check_chain(session, journey.practice_id)).is_intact
    sent = db.read(
        lambda session: session.scalars(select(Message.kind).where(Message.state == MessageState.SENT)).all()
    )
    once = (MessageKind.WELCOME, MessageKind.GO_LIVE, MessageKind.FIRST_ERA_POSTED, MessageKind.GRADUATION)
    assert [sent.count(kind) for kind in once] == [1, 1, 1, 1]
    assert sent.count(MessageKind.ENROLLMENT_FINISHED) == 9
    assert len(read_mailbox(own_settings.mailbox_folder)) == len(sent)
