"""A journey whose claims and payments nobody confirms by hand: files and deposits move its last steps (O-29..O-35)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.billing_evidence import BillingDay
from models.inputs.payer_files import Kind
from models.rules.decisions import Refusal
from models.rules.messages import MessageKind
from models.rules.onboarding import TOPICS
from models.rules.onboarding_events import (
    RecordAttendance,
    RecordCall,
    RegisterForTraining,
    SettlePaymentIssue,
)
from models.rules.onboarding_facts import CallOutcome, ItemState, PaymentIssue, Transaction
from models.sealing import INSTALLATION
from models.store import enrollment_begin, payer_facts, payer_telling
from models.store.enrollment_begin import Identity, Wanted
from models.store.keys import make_keys
from models.tables.enrollment import EnrollmentRow
from models.tables.messages import Message
from tests import edi
from tests.store import journeys
from tests.store.journeys import Play
from tests.store.payer_office import Office, acknowledgment, read

CLAIMS, ERA = Transaction.CLAIMS, Transaction.ERA


def enrolled(play: Play) -> Office:
    """Begin the payer list of the journey's practice."""

    def begin(session: Session) -> dict[Transaction, int]:
        make_keys(session, INSTALLATION, as_of=play.now)
        enrollment_begin.save_identities(session, play.practice_id, [Identity("group", edi.NPI, tax_id=edi.TAX_ID)])
        wanted = [Wanted("medicare", "Medicare", kind, payer_id="55555") for kind in (CLAIMS, ERA)]
        enrollment_begin.begin_enrollments(session, play.practice_id, wanted, by="coach-1", key="list", as_of=play.now)
        query = select(EnrollmentRow.transaction, EnrollmentRow.id)
        return dict(session.execute(query).tuples().all())

    return Office(play.db, play.practice_id, play.db.transaction(begin))


@pytest.fixture
def played(db: Database) -> tuple[Play, Office]:
    """Give a journey that is live, and the practice with its approved enrollments."""
    play = journeys.begun(db)
    journeys.until_handoff(play)
    office = enrolled(play)
    journeys.plan_sessions(db, days=(30,))
    play.must(RegisterForTraining())
    for call in ("application", "billing_rules"):
        play.later(days=3)
        play.must(RecordCall(call, CallOutcome.HELD))
    play.later(days=30)
    play.must(*(RecordAttendance("t1", topic.key, attended=True) for topic in TOPICS))
    office.approve(CLAIMS, ERA, as_of=play.now)
    journeys.complete_tasks(play)
    play.deliver()
    assert play.look().went_live_on is not None
    return play, office


def paid(office: Office, play: Play, *, trace: str = "880001", **facts: object) -> None:
    """Let the payer pay today."""
    inside = edi.remittance(trace=trace, **facts)  # type: ignore[arg-type]
    today = [each.replace("20260302", f"{play.now:%Y%m%d}") for each in inside]
    office.take(read(edi.group(Kind.REMITTANCE, today)), as_of=play.now)


def accepted(office: Office, play: Play) -> None:
    """Let the payer take a claim today."""
    inside = edi.claim_acknowledgment([edi.Answered()])
    today = [each.replace("20260301", f"{play.now:%Y%m%d}") for each in inside]
    office.take(read(edi.group(Kind.CLAIM_ACKNOWLEDGMENT, today)), as_of=play.now)


def state(play: Play, item: str) -> ItemState | None:
    found = play.look().items.get(item)
    return found.state if found else None


def said(play: Play, kind: MessageKind) -> int:
    query = select(Message.id).where(Message.kind == kind, Message.practice_id == play.practice_id)
    return len(play.db.read(lambda s: s.scalars(query).all()))


def test_files_and_the_practice_system_move_the_last_steps_by_themselves_o_29_o_35(played: tuple[Play, Office]) -> None:
    play, office = played
    assert state(play, "first_claim.received") is ItemState.OPEN
    play.later(days=2)
    charges = [BillingDay("Medicare", play.now.date(), charges=4)]
    play.db.transaction(lambda s: payer_facts.save_activity(s, play.practice_id, "kareo", charges, as_of=play.now))
    assert (state(play, "first_claim.received"), state(play, "first_claim.submitted")) == (
        ItemState.DONE,
        ItemState.OPEN,
    )
    accepted(office, play)
    assert state(play, "first_claim.submitted") is ItemState.DONE
    play.later(days=10)
    paid(office, play)
    assert state(play, "payments.first_era") is ItemState.DONE
    assert play.look().first_era_on == play.now.date()
    for _ in range(2):
        paid(office, play)
        play.db.transaction(lambda s: payer_telling.tell(s, [play.practice_id], as_of=play.now))
    assert said(play, MessageKind.FIRST_ERA_POSTED) == 1


def test_an_issue_is_told_once_until_it_is_settled_and_found_anew_o_34(played: tuple[Play, Office]) -> None:
    play, office = played
    play.later(days=5)
    paid(office, play, claims=(edi.Claim(paid=0),))
    assert said(play, MessageKind.PAYMENT_ISSUE) == 1
    paid(office, play, claims=(edi.Claim(paid=0),), trace="880002")
    assert said(play, MessageKind.PAYMENT_ISSUE) == 1
    (open_issue,) = play.look().payment_issues
    payer, _, issue = open_issue.partition(":")
    play.later(days=1)
    settled = play.do(SettlePaymentIssue(payer, PaymentIssue(issue)))
    assert not isinstance(settled, Refusal)
    play.db.transaction(lambda s: payer_telling.tell(s, [play.practice_id], as_of=play.now))
    assert play.look().payment_issues == {open_issue: False}
    play.later(days=6)
    paid(office, play, claims=(edi.Claim(paid=0),), trace="880003")
    assert play.look().payment_issues == {open_issue: True}
    assert said(play, MessageKind.PAYMENT_ISSUE) == 2


def test_what_happened_before_go_live_confirms_nothing_o_29(played: tuple[Play, Office]) -> None:
    play, office = played
    long_ago = play.look().went_live_on
    assert long_ago is not None
    old = acknowledgment([edi.Answered()])
    assert old.evidence[0].processed_on == date(2026, 3, 1)  # type: ignore[union-attr]
    assert long_ago > date(2026, 3, 1)
    office.take(old, as_of=play.now + timedelta(hours=1))
    assert state(play, "first_claim.received") is ItemState.OPEN
