"""Digests: made once for each reader and day, and read again when they are sent, so that what is over is left out."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, select, text, update
from sqlalchemy.orm import Session

from models.db import ring
from models.rules.calendars import Calendar
from models.rules.decisions import Process
from models.rules.digests import office_day, reader_of
from models.rules.messages import MessageKind
from models.rules.onboarding_facts import JourneyStatus
from models.rules.roles import Party, Role
from models.store import events, messages
from models.store.messages import NewMessage
from models.store.sets import among, insert_rows, update_rows
from models.tables.base import new_id
from models.tables.enrollment import DigestRow, NoticeRow
from models.tables.messages import MessageState
from models.tables.onboarding import JourneyRow
from models.tables.practices import Practice, RoleAssignment, Staff

DIGESTS: Final = frozenset({MessageKind.ENROLLMENT_DIGEST, MessageKind.ENROLLMENT_DIGEST_STAFF})
_IS_PENDING = text("enrollment_notices.state = 'pending'")  # as the partial index says it
_TOLD: Final = frozenset({MessageState.SENT, MessageState.UNKNOWN})


class _Bundle(NamedTuple):
    """The lines of one practice that wait for whoever holds one role."""

    practice: int
    role: Role
    zone: str
    calendar: Calendar


class _Reader(NamedTuple):
    """One person: one of our staff by short name, or whoever is a practice's contact."""

    key: str
    staff: str = ""


class _Digest(NamedTuple):
    """What one reader gets on one day; the first bundle names the practice and the role by which it is addressed."""

    reader: _Reader
    day: date
    bundles: tuple[_Bundle, ...]


def make_digests(session: Session, *, as_of: datetime, limit: int) -> Counter[str]:
    """Make the digests that are due and queue their mails; gives counts of digests and lines, none when none is due.

    A reader is due when it is office hours in one of the practices whose lines wait, and there was no digest on that
    local day. Whoever inserts the day's row sends it: two at once make one.
    """
    due = _due(session, as_of=as_of)[:limit]
    events.lock_practices(session, {bundle.practice for one in due for bundle in one.bundles})
    lines = _lines_of(session, due)
    made = _insert(session, {new_id(): one for one in due if lines.get(one.reader)}, lines, as_of=as_of)
    rows = [(number, line) for number, one in made.items() for line in lines[one.reader]]
    update_rows(session, NoticeRow, ("digest_id", "id"), rows)
    messages.queue(session, [_message(number, one, as_of) for number, one in made.items()], as_of=as_of)
    ring(session)
    return +Counter({"digests": len(made), "lines": len(rows)})


def _due(session: Session, *, as_of: datetime) -> Sequence[_Digest]:
    """List what readers would get now, in the order of their names, less what was made on the same day."""
    found = _addressed(session, _bundles(session))
    wanted = [one for reader in sorted(found) if (one := _digest(reader, found[reader], as_of=as_of))]
    days = {one.day for one in wanted}
    query = select(DigestRow.reader, DigestRow.day).where(DigestRow.day.in_(days))
    made = set(session.execute(query).tuples()) if days else set()
    return [one for one in wanted if (one.reader.key, one.day) not in made]


def _bundles(session: Session) -> list[_Bundle]:
    query = (
        select(NoticeRow.practice_id, NoticeRow.role, Practice.zone, Practice.calendar)
        .join(Practice, Practice.id == NoticeRow.practice_id)
        .where(_IS_PENDING, NoticeRow.digest_id.is_(None))
        .distinct()
    )
    return [_Bundle(*row) for row in session.execute(query)]


def _addressed(session: Session, bundles: Collection[_Bundle]) -> Mapping[_Reader, list[_Bundle]]:
    """Say who is told what; what nobody can be told, or may be told now, waits."""
    practices = {one.practice for one in bundles}
    holders, journeys = _holders(session, practices), newest_journeys(session, practices)
    found: dict[_Reader, list[_Bundle]] = {}
    for one in sorted(bundles):
        if one.role.party is not Party.PRACTICE:
            staff = reader_of(one.role, holders.get(one.practice, {}))
            if staff:
                found.setdefault(_Reader(f"staff:{staff}", staff), []).append(one)
        elif not is_quiet(journeys, one.practice):
            found.setdefault(_Reader(f"practice:{one.practice}"), []).append(one)
    return found


def _holders(session: Session, practices: Collection[int]) -> dict[int, dict[Role, str]]:
    query = (
        select(RoleAssignment.practice_id, RoleAssignment.role, Staff.key)
        .join(Staff, Staff.id == RoleAssignment.staff_id)
        .where(among(session, RoleAssignment.practice_id, practices), RoleAssignment.until.is_(None), Staff.is_active)
    )
    holders: dict[int, dict[Role, str]] = {}
    for practice, role, key in session.execute(query):
        holders.setdefault(practice, {})[role] = key
    return holders


def newest_journeys(session: Session, practices: Collection[int]) -> dict[int, tuple[int, JourneyStatus]]:
    """Give the newest journey of each practice with its status."""
    query = select(JourneyRow.practice_id, JourneyRow.id, JourneyRow.status)
    rows = session.execute(query.where(among(session, JourneyRow.practice_id, practices)).order_by(JourneyRow.id))
    return {practice: (journey, status) for practice, journey, status in rows}


def is_quiet(journeys: Mapping[int, tuple[int, JourneyStatus]], practice: int) -> bool:
    """Say whether nothing is sent to a practice, since its journey is paused, cancelled or graduated (O-45)."""
    return practice in journeys and journeys[practice][1] is not JourneyStatus.ACTIVE


def _digest(reader: _Reader, bundles: Sequence[_Bundle], *, as_of: datetime) -> _Digest | None:
    days = [office_day(as_of, zone=one.zone, calendar=one.calendar) for one in bundles]
    day = max((day for day in days if day is not None), default=None)
    return None if day is None else _Digest(reader, day, tuple(bundles))


def _lines_of(session: Session, due: Sequence[_Digest]) -> dict[_Reader, list[int]]:
    """List the lines that still wait, once nobody can take them back any more."""
    readers = {(bundle.practice, bundle.role): one.reader for one in due for bundle in one.bundles}
    query = select(NoticeRow.id, NoticeRow.practice_id, NoticeRow.role).where(
        _IS_PENDING,
        NoticeRow.digest_id.is_(None),
        among(session, NoticeRow.practice_id, {practice for practice, _ in readers}),
    )
    lines: dict[_Reader, list[int]] = {}
    for number, practice, role in session.execute(query.order_by(NoticeRow.id)):
        if (practice, role) in readers:
            lines.setdefault(readers[practice, role], []).append(number)
    return lines


def _insert(
    session: Session, wanted: Mapping[int, _Digest], lines: Mapping[_Reader, Sequence[int]], *, as_of: datetime
) -> dict[int, _Digest]:
    """Insert the rows of the day; what somebody else inserted before is left to them."""
    names = ("id", "practice_id", "reader", "day", "lines", "created_at")
    rows = [
        (number, one.bundles[0].practice, one.reader.key, one.day, len(lines[one.reader]), as_of)
        for number, one in wanted.items()
    ]
    insert_rows(session, DigestRow, names, rows, unless="(reader, day)")
    ours = session.scalars(select(DigestRow.id).where(among(session, DigestRow.id, wanted)))
    return {number: wanted[number] for number in ours}


def _message(number: int, one: _Digest, as_of: datetime) -> NewMessage:
    """Address the mail; it goes by the practice, so that one which cannot be delivered is seen there."""
    first = one.bundles[0]
    kind = MessageKind.ENROLLMENT_DIGEST_STAFF if one.reader.staff else MessageKind.ENROLLMENT_DIGEST
    return NewMessage(
        first.practice,
        Process.PRACTICE,
        first.practice,
        f"digest:{number}",
        kind,
        first.role,
        one.reader.staff,
        "",
        {"digest": number},
        as_of,
    )


def settle_digest(session: Session, digest: int, state: MessageState) -> None:
    """Write down what became of a digest's mail: its lines are told, or wait for the next one."""
    if state in _TOLD:
        _change(session, NoticeRow.digest_id == digest, state="told")
    elif state in messages.SETTLED:
        _change(session, NoticeRow.digest_id == digest, digest_id=None)


def _change(session: Session, which: ColumnElement[bool], **new: object) -> None:
    session.execute(
        update(NoticeRow).where(which, _IS_PENDING).values(**new).execution_options(synchronize_session=False)
    )
