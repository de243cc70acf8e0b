"""What files from payers show, for people: what needs somebody and the next step, and what proves a practice's ways."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.rules.payer_evidence import NEXT_STEPS, Unmatched, issues
from models.store.payer_evidence import CLAIM_ACKNOWLEDGMENT, EFT_FROM, REMITTED, production, remitted
from models.store.payer_matching import Named, open_records, whose
from models.tables.enrollment import BillingIdentityRow
from models.tables.payer_files import AcknowledgmentRow, PayerFileRow, RemittanceRow
from models.tables.practices import Practice

Row = dict[str, str]
SHOWN: Final = 200
_BALANCE: Final = "Ask the payer which figure is right; post nothing from it before."
_REFUSED: Final = "Fetch the file again, or send the reason to whoever sent it."
_PLAIN: Final = frozenset(" .,&-/'()")


def rows_for_people(session: Session) -> list[Row]:
    """List what a person has to look at, the newest first of each kind: at most 200 rows of a kind."""
    return [*_unmatched(session), *_out_of_balance(session), *_refused(session)]


def money(cents: int) -> str:
    """Say whole cents as an amount."""
    sign, (whole, rest) = "-" if cents < 0 else "", divmod(abs(cents), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def _row(what: str, *, payer: str, payee: str, on: str, amount: str, step: str) -> Row:
    return {"what": what, "payer": payer, "payee": payee, "day": on, "amount": amount, "next step": step}


def _unmatched(session: Session) -> list[Row]:
    remittances, acknowledgments = open_records(session)
    why = {number: one.reason for number, one in whose(session, [*remittances, *acknowledgments]).items()}
    lacking = [[one for one in several if why[one.id]][-SHOWN:] for several in (remittances, acknowledgments)]
    return [*_unmatched_remittances(session, lacking[0], why), *_unmatched_claims(session, lacking[1], why)]


def _unmatched_remittances(session: Session, named: Sequence[Named], why: dict[int, Unmatched | None]) -> list[Row]:
    rows = {
        one.id: one
        for one in session.scalars(select(RemittanceRow).where(RemittanceRow.id.in_([each.id for each in named])))
    }
    return [
        _row(
            "unmatched test remittance" if rows[each.id].is_test else "unmatched remittance",
            payer=_shown(rows[each.id].payer_name, each.payer_ids),
            payee=each.npi or "by tax id",
            on=rows[each.id].paid_on.isoformat(),
            amount=money(rows[each.id].amount_cents),
            step=_step(why[each.id]),
        )
        for each in reversed(named)
    ]


def _unmatched_claims(session: Session, named: Sequence[Named], why: dict[int, Unmatched | None]) -> list[Row]:
    rows = {
        one.id: one
        for one in session.scalars(
            select(AcknowledgmentRow).where(AcknowledgmentRow.id.in_([each.id for each in named]))
        )
    }
    return [
        _row(
            "unmatched claim acknowledgment",
            payer=_shown("", each.payer_ids),
            payee=each.npi or "by tax id",
            on=str(rows[each.id].received_on or ""),
            amount=f"{rows[each.id].accepted} accepted, {rows[each.id].rejected} rejected",
            step=_step(why[each.id]),
        )
        for each in reversed(named)
    ]


def _step(reason: Unmatched | None) -> str:
    return NEXT_STEPS[reason] if reason is not None else ""


def _shown(name: str, ids: Sequence[str]) -> str:
    """Show a payer's name and ids with nothing that a page could take for something else."""
    words = f"{name} {', '.join(one for one in ids if one and one != CLAIM_ACKNOWLEDGMENT)}".strip()
    return "".join(sign if sign.isalnum() or sign in _PLAIN else " " for sign in words)


def _out_of_balance(session: Session) -> list[Row]:
    """List payments that are not what their claims and adjustments add up to, with both figures (E-33)."""
    row = RemittanceRow
    query = select(row.payer, row.payer_name, row.payee_npi, row.paid_on, row.amount_cents, row.expected_cents).where(
        row.is_test.is_(False), row.amount_cents != row.expected_cents
    )
    return [
        _row(
            "out of balance",
            payer=payer or _shown(name, ()),
            payee=npi or "by tax id",
            on=paid_on.isoformat(),
            amount=f"paid {money(amount)}, claims less adjustments {money(expected)}",
            step=_BALANCE,
        )
        for payer, name, npi, paid_on, amount, expected in session.execute(
            query.order_by(row.paid_on.desc(), row.id.desc()).limit(SHOWN)
        )
    ]


def _refused(session: Session) -> list[Row]:
    row = PayerFileRow
    query = select(row.sha256, row.reason, row.received_at).where(row.state == "refused")
    return [
        _row(
            f"refused file {sha256[:12]}",
            payer="",
            payee="",
            on=f"{received_at:%Y-%m-%d}",
            amount="",
            step=f"{reason} {_REFUSED}",
        )
        for sha256, reason, received_at in session.execute(query.order_by(row.received_at.desc()).limit(SHOWN))
    ]


def rows_of_practice(session: Session, *, practice: str) -> list[Row]:
    """Sum up a practice's remittances and claim acknowledgments by payer and billing identity."""
    number = session.scalar(select(Practice.id).where(Practice.key == practice))
    return [] if number is None else [*_remittances_of(session, number), *_acknowledgments_of(session, number)]


def _remittances_of(session: Session, practice_id: int) -> list[Row]:
    query = production(*REMITTED, RemittanceRow.payer, BillingIdentityRow.key, EFT_FROM)
    query = query.where(RemittanceRow.practice_id == practice_id).order_by(RemittanceRow.paid_on)
    summed: dict[tuple[str, str], list[tuple[str, int, bool, frozenset[str]]]] = {}
    for row in session.execute(query):
        payer, identity, eft_from = row[len(REMITTED) :]
        one = remitted(row)
        found = frozenset(issue.value for issue in issues(one, eft_from=eft_from))
        line = (one.paid_on.isoformat(), one.amount_cents, one.deposited_on is not None, found)
        summed.setdefault((payer, identity), []).append(line)
    return [
        {
            "what": "remittances",
            "payer": payer,
            "identity": identity,
            "count": str(len(lines)),
            "last": lines[-1][0],
            "amount": money(sum(amount for _, amount, _, _ in lines)),
            "with deposit": str(sum(is_deposited for _, _, is_deposited, _ in lines)),
            "issues": ", ".join(sorted(frozenset[str]().union(*(found for *_, found in lines)))),
        }
        for (payer, identity), lines in sorted(summed.items())
    ]


def _acknowledgments_of(session: Session, practice_id: int) -> list[Row]:
    row = AcknowledgmentRow
    query = (
        select(
            row.payer,
            BillingIdentityRow.key,
            func.count(),
            func.max(row.received_on),
            func.sum(row.accepted),
            func.sum(row.rejected),
        )
        .join(BillingIdentityRow, BillingIdentityRow.id == row.identity_id)
        .where(row.practice_id == practice_id, row.kind == CLAIM_ACKNOWLEDGMENT, row.is_test.is_(False))
        .group_by(row.payer, BillingIdentityRow.key)
        .order_by(row.payer, BillingIdentityRow.key)
    )
    return [
        {
            "what": "claim acknowledgments",
            "payer": payer or "by clearinghouses",
            "identity": identity,
            "count": str(count),
            "last": str(last),
            "amount": f"{accepted} accepted, {rejected} rejected",
            "with deposit": "",
            "issues": "",
        }
        for payer, identity, count, last, accepted, rejected in session.execute(query)
    ]
