"""Cancellations over the built-in mailbox: they follow the invitations that went out, and only those."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from icalendar import Calendar
from sqlalchemy import select, update

from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.rules.messages import MessageKind
from models.rules.onboarding_events import AssignRole, Event, Pause, Resume, SkipStep
from models.rules.onboarding_facts import Reason
from models.rules.roles import Role
from models.settings import Settings
from models.tables.messages import Message, MessageState
from tests.factories import MONDAY, a_signed_journey, play
from tests.tasks.test_delivery import deliver

SKIP = SkipStep("welcome_call", Reason.NOT_NEEDED)
NEW_COACH = AssignRole(Role.SUCCESS_COACH, "manager-1")
OLD_COACH = AssignRole(Role.SUCCESS_COACH, "coach-1")
LATER = MONDAY + timedelta(minutes=10)


def notices(own: Settings) -> list[tuple[str, str, int, str]]:
    """List reader, method, sequence and organizer of every entry about the Welcome Call, oldest first."""
    found = []
    for mail in sorted(read_mailbox(own.mailbox_folder), key=lambda one: one.sent_at):
        for part in mail.calendars:
            calendar: Any = Calendar.from_ical(part.content)
            (event,) = calendar.walk("VEVENT")
            if str(event["UID"]).startswith("welcome-1."):
                reader = str(mail.to).partition("<")[2].strip(">") or str(mail.to)
                organizer = str(event["ORGANIZER"]).removeprefix("mailto:")
                found.append((reader, str(calendar["METHOD"]), int(event["SEQUENCE"]), organizer))
    return found


def outcomes(db: Database) -> dict[str, int]:
    query = select(Message.outcome).where(Message.kind == MessageKind.CALL_CANCELLED)
    found: Sequence[str] = db.read(lambda session: session.scalars(query).all())
    return {code: found.count(code) for code in set(found)}


def go_on(db: Database, journey: int, *events: Event) -> None:
    play(db, journey, events, as_of=LATER)


def test_a_skipped_call_is_called_off_for_everybody_who_was_invited(db: Database, own_settings: Settings) -> None:
    """O-41."""
    journey = a_signed_journey(db)
    deliver()
    go_on(db, journey, SKIP)
    deliver(LATER)
    coach = "coach-1@golive.example.com"
    assert sorted(notices(own_settings)) == [
        (coach, "CANCEL", 1, coach),
        (coach, "REQUEST", 0, coach),
        ("dana@example.com", "CANCEL", 1, coach),
        ("dana@example.com", "REQUEST", 0, coach),
    ]


def test_nobody_hears_that_a_call_is_off_who_never_heard_of_it(db: Database, own_settings: Settings) -> None:
    """O-41: both the invitation and its cancellation stay in the queue."""
    journey = a_signed_journey(db)
    go_on(db, journey, SKIP)
    deliver(LATER)
    assert notices(own_settings) == []
    assert outcomes(db) == {"never_invited": 2}


def test_a_coach_who_is_replaced_is_called_off_and_the_new_one_invited(db: Database, own_settings: Settings) -> None:
    """O-48: the one who leaves is reached although the role is somebody else's by then."""
    journey = a_signed_journey(db)
    deliver()
    go_on(db, journey, NEW_COACH)
    deliver(LATER)
    old, new = "coach-1@golive.example.com", "manager-1@golive.example.com"
    assert sorted(notices(own_settings)) == [
        (old, "CANCEL", 1, old),
        (old, "REQUEST", 0, old),
        ("dana@example.com", "REQUEST", 0, old),
        (new, "REQUEST", 1, new),
    ]
    (invitation,) = (mail for mail in read_mailbox(own_settings.mailbox_folder) if new in str(mail.to))
    assert "New time" not in str(invitation.subject)


def test_a_coach_who_is_replaced_before_the_invitation_went_out_gets_nothing(
    db: Database, own_settings: Settings
) -> None:
    """O-48."""
    journey = a_signed_journey(db)
    go_on(db, journey, NEW_COACH)
    deliver(LATER)
    assert {reader for reader, *_ in notices(own_settings)} == {"dana@example.com", "manager-1@golive.example.com"}
    assert outcomes(db) == {"never_invited": 1}


def test_a_coach_who_comes_back_has_the_call_again(db: Database, own_settings: Settings) -> None:
    """O-48: the last word is an invitation with a higher sequence than the cancellation."""
    journey = a_signed_journey(db)
    deliver()
    go_on(db, journey, NEW_COACH)
    deliver(LATER)
    play(db, journey, [OLD_COACH], as_of=LATER + timedelta(minutes=1))
    deliver(LATER + timedelta(minutes=1))
    mine = [(method, number) for who, method, number, _ in notices(own_settings) if who.startswith("coach-1@")]
    assert mine == [("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2)]


def test_an_invitation_of_which_nobody_knows_whether_it_arrived_is_called_off(db: Database) -> None:
    """O-41."""
    journey = a_signed_journey(db)
    deliver()
    db.transaction(lambda session: session.execute(update(Message).values(state=MessageState.UNKNOWN)))
    go_on(db, journey, SKIP)
    assert deliver(LATER)["sent"] >= 2
    assert outcomes(db) == {"accepted": 2}


def test_who_was_replaced_in_a_pause_is_not_told_of_a_date_that_is_over(db: Database) -> None:
    """O-45."""
    journey = a_signed_journey(db)
    deliver()
    go_on(db, journey, Pause(Reason.PRACTICE_ASKED), NEW_COACH)
    assert deliver(LATER) == {}
    after = LATER + timedelta(days=30)
    play(db, journey, [Resume()], as_of=after)
    deliver(after)
    assert outcomes(db) == {"superseded": 1}
