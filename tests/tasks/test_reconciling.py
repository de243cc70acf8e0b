"""I18: a restore sends nothing twice; what nobody can tell is visibly unknown."""

import os
import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from models.db import Database, open_database, use_database
from models.inputs.mailbox import read_mailbox, read_texts
from models.inputs.outgoing import OutgoingText
from models.rules.messages import Channel
from models.rules.onboarding_events import Event, RecordCall, SignAgreement
from models.rules.onboarding_facts import CallOutcome
from models.settings import Settings, use_settings
from models.store import restores
from models.store.onboarding_changes import Recorded
from models.tables.feedback import FeedbackRequestRow
from models.tables.messages import Message, MessageState
from models.tables.restores import RestoreRow
from models.tables.work_items import WorkItem
from tasks import clearinghouse
from tasks import messages as delivery
from tasks import onboarding as sweeps
from tasks.backups import make_backup
from tasks.connectors import registry
from tasks.connectors.local import MailboxMailer, MailboxTexter
from tasks.connectors.ports import Sight
from tasks.policy import TaskFailed
from tasks.reconciling import reconcile, release
from tasks.restoring import restore_beside
from tests import postgres
from tests.connectors.faulty import Fault, FaultyMailer
from tests.factories import MONDAY, a_journey, a_signed_journey, record
from tests.keeping import with_tools
from tests.sides import CALENDAR, both_sides
from tests.store.asking import an_asking
from tests.store.submitting import NOON

HALF_DAY = timedelta(hours=12)
COACH = "coach-1"
WHOLE = bool(os.environ.get("GOLIVE_TEST_WHOLE"))
"""Whether PostgreSQL plays every moment too; SQLite does with every run."""
ACTS: dict[int, Event] = {
    3: RecordCall("welcome", CallOutcome.HELD),
    21: RecordCall("handoff", CallOutcome.HELD),
}


def fire(as_of: datetime) -> None:
    for size in sweeps.batches_of_journeys(as_of=as_of, limit=1000):
        sweeps.advance_journeys.fn(size, as_of=as_of)
    for claim in sweeps.claims_of_whole_journeys(as_of=as_of, limit=1000):
        sweeps.advance_whole_journeys.fn(claim, as_of=as_of)


def deliver(as_of: datetime) -> None:
    delivery.recover_messages(as_of=as_of)
    for claim in delivery.claims_of_messages(as_of=as_of, limit=1000):
        delivery.deliver_messages.fn(claim, as_of=as_of)


def drain(as_of: datetime) -> None:
    """Do what the standing dispatch does at a moment."""
    for _ in range(2):  # what is sent may lead to more
        fire(as_of)
        deliver(as_of)


def mails(chosen: Settings) -> Counter[tuple[str, str, str]]:
    return Counter((mail.to, mail.subject, mail.text) for mail in read_mailbox(chosen.mailbox_folder))


@dataclass
class Played:
    """A journey played to its end on one database, with a backup at each of many moments."""

    db: Database
    chosen: Settings
    backups: list[Path]
    end: datetime


def play(db: Database, chosen: Settings, *, steps: int, moments: Collection[int]) -> Played:
    """Act, fire and deliver every half day; every second backup is made between what fell due and its delivery."""
    journey = a_signed_journey(db)
    made: list[Path] = []
    for step in range(steps):
        at = MONDAY + step * HALF_DAY
        if step in ACTS:
            record(db, journey, ACTS[step], as_of=at)
        fire(at)
        if step % 2 and step in moments:
            made.append(backed_up(db, chosen, at))
        drain(at)
        if not step % 2 and step in moments:
            made.append(backed_up(db, chosen, at + timedelta(hours=1)))
    return Played(db, chosen, made, MONDAY + steps * HALF_DAY)


def backed_up(db: Database, chosen: Settings, at: datetime) -> Path:
    """Make a backup and keep it where no later one of the same day takes its place."""
    path = make_backup(db, chosen, as_of=at).backup.path
    kept = chosen.home / "kept"
    kept.mkdir(exist_ok=True)
    return path.rename(kept / path.name)


@contextmanager
def restored(played: Played, backup: Path, *, number: int, **how: datetime) -> Iterator[tuple[Database, Settings]]:
    """Restore into a world in which everything that was sent has arrived."""
    home = played.chosen.home / f"world-{number}"
    shutil.copytree(played.chosen.mailbox_folder, home / "mailbox")
    shutil.copy(played.chosen.keys_file, home)
    made = restore_beside(backup, played.chosen, as_of=played.end, **how)
    other = open_database(played.db.url.set(database=made.place))
    try:
        with use_database(other), use_settings(played.chosen.model_copy(update={"home": home})) as chosen:
            yield other, chosen
    finally:
        other.close()
        if played.db.is_sqlite:
            Path(made.place).unlink()
        else:
            postgres.execute(played.db.url, f'DROP DATABASE "{made.place}" WITH (FORCE)')


def names(db: Database) -> dict[str, tuple[object, ...]]:
    """Give what makes a message unique by the first part of its Message-ID."""
    query = select(Message.id, Message.process, Message.process_id, Message.key)
    return {str(number): tuple(rest) for number, *rest in db.read(lambda s: s.execute(query).all())}


def go_on(end: datetime, *, days: int) -> None:
    for day in range(days):
        drain(end + timedelta(days=day))


def helpless(db: Database) -> list[int]:
    """Name the messages that nobody knows of and nobody is asked about."""
    unknown = select(Message.id).where(Message.state == MessageState.UNKNOWN)
    asked = select(WorkItem.key).where(WorkItem.closed_at.is_(None))
    keys = set(db.read(lambda s: s.scalars(asked).all()))
    return [number for number in db.read(lambda s: s.scalars(unknown).all()) if f"message.{number}" not in keys]


def played_at(db: Database, own_settings: Settings, *, steps: int, moments: Collection[int]) -> Played:
    chosen = with_tools(
        own_settings,
        database_url=db.url.render_as_string(hide_password=False),
        postal_address="1 Example Street, Albany NY 12207",
    )
    with use_settings(chosen):
        return play(db, chosen, steps=steps, moments=moments)


def restore_each(played: Played) -> Counter[str]:
    """Restore every backup, go on from each, and find each message at most once; count what became of them."""
    states = Counter[str]()
    first = names(played.db)
    for number, backup in enumerate(played.backups):
        with restored(played, backup, number=number) as (db, chosen):
            drain(played.end)
            assert mails(chosen) == mails(played.chosen), "nothing goes out in quarantine"
            assert reconcile(as_of=played.end).is_done
            assert release(by=COACH, as_of=played.end).is_done
            go_on(played.end, days=6)
            known = first | names(db)
            found = read_mailbox(chosen.mailbox_folder)
            sent = Counter(known[mail.message_id.partition(".")[0]] for mail in found)
            assert max(sent.values()) == 1
            assert max(mails(chosen).values()) == 1
            assert len(found) > len(read_mailbox(played.chosen.mailbox_folder)), "life goes on"
            assert helpless(db) == []
            states.update(db.read(lambda s: [one.value for one in s.scalars(select(Message.state))]))
    return states


def test_a_restore_sends_nothing_twice(db: Database, own_settings: Settings) -> None:
    """I18."""
    played = played_at(db, own_settings, steps=7, moments=(2, 5))
    assert set(restore_each(played)) <= {"sent", "unknown", "cancelled"}


@pytest.mark.slow
def test_restoring_at_twenty_moments_sends_nothing_twice(db: Database, own_settings: Settings) -> None:
    """I18."""
    if not (db.is_sqlite or WHOLE):
        pytest.skip("set GOLIVE_TEST_WHOLE=1 to play these moments on PostgreSQL too")
    played = played_at(db, own_settings, steps=22, moments=range(1, 21))
    assert len(played.backups) == 20
    states = restore_each(played)
    assert states["sent"] > 20
    assert states["unknown"] > 0
    assert set(states) <= {"sent", "unknown", "cancelled"}


@pytest.fixture
def signed(db: Database, own_settings: Settings) -> Iterator[Played]:
    """Give a backup of a journey whose first three mails are due, and wait in the queue."""
    a_signed_journey(db)
    chosen = with_tools(own_settings, database_url=db.url.render_as_string(hide_password=False))
    chosen.mailbox_folder.mkdir()
    with use_settings(chosen):
        backup = make_backup(db, chosen, as_of=MONDAY + timedelta(minutes=1)).backup.path
        yield Played(db, chosen, [backup], MONDAY + timedelta(hours=5))


def states(db: Database) -> Counter[str]:
    return Counter(one.value for one in db.read(lambda s: s.scalars(select(Message.state)).all()))


def test_what_surely_was_not_sent_goes_out_once_it_is_released(signed: Played) -> None:
    with restored(signed, signed.backups[0], number=0) as (db, chosen):
        done = reconcile(as_of=signed.end)
        assert "3 surely were not sent and will be" in done.sentence
        assert states(db) == {"pending": 3}
        deliver(signed.end)
        assert len(read_mailbox(chosen.mailbox_folder)) == 0
        assert release(by=COACH, as_of=signed.end).is_done
        deliver(signed.end)
        assert len(read_mailbox(chosen.mailbox_folder)) == 3
        assert release(by=COACH, as_of=signed.end).sentence.startswith("The database is not in quarantine")


def test_what_was_sent_since_the_backup_is_found_and_counts_as_sent(signed: Played) -> None:
    deliver(MONDAY + timedelta(hours=1))
    with restored(signed, signed.backups[0], number=0) as (db, _):
        assert "3 were found at their providers" in reconcile(as_of=signed.end).sentence
        assert states(db) == {"sent": 3}


def test_what_a_mail_server_cannot_tell_is_unknown_with_a_work_item(
    signed: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot_tell(_: MailboxMailer, message_id: str) -> Sight:
        assert message_id.endswith("@golive.invalid")
        return Sight.CANNOT_TELL

    monkeypatch.setattr(MailboxMailer, "look_up", cannot_tell)
    with restored(signed, signed.backups[0], number=0) as (db, chosen):
        assert reconcile(as_of=signed.end).is_done
        assert states(db) == {"unknown": 3}
        assert helpless(db) == []
        assert release(by=COACH, as_of=signed.end).is_done
        drain(signed.end)
        assert len(read_mailbox(chosen.mailbox_folder)) == 0


def test_an_attempt_that_failed_since_the_backup_hides_none_that_came_through(
    signed: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailer = FaultyMailer(MailboxMailer(signed.chosen.mailbox_folder), (), opening=[Fault.UNAVAILABLE])
    with monkeypatch.context() as patch:
        patch.setattr(registry, "mailer", lambda _: mailer)
        deliver(MONDAY + timedelta(hours=1))
        deliver(MONDAY + timedelta(hours=2))
    assert {mail.message_id.split(".")[1][0] for mail in read_mailbox(signed.chosen.mailbox_folder)} == {"2"}
    with restored(signed, signed.backups[0], number=0) as (db, _):
        assert "3 were found" in reconcile(as_of=signed.end).sentence
        assert states(db) == {"sent": 3}


def test_what_fell_due_after_the_lost_database_stopped_is_not_doubted(signed: Played) -> None:
    deliver(MONDAY + timedelta(hours=1))
    stopped = MONDAY + timedelta(hours=2)
    played = Played(signed.db, signed.chosen, signed.backups, MONDAY + timedelta(days=4))
    with restored(played, played.backups[0], number=0, stopped_at=stopped) as (db, chosen):
        assert reconcile(as_of=played.end).is_done
        assert release(by=COACH, as_of=played.end).is_done
        drain(played.end)
        assert states(db)["unknown"] == 0
        assert len(read_mailbox(chosen.mailbox_folder)) > 3, "the silence of the outage has its reminder"


def test_what_people_record_anew_in_quarantine_is_doubted_as_well(db: Database, own_settings: Settings) -> None:
    journey = a_journey(db)
    chosen = with_tools(own_settings, database_url=db.url.render_as_string(hide_password=False))
    backup = make_backup(db, chosen, as_of=MONDAY).backup.path
    signed, end = SignAgreement(MONDAY.date()), MONDAY + timedelta(hours=5)
    with use_settings(chosen):
        assert isinstance(record(db, journey, signed, as_of=MONDAY + timedelta(hours=1)), Recorded)
        drain(MONDAY + timedelta(hours=1))
    with restored(Played(db, chosen, [backup], end), backup, number=0) as (other, there):
        assert reconcile(as_of=end).is_done
        assert isinstance(record(other, journey, signed, as_of=end), Recorded)
        assert "3 messages were queued since it was reconciled" in release(by=COACH, as_of=end).sentence
        assert reconcile(as_of=end).is_done
        assert release(by=COACH, as_of=end).is_done
        drain(end)
        assert mails(there) == mails(chosen)
        assert states(other) == {"unknown": 3}
        assert helpless(other) == []


def test_a_reconciliation_that_was_killed_is_run_again(signed: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(MONDAY + timedelta(hours=1))

    class KilledError(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    with restored(signed, signed.backups[0], number=0) as (db, _):
        with monkeypatch.context() as patch:
            patch.setattr("tasks.reconciling.settle_doubt", killed)
            with pytest.raises(KilledError):
                reconcile(as_of=signed.end)
        assert states(db) == {"unknown": 3}
        assert not release(by=COACH, as_of=signed.end).is_done
        assert reconcile(as_of=signed.end).is_done
        assert states(db) == {"sent": 3}


def test_systems_that_do_not_answer_keep_the_quarantine_unless_a_person_says_so(
    signed: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(**_: object) -> Counter[str]:
        code = "Unavailable:no_answer"
        raise TaskFailed(code, is_worth_retry=True)

    monkeypatch.setattr(clearinghouse.poll_statuses, "fn", silent)
    with restored(signed, signed.backups[0], number=0):
        assert "did not answer" in reconcile(as_of=signed.end).sentence
        assert not release(by=COACH, as_of=signed.end).is_done
        assert reconcile(leave_unread=True, as_of=signed.end).is_done


def test_a_placement_made_since_the_backup_is_found_and_not_made_again(db: Database, own_settings: Settings) -> None:
    """I18: neither a second record of the patient nor a second appointment."""
    with both_sides(db, CALENDAR) as sides:
        request = sides.submit("10:00")
        chosen = with_tools(own_settings, database_url=db.url.render_as_string(hide_password=False))
        backup = make_backup(db, chosen, as_of=sides.time).backup.path
        assert sides.push() == {"written": 1}
        played = Played(db, chosen, [backup], sides.time + timedelta(hours=5))
        made = restore_beside(backup, chosen, as_of=played.end)
        with closing(open_database(db.url.set(database=made.place))) as other, use_database(other):
            sides.booking, sides.time = replace(sides.booking, db=other), played.end
            assert sides.push() == {}, "nothing is written in quarantine"
            assert reconcile(as_of=played.end).is_done
            assert release(by="coach-1", as_of=played.end).is_done
            sides.push_on()
            assert len(sides.everything_there()) == 1
            assert sides.patients_there() == 1
            assert sides.visit(request).system_id
        if not db.is_sqlite:
            postgres.execute(db.url, f'DROP DATABASE "{made.place}" WITH (FORCE)')


def test_a_text_that_was_sent_since_the_backup_is_found_by_what_it_says(
    db: Database, own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I18: a provider's list knows numbers and words, not our attempts; what is not in it stays unknown."""
    asking = an_asking(db)
    asking.patient()
    request = asking.check_out()
    assert asking.wait(hours=3, minutes=1) == {"feedback_asked": 1}
    chosen = with_tools(
        own_settings, database_url=db.url.render_as_string(hide_password=False), postal_address="1 Main"
    )
    with use_settings(chosen):
        backup = make_backup(db, chosen, as_of=asking.now).backup.path
        deliver(asking.now)
    [sent] = read_texts(chosen.mailbox_folder)
    played = Played(db, chosen, [backup], asking.now + timedelta(hours=4))

    def listed(_: MailboxTexter, text: OutgoingText) -> Sight:
        is_it = (text.recipient, text.body) == (sent.text.recipient, sent.text.body)
        return Sight.FOUND if is_it and text.sent_at <= sent.text.sent_at else Sight.ABSENT

    monkeypatch.setattr(MailboxTexter, "look_up", listed)
    with restored(played, backup, number=0) as (other, there):
        assert "1 were found at their providers" in reconcile(as_of=played.end).sentence
        assert states(other)["sent"] == 1
        other.transaction(lambda s: restores.release(s, s.scalars(select(RestoreRow.id)).one(), by="us", as_of=NOON))
        drain(played.end)
        assert len(read_texts(there.mailbox_folder)) == 1
        assert other.read(lambda s: s.get_one(FeedbackRequestRow, request)).sent == 1
    monkeypatch.setattr(MailboxTexter, "look_up", lambda *_: Sight.ABSENT)
    with restored(played, backup, number=1) as (other, _):
        told = reconcile(as_of=played.end).sentence
        assert "0 were found at their providers, 0 surely were not sent" in told
        of_texts = select(Message.state).where(Message.channel == Channel.TEXT)
        assert other.read(lambda s: s.scalars(of_texts).all()) == [MessageState.UNKNOWN]
