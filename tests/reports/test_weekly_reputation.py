"""The weekly report: queued once, counted at the claim, the same numbers as the portal's, nobody's words (F-092)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from models.db import Database
from models.inputs.outgoing import Mailbox, OutgoingMail
from models.reports.insight_periods import week_of
from models.reports.insights import insights_of
from models.reports.reputation_letters import ReputationLetter, load_reputation_letters, queue_weekly
from models.rules.messages import MessageKind
from models.rules.onboarding_facts import JourneyStatus
from models.store import messages
from models.store.digest_letters import NOTHING_LEFT, QUIET
from models.tables.messages import Message
from models.tables.onboarding import JourneyRow
from templates.letters import Sender
from templates.render import Letterhead
from templates.reputation_report import compose_reputation
from tests.reports.test_insights import Past
from tests.store.asking import an_asking

MONDAY = datetime(2026, 12, 7, 12, 10, tzinfo=UTC)
IN_THE_WEEK = datetime(2026, 12, 1, 17, tzinfo=UTC)
WEEK = date(2026, 11, 30)
SENDER = Sender(Mailbox(name="Success Team", address="team@example.com"), Letterhead())


@pytest.fixture
def past(db: Database) -> Past:
    return Past(an_asking(db))


def queued(db: Database, as_of: datetime = MONDAY) -> list[Message]:
    db.transaction(lambda s: queue_weekly(s, as_of=as_of, limit=100))
    query = select(Message).where(Message.kind == MessageKind.WEEKLY_REPUTATION)
    return list(db.read(lambda s: s.scalars(query).all()))


def loaded(db: Database) -> ReputationLetter | str:
    later = MONDAY + timedelta(hours=6)
    claim = db.transaction(lambda s: messages.claim_due(s, as_of=later, limit=10))
    found = [one for one in db.read(lambda s: messages.claimed(s, claim)) if one.kind is MessageKind.WEEKLY_REPUTATION]
    letters = db.read(lambda s: load_reputation_letters(s, found, address="https://portal.example.com", as_of=later))
    (letter,) = letters.values()
    return letter


def written(db: Database) -> tuple[ReputationLetter, OutgoingMail]:
    letter = loaded(db)
    assert isinstance(letter, ReputationLetter)
    return letter, compose_reputation(letter, sender=SENDER, as_of=MONDAY)


def test_a_practice_gets_one_report_of_a_week_in_its_office_hours(db: Database, past: Past) -> None:
    (one,) = queued(db)
    assert dict(one.fields) == {"week": "2026-11-30"}
    assert one.due_at == datetime(2026, 12, 7, 14, tzinfo=UTC)
    assert len(queued(db, MONDAY + timedelta(days=2))) == 1
    assert len(queued(db, MONDAY + timedelta(days=7))) == 2


def test_a_report_has_the_numbers_of_the_portal(db: Database, past: Past) -> None:
    past.answers(9, stars=5, at=IN_THE_WEEK)
    past.answers(3, at=IN_THE_WEEK)
    past.answers(8, stars=1, at=IN_THE_WEEK - timedelta(days=8))
    queued(db)
    letter, mail = written(db)
    span = week_of(WEEK, zone="America/New_York")
    portal = db.read(lambda s: insights_of(s, past.asking.practice, span, (WEEK,), as_of=MONDAY))
    assert (letter.figures.satisfied, letter.figures.stars_mean) == (portal.satisfied, portal.stars_mean)
    assert portal.satisfied is not None
    assert (portal.satisfied.count, portal.satisfied.of) == (9, 12)
    assert "75% (9 of 12" in mail.text
    assert "5.0 (9)" in mail.text
    csv = next(one.content.decode() for one in mail.attachments if one.name.endswith(".csv"))
    assert '"Answered","12","12","100.0%"' in csv


def test_the_same_figures_give_the_same_bytes(db: Database, past: Past) -> None:
    past.answers(9, stars=5, at=IN_THE_WEEK)
    queued(db)
    letter, mail = written(db)
    again = compose_reputation(letter, sender=SENDER, as_of=MONDAY)
    assert [one.content for one in mail.attachments] == [one.content for one in again.attachments]
    assert mail == again
    kinds = [one.name.rpartition(".")[2] for one in mail.attachments]
    assert kinds[-2:] == ["csv", "xlsx"]
    assert mail.attachments[0].content.startswith(b"%PDF-") or kinds == ["csv", "xlsx"]


def test_no_words_of_patients_travel_by_mail(db: Database, past: Past) -> None:
    """F-209: counts, stars and days; the words stay behind the sign-in."""
    past.answers(9, stars=5, at=IN_THE_WEEK, words="The nurse was kind to Rosa Marsh")
    queued(db)
    _, mail = written(db)
    sheets = b"".join(one.content for one in mail.attachments)
    assert "kind to" not in mail.text + mail.html
    assert b"kind to" not in sheets
    assert "Rosa" not in mail.text + mail.html
    assert "Provider" not in mail.text
    assert "https://portal.example.com/" in mail.text


def test_a_week_without_visits_is_not_reported(db: Database, past: Past) -> None:
    queued(db)
    assert loaded(db) == NOTHING_LEFT


@pytest.mark.parametrize("status", [JourneyStatus.PAUSED, JourneyStatus.CANCELLED])
def test_a_practice_whose_journey_stands_still_gets_no_report(db: Database, past: Past, status: JourneyStatus) -> None:
    """O-45."""
    past.answers(9, stars=5, at=IN_THE_WEEK)
    queued(db)
    db.transaction(lambda s: s.execute(update(JourneyRow).values(status=status)))
    has_journey = db.read(lambda s: s.scalar(select(JourneyRow.id).limit(1))) is not None
    if has_journey:
        assert loaded(db) == QUIET
        assert queued(db, MONDAY + timedelta(days=7))[0].fields == {"week": "2026-11-30"}
    else:
        assert isinstance(loaded(db), ReputationLetter)
