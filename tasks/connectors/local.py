"""The built-in twins: mails and texts become files in a folder, for machines without accounts and for tests."""

import hashlib
import os
import tempfile
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from models.inputs.mailbox import MAIL_SUFFIX, TEXT_SUFFIX
from models.inputs.outgoing import Accepted, OutgoingMail, OutgoingText
from tasks.connectors.mime import build_mime
from tasks.connectors.ports import Connector, MailSession, Sight, Unavailable, refuse_malformed


class MailboxMailer(Connector):
    """Writes each mail once as an .eml file, under a name that tells nothing about people."""

    vendor: ClassVar[str] = "mailbox"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def session(self) -> AbstractContextManager[MailSession]:
        """Open the folder for a batch."""
        return nullcontext(MailboxSession(self._folder))

    def look_up(self, message_id: str) -> Sight:
        """Say whether a mail with this Message-ID was written."""
        return _seen(self._folder / f"{_stem(message_id)}{MAIL_SUFFIX}")


class MailboxSession(Connector):
    """An open mailbox folder."""

    vendor: ClassVar[str] = "mailbox"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: OutgoingMail) -> Accepted:
        """Write one mail, once per Message-ID; raises Rejected("malformed") or Unavailable."""
        stem = _stem(mail.message_id)
        _write_once(self._folder / f"{stem}{MAIL_SUFFIX}", build_mime(mail), written_at=mail.sent_at)
        return Accepted(reference=stem)


class MailboxTexter(Connector):
    """Writes each text once as a .json file."""

    vendor: ClassVar[str] = "mailbox"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, text: OutgoingText) -> Accepted:
        """Write one text, once per attempt; raises Rejected("malformed") or Unavailable."""
        refuse_malformed(text)
        stem = _stem(text.attempt)
        content = text.model_dump_json(indent=2).encode()
        _write_once(self._folder / f"{stem}{TEXT_SUFFIX}", content, written_at=text.sent_at)
        return Accepted(reference=stem)

    def look_up(self, text: OutgoingText) -> Sight:
        """Say whether this attempt was written."""
        return _seen(self._folder / f"{_stem(text.attempt)}{TEXT_SUFFIX}")


def _stem(identifier: str) -> str:
    return hashlib.sha256(identifier.encode()).hexdigest()[:32]


def _seen(path: Path) -> Sight:
    try:
        path.stat()
    except FileNotFoundError:
        return Sight.ABSENT
    except OSError:
        return Sight.CANNOT_TELL
    return Sight.FOUND


def _write_once(path: Path, content: bytes, *, written_at: datetime) -> None:
    """Make the file appear whole or not at all; its time is the mail's, so that listing needs no parsing."""
    try:
        if path.exists():
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_aside_and_rename(path, content, moment=written_at.timestamp())
    except OSError:  # its words hold a path
        raise Unavailable(reason="mailbox_not_writable") from None


def _write_aside_and_rename(path: Path, content: bytes, *, moment: float) -> None:
    number, aside = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.utime(file.fileno(), (moment, moment))
            os.fsync(file.fileno())
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
