"""What files and deposits prove or contradict of one enrollment, whichever way and order they come in."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.calendars import Calendar
from models.rules.enrollment import Contradiction, Proof, State
from models.rules.enrollment_events import Contradict, Prove, SeeClaim
from models.rules.enrollment_facts import Enrollment
from models.rules.onboarding_facts import PaymentIssue, Transaction
from models.rules.payer_evidence import (
    DENIAL_PERCENT,
    NEXT_STEPS,
    Answered,
    Known,
    Remitted,
    Unmatched,
    claims_seen,
    covered_from,
    issues,
    lacks_era,
    median_gap,
    news,
    payer_named,
)

SUBMITTED, APPROVED, TODAY = date(2026, 1, 12), date(2026, 2, 20), date(2026, 3, 20)
MOMENT = datetime(2026, 2, 20, 15, tzinfo=UTC)
PAID = Remitted("835:1", date(2026, 3, 2), 9000, 9000, "ACH", claims=4)
ANSWER = Answered("277CA:1", date(2026, 3, 2), is_from_payer=True, accepted=3)


def enrollment(transaction: Transaction, state: State = State.PROVING, **facts: object) -> Enrollment:
    usual = Enrollment(
        id=1,
        practice_id=1,
        practice="maple-street",
        zone="America/New_York",
        calendar=Calendar.GOVERNMENT,
        payer="example",
        transaction=transaction,
        identity="group",
        state=state,
        version=1,
        state_since=MOMENT,
        silent_since=MOMENT,
        submitted_on=SUBMITTED,
        approved_on=APPROVED,
        effective_on=APPROVED,
    )
    return replace(usual, **facts)  # type: ignore[arg-type]


def said(one: Enrollment, **known: object) -> list[object]:
    """Name what an enrollment hears: proofs and contradictions, in order."""
    found = news(one, Known(**known), today=TODAY)  # type: ignore[arg-type]
    return [each.event.proof if isinstance(each.event, Prove) else each.event.what for each in found]


@pytest.mark.parametrize(
    ("answer", "is_proof"),
    [
        (ANSWER, True),
        (replace(ANSWER, is_from_payer=False), False),
        (replace(ANSWER, accepted=0), False),
        (replace(ANSWER, on=SUBMITTED - timedelta(days=1)), False),
    ],
    ids=["accepted", "by a clearinghouse", "none accepted", "before the submission"],
)
def test_only_the_payer_s_own_acceptance_proves_claims_e_12(answer: Answered, is_proof: bool) -> None:
    expected = [Proof.CLAIM_ACCEPTED_BY_PAYER] if is_proof else []
    assert said(enrollment(Transaction.CLAIMS), answers=[answer]) == expected


@pytest.mark.parametrize(
    ("paid", "era", "eft"),
    [
        (PAID, True, False),
        (replace(PAID, deposited_on=date(2026, 3, 3)), True, True),
        (replace(PAID, deposited_on=date(2026, 3, 3), is_payee=False), False, False),
        (replace(PAID, deposited_on=date(2026, 3, 3), method="CHK"), True, False),
        (replace(PAID, deposited_on=date(2026, 3, 3), amount_cents=0), True, False),
        (replace(PAID, paid_on=SUBMITTED - timedelta(days=1)), False, False),
    ],
    ids=["no deposit", "deposit", "other payee", "check", "no money", "before the submission"],
)
def test_an_era_is_proved_by_its_remittance_and_eft_by_its_deposit_e_12(paid: Remitted, era: bool, eft: bool) -> None:
    assert said(enrollment(Transaction.ERA), remittances=[paid]) == [Proof.REMITTANCE] * era
    found = [one for one in said(enrollment(Transaction.EFT), remittances=[paid]) if isinstance(one, Proof)]
    assert found == [Proof.DEPOSIT] * eft


def test_no_file_proves_a_portal_e_12() -> None:
    assert said(enrollment(Transaction.PORTAL), remittances=[PAID], answers=[ANSWER]) == []


@pytest.mark.parametrize("state", State)
def test_proofs_are_told_only_once_the_payer_has_the_enrollment(state: State) -> None:
    unheard = {State.NOT_REQUIRED, State.DRAFT, State.READY, State.REJECTED}
    unheard |= {State.DISPLACED, State.ENDED, State.WITHDRAWN}
    assert bool(said(enrollment(Transaction.ERA, state), remittances=[PAID])) is (state not in unheard)
    assert said(enrollment(Transaction.ERA, state, submitted_on=None), remittances=[PAID]) == []


def test_a_proof_that_came_before_the_approval_is_told_again_after_it() -> None:
    (early,) = news(enrollment(Transaction.ERA, State.PENDING_PAYER), Known([PAID]), today=TODAY)
    told = Known([PAID], told={early.key})
    assert news(enrollment(Transaction.ERA, State.PENDING_PAYER), told, today=TODAY) == ()
    approved = enrollment(Transaction.ERA, State.APPROVED, last_proof_on=PAID.paid_on)
    (after,) = news(approved, told, today=TODAY)
    assert after.key != early.key
    assert news(approved, Known([PAID], told={early.key, after.key}), today=TODAY) == ()


def test_a_new_attempt_hears_the_same_evidence_under_its_own_key() -> None:
    (first,) = news(enrollment(Transaction.ERA), Known([PAID]), today=TODAY)
    (second,) = news(enrollment(Transaction.ERA, attempt=2), Known([PAID], told={first.key}), today=TODAY)
    assert first.key != second.key


def test_what_is_live_hears_only_of_newer_proofs() -> None:
    live = enrollment(Transaction.ERA, State.LIVE, last_proof_on=PAID.paid_on)
    newer = replace(PAID, key="835:2", paid_on=PAID.paid_on + timedelta(days=7))
    assert said(live, remittances=[PAID]) == []
    (found,) = news(live, Known([newer, PAID]), today=TODAY)
    assert found.event == Prove(Proof.REMITTANCE, newer.paid_on, "835:2", median_gap_days=7)


@pytest.mark.parametrize("state", [State.PROVING, State.LIVE])
@pytest.mark.parametrize(
    ("paid_on", "effective_on", "is_found"),
    [
        (date(2026, 3, 2), APPROVED, True),
        (APPROVED, APPROVED, True),
        (date(2026, 2, 19), APPROVED, False),
        (date(2026, 3, 2), date(2026, 3, 3), False),
        (date(2026, 3, 3), date(2026, 3, 3), True),
    ],
)
def test_a_check_on_or_after_the_effective_day_contradicts_eft_e_13(
    state: State, paid_on: date, effective_on: date, is_found: bool
) -> None:
    check = replace(PAID, method="CHK", paid_on=paid_on)
    one = enrollment(Transaction.EFT, state, effective_on=effective_on)
    assert said(one, remittances=[check]) == [Contradiction.CHECK_AFTER_EFT] * is_found


def test_a_check_before_the_last_deposit_is_over_e_13() -> None:
    check = replace(PAID, method="CHK")
    one = enrollment(Transaction.EFT, State.LIVE, last_proof_on=PAID.paid_on + timedelta(days=1))
    assert said(one, remittances=[check]) == []


def test_an_unapproved_submitter_contradicts_claims_e_13() -> None:
    refused = Answered("277CA:2", date(2026, 3, 4), is_from_payer=True, accepted=0, not_approved=2)
    expected = [Proof.CLAIM_ACCEPTED_BY_PAYER, Contradiction.SUBMITTER_NOT_APPROVED]
    assert said(enrollment(Transaction.CLAIMS), answers=[refused, ANSWER]) == expected
    assert said(enrollment(Transaction.CLAIMS, State.DEGRADED), answers=[refused]) == expected[1:]


@pytest.mark.parametrize(
    ("paid_on", "today", "is_over"),
    [
        (date(2026, 3, 2), date(2026, 3, 6), False),  # Monday; Friday is the fourth business day
        (date(2026, 3, 2), date(2026, 3, 7), True),
        (date(2026, 7, 1), date(2026, 7, 7), False),  # the Federal Reserve works on July 3, 2026
        (date(2026, 7, 1), date(2026, 7, 8), True),
        (date(2026, 11, 24), date(2026, 12, 1), False),  # Thanksgiving is no day of money
        (date(2026, 11, 24), date(2026, 12, 2), True),
    ],
)
def test_four_business_days_of_the_federal_reserve_are_waited_for_e_13_e_29(
    paid_on: date, today: date, is_over: bool
) -> None:
    assert lacks_era(paid_on, [], today=today) is is_over


def test_a_paid_claim_without_its_remittance_contradicts_era_until_one_comes_e_13() -> None:
    day = date(2026, 3, 10)
    old = [replace(PAID, paid_on=covered_from(day) - timedelta(days=1))]
    lacking = {"remittances": old, "era_days": [old[0].paid_on], "paid_days": [day]}
    one = enrollment(Transaction.ERA, last_proof_on=old[0].paid_on, state=State.LIVE)
    (found,) = news(one, Known(**lacking), today=TODAY)  # type: ignore[arg-type]
    assert isinstance(found.event, Contradict)
    late = covered_from(day)
    assert found.event.on < late, "so that any remittance that would have shown it to be wrong repairs it"
    covered = {**lacking, "era_days": [old[0].paid_on, late]}
    assert said(one, **covered) == []


def test_paid_claims_from_before_the_approval_say_nothing_of_the_era_e_13() -> None:
    assert said(enrollment(Transaction.ERA), paid_days=[APPROVED, APPROVED - timedelta(days=9)]) == []


KINDS = st.sampled_from([Transaction.CLAIMS, Transaction.ERA, Transaction.EFT])
DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 19))
REMITTANCES = st.lists(
    st.builds(
        Remitted,
        key=st.integers(1, 99).map("835:{}".format),
        paid_on=DAYS,
        amount_cents=st.integers(0, 9_000),
        expected_cents=st.integers(0, 9_000),
        method=st.sampled_from(["ACH", "CHK", "NON"]),
        claims=st.integers(0, 9),
        is_payee=st.booleans(),
        deposited_on=st.none() | DAYS,
    ),
    max_size=8,
    unique_by=lambda one: one.key,
)


@given(kind=KINDS, state=st.sampled_from(list(State)), remittances=REMITTANCES, seed=st.randoms())
def test_the_order_in_which_files_came_makes_no_difference_e_11(
    kind: Transaction, state: State, remittances: list[Remitted], seed: object
) -> None:
    one = enrollment(kind, state)
    shuffled = list(remittances)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    first = news(one, Known(remittances), today=TODAY)
    assert news(one, Known(shuffled), today=TODAY) == first
    assert news(one, Known(remittances, told={each.key for each in first}), today=TODAY) == ()
    assert len(first) <= 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"reversals": 1}, {PaymentIssue.REVERSAL}),
        ({"amount_cents": 0}, {PaymentIssue.ZERO_PAY}),
        ({"amount_cents": 0, "claims": 0}, set()),
        ({"claims": 10, "denials": 2}, set()),
        ({"claims": 10, "denials": 3}, {PaymentIssue.MANY_DENIALS}),
        ({"claims": 1, "denials": 1}, set()),
        ({"is_payee": False}, {PaymentIssue.PAYEE_MISMATCH}),
        ({"method": "CHK"}, {PaymentIssue.CHECK_AFTER_EFT}),
        ({"method": "CHK", "paid_on": APPROVED - timedelta(days=1)}, set()),
    ],
    ids=repr,
)
def test_each_issue_is_named_e_35(changes: dict[str, object], expected: set[PaymentIssue]) -> None:
    assert issues(replace(PAID, **changes), eft_from=APPROVED) == expected  # type: ignore[arg-type]


def test_a_check_is_no_issue_where_no_eft_was_approved_e_35() -> None:
    assert issues(replace(PAID, method="CHK")) == frozenset()
    assert DENIAL_PERCENT == 20


def test_a_payment_out_of_balance_shows_e_33() -> None:
    assert PAID.is_balanced
    assert not replace(PAID, expected_cents=8_999).is_balanced


@pytest.mark.parametrize(
    ("days", "gap"),
    [((), 0), ((1,), 0), ((1, 1), 0), ((1, 8), 7), ((1, 8, 16), 8), ((1, 3, 10, 28), 7), (tuple(range(1, 29)), 1)],
)
def test_the_median_gap_between_remittances_e_24(days: tuple[int, ...], gap: int) -> None:
    assert median_gap(date(2026, 1, day) for day in days) == gap


def test_only_the_last_gaps_count_e_24() -> None:
    start = date(2026, 1, 1)
    slow = [start + timedelta(days=30 * n) for n in range(12)]
    fast = [slow[-1] + timedelta(days=7 * n) for n in range(1, 13)]
    assert median_gap([*slow, *fast]) == 7


def test_claims_are_seen_since_the_approval_only_e_23() -> None:
    first, last = date(2026, 3, 2), date(2026, 3, 9)
    one = enrollment(Transaction.ERA)
    assert claims_seen(one, first, last) == (SeeClaim(first), SeeClaim(last))
    known = replace(one, first_claim_on=first, last_claim_on=last)
    assert claims_seen(known, first, last) == ()
    assert claims_seen(known, first, last + timedelta(days=1))
    assert claims_seen(replace(one, approved_on=None), first, last) == ()
    assert claims_seen(enrollment(Transaction.PORTAL), first, last) == ()


PAYERS = {"55555": {"example"}, "1990000002": {"example", "harbor"}, "00123": {"harbor"}, "77777": {"evergreen"}}


@pytest.mark.parametrize(
    ("ids", "planned", "expected"),
    [
        (["55555"], [], "example"),
        (["1990000002", "55555"], [], "example"),
        (["unknown", "00123"], [], "harbor"),
        (["1990000002"], [], Unmatched.SEVERAL_PAYERS),
        (["1990000002"], ["harbor", "evergreen"], "harbor"),
        (["1990000002"], ["harbor", "example"], Unmatched.SEVERAL_PAYERS),
        (["55555", "77777"], ["example"], Unmatched.SEVERAL_PAYERS),
        (["5555", "055555"], [], Unmatched.UNKNOWN_PAYER),
        ([], [], Unmatched.UNKNOWN_PAYER),
    ],
)
def test_a_payer_is_named_only_when_all_known_ids_agree_e_02(ids: list[str], planned: list[str], expected: str) -> None:
    assert payer_named(ids, PAYERS, planned) == expected


def test_every_reason_for_no_match_has_one_next_step() -> None:
    assert set(NEXT_STEPS) == set(Unmatched)
