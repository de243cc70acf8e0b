"""The payer list of a practice: payers, ways, billing identities and enrollments, made once however often it comes."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.rules.decisions import Refusal
from models.rules.enrollment import ACTS, State
from models.rules.enrollment_decision import decide
from models.rules.enrollment_events import Create, Rank
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_journey import ranks
from models.rules.onboarding_events import AddPayers
from models.rules.onboarding_facts import Journey, Transaction
from models.sealing import INSTALLATION
from models.store import enrollment_journey, events
from models.store.enrollment import load_enrollments, of_practices
from models.store.enrollment_changes import Change, write_changes
from models.store.keys import keys_of
from models.store.onboarding import load_journeys
from models.store.onboarding_changes import Command, carry_out_command
from models.store.sets import among, insert_rows
from models.tables.base import new_id
from models.tables.enrollment import BillingIdentityRow, EnrollmentRow, PayerIdRow, PayerRow, SpanRow
from models.tables.onboarding import JourneyRow

GROUP: Final = "group"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who bills: the group or one provider; tax id and street are opened only to be sealed (E-01, E-03)."""

    key: str
    npi: str
    is_group: bool = True
    tax_id: str = field(default="", repr=False)
    street: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of a payer list: payer, what is to be set up there, and by which way (E-01, E-02)."""

    payer: str
    name: str
    transaction: Transaction
    identity: str = GROUP
    payer_class: str = "commercial"
    is_required: bool = True
    clearinghouse: str = "manual"
    payer_id: str = ""
    cutover_on: date | None = None
    expected_claims: int = 0


Lists = Mapping[int, Sequence[Wanted]]
"""Payer lists by practice."""


def save_payers(session: Session, payers: Mapping[str, tuple[str, str]]) -> None:
    """Store payers by key with name and class; a known one keeps what it has."""
    rows = [(key, name, payer_class) for key, (name, payer_class) in sorted(payers.items())]
    insert_rows(session, PayerRow, ("key", "name", "payer_class"), rows, unless="(key)")


def save_payer_ids(session: Session, ids: Sequence[tuple[str, str, str, str]]) -> None:
    """Store ids of payers: (payer, clearinghouse, transaction, id); known ones are left out (E-02)."""
    names = ("payer", "clearinghouse", "transaction", "payer_id")
    insert_rows(session, PayerIdRow, names, list(ids), unless='(payer, clearinghouse, "transaction", payer_id)')


def save_identities(session: Session, practice_id: int, identities: Sequence[Identity]) -> dict[str, int]:
    """Store billing identities of a practice, sealed; a known one gets the new NPI and tax id. Gives ids by key."""
    known = {
        row.key: row
        for row in session.scalars(select(BillingIdentityRow).where(BillingIdentityRow.practice_id == practice_id))
    }
    keys = keys_of(session, practice_id)
    index = keys_of(session, INSTALLATION)
    for one in identities:
        row = known.get(one.key)
        if row is None:
            row = BillingIdentityRow(id=new_id(), practice_id=practice_id, key=one.key)
            known[one.key] = row
            session.add(row)
        row.npi, row.is_group = one.npi, one.is_group
        blind = index.blind(one.tax_id.replace("-", ""), purpose="tax_id") if one.tax_id else row.tax_id_index
        if blind != row.tax_id_index:
            row.tax_id = keys.seal(one.tax_id, table="billing_identities", column="tax_id", row_id=row.id)
            row.tax_id_index = blind
        if one.street:
            row.street = keys.seal(one.street, table="billing_identities", column="street", row_id=row.id)
    session.flush()
    return {key: row.id for key, row in known.items()}


def save_streets(session: Session, practice_id: int, streets: Mapping[str, str]) -> None:
    """Store the streets of billing identities by key, sealed: clearinghouses and payers ask for them."""
    found = select(BillingIdentityRow).where(
        BillingIdentityRow.practice_id == practice_id, BillingIdentityRow.key.in_(streets)
    )
    keys = keys_of(session, practice_id)
    for row in session.scalars(found):
        row.street = keys.seal(streets[row.key], table="billing_identities", column="street", row_id=row.id)
    session.flush()


def begin_enrollments(
    session: Session, practice_id: int, wanted: Sequence[Wanted], *, by: str, key: str, as_of: datetime
) -> Counter[str]:
    """Begin what is on a payer list and not begun yet; the same list again changes nothing (E-01, E-44).

    The identities that the list names must be stored. Gives counts: "begun", "not_required", "known".
    """
    return begin_lists(session, {practice_id: wanted}, by=by, key=key, as_of=as_of)


def begin_lists(session: Session, lists: Lists, *, by: str, key: str, as_of: datetime) -> Counter[str]:
    """Begin the payer lists of many practices, as `begin_enrollments` does that of one."""
    events.lock_practices(session, lists)
    everything = [one for wanted in lists.values() for one in wanted]
    save_payers(session, {one.payer: (one.name, one.payer_class) for one in everything})
    save_payer_ids(session, sorted({_way(one) for one in everything if one.payer_id}))
    new = {new_id(): (practice, one) for practice, wanted in lists.items() for one in dict.fromkeys(wanted)}
    made = _insert(session, new, as_of=as_of)
    begun = {number: one for number, (_, one) in new.items() if number in made}
    _begin(session, begun, by=by, key=key, as_of=as_of)
    _plan(session, lists, by=by, key=key, as_of=as_of)
    enrollment_journey.feed_journeys(session, lists, as_of=as_of)
    rank_all(session, lists, by=by, as_of=as_of)
    counts = Counter("begun" if one.is_required else "not_required" for one in begun.values())
    return counts + Counter(known=len(new) - len(begun))


def _route(one: Wanted) -> tuple[str, str, date | None]:
    return one.clearinghouse, one.payer_id, one.cutover_on


def _way(one: Wanted) -> tuple[str, str, str, str]:
    return one.payer, one.clearinghouse, one.transaction.value, one.payer_id


def _insert(session: Session, new: Mapping[int, tuple[int, Wanted]], *, as_of: datetime) -> set[int]:
    """Insert draft rows where there is none of the same payer, transaction and identity; gives the ids made."""
    begun = ("id", "practice_id", "payer", "transaction", "identity_id", "state_since", "silent_since")
    names = (*begun, "clearinghouse", "payer_id", "cutover_on")
    known = _identities(session, {practice for practice, _ in new.values()})
    rows = [
        (number, practice, one.payer, one.transaction, known[practice, one.identity], as_of, as_of, *_route(one))
        for number, (practice, one) in new.items()
    ]
    fresh: dict[str, str | int] = {"state": State.DRAFT.value, "version": 1, "rung": 0, "attempt": 1, "generation": 1}
    fresh |= {"rank": 0, "median_gap_days": 0, "reason": ""}
    unless = '(practice_id, payer, "transaction", identity_id)'
    insert_rows(session, EnrollmentRow, names, rows, constants=fresh, unless=unless)
    return set(session.scalars(select(EnrollmentRow.id).where(among(session, EnrollmentRow.id, list(new)))))


def _identities(session: Session, practices: Collection[int]) -> dict[tuple[int, str], int]:
    query = select(BillingIdentityRow.practice_id, BillingIdentityRow.key, BillingIdentityRow.id)
    rows = session.execute(query.where(among(session, BillingIdentityRow.practice_id, practices)))
    return {(practice, key): number for practice, key, number in rows}


def _begin(session: Session, made: Mapping[int, Wanted], *, by: str, key: str, as_of: datetime) -> None:
    found = load_enrollments(session, made)
    spans = [(number, 1, 1, State.DRAFT, ACTS[State.DRAFT], "", as_of) for number in made]
    names = ("enrollment_id", "generation", "attempt", "state", "party", "reason", "since")
    insert_rows(session, SpanRow, names, spans)
    changes = [_created(found[number], one, by=by, key=key, as_of=as_of) for number, one in made.items()]
    write_changes(session, changes, as_of=as_of)


def _created(enrollment: Enrollment, one: Wanted, *, by: str, key: str, as_of: datetime) -> Change:
    decision = decide(enrollment, Create(one.is_required), as_of=as_of)
    if isinstance(decision, Refusal):
        raise TypeError(decision.code)
    return Change(enrollment, decision, key, by)


def _plan(session: Session, lists: Lists, *, by: str, key: str, as_of: datetime) -> None:
    """Plan in the journeys what their lists did not have, with the claims that the practices expect (E-04)."""
    for journey in _newest_journeys(session, lists, as_of=as_of):
        more, expected = _unplanned(journey, lists[journey.practice_id])
        if more:
            command = Command(journey.id, AddPayers(more, expected), by, f"{key}:payers")
            carry_out_command(session, command, as_of=as_of)


def _unplanned(journey: Journey, wanted: Sequence[Wanted]) -> tuple[dict[str, tuple[Transaction, ...]], dict[str, int]]:
    planned = {payer.key: payer.transactions for payer in journey.payers}
    more: dict[str, tuple[Transaction, ...]] = {}
    expected: dict[str, int] = {}
    for one in wanted:
        known = (*planned.get(one.payer, ()), *more.get(one.payer, ()))
        if one.transaction not in known:  # several identities name the same payer and transaction
            more[one.payer] = (*more.get(one.payer, ()), one.transaction)
        if one.payer not in planned:
            expected[one.payer] = max(one.expected_claims, expected.get(one.payer, 0))
    return more, expected


def _newest_journeys(session: Session, practices: Collection[int], *, as_of: datetime) -> Collection[Journey]:
    query = select(func.max(JourneyRow.id)).where(among(session, JourneyRow.practice_id, practices))
    newest = session.scalars(query.group_by(JourneyRow.practice_id)).all()
    return load_journeys(session, newest, as_of=as_of).values()


def rank_payers(session: Session, practice_id: int, *, by: str, as_of: datetime) -> int:
    """Give the enrollments of a practice the places of their payers among the top three (E-04)."""
    return rank_all(session, [practice_id], by=by, as_of=as_of)


def rank_all(session: Session, practices: Collection[int], *, by: str, as_of: datetime) -> int:
    """Give the enrollments of many practices the places of their payers; gives how many got another one."""
    events.lock_practices(session, practices)
    places = {one.practice_id: ranks(one.payers) for one in _newest_journeys(session, practices, as_of=as_of)}
    changes = []
    for practice, enrollments in of_practices(session, practices).items():
        for one in enrollments if practice in places else ():
            place = places[practice].get(one.payer, 0)
            decision = decide(one, Rank(place), as_of=as_of)
            if not isinstance(decision, Refusal) and place != one.rank:
                changes.append(Change(one, decision, f"rank:{one.version}:{place}", by))
    write_changes(session, changes, as_of=as_of)
    return len(changes)
