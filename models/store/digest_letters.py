"""Letters of digests: claimed mails with their readers' names opened, and the lines that still hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.inputs.letters import DigestLetter
from models.inputs.outgoing import Mailbox
from models.rules.calendars import local_day
from models.rules.digests import Line, in_order
from models.rules.enrollment_facts import Enrollment, NoticeKind
from models.rules.messages import MessageKind
from models.rules.onboarding_facts import JourneyStatus
from models.rules.roles import Role
from models.sealing import KeyDestroyedError, SealBrokenError
from models.store.contacts import Contact, Contacts, load_contacts
from models.store.digests import is_quiet, newest_journeys
from models.store.enrollment import load_enrollments
from models.store.letters import NO_RECIPIENT, UNREADABLE
from models.store.messages import ClaimedMessage
from models.store.practices import token_of
from models.store.sets import among
from models.tables.enrollment import NoticeRow, PayerRow
from models.tables.practices import Practice

NOTHING_LEFT = "nothing_to_say"
QUIET = "journey_not_under_way"
_STILL_HOLD = ("pending", "told")  # told: an attempt of which nobody knew, made again


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the digests of a batch need."""

    practices: Mapping[int, Practice]
    contacts: Contacts
    journeys: Mapping[int, tuple[int, JourneyStatus]]
    lines: Mapping[int, Sequence[Line]]


def load_digest_letters(
    session: Session, claimed: Sequence[ClaimedMessage], *, address: str
) -> dict[int, DigestLetter | str]:
    """Load what each claimed digest needs; one that nobody can receive, or with nothing left, gives a code instead.

    `address` is the public address of the web site, without a slash at its end.
    """
    batch = _load_batch(session, claimed)
    return {message.id: _letter(message, batch, address) for message in claimed}


def _load_batch(session: Session, claimed: Sequence[ClaimedMessage]) -> _Batch:
    practices = {message.practice_id for message in claimed}
    found = session.scalars(select(Practice).where(among(session, Practice.id, practices)))
    return _Batch(
        {practice.id: practice for practice in found},
        load_contacts(session, practices, named={message.to_person for message in claimed if message.to_person}),
        newest_journeys(session, practices),
        _lines(session, [_digest_of(message) for message in claimed]),
    )


def _digest_of(message: ClaimedMessage) -> int:
    return int(message.fields["digest"] or 0)


def _lines(session: Session, digests: Sequence[int]) -> dict[int, list[Line]]:
    query = select(NoticeRow.digest_id, NoticeRow.enrollment_id, NoticeRow.kind).where(
        among(session, NoticeRow.digest_id, digests),
        NoticeRow.state.in_(_STILL_HOLD),
    )
    rows = session.execute(query.order_by(NoticeRow.id)).tuples().all()
    enrollments = load_enrollments(session, {enrollment for _, enrollment, _ in rows})
    names = _names(session, enrollments)
    lines: dict[int, list[Line]] = {}
    for digest, enrollment, kind in rows:
        lines.setdefault(digest or 0, []).append(_line(kind, enrollments[enrollment], names))
    return lines


_Names = tuple[Mapping[str, str], Mapping[str, str]]


def _names(session: Session, enrollments: Mapping[int, Enrollment]) -> _Names:
    """Give the names of payers and practices by their keys."""
    payers = select(PayerRow.key, PayerRow.name).where(PayerRow.key.in_({one.payer for one in enrollments.values()}))
    ids = {one.practice_id for one in enrollments.values()}
    practices = select(Practice.key, Practice.name).where(among(session, Practice.id, ids))
    return dict(session.execute(payers).tuples().all()), dict(session.execute(practices).tuples().all())


def _line(kind: NoticeKind, enrollment: Enrollment, names: _Names) -> Line:
    payers, practices = names
    return Line(
        kind,
        practices[enrollment.practice],
        payers[enrollment.payer],
        enrollment.transaction,
        enrollment.state,
        local_day(enrollment.state_since, enrollment.zone),
        enrollment.rank,
        tuple(sorted(need for need, is_given in enrollment.needs.items() if not is_given)),
        enrollment.expires_on if kind is NoticeKind.RECERTIFY else None,
    )


def _letter(message: ClaimedMessage, batch: _Batch, address: str) -> DigestLetter | str:
    is_to_practice = message.kind is MessageKind.ENROLLMENT_DIGEST
    if is_to_practice and is_quiet(batch.journeys, message.practice_id):
        return QUIET
    lines = batch.lines.get(_digest_of(message))
    if not lines:
        return NOTHING_LEFT
    try:
        reader = batch.contacts.of(message.practice_id, role=message.to_role, person=message.to_person)
        coach = batch.contacts.of(message.practice_id, role=Role.SUCCESS_COACH) if is_to_practice else None
        link = _private_link(message, batch, address) if is_to_practice else f"{address}/staff/enrollments"
    except (KeyDestroyedError, SealBrokenError):
        return UNREADABLE  # the letter of one reader; those of the others go out
    if reader is None:
        return NO_RECIPIENT
    practice = batch.practices[message.practice_id]
    return DigestLetter(
        message.message_id,
        message.kind,
        _mailbox(reader),
        reader.locale,
        practice.name,
        practice.zone,
        link,
        in_order(lines),
        _mailbox(coach) if coach else None,
    )


def _private_link(message: ClaimedMessage, batch: _Batch, address: str) -> str:
    journey = batch.journeys.get(message.practice_id)
    if journey is None:
        return ""
    return f"{address}/j/{token_of(batch.contacts.keys[message.practice_id], journey[0])}/enrollments"


def _mailbox(contact: Contact) -> Mailbox:
    return Mailbox(name=contact.name, address=contact.address)
