"""Hands mails to a mail server over SMTP, one connection for a whole batch."""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import ClassVar, Final, Self

from models.inputs.outgoing import Accepted, OutgoingMail
from tasks.connectors.mime import build_mime
from tasks.connectors.ports import Connector, MailSession, OutsideError, Rejected, Sight, Unavailable, Unknown

MOST_LOST_CONNECTIONS: Final = 3  # in a row; then the session answers at once instead of waiting again
SERVICE_CLOSING: Final = 421
START_MAIL_INPUT: Final = 354
_YES: Final = 250
_QUEUE_ID: Final = re.compile(rb"\bqueued as ([A-Za-z0-9.-]{1,64})")
_CONNECTING: Final[tuple[tuple[type[OSError], str], ...]] = (
    (smtplib.SMTPAuthenticationError, "not_authorised"),
    (smtplib.SMTPNotSupportedError, "not_offered"),
    (ssl.SSLError, "tls_failed"),
    (TimeoutError, "timed_out"),
    (ConnectionRefusedError, "connection_refused"),
    (OSError, "connection_lost"),
)


class Encryption(StrEnum):
    """How the connection becomes private."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over. Time-outs are in seconds; `name` is what we call ourselves in EHLO."""

    host: str
    port: int
    encryption: Encryption = Encryption.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    connect_timeout: float = 10
    answer_timeout: float = 60
    name: str = "[127.0.0.1]"


class SmtpMailer(Connector):
    """Sends mails through one mail server."""

    vendor: ClassVar[str] = "smtp"

    def __init__(self, server: MailServer, *, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._tls = tls or _trusted()

    def session(self) -> AbstractContextManager[MailSession]:
        """Open one connection for a batch; entering raises Unavailable when there is none."""
        return SmtpSession(self._server, self._tls)

    def look_up(self, message_id: str) -> Sight:  # noqa: ARG002 - the port's signature
        """Say that it cannot be told: SMTP has no question for it."""
        return Sight.CANNOT_TELL


class SmtpSession(Connector):
    """One connection, made anew when it breaks."""

    vendor: ClassVar[str] = "smtp"

    def __init__(self, server: MailServer, tls: ssl.SSLContext) -> None:
        self._server = server
        self._tls = tls
        self._connection: smtplib.SMTP | None = None
        self._lost = 0

    def __enter__(self) -> Self:
        self._connected()
        return self

    def __exit__(self, *failure: object) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.quit()
        self._drop()

    def send(self, mail: OutgoingMail) -> Accepted:
        """Hand over one mail; raises as the port says."""
        content = build_mime(mail)
        with self._ready_for_the_next():
            connection = self._begin(mail.sender.address, mail.recipient.address)
            # While the final dot is missing the server must not accept: a break in here has sent nothing.
            connection.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            return self._answer(connection, mail.message_id)

    def _begin(self, sender: str, recipient: str) -> smtplib.SMTP:
        """Come to the content, with a second try if the server closed a connection that had served other mails."""
        words = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA")
        reused = self._connection is not None
        connection = self._connected()
        answers = _say(connection, words)
        try:
            first = next(answers)
        except OSError:
            if not reused:
                raise
            first = SERVICE_CLOSING
        if first == SERVICE_CLOSING and reused:
            self._drop()
            connection = self._connected()
            answers = _say(connection, words)
            first = next(answers)
        self._require_start([first, *answers])
        return connection

    def _require_start(self, codes: Sequence[int]) -> None:
        """Raise the first refusal; content that the server waits for all the same never comes."""
        *before, last = codes
        if last == START_MAIL_INPUT and any(code // 100 != _YES // 100 for code in before):
            self._drop()
        if codes[0] // 100 == 5:  # noqa: PLR2004 - SMTP's class of lasting refusals
            raise Unavailable(reason="sender_refused")  # our settings are wrong, not this mail
        for code, wanted in zip(codes, (_YES, _YES, START_MAIL_INPUT), strict=False):
            _require_yes(code, wanted=wanted)

    def _answer(self, connection: smtplib.SMTP, message_id: str) -> Accepted:
        try:
            code, words = connection.getreply()
        except OSError:
            raise Unknown(reason="no_answer") from None
        if code // 100 not in (2, 4, 5):
            raise Unknown(reason="no_answer")
        _require_yes(code)
        self._lost = 0
        queued = _QUEUE_ID.search(words)
        return Accepted(reference=queued[1].decode() if queued else message_id)

    @contextmanager
    def _ready_for_the_next(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            self._lose()
            raise Unavailable(reason="connection_lost") from None
        except Unknown:
            self._lose()
            raise
        except (Unavailable, Rejected) as refusal:
            self._reset(refusal)
            raise

    def _reset(self, refusal: OutsideError) -> None:
        if refusal.reason == f"smtp_{SERVICE_CLOSING}":
            self._lose()
        elif self._connection is not None:
            try:
                _require_yes(self._connection.rset()[0])
                self._lost = 0
            except (OSError, OutsideError):
                self._lose()

    def _connected(self) -> smtplib.SMTP:
        if self._lost >= MOST_LOST_CONNECTIONS:
            raise Unavailable(reason="connection_lost")
        if self._connection is None:
            try:
                self._connection = _connect(self._server, self._tls)
            except Unavailable:
                self._lost = MOST_LOST_CONNECTIONS
                raise
        return self._connection

    def _lose(self) -> None:
        self._lost += 1
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _say(connection: smtplib.SMTP, words: Sequence[str]) -> Iterator[int]:
    """Say one thing after the other until one is refused, or all at once where the server takes that (RFC 2920).

    Gives the code of each answer.
    """
    at_once = connection.has_extn("pipelining")
    if at_once:
        connection.send("".join(f"{one}\r\n" for one in words))
    for one in words:
        code = connection.getreply()[0] if at_once else connection.docmd(one)[0]
        yield code
        if code == SERVICE_CLOSING or not (at_once or code // 100 in (2, 3)):
            return


@cache
def _trusted() -> ssl.SSLContext:
    """Read whom this machine trusts, once: that takes longer than ten mails."""
    return ssl.create_default_context()


def _connect(server: MailServer, tls: ssl.SSLContext) -> smtplib.SMTP:
    connection: smtplib.SMTP | None = None
    try:
        connection = _dial(server, tls)
        if server.encryption is Encryption.STARTTLS:
            connection.starttls(context=tls)
        connection.ehlo_or_helo_if_needed()
        if server.user:
            connection.login(server.user, server.password)
    except (OSError, UnicodeError) as error:
        if connection is not None:
            connection.close()
        raise Unavailable(_why_not_connected(error)) from None
    if connection.sock is not None:
        connection.sock.settimeout(server.answer_timeout)
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each question is waited for
    return connection


def _dial(server: MailServer, tls: ssl.SSLContext) -> smtplib.SMTP:
    if server.encryption is Encryption.IMPLICIT:
        return smtplib.SMTP_SSL(server.host, server.port, server.name, timeout=server.connect_timeout, context=tls)
    return smtplib.SMTP(server.host, server.port, server.name, timeout=server.connect_timeout)


def _why_not_connected(error: OSError | UnicodeError) -> str:
    if isinstance(error, smtplib.SMTPResponseException) and not isinstance(error, smtplib.SMTPAuthenticationError):
        return f"smtp_{error.smtp_code}"
    return next((reason for kind, reason in _CONNECTING if isinstance(error, kind)), "no_such_host")


def _require_yes(code: int, *, wanted: int = _YES) -> None:
    """Raise Rejected for a lasting refusal (5xx) and Unavailable for any other answer than the wanted class."""
    if code // 100 == wanted // 100:
        return
    if code // 100 == 5:  # noqa: PLR2004 - SMTP's class of lasting refusals
        raise Rejected(reason=f"smtp_{code}")
    raise Unavailable(reason=f"smtp_{code}")
