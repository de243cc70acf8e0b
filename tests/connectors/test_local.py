"""The mailbox folder: one file per mail, whole or absent, private, and told apart by nothing personal."""

import os
import stat
import traceback
from datetime import timedelta
from pathlib import Path

import pytest

from models.inputs.mailbox import read_mail, read_mailbox, read_texts
from tasks.connectors.local import MailboxMailer, MailboxTexter
from tasks.connectors.ports import Sight, Unavailable
from tests.connectors.examples import INVITATION, SENT_AT, a_mail, a_text


def send(folder: Path, *mails: object) -> list[str]:
    with MailboxMailer(folder).session() as session:
        return [session.send(mail).reference for mail in mails]  # type: ignore[arg-type]  # examples


def test_the_same_mail_twice_is_one_file_with_the_same_reference(tmp_path: Path) -> None:
    first, second = send(tmp_path, a_mail(), a_mail(subject="said differently"))
    assert first == second
    assert [mail.subject for mail in read_mailbox(tmp_path)] == ["Your welcome call"]


def test_a_mail_is_found_by_its_id_and_surely_absent_otherwise(tmp_path: Path) -> None:
    send(tmp_path, a_mail(message_id="here@example.com"))
    mailer = MailboxMailer(tmp_path)
    assert mailer.look_up("here@example.com") is Sight.FOUND
    assert mailer.look_up("not-here@example.com") is Sight.ABSENT


def test_a_folder_that_is_not_there_yet_holds_nothing(tmp_path: Path) -> None:
    assert MailboxMailer(tmp_path / "later").look_up("a@example.com") is Sight.ABSENT
    assert read_mailbox(tmp_path / "later") == []


def test_files_are_private_and_their_names_tell_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "mailbox"
    send(folder, a_mail())
    MailboxTexter(folder).send(a_text())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not any(word in path.name for word in ("dana", "example", "attempt", "0143"))


def test_a_write_that_fails_leaves_no_file_and_says_nothing_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable) as failure:
        send(tmp_path, a_mail())
    assert failure.value.reason == "mailbox_not_writable"
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in "".join(traceback.format_exception_only(failure.value))


def test_what_a_kill_left_half_written_is_not_a_mail(tmp_path: Path) -> None:
    send(tmp_path, a_mail())
    (tmp_path / ".abc.part").write_bytes(b"From: half")
    assert len(read_mailbox(tmp_path)) == 1


def test_mails_are_listed_newest_first(tmp_path: Path) -> None:
    ages = {"old": timedelta(days=-9), "new": timedelta(days=3), "middle": timedelta()}
    send(tmp_path, *(a_mail(message_id=f"{word}@example.com", sent_at=SENT_AT + age) for word, age in ages.items()))
    listed = read_mailbox(tmp_path)
    assert [mail.message_id for mail in listed] == ["new@example.com", "middle@example.com", "old@example.com"]
    assert listed[0].sent_at == SENT_AT + timedelta(days=3)


def test_listing_parses_no_mail(tmp_path: Path) -> None:
    send(tmp_path, a_mail())
    (mail,) = read_mailbox(tmp_path)
    assert "message" not in vars(mail)


def test_a_stored_mail_reads_back_as_it_was_sent(tmp_path: Path) -> None:
    (reference,) = send(tmp_path, a_mail(calendars=(INVITATION,), text="¡Hola!\n"))
    mail = read_mail(tmp_path, reference)
    assert mail is not None
    assert (mail.id, mail.to) == (reference, "Dana Okafor <dana.okafor@example.com>")
    assert (mail.text.strip(), mail.html.strip()) == ("¡Hola!", "<p>Hello, your call is on Monday.</p>")
    assert [(part.method, part.content.replace(b"\r\n", b"\n")) for part in mail.calendars] == [
        ("REQUEST", INVITATION.content.replace(b"\r\n", b"\n"))
    ]


@pytest.mark.parametrize("identifier", ["", "..", "../secret", "0" * 32, "*", "a\x00b"])
def test_asking_for_what_is_no_mail_finds_none(tmp_path: Path, identifier: str) -> None:
    (tmp_path / "secret.eml").write_bytes(b"Subject: keys")
    assert read_mail(tmp_path / "mailbox", identifier) is None


def test_texts_are_kept_beside_mails_and_read_back(tmp_path: Path) -> None:
    send(tmp_path, a_mail())
    MailboxTexter(tmp_path).send(a_text(body="Hola, señora Ñ"))
    (stored,) = read_texts(tmp_path)
    assert (stored.text.body, stored.sent_at) == ("Hola, señora Ñ", SENT_AT)
    assert len(read_mailbox(tmp_path)) == 1
