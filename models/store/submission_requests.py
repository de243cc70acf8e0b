"""What a clearinghouse is told of one enrollment: opened in memory for one call, and kept nowhere."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.inputs.clearinghouse import Contact, NewEnrollment
from models.rules.enrollment import State
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Role
from models.sealing import KeyDestroyedError, SealBrokenError
from models.store.contacts import contact_of
from models.store.keys import keys_of
from models.store.submissions import Submission
from models.tables.enrollment import BillingIdentityRow, EnrollmentRow, PayerIdRow, PayerRow
from models.tables.practices import Location, Practice, Provider

OVERTAKEN: Final = "overtaken"


class NotReadyError(Exception):
    """Something is missing, or the enrollment has moved on; `code` says what."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Party:
    name: str = field(repr=False)
    tax_id: str = field(repr=False)
    street: str = field(repr=False)


def request_of(session: Session, submission: Submission, *, email: str) -> NewEnrollment:
    """Open what a clearinghouse needs for one submission; `email` is where the payer writes.

    Raises:
        NotReadyError: "overtaken" when it is not wanted any more, else "no_" and what is missing.
    """
    row = session.get_one(EnrollmentRow, submission.enrollment_id)
    is_present = (row.generation, row.attempt) == (submission.generation, submission.attempt)
    if row.state is not State.SUBMITTED or not is_present:
        raise NotReadyError(OVERTAKEN)
    identity = session.get_one(BillingIdentityRow, row.identity_id)
    party = _party(session, session.get_one(Practice, row.practice_id), identity)
    return NewEnrollment(
        key=submission.key,
        payer_id=_payer_id(session, row, submission.clearinghouse),
        payer_class=session.get_one(PayerRow, row.payer).payer_class,
        transaction=row.transaction,
        npi=identity.npi,
        tax_id=party.tax_id,
        name=party.name,
        contact=_contact(session, row.practice_id, party, email),
        effective_on=_effective_on(row),
    )


def _effective_on(row: EnrollmentRow) -> date | None:
    """Give the first day of an ERA's new way; one that is over is not asked for any more (E-16)."""
    cutover, submitted = row.cutover_on, row.submitted_on
    is_ahead = cutover is not None and (submitted is None or cutover >= submitted)
    return cutover if row.transaction is Transaction.ERA and is_ahead else None


def _payer_id(session: Session, row: EnrollmentRow, clearinghouse: str) -> str:
    """Give the payer's id on this way: that of the enrollment, else of the transaction, else of any (E-02)."""
    if row.payer_id:
        return row.payer_id
    query = select(PayerIdRow.transaction, PayerIdRow.payer_id).where(
        PayerIdRow.payer == row.payer, PayerIdRow.clearinghouse == clearinghouse
    )
    known = dict(session.execute(query.order_by(PayerIdRow.payer_id.desc())).tuples().all())
    return _needed(known.get(row.transaction.value) or known.get(""), "no_payer_id")


def _party(session: Session, practice: Practice, identity: BillingIdentityRow) -> _Party:
    keys = keys_of(session, practice.id)
    try:
        tax_id = identity.tax_id and keys.unseal(
            identity.tax_id, table="billing_identities", column="tax_id", row_id=identity.id
        )
        if not tax_id and practice.tax_id:
            tax_id = keys.unseal(practice.tax_id, table="practices", column="tax_id", row_id=practice.id)
        street = identity.street and keys.unseal(
            identity.street, table="billing_identities", column="street", row_id=identity.id
        )
        name = practice.name if identity.is_group else _provider_name(session, practice, identity.npi)
    except (KeyDestroyedError, SealBrokenError):
        raise NotReadyError(code="cannot_unseal") from None
    digits = "".join(one for one in tax_id if one.isdigit())
    return _Party(name, _needed(digits, "no_tax_id"), street)


def _provider_name(session: Session, practice: Practice, npi: str) -> str:
    query = select(Provider).where(Provider.practice_id == practice.id, Provider.npi == npi)
    provider = session.scalar(query)
    if provider is None:
        return practice.name
    return keys_of(session, practice.id).unseal(provider.name, table="providers", column="name", row_id=provider.id)


def _contact(session: Session, practice_id: int, party: _Party, email: str) -> Contact:
    query = select(Location).where(Location.practice_id == practice_id).order_by(Location.id).limit(1)
    place = session.scalar(query)
    if place is None:
        raise NotReadyError(code="no_location")
    phone = place.phone or _phone_of_contact(session, practice_id)
    return Contact(party.name, email, phone, party.street, place.city, place.state, place.postal_code[:5])


def _phone_of_contact(session: Session, practice_id: int) -> str:
    found = contact_of(session, practice_id, role=Role.PRIMARY_CONTACT)
    return found.phone if found else ""


def _needed(found: str | None, code: str) -> str:
    if not found:
        raise NotReadyError(code)
    return found
