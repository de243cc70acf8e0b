"""Writes one outgoing mail as the bytes that go over the wire or into the mailbox."""

import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from models.inputs.outgoing import Attachment, CalendarPart, InlinePicture, Mailbox, OutgoingMail, Unsubscribe
from tasks.connectors.ports import Rejected

LONGEST_LINE: Final = 990
USUAL_LINE: Final = 78
_BASE64_LINE: Final = 76
_SUBJECT: Final = b"Subject: "
_LATE_SUBJECT: Final = b"Subject:\r\n "
LONGEST_SUBJECT: Final = 500
LONGEST_NAME: Final = 80
OWN_HEADERS: Final = frozenset(
    (
        *("from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "mime-version"),
        *("list-unsubscribe", "list-unsubscribe-post"),
    )
)
CALENDAR_METHODS: Final = frozenset(("REQUEST", "CANCEL"))
_MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}@[A-Za-z0-9][A-Za-z0-9.-]{0,199}")
_HEADER_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_ONE_CLICK: Final = re.compile(r"https://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?/[A-Za-z0-9._~/?=&%-]{1,300}")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*")
_PLAIN_WORDS: Final = re.compile(r"[!-~]+(?: [!-~]+)*")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")


class _WholeLines(EmailPolicy):
    """Folds only what people read: folding would turn a long link or id into an encoded word."""

    _folded = frozenset(("subject", "from", "to", "reply-to"))

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() == "subject":
            return _begun_at_once(super().fold_binary(name, value))
        if name.lower() in self._folded:
            return super().fold_binary(name, value)
        return f"{name}: {value}\r\n".encode("ascii")


def _begun_at_once(header: bytes) -> bytes:
    """Put a subject's first words beside its name: a fold before them is shown as a space by some readers."""
    if not header.startswith(_LATE_SUBJECT):
        return header
    line, end, rest = header.removeprefix(_LATE_SUBJECT).partition(b"\r\n")
    # A word that fills the line is left whole; 998 is what a line may have at most.
    cut = line.rfind(b" ", 0, USUAL_LINE - len(_SUBJECT) + 1)
    if len(_SUBJECT + line) > USUAL_LINE and line[: max(cut, 0)].strip() and line[cut:].strip():
        line = line[:cut] + b"\r\n" + line[cut:]
    return _SUBJECT + line + end + rest


# Seven-bit bodies pass servers without 8BITMIME.
_POLICY: Final = _WholeLines(linesep=SMTP.linesep, cte_type="7bit")


def build_mime(mail: OutgoingMail) -> bytes:
    """Write one mail as MIME: text and HTML alternatives, and each calendar part inside and as attachment.

    Lines end in CRLF, every byte is ASCII.

    Raises:
        Rejected: "malformed" when a field holds a line break, a control character or no valid address.
    """
    _refuse_unless_well_formed(mail)
    try:
        return b"".join((*_headers(mail), b"MIME-Version: 1.0\r\n", _body(mail)))
    except (ValueError, LookupError):  # the email package's words quote the field: they stay here
        raise Rejected(reason="malformed") from None


def _headers(mail: OutgoingMail) -> Iterator[bytes]:
    yield _sender(mail.sender)
    yield _person("To", mail.recipient)
    if mail.reply_to:
        yield _person("Reply-To", mail.reply_to)
    yield _words("Subject", _shown(mail.subject, LONGEST_SUBJECT))
    yield f"Date: {format_datetime(mail.sent_at)}\r\n".encode("ascii")
    yield f"Message-ID: <{mail.message_id}>\r\n".encode("ascii")
    for name, value in (*mail.headers, *_opt_out(mail.unsubscribe)):
        yield f"{name}: {value}\r\n".encode("ascii")


@lru_cache(maxsize=256)
def _sender(sender: Mailbox) -> bytes:
    """Write who sends: the same for all mails of a practice."""
    return _person("From", sender)


def _person(name: str, mailbox: Mailbox) -> bytes:
    """Write who a mail is from or to: plain words as they are, all others as the email package folds and encodes."""
    shown = _shown(mailbox.name, LONGEST_NAME)
    line = f"{name}: {shown} <{mailbox.address}>"
    if _PLAIN_NAME.fullmatch(shown) and len(line) <= USUAL_LINE:
        return f"{line}\r\n".encode("ascii")
    return _folded(name, _address(mailbox))


def _words(name: str, words: str) -> bytes:
    line = f"{name}: {words}"
    if _PLAIN_WORDS.fullmatch(words) and len(line) <= USUAL_LINE:
        return f"{line}\r\n".encode("ascii")
    return _folded(name, words)


def _folded(name: str, value: str | Address) -> bytes:
    message = EmailMessage(policy=_POLICY)
    message[name] = value
    return _POLICY.fold_binary(name, message[name])


def _body(mail: OutgoingMail) -> bytes:
    """Write text, HTML and calendars as alternatives, and calendars once more as files, which others look for."""
    alternatives = [_part('text/plain; charset="utf-8"', "quoted-printable", _quoted(mail.text))]
    # Base64 for HTML: the quoted-printable encoder is pure Python and took most of the time of a mail.
    html = _part('text/html; charset="utf-8"', "base64", _encoded(mail.html.encode()))
    alternatives.append(_multipart("related", mail, [html, *_shown_inside(mail.pictures)]) if mail.pictures else html)
    for calendar in mail.calendars:
        kind = f'text/calendar; charset="utf-8"; method="{calendar.method}"'
        alternatives.append(_part(kind, "base64", _encoded(calendar.content.decode().encode())))  # UTF-8 or refused
    body = _multipart("alternative", mail, alternatives)
    if not mail.calendars and not mail.attachments:
        return body
    return _multipart("mixed", mail, [body, *_files(mail.calendars), *_attached(mail.attachments)])


def _opt_out(unsubscribe: Unsubscribe | None) -> Iterable[tuple[str, str]]:
    """Write the fields by which mail programs opt out; they promise one click only for https (RFC 8058)."""
    if unsubscribe is None:
        return
    subject = f"?subject={quote(unsubscribe.subject, safe='')}" if unsubscribe.subject else ""
    mailto = f"mailto:{quote(unsubscribe.address, safe='@')}{subject}" if unsubscribe.address else ""
    yield "List-Unsubscribe", ", ".join(f"<{way}>" for way in (unsubscribe.one_click, mailto) if way)
    if unsubscribe.one_click:
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _multipart(kind: str, mail: OutgoingMail, parts: Iterable[bytes]) -> bytes:
    # "=_" occurs in neither encoding of a body, so this boundary needs no search through them.
    boundary = f"=_{kind}_{_boundary(mail)}".encode()
    begin = b"\r\n--" + boundary + b"\r\n"
    head = f'Content-Type: multipart/{kind}; boundary="'.encode() + boundary + b'"\r\n'
    return b"".join((head, *(begin + part for part in parts), b"\r\n--", boundary, b"--\r\n"))


def _part(kind: str, encoding: str, body: bytes, *, more: str = "") -> bytes:
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n{more}\r\n".encode("ascii") + body


def _files(calendars: Sequence[CalendarPart]) -> Iterator[bytes]:
    for number, calendar in enumerate(calendars, start=1):
        name = "invite.ics" if number == 1 else f"invite-{number}.ics"
        disposition = f'Content-Disposition: attachment; filename="{name}"\r\n'
        yield _part("application/ics", "base64", _encoded(calendar.content), more=disposition)


def _attached(attachments: Sequence[Attachment]) -> Iterator[bytes]:
    """Write files as they are, byte for byte."""
    for one in attachments:
        disposition = f'Content-Disposition: attachment; filename="{one.name}"\r\n'
        yield _part(one.media_type, "base64", _in_base64(one.content), more=disposition)


def _shown_inside(pictures: Sequence[InlinePicture]) -> Iterator[bytes]:
    """Write the pictures that the HTML beside them shows (RFC 2387)."""
    for one in pictures:
        more = f"Content-ID: <{one.content_id}>\r\nContent-Disposition: inline\r\n"
        yield _part("image/png", "base64", _in_base64(one.content), more=more)


def _lines(content: bytes) -> bytes:
    """End every line as mails do."""
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content.replace(b"\n", b"\r\n")


def _quoted(words: str) -> bytes:
    ended = words if words.endswith("\n") else f"{words}\n"
    return binascii.b2a_qp(_lines(ended.encode()), istext=True)


def _encoded(content: bytes) -> bytes:
    return _in_base64(_lines(content))


def _in_base64(content: bytes) -> bytes:
    """Write base64 in lines as long as they may be (RFC 2045); encoded whole and cut, for the cut is cheaper."""
    whole = binascii.b2a_base64(content, newline=False)
    lines = [whole[start : start + _BASE64_LINE] for start in range(0, len(whole), _BASE64_LINE)]
    return b"\r\n".join([*lines, b""])


def _boundary(mail: OutgoingMail) -> str:
    return hashlib.sha256(mail.message_id.encode()).hexdigest()[:24]


def _address(mailbox: Mailbox) -> Address:
    local, _, domain = mailbox.address.rpartition("@")
    return Address(_shown(mailbox.name, LONGEST_NAME), local, domain)


def _shown(words: str, longest: int) -> str:
    # Words that look encoded ("=?utf-8?q?=0A?=") would be decoded on the way, line breaks included.
    plain = words.replace("=?", "= ?")
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def _refuse_unless_well_formed(mail: OutgoingMail) -> None:
    well_formed = (
        _MESSAGE_ID.fullmatch(mail.message_id)
        and all(_is_mailbox(each) for each in (mail.sender, mail.recipient, mail.reply_to) if each)
        and _is_one_line(mail.subject)
        and _are_headers(mail.headers)
        and (mail.unsubscribe is None or _is_way_out(mail.unsubscribe))
        and all(_is_calendar(each) for each in mail.calendars)
    )
    if not well_formed:
        raise Rejected(reason="malformed")


def _is_mailbox(mailbox: Mailbox) -> bool:
    return _is_one_line(mailbox.name) and _ADDRESS.fullmatch(mailbox.address) is not None


def _is_one_line(words: str) -> bool:
    return words.isprintable() or not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in words)


def _are_headers(headers: Iterable[tuple[str, str]]) -> bool:
    return all(
        _HEADER_NAME.fullmatch(name)
        and name.lower() not in OWN_HEADERS
        and not name.lower().startswith("content-")
        and len(name) + len(value) <= LONGEST_LINE
        and value.isascii()
        and value.isprintable()
        for name, value in headers
    )


def _is_way_out(unsubscribe: Unsubscribe) -> bool:
    return (
        bool(unsubscribe.one_click or unsubscribe.address)
        and (not unsubscribe.one_click or _ONE_CLICK.fullmatch(unsubscribe.one_click) is not None)
        and (not unsubscribe.address or _ADDRESS.fullmatch(unsubscribe.address) is not None)
        and len(unsubscribe.subject) <= LONGEST_NAME
        and _is_one_line(unsubscribe.subject)
    )


def _is_calendar(calendar: CalendarPart) -> bool:
    return calendar.method in CALENDAR_METHODS
