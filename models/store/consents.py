"""The ledger of consent by address: lines are added and never changed; the newest one decides (F-201)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.consent import STOP_WORDING, Source
from models.rules.feedback import Outcome
from models.rules.messages import Channel
from models.store.sets import among
from models.tables.consent import ConsentRow
from models.tables.feedback import FeedbackAttemptRow

AT_ONCE: Final = 500
_MAY_BE_OUT: Final = (Outcome.SENT, Outcome.UNSURE)


class ConsentLine(NamedTuple):
    """One line to be added: for a number of a practice, by its blind index; `by` wrote it where the person did not."""

    practice_id: int
    address_index: str
    is_given: bool
    source: Source
    wording: str
    locale: str = "en"
    patient: int | None = None
    appointment: int | None = None
    by: str = ""
    channel: Channel = Channel.TEXT


@dataclass(frozen=True, slots=True)
class Consent:
    """One line of the ledger as it stands; `at` is UTC."""

    id: int
    is_given: bool
    source: Source
    wording: str
    locale: str
    appointment: int | None
    by: str
    at: datetime


class AcceptedText(NamedTuple):
    """One text about feedback that the provider took, or may have taken; `at` is UTC."""

    request: int
    number: int
    outcome: Outcome
    at: datetime


def record(session: Session, *lines: ConsentLine, at: datetime) -> None:
    """Add lines with the moment (UTC) at which consent was given or withdrawn; their practices are locked."""
    for line in lines:
        session.add(
            ConsentRow(
                practice_id=line.practice_id,
                patient_id=line.patient,
                appointment_id=line.appointment,
                address_index=line.address_index,
                channel=line.channel,
                is_given=line.is_given,
                source=line.source,
                wording=line.wording,
                locale=line.locale,
                by=line.by,
                at=at,
            )
        )
    session.flush()


def withdraw(
    session: Session, practice_id: int, address_index: str, *, wording: str = STOP_WORDING, locale: str, at: datetime
) -> None:
    """Add the line of a person who wants no more texts (F-205)."""
    line = ConsentLine(practice_id, address_index, is_given=False, source=Source.TEXT, wording=wording, locale=locale)
    record(session, line, at=at)


def newest(session: Session, practice_id: int, address_index: str) -> Consent | None:
    """Give the line that decides about texts to a number."""
    found = lines_of(session, practice_id, [address_index])
    return found[-1] if found else None


def lines_of(session: Session, practice_id: int, addresses: Collection[str]) -> list[Consent]:
    """List all lines about numbers of a practice, the oldest first."""
    row, found = ConsentRow, list[Consent]()
    wanted = sorted({one for one in addresses if one})
    for start in range(0, len(wanted), AT_ONCE):
        query = select(
            row.id, row.is_given, row.source, row.wording, row.locale, row.appointment_id, row.by, row.at
        ).where(
            row.practice_id == practice_id,
            row.channel == Channel.TEXT,
            row.address_index.in_(wanted[start : start + AT_ONCE]),
        )
        found += [Consent(*one) for one in session.execute(query)]
    return sorted(found, key=lambda one: one.id)


def accepted_texts(session: Session, patients: Collection[int]) -> list[AcceptedText]:
    """List the feedback texts to patients that a provider took or may have taken, the oldest first."""
    row = FeedbackAttemptRow
    query = (
        select(row.request_id, row.number, row.outcome, row.at)
        .where(among(session, row.patient_id, patients), row.channel == Channel.TEXT.value)
        .where(row.outcome.in_(_MAY_BE_OUT))
        .order_by(row.at, row.id)
    )
    return [AcceptedText(*one) for one in session.execute(query)]


def consent_before(lines: Collection[Consent], moment: datetime) -> Consent | None:
    """Give the line that allowed a text at a moment: the newest of those that are older, if it gave consent (F-201)."""
    earlier = [one for one in lines if one.at < moment]
    return earlier[-1] if earlier and earlier[-1].is_given else None
