"""Reads back what the built-in mailbox holds, newest first, each file only when it is looked into."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.policy import default
from functools import cached_property
from pathlib import Path
from typing import Final

from models.inputs.outgoing import CalendarPart, OutgoingText

MAIL_SUFFIX: Final = ".eml"
TEXT_SUFFIX: Final = ".json"
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class StoredMail:
    """One mail in the folder; `sent_at` is aware UTC. Everything else is parsed when first asked for."""

    path: Path
    sent_at: datetime

    @property
    def id(self) -> str:
        """The name under which the mail can be asked for; it tells nothing about people."""
        return self.path.stem

    @cached_property
    def message(self) -> EmailMessage:
        """The parsed mail."""
        with self.path.open("rb") as file:
            return BytesParser(EmailMessage, policy=default).parse(file)

    @property
    def subject(self) -> str:
        """The subject line."""
        return str(self.message["Subject"] or "")

    @property
    def sender(self) -> str:
        """Name and address that the mail comes from."""
        return str(self.message["From"] or "")

    @property
    def to(self) -> str:
        """Name and address of the recipient."""
        return str(self.message["To"] or "")

    @property
    def message_id(self) -> str:
        """The Message-ID without its brackets."""
        return str(self.message["Message-ID"] or "").strip("<>")

    @property
    def text(self) -> str:
        """The plain text."""
        return _content(self.message.get_body(("plain",)))

    @property
    def html(self) -> str:
        """The HTML as it was sent; show it only in a sandboxed frame."""
        return _content(self.message.get_body(("html",)))

    @property
    def pictures(self) -> dict[str, bytes]:
        """The PNGs that the HTML shows, by their content ids."""
        return {
            str(part["Content-ID"]).strip("<>"): part.get_content()
            for part in self.message.walk()
            if part.get_content_type() == "image/png" and part["Content-ID"] and isinstance(part, MIMEPart)
        }

    @property
    def calendars(self) -> tuple[CalendarPart, ...]:
        """The calendar parts with their methods."""
        return tuple(
            CalendarPart(method=str(part.get_param("method", "")), content=_content(part).encode())
            for part in self.message.walk()
            if part.get_content_type() == "text/calendar" and isinstance(part, MIMEPart)
        )


@dataclass(frozen=True)
class StoredText:
    """One text message in the folder; `sent_at` is aware UTC."""

    path: Path
    sent_at: datetime

    @property
    def id(self) -> str:
        """The name under which the text can be asked for; it tells nothing about people."""
        return self.path.stem

    @cached_property
    def text(self) -> OutgoingText:
        """The text as it was handed over."""
        return OutgoingText.model_validate(json.loads(self.path.read_bytes()))


def read_mailbox(folder: Path) -> list[StoredMail]:
    """List the mails of a folder, newest first; a folder that does not exist holds none."""
    return [StoredMail(path, moment) for path, moment in _newest_first(folder, MAIL_SUFFIX)]


def read_texts(folder: Path) -> list[StoredText]:
    """List the texts of a folder, newest first; a folder that does not exist holds none."""
    return [StoredText(path, moment) for path, moment in _newest_first(folder, TEXT_SUFFIX)]


def read_mail(folder: Path, identifier: str) -> StoredMail | None:
    """Find one mail by its id; None for an id that is none, whatever it holds."""
    path = folder / f"{identifier}{MAIL_SUFFIX}"
    if not _IDENTIFIER.fullmatch(identifier) or not path.is_file():
        return None
    return StoredMail(path, _moment(path))


def read_text(folder: Path, identifier: str) -> StoredText | None:
    """Find one text by its id; None for an id that is none, whatever it holds."""
    path = folder / f"{identifier}{TEXT_SUFFIX}"
    if not _IDENTIFIER.fullmatch(identifier) or not path.is_file():
        return None
    return StoredText(path, _moment(path))


def _newest_first(folder: Path, suffix: str) -> list[tuple[Path, datetime]]:
    dated = [(path, _moment(path)) for path in folder.glob(f"*{suffix}") if _IDENTIFIER.fullmatch(path.stem)]
    return sorted(dated, key=lambda each: (each[1], each[0].name), reverse=True)


def _moment(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)


def _content(part: MIMEPart | None) -> str:
    return str(part.get_content()) if part is not None else ""
