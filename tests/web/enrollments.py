"""A practice with enrollments in many states, for its own page and the staff's work lists."""

from datetime import date, timedelta

from models.db import Database
from models.rules.enrollment import Need, Proof, RejectReason
from models.rules.enrollment_events import (
    Acknowledge,
    Approve,
    ChangeRoute,
    Prepare,
    Prove,
    RequestDevelopment,
    Submit,
    Waive,
    Withdraw,
)
from models.rules.enrollment_facts import Turnaround
from models.rules.onboarding_facts import Reason
from models.store import enrollment_changes
from models.store.enrollment_changes import Seen
from tests.factories import an_intake
from tests.scenes import kept
from tests.store.enrolling import Enrolling, enrolling

USUAL = Turnaround(30, 38, 42, 44, 45, source="example")
EVERY = ["claims", "era", "eft", "portal"]
PAYERS = [
    {"key": "medicare", "name": "Medicare", "expected_claims_per_month": 240, "transactions": EVERY},
    {"key": "aetna", "name": "Aetna", "expected_claims_per_month": 160, "transactions": EVERY},
    {"key": "cigna", "name": "Cigna", "expected_claims_per_month": 60, "transactions": ["claims", "era"]},
    {"key": "humana", "name": "Humana <b>Gold</b>", "expected_claims_per_month": 20, "transactions": ["claims", "era"]},
]


@kept
def several_states(db: Database, key: str = "cedar-hill", *, locale: str = "en") -> Enrolling:
    """Let a practice's enrollments stand in about every state, a month after they began."""
    one = enrolling(db, an_intake(key, name="Cedar Hill Family Medicine", payers=PAYERS, locale=locale))
    begun = one.now
    sent, passed = (Prepare(), Submit(USUAL)), Acknowledge()
    one.do("medicare", *sent, passed)
    one.do("medicare", Prepare((Need.BANK_LETTER, Need.W9)), transaction="eft")
    one.do("medicare", *sent, passed, Approve(effective_on=begun.date() + timedelta(days=60)), transaction="era")
    one.do("medicare", Waive(Reason.NOT_NEEDED), transaction="portal")
    one.do("aetna", *sent, passed, Approve(expires_on=date(2028, 3, 1)))
    _prove(one, "aetna")
    one.do("aetna", Prepare(), ChangeRoute("stedi", "00123", begun.date() + timedelta(days=50)), transaction="era")
    one.do("aetna", *sent, passed, RequestDevelopment(), transaction="eft")
    one.do("aetna", Withdraw(Reason.NOT_NEEDED), transaction="portal")
    one.do("cigna", *sent)
    one.reject("cigna", RejectReason.NAME_MISMATCH, transaction="era")
    one.do("humana", *sent, passed, Approve())
    one.now = begun + timedelta(days=30)
    return one


def _prove(one: Enrolling, payer: str) -> None:
    proof = Prove(Proof.CLAIM_ACCEPTED_BY_PAYER, one.now.date(), "277ca")
    seen = [Seen(one.number(payer), proof, "evidence-1")]
    one.db.transaction(lambda s: enrollment_changes.apply(s, seen, as_of=one.now))
