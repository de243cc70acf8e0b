"""The fault wrappers fail as scripted, and tell apart what happened from what did not."""

from pathlib import Path

import pytest

from tasks.connectors.local import MailboxMailer, MailboxTexter
from tasks.connectors.ports import Rejected, Sight, Unavailable, Unknown
from tests.connectors.examples import a_mail, a_text
from tests.connectors.faulty import Fault, FaultyMailer, FaultyTexter


def test_a_mail_lost_after_the_hand_over_is_found_and_one_lost_before_is_absent(tmp_path: Path) -> None:
    mailer = FaultyMailer(MailboxMailer(tmp_path), [Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.REJECTED])
    with mailer.session() as session:
        for message_id, error in (("a@example.com", Unknown), ("b@example.com", Unknown), ("c@example.com", Rejected)):
            with pytest.raises(error):
                session.send(a_mail(message_id=message_id))
        session.send(a_mail(message_id="d@example.com"))
    sights = [mailer.look_up(f"{letter}@example.com") for letter in "abcd"]
    assert sights == [Sight.ABSENT, Sight.FOUND, Sight.ABSENT, Sight.FOUND]


def test_a_session_can_fail_to_open(tmp_path: Path) -> None:
    mailer = FaultyMailer(MailboxMailer(tmp_path), opening=[Fault.UNAVAILABLE])
    with pytest.raises(Unavailable), mailer.session():
        pass
    with mailer.session() as session:
        assert session.send(a_mail()).reference


def test_a_text_fails_as_scripted(tmp_path: Path) -> None:
    texter = FaultyTexter(MailboxTexter(tmp_path), [Fault.NONE, Fault.LOST_AFTER])
    texter.send(a_text(attempt="1"))
    with pytest.raises(Unknown):
        texter.send(a_text(attempt="2"))
    assert texter.look_up(a_text(attempt="2")) is Sight.FOUND
