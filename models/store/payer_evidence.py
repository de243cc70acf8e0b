"""Remittances as the rules see them: matched, with their deposits, and whether their payee is who it should be."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select

from models.rules.onboarding_facts import Transaction
from models.rules.payer_evidence import Remitted
from models.tables.enrollment import BillingIdentityRow, EnrollmentRow
from models.tables.payer_files import DepositRow, RemittanceRow

CLAIM_ACKNOWLEDGMENT: Final = "277CA"

IS_PAYEE: Final[ColumnElement[bool]] = and_(
    or_(RemittanceRow.payee_npi != "", RemittanceRow.payee_tax_index != ""),
    or_(RemittanceRow.payee_npi == "", RemittanceRow.payee_npi == BillingIdentityRow.npi),
    or_(
        RemittanceRow.payee_tax_index == "",
        BillingIdentityRow.tax_id_index == "",
        RemittanceRow.payee_tax_index == BillingIdentityRow.tax_id_index,
    ),
)
"""Every id of the payee in the file is that of the billing identity, as far as we know it (E-12)."""
_DEPOSITED = (
    select(func.min(DepositRow.deposited_on))
    .where(
        DepositRow.practice_id == RemittanceRow.practice_id,
        DepositRow.trace == RemittanceRow.trace,
        DepositRow.amount_cents == RemittanceRow.amount_cents,
    )
    .scalar_subquery()
)
EFT_FROM = (
    select(
        func.min(
            case(
                (EnrollmentRow.effective_on > EnrollmentRow.approved_on, EnrollmentRow.effective_on),
                else_=EnrollmentRow.approved_on,
            )
        )
    )
    .where(
        EnrollmentRow.practice_id == RemittanceRow.practice_id,
        EnrollmentRow.payer == RemittanceRow.payer,
        EnrollmentRow.identity_id == RemittanceRow.identity_id,
        EnrollmentRow.transaction == Transaction.EFT,
    )
    .scalar_subquery()
)
"""From which day the payer should pay the identity of a remittance by EFT."""


def production(*columns: Any) -> Select[Any]:  # noqa: ANN401 - columns of any type
    """Begin a query over remittances that are matched with a payer and a billing identity; tests are none (E-32)."""
    return (
        select(*columns)
        .join(BillingIdentityRow, BillingIdentityRow.id == RemittanceRow.identity_id)
        .where(RemittanceRow.payer != "", RemittanceRow.is_test.is_(False))
    )


REMITTED: Final = (
    RemittanceRow.id,
    RemittanceRow.paid_on,
    RemittanceRow.amount_cents,
    RemittanceRow.expected_cents,
    RemittanceRow.method,
    RemittanceRow.claims,
    RemittanceRow.denials,
    RemittanceRow.reversals,
    IS_PAYEE,
    _DEPOSITED,
)


def remitted(row: Sequence[Any] | Row[Any]) -> Remitted:
    """Read a row of `REMITTED` as the rules see it."""
    number, paid_on, amount, expected, method, claims, denials, reversals, is_payee, deposited_on = row[: len(REMITTED)]
    return Remitted(
        f"835:{number}",
        paid_on,
        amount,
        expected,
        method,
        claims,
        denials,
        reversals,
        is_payee=bool(is_payee),
        deposited_on=deposited_on,
    )
