"""Who may be asked: the patients of visits with their duplicate records, consents, stops and what went out, in sets."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from models.rules.feedback import MOST_OMISSION, OPEN, Outcome
from models.rules.feedback_facts import Rival
from models.rules.feedback_timing import WEEK
from models.rules.messages import Channel
from models.store.sets import Named, listed, prepared
from models.tables.appointments import AppointmentRow
from models.tables.consent import ConsentRow, PatientContactRow, StopRow
from models.tables.feedback import FeedbackAttemptRow, FeedbackRequestRow
from models.tables.patients import PatientRow

LONGEST_MEMORY: Final = timedelta(days=MOST_OMISSION)
_COUNTED: Final = (Outcome.WAITING, Outcome.SENT, Outcome.UNSURE)
_PATIENTS, _CONTACTS, _CONSENTS, _STOPS = (
    one.metadata.tables[one.__tablename__] for one in (PatientRow, PatientContactRow, ConsentRow, StopRow)
)
_ATTEMPTS, _REQUESTS, _VISITS = (
    one.metadata.tables[one.__tablename__] for one in (FeedbackAttemptRow, FeedbackRequestRow, AppointmentRow)
)


class Record(NamedTuple):
    """One patient record as asking needs it; indexes are those of the address that is used (F-162).

    A stop is None where there is none, and true where a person still has to decide about it (F-205).
    """

    id: int
    practice_id: int
    phone_index: str
    email_index: str
    is_excluded: bool
    included_again_at: datetime | None
    is_archived: bool
    allows_texts: bool | None
    text_stop: bool | None
    email_stop: bool | None


class Sending(NamedTuple):
    """One feedback message that went out, may have gone out, or is on its way; `at` is UTC."""

    request: int
    number: int
    channel: str
    outcome: Outcome
    at: datetime


class Other(NamedTuple):
    """One request of a person's: when it was first sent, and whether it may still ask with nothing on its way."""

    id: int
    first_sent_at: datetime | None
    is_rival: bool
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of a batch of visits; a group is a record with those that may be the same person (F-161)."""

    records: Mapping[int, Record]
    groups: Mapping[int, frozenset[int]]
    sendings: Mapping[int, Sequence[Sending]]
    requests: Mapping[int, Sequence[Other]]

    def group(self, patient: int | None) -> frozenset[int]:
        """Name a record and its duplicates; nobody has none."""
        if patient is None:
            return frozenset()
        return self.groups.get(patient) or frozenset((patient,))

    def sendings_to(self, group: Collection[int]) -> list[Sending]:
        """List what went to a person, or is on its way, by whatever record."""
        return [one for record in group for one in self.sendings.get(record, ())]

    def others(self, group: Collection[int], request: int) -> list[Other]:
        """List a person's other requests, by whatever record."""
        return [one for record in group for one in self.requests.get(record, ()) if one.id != request]


def load_people(
    session: Session, patients: Collection[int], *, memory: timedelta = LONGEST_MEMORY, as_of: datetime
) -> People:
    """Load what is known of patients, each with its duplicate records, at a moment (UTC).

    `memory` is how far back an earlier request still matters: the longest omission period in question.
    """
    groups = _groups(session, patients)
    everybody = set(patients).union(*groups.values())
    return People(
        _records(session, everybody),
        groups,
        _sendings(session, everybody, as_of=as_of),
        _requests(session, everybody, since=as_of - memory),
    )


def rivals(others: Sequence[Other]) -> tuple[Rival, ...]:
    """Pick the requests that may still ask and have nothing sent or on its way."""
    return tuple(Rival(one.id, one.starts_at) for one in others if one.is_rival)


def group_of(session: Session, patient: int) -> frozenset[int]:
    """Name one record and its duplicates (F-161)."""
    return _groups(session, [patient]).get(patient) or frozenset((patient,))


def _groups(session: Session, patients: Collection[int]) -> dict[int, frozenset[int]]:
    """Find duplicate records: same phone, same email, or same name and date of birth, in either system's words."""
    found = defaultdict[int, set[int]](set)
    for patient, other in session.execute(_duplicates(session), listed(session, patients)).all():
        found[patient].add(other)
    return {patient: frozenset((*others, patient)) for patient, others in found.items()}


@prepared
def _duplicates(named: Named) -> CompoundSelect[Any]:
    names = ("phone_index", "email_index", "match_index")
    return union_all(*[join for name in names for join in _same(name, named)])


def _same(name: str, named: Named) -> list[Select[Any]]:
    """Join records to the others with the same index, in each table that holds it."""
    holders = [one for one in (_PATIENTS, _CONTACTS) if name in one.c]
    words = (
        select(_number(one).label("id"), one.c.practice_id, one.c[name]).where(named(_number(one)), one.c[name] != "")
        for one in holders
    )
    mine = union(*words).cte(f"my_{name}")  # both systems mostly hold the same words: looked for once
    queries = []
    for other in holders:
        is_same = and_(
            other.c.practice_id == mine.c.practice_id, other.c[name] == mine.c[name], _number(other) != mine.c.id
        )
        queries.append(select(mine.c.id, _number(other)).select_from(mine.join(other, is_same)))
    return queries


def _number(table: FromClause) -> ColumnElement[int]:
    return table.c["patient_id"] if "patient_id" in table.c else table.c["id"]


def _records(session: Session, ids: Collection[int]) -> dict[int, Record]:
    """Read records with the addresses that are used: the practice system's where it has one (F-162)."""
    return {row[0]: Record(*row) for row in session.execute(_wanted_records(session), listed(session, ids)).all()}


@prepared
def _wanted_records(named: Named) -> Select[Any]:
    patients, contacts = _PATIENTS.c, _CONTACTS.c
    phone = func.coalesce(func.nullif(contacts.phone_index, ""), patients.phone_index)
    email = func.coalesce(func.nullif(contacts.email_index, ""), patients.email_index)
    return (
        select(
            patients.id,
            patients.practice_id,
            phone,
            email,
            patients.is_excluded_from_surveys,
            patients.included_again_at,
            or_(patients.archived_at.is_not(None), patients.inactive_at.is_not(None)),
            _newest_consent(phone),
            _stop(phone, Channel.TEXT),
            _stop(email, Channel.EMAIL),
        )
        .select_from(_PATIENTS.outerjoin(_CONTACTS, contacts.patient_id == patients.id))
        .where(named(patients.id))
    )


def _newest_consent(phone: ColumnElement[str]) -> ColumnElement[bool]:
    """Ask for the newest line about a number in the ledger (F-201)."""
    return (
        select(_CONSENTS.c.is_given)
        .where(_CONSENTS.c.practice_id == _PATIENTS.c.practice_id, _CONSENTS.c.address_index == phone)
        .where(_CONSENTS.c.channel == Channel.TEXT.value, phone != "")
        .order_by(_CONSENTS.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _stop(address: ColumnElement[str], channel: Channel) -> ColumnElement[bool]:
    return (
        select(_STOPS.c.is_doubtful)
        .where(_STOPS.c.practice_id == _PATIENTS.c.practice_id, _STOPS.c.address_index == address)
        .where(_STOPS.c.channel == channel.value, _STOPS.c.lifted_at.is_(None), address != "")
        .limit(1)
        .scalar_subquery()
    )


def _sendings(session: Session, ids: Collection[int], *, as_of: datetime) -> dict[int, list[Sending]]:
    found = defaultdict[int, list[Sending]](list)
    wanted = listed(session, ids) | {"since": as_of - WEEK}
    for patient, *values in session.execute(_wanted_sendings(session), wanted).all():
        found[patient].append(Sending(*values))
    return found


@prepared
def _wanted_sendings(named: Named) -> Select[Any]:
    row = _ATTEMPTS.c
    return (
        select(row.patient_id, row.request_id, row.number, row.channel, row.outcome, row.at)
        .where(named(row.patient_id), row.at > bindparam("since"), row.outcome.in_(_COUNTED))
        .order_by(row.at, row.id)
    )


def _requests(session: Session, ids: Collection[int], *, since: datetime) -> dict[int, list[Other]]:
    found = defaultdict[int, list[Other]](list)
    wanted = listed(session, ids) | {"since": since}
    for patient, *values in session.execute(_wanted_requests(session), wanted).all():
        found[patient].append(Other(*values))
    return found


@prepared
def _wanted_requests(named: Named) -> Select[Any]:
    row = _REQUESTS.c
    is_rival = and_(row.state.in_(OPEN), row.first_sent_at.is_(None), row.waits_for.is_(None))
    return (
        select(row.patient_id, row.id, row.first_sent_at, is_rival, _VISITS.c.starts_at)
        .join(_VISITS, _VISITS.c.id == row.appointment_id)
        .where(named(row.patient_id))
        .where(or_(row.first_sent_at > bindparam("since"), is_rival))
        .order_by(row.id)
    )
