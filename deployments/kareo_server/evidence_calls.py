"""The calls about charges, payments and transactions: evidence of the first claim and the first payment."""

from collections.abc import Callable
from functools import partial
from typing import Final

from deployments.kareo_server.lists import WEEK, Asked, Row
from deployments.kareo_server.rows import Evidence
from deployments.kareo_server.soap import Record
from deployments.kareo_server.words import list_moment

_COLUMN_OF_DAY: Final = {
    "Created": "CreatedDate",
    "LastModified": "LastModifiedDate",
    "Posting": "PostingDate",
    "Post": "PostDate",
    "Service": "ServiceDate",
    "Transaction": "TransactionDate",
}
_COLUMN_OF_FILTER: Final = {"PatientName": "PatientName", "Status": "Status", "PayerType": "PayerType", "Type": "Type"}


def get_charges(asked: Asked) -> Record:
    """List charges; without any date those posted in the last seven days, and nobody is told."""
    days = ("Created", "LastModified", "Posting", "Service")
    rows = _rows(asked, asked.state.charges, days, {"Service": "ServiceStartDate"})
    return {"Charges": {"ChargeData": asked.written(rows)}}


def get_transactions(asked: Asked) -> Record:
    """List transactions; without any date those of the last seven days, and nobody is told."""
    days = ("LastModified", "Posting", "Service", "Transaction")
    return {"Transactions": {"TransactionData": asked.written(_rows(asked, asked.state.transactions, days, {}))}}


def get_payments(asked: Asked) -> Record:
    """List payments."""
    rows = [
        each
        for each in _mine(asked, asked.state.payments)
        if _lies_in(asked, each, ("Created", "LastModified", "Post"))
    ]
    return {"Payments": {"PaymentData": asked.written(_row(asked, each, {}) for each in rows)}}


def _rows(asked: Asked, all_rows: list[Evidence], days: tuple[str, ...], other: dict[str, str]) -> list[Row]:
    rows = [each for each in _mine(asked, all_rows) if _lies_in(asked, each, days)]
    if not asked.is_ranged(*days):
        since = asked.state.now() - WEEK
        rows = [each for each in rows if since <= each.days["Posting"]]
    return [_row(asked, each, other) for each in rows]


def _mine(asked: Asked, rows: list[Evidence]) -> list[Evidence]:
    practices = asked.practices()
    return [each for each in rows if each.practice in practices and _is_wanted(asked, each)]


def _is_wanted(asked: Asked, each: Evidence) -> bool:
    return all(asked.equal(name, each.columns.get(column, "")) for name, column in _COLUMN_OF_FILTER.items())


def _lies_in(asked: Asked, each: Evidence, days: tuple[str, ...]) -> bool:
    return all(asked.within(name, each.days[name]) for name in days)


def _row(asked: Asked, each: Evidence, other: dict[str, str]) -> Row:
    row: dict[str, Callable[[], str]] = {name: partial(str, value) for name, value in each.columns.items()}
    for name, moment in each.days.items():
        row[other.get(name, _COLUMN_OF_DAY[name])] = partial(list_moment, moment, asked.offset)
    row["PracticeName"] = partial(str, asked.state.practices[each.practice].name)
    row["PracticeID"] = row["PracticeId"] = partial(str, each.practice)
    return row
