"""Counts Kareo's charges, payments and transactions by payer and day; no column of a patient is asked for (E-34).

Payments and transactions of patients are left out by their payer type, since they name the patient as payer.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from models.inputs.billing_evidence import BillingDay
from tasks.connectors.kareo_failures import Record
from tasks.connectors.kareo_records import belongs, rows, text
from tasks.connectors.kareo_words import day_in_list, list_day

SLICE: Final = timedelta(days=7)  # of a long window, per call
CHARGE_FIELDS: Final = dict.fromkeys(
    ("CreatedDate", "PracticeID", "PrimaryInsuranceCompanyName", "PrimaryInsuranceFirstBillDate"), True
)
PAYMENT_FIELDS: Final = dict.fromkeys(("AdjudicationDate", "PayerName", "PayerType", "PostDate", "PracticeId"), True)
TRANSACTION_FIELDS: Final = dict.fromkeys(("InsuranceCompanyName", "PayerType", "TransactionDate", "Type"), True)
_INSURANCE: Final = "insurance"
_PAYMENT: Final = "payment"

Ask = Callable[[str, Mapping[str, object]], Record]
Counted = dict[tuple[str, date], Counter[str]]


def billing_days(ask: Ask, of_practice: Mapping[str, str | None], since: date, until: date) -> list[BillingDay]:
    """Count what Kareo shows of the days from `since` to `until`, both included, a week per call.

    `ask` makes one call; `of_practice` is the filter that names the practice. Charges count by the day on which they
    were made, claims by the day of their first bill, payments by adjudication and by posting.
    """
    name = of_practice.get("PracticeName")
    practice = of_practice.get("PracticeID") or ""
    charges, payments, transactions = Counted(), Counted(), Counted()
    for first, last in _slices(since, until):
        _count_charges(ask, _window("Created", first, last, PracticeName=name), practice, charges)
        _count_payments(ask, {**_window("Post", first, last), **of_practice}, practice, payments)
        if name:  # their rows do not say whose they are
            _count_transactions(ask, _window("Transaction", first, last, PracticeName=name), transactions)
    return _merged((charges, payments, transactions))


def _count_charges(ask: Ask, window: Mapping[str, object], practice: str, counted: Counted) -> None:
    answer = ask("GetCharges", {"Fields": CHARGE_FIELDS, "Filter": {**window, "IncludeUnapprovedCharges": "True"}})
    for row in rows(answer.Charges, "ChargeData"):
        if belongs(row.PracticeID, practice):
            payer = text(row.PrimaryInsuranceCompanyName)
            _count(counted, payer, row.CreatedDate, "charges")
            _count(counted, payer, row.PrimaryInsuranceFirstBillDate, "submitted")


def _count_payments(ask: Ask, window: Mapping[str, object], practice: str, counted: Counted) -> None:
    answer = ask("GetPayments", {"Fields": PAYMENT_FIELDS, "Filter": {**window, "PayerType": "Insurance"}})
    for row in rows(answer.Payments, "PaymentData"):
        if belongs(row.PracticeId, practice) and _is_insurance(row):
            payer = text(row.PayerName)
            _count(counted, payer, row.PostDate, "posted")
            _count(counted, payer, row.AdjudicationDate or row.PostDate, "paid")


def _count_transactions(ask: Ask, window: Mapping[str, object], counted: Counted) -> None:
    """Count payments of insurers among the transactions, which may be known before a payment is posted."""
    answer = ask("GetTransactions", {"Fields": TRANSACTION_FIELDS, "Filter": {**window, "PayerType": "Insurance"}})
    for row in rows(answer.Transactions, "TransactionData"):
        if _is_insurance(row) and _PAYMENT in text(row.Type).casefold():
            _count(counted, text(row.InsuranceCompanyName), row.TransactionDate, "paid")


def _is_insurance(row: Record) -> bool:
    return _INSURANCE in text(row.PayerType).casefold()


def _count(counted: Counted, payer: str, shown: str | None, what: str) -> None:
    day = day_in_list(shown)
    if day is not None:
        counted.setdefault((payer, day), Counter())[what] += 1


def _merged(sources: tuple[Counted, ...]) -> list[BillingDay]:
    """Take the larger count where two lists speak of the same payments."""
    merged = Counted()
    for counted in sources:
        for key, counts in counted.items():
            merged[key] = merged.get(key, Counter()) | counts
    return [BillingDay(payer, day, **counts) for (payer, day), counts in sorted(merged.items())]


def _window(name: str, first: date, last: date, **more: str | None) -> dict[str, object]:
    """Say a window of whole days; both ends are said, or Kareo silently takes the last seven days."""
    start, end = f"{list_day(first)} 12:00:00 AM", f"{list_day(last)} 11:59:59 PM"
    return {f"From{name}Date": start, f"To{name}Date": end, **more}


def _slices(since: date, until: date) -> Iterator[tuple[date, date]]:
    while since <= until:
        last = min(since + SLICE - timedelta(days=1), until)
        yield since, last
        since = last + timedelta(days=1)
