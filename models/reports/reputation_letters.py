"""Weekly reputation reports: queued once for each practice and week, their figures counted when they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import ring
from models.inputs.outgoing import Mailbox
from models.reports.insight_periods import week_before, week_of
from models.reports.insights import Insights, insights_of
from models.rules.calendars import office_moment
from models.rules.decisions import Process
from models.rules.insights import FEWEST
from models.rules.messages import MessageKind
from models.rules.onboarding_facts import JourneyStatus
from models.rules.roles import Role
from models.sealing import KeyDestroyedError, SealBrokenError
from models.store import messages
from models.store.contacts import Contact, load_contacts
from models.store.digest_letters import NOTHING_LEFT, QUIET
from models.store.digests import newest_journeys
from models.store.letters import NO_RECIPIENT, UNREADABLE
from models.store.messages import ClaimedMessage, NewMessage
from models.store.sets import among
from models.tables.feedback import FeedbackPolicyRow
from models.tables.practices import Practice

SILENT: Final = frozenset({JourneyStatus.PAUSED, JourneyStatus.CANCELLED})
"""A practice whose journey stands still or was ended is told nothing (O-45); a graduated one goes on."""
PORTAL: Final = "/staff/practices/{key}/reputation"


@dataclass(frozen=True, slots=True)
class ReputationLetter:
    """One practice's report of one local week: counts, stars and days, nobody's words and no names of patients."""

    message_id: str
    kind: MessageKind
    recipient: Mailbox = field(repr=False)
    locale: str
    practice: str
    practice_name: str
    zone: str
    link: str
    first: date
    last: date
    figures: Insights


def queue_weekly(session: Session, *, as_of: datetime, limit: int) -> int:
    """Queue the report of the last whole week for practices that ask for feedback, each once; gives how many are due.

    It goes out in the practice's office hours; whoever queued it before has done so for everybody.
    """
    asking = select(FeedbackPolicyRow.practice_id).distinct()
    found = session.scalars(select(Practice).where(Practice.id.in_(asking)).order_by(Practice.id).limit(limit)).all()
    journeys = newest_journeys(session, [one.id for one in found])
    wanted = [one for one in found if one.id not in journeys or journeys[one.id][1] not in SILENT]
    messages.queue(session, [_message(one, as_of) for one in wanted], as_of=as_of)
    ring(session)
    return len(wanted)


def _message(practice: Practice, as_of: datetime) -> NewMessage:
    week = week_before(as_of, zone=practice.zone).isoformat()
    return NewMessage(
        practice.id,
        Process.PRACTICE,
        practice.id,
        f"weekly_reputation:{week}",
        MessageKind.WEEKLY_REPUTATION,
        Role.PRIMARY_CONTACT,
        "",
        "",
        {"week": week},
        office_moment(as_of, zone=practice.zone, calendar=practice.calendar),
    )


def load_reputation_letters(
    session: Session, claimed: Sequence[ClaimedMessage], *, address: str, as_of: datetime
) -> dict[int, ReputationLetter | str]:
    """Load what each claimed report needs; one that nobody can receive, or with nothing to say, gives a code."""
    ids = {message.practice_id for message in claimed}
    practices = {one.id: one for one in session.scalars(select(Practice).where(among(session, Practice.id, ids)))}
    contacts, journeys = load_contacts(session, ids), newest_journeys(session, ids)
    found: dict[int, ReputationLetter | str] = {}
    for message in claimed:
        practice = practices[message.practice_id]
        if practice.id in journeys and journeys[practice.id][1] in SILENT:
            found[message.id] = QUIET
            continue
        try:
            reader = contacts.of(practice.id, role=message.to_role)
        except (KeyDestroyedError, SealBrokenError):
            found[message.id] = UNREADABLE  # the report of one practice; those of the others go out
            continue
        found[message.id] = _letter(session, message, practice, reader, address, as_of) if reader else NO_RECIPIENT
    return found


def _letter(
    session: Session, message: ClaimedMessage, practice: Practice, reader: Contact, address: str, as_of: datetime
) -> ReputationLetter | str:
    figures, first = weekly(session, practice, date.fromisoformat(str(message.fields["week"])), as_of=as_of)
    if is_silent(figures):
        return NOTHING_LEFT
    return ReputationLetter(
        message.message_id,
        message.kind,
        Mailbox(name=reader.name, address=reader.address),
        reader.locale,
        practice.key,
        practice.name,
        practice.zone,
        address + PORTAL.format(key=practice.key),
        first,
        first + timedelta(days=6),
        figures,
    )


def weekly(session: Session, practice: Practice, monday: date, *, as_of: datetime) -> tuple[Insights, date]:
    """Give the figures of one local week of a practice, as its portal counts them, and its Monday."""
    span = week_of(monday, zone=practice.zone)
    return insights_of(session, practice.id, span, (monday,), as_of=as_of), monday


def is_silent(figures: Insights) -> bool:
    """Say whether too little happened in a period for a report: fewer than five visits, and no answer waits."""
    return bool(figures.funnel["is_hidden"].all()) and figures.unread < FEWEST
