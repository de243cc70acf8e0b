"""Payer lists of practices: from the journey or from lines of a file, with the identities under which they bill."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.inputs.csv_files import Fault
from models.inputs.enrollment_files import GROUP, PayerLine
from models.rules.decisions import Refusal
from models.rules.turnarounds import class_of
from models.store import events
from models.store.enrollment import identities_of
from models.store.enrollment_begin import (
    Identity,
    Wanted,
    begin_enrollments,
    begin_lists,
    save_identities,
    save_streets,
)
from models.store.keys import keys_of
from models.store.onboarding import load_journey, payer_names, present_journey
from models.store.practices import active_staff
from models.tables.enrollment import PayerRow
from models.tables.onboarding import JourneyPayerRow, JourneyRow
from models.tables.practices import Practice, Provider

UNKNOWN_STAFF: Final = "There is no member of staff with the key {}; write who is acting."


class Billing(NamedTuple):
    """Who bills: the group, or each provider; an empty NPI means the first provider's, or the one that is stored."""

    npi: str = ""
    is_per_provider: bool = False


class Taken(NamedTuple):
    """What became of the lines of a file."""

    counts: Counter[str]
    faults: tuple[Fault, ...] = ()


def begin_from_journey(
    session: Session, practice: str, billing: Billing, *, by: str, key: str, as_of: datetime
) -> Counter[str] | Refusal:
    """Begin the enrollments of the payers that a practice's journey plans, once each (E-01)."""
    found = session.scalar(select(Practice).where(Practice.key == practice))
    journey = present_journey(session, practice)
    if found is None or journey is None:
        return Refusal("no_journey", f"There is no journey of a practice with the key {practice}; start it first.")
    if by not in active_staff(session):
        return Refusal("unknown_actor", UNKNOWN_STAFF.format(by))
    events.lock_practices(session, [found.id])
    providers = providers_of(session, [found.id])[found.id]
    if not providers and not billing.npi:
        return Refusal("no_npi", f"{practice} has no provider; give the billing NPI.")
    identities = _identities(session, found, billing, providers)
    save_identities(session, found.id, identities)
    bill = providers if billing.is_per_provider else [GROUP]
    wanted = _planned(session, journey, bill, as_of=as_of)
    return begin_enrollments(session, found.id, wanted, by=by, key=key, as_of=as_of)


def _planned(session: Session, journey: int, identities: Sequence[str], *, as_of: datetime) -> list[Wanted]:
    names = payer_names(session, journey)
    return [
        Wanted(
            payer.key,
            names.get(payer.key, payer.key),
            transaction,
            identity,
            class_of(payer.key),
            expected_claims=payer.expected_claims,
        )
        for payer in load_journey(session, journey, as_of=as_of).payers
        for transaction in payer.transactions
        for identity in identities
    ]


def _identities(session: Session, practice: Practice, billing: Billing, providers: Sequence[str]) -> list[Identity]:
    """Name the identities that are new, or whose NPI was given; others keep what is stored of them."""
    known = identities_of(session, practice.id)
    tax_id = tax_id_of(session, practice)
    if billing.is_per_provider:
        return [Identity(npi, npi, is_group=False, tax_id=tax_id) for npi in providers if npi not in known]
    if billing.npi:
        return [Identity(GROUP, billing.npi, tax_id="" if GROUP in known else tax_id)]
    return [] if GROUP in known else [Identity(GROUP, providers[0], tax_id=tax_id)]


def providers_of(session: Session, practices: Iterable[int]) -> dict[int, list[str]]:
    """Give the NPIs of practices' providers, in the order in which they were registered."""
    found: dict[int, list[str]] = {practice: [] for practice in practices}
    query = select(Provider.practice_id, Provider.npi).where(Provider.practice_id.in_(found)).order_by(Provider.id)
    for practice, npi in session.execute(query):
        found[practice].append(npi)
    return found


def tax_id_of(session: Session, practice: Practice) -> str:
    """Open the tax id of a practice; empty when the intake had none."""
    if not practice.tax_id:
        return ""
    keys = keys_of(session, practice.id)
    return keys.unseal(practice.tax_id, table="practices", column="tax_id", row_id=practice.id)


def take_payer_list(session: Session, lines: Sequence[PayerLine], *, by: str, key: str, as_of: datetime) -> Taken:
    """Begin what lines of a payer list name; lines that cannot be taken come back with the reason (E-44)."""
    practices = practices_named(session, {line.practice for line in lines})
    events.lock_practices(session, [one.id for one in practices.values()])
    names = _payer_names(session, lines, practices)
    providers = providers_of(session, [one.id for one in practices.values()])
    faults = list[Fault]()
    by_practice = defaultdict[str, list[PayerLine]](list)
    for line in lines:
        if line.practice not in practices:
            faults.append(Fault(line.line, f"there is no practice with the key {line.practice}; start its journey."))
        elif not (line.payer_name or names.get(line.payer) or (line.practice, line.payer) in names):
            faults.append(Fault(line.line, f"there is no payer {line.payer} yet; give its name in payer_name."))
        else:
            by_practice[line.practice].append(line)
    lists = dict[int, list[Wanted]]()
    for name, several in by_practice.items():
        practice = practices[name]
        fault = _save_identities(session, practice, several, providers[practice.id])
        faults += fault
        bad = {one.line for one in fault}
        lists[practice.id] = [one for line in several if line.line not in bad for one in _wanted(line, names)]
    return Taken(begin_lists(session, lists, by=by, key=key, as_of=as_of), tuple(faults))


def practices_named(session: Session, keys: Iterable[str]) -> dict[str, Practice]:
    """Find practices by their keys."""
    return {one.key: one for one in session.scalars(select(Practice).where(Practice.key.in_(keys)))}


def _payer_names(
    session: Session, lines: Sequence[PayerLine], practices: Mapping[str, Practice]
) -> dict[str | tuple[str, str], str]:
    """Give the names of the payers that the installation knows, and of those that the practices' journeys plan."""
    keys = {line.payer for line in lines}
    names: dict[str | tuple[str, str], str] = {}
    by_id = {one.id: one.key for one in practices.values()}
    planned = (
        select(JourneyRow.practice_id, JourneyPayerRow.payer, JourneyPayerRow.name)
        .join(JourneyRow, JourneyRow.id == JourneyPayerRow.journey_id)
        .where(JourneyRow.practice_id.in_(by_id), JourneyPayerRow.payer.in_(keys))
    )
    for practice, payer, name in session.execute(planned):
        names[by_id[practice], payer] = name
    known = select(PayerRow.key, PayerRow.name).where(PayerRow.key.in_(keys))
    return names | dict(session.execute(known).tuples().all())


def _save_identities(
    session: Session, practice: Practice, lines: Sequence[PayerLine], providers: Sequence[str]
) -> list[Fault]:
    """Store the identities that lines name; gives the lines whose identity cannot be made."""
    known = identities_of(session, practice.id)
    new, faults = dict[str, Identity](), list[Fault]()
    for line in lines:
        if line.billing in known and not line.billing_npi:
            continue
        npi = line.billing_npi or _npi_of(line.billing, providers)
        earlier = new.get(line.billing)
        if not npi:
            faults.append(Fault(line.line, f"{practice.key} has no provider with this NPI; add billing_npi."))
        elif earlier is not None and earlier.npi != npi:
            faults.append(Fault(line.line, f"billing {line.billing} has another NPI on an earlier line."))
        else:
            tax_id = line.tax_id or (earlier.tax_id if earlier else "")
            new[line.billing] = Identity(line.billing, npi, line.billing == GROUP, tax_id)
    own = tax_id_of(session, practice) if any(not one.tax_id for one in new.values()) else ""
    made = [one if one.tax_id or one.key in known else replace(one, tax_id=own) for one in new.values()]
    if made:
        save_identities(session, practice.id, made)
    save_streets(session, practice.id, {line.billing: line.street for line in lines if line.street})
    return faults


def _npi_of(billing: str, providers: Sequence[str]) -> str:
    """Give the NPI of a provider who bills alone, the first one's for the group; empty when there is none."""
    if billing == GROUP:
        return "".join(providers[:1])
    return billing if billing in providers else ""


def _wanted(line: PayerLine, names: Mapping[str | tuple[str, str], str]) -> list[Wanted]:
    name = line.payer_name or names.get((line.practice, line.payer)) or names.get(line.payer) or line.payer
    return [
        Wanted(
            line.payer,
            name,
            transaction,
            line.billing,
            line.payer_class or class_of(line.payer),
            line.is_required,
            line.clearinghouse,
            line.payer_id,
            line.cutover_on,
            line.expected_claims,
        )
        for transaction in line.transactions
    ]
