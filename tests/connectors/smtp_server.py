"""A mail server of our own that records mails and misbehaves as told."""

import asyncio
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tasks.connectors.smtp import Encryption, MailServer

DROP = "drop"
HANG = "hang"
USER, PASSWORD = "clinic", "open sesame"


@dataclass
class Inbox:
    """What the server saw, and the answers it still has to give, by stage: greeting, MAIL, RCPT, DATA, content."""

    port: int = 0
    connections: int = 0
    resets: int = 0
    announces: tuple[str, ...] = ()
    contents: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    answers: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))

    def will_answer(self, stage: str, *answers: str) -> None:
        """Give these answers at the next visits of a stage; an empty one means the usual answer."""
        self.answers[stage].extend(answers)

    def next_answer(self, stage: str) -> str:
        return self.answers[stage].popleft() if self.answers[stage] else ""

    @property
    def mails(self) -> list[EmailMessage]:
        parser = BytesParser(EmailMessage, policy=default)
        return [parser.parsebytes(content) for content in self.contents]

    def address(self, encryption: Encryption = Encryption.NONE, **facts: Any) -> MailServer:
        patience = {"connect_timeout": 2.0, "answer_timeout": 0.5}
        return MailServer(host="127.0.0.1", port=self.port, encryption=encryption, **{**patience, **facts})


class _Handler:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_EHLO(  # noqa: N802 - aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], *(f"250-{word}" for word in self._inbox.announces), *responses[1:]]

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd
        self._inbox.resets += 1
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd
        answer = self._inbox.next_answer("content")
        if not answer or answer in (DROP, HANG):  # these two are accepted, and the client never learns it
            self._inbox.contents.append(bytes(envelope.original_content or b""))
            self._inbox.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        await _misbehave(server, answer)
        return answer if answer and answer not in (DROP, HANG) else "250 2.0.0 Ok: queued as 4cKx7Q"


class _Server(SMTP):
    inbox: Inbox
    greeted = False

    async def push(self, status: Any) -> None:
        if not self.greeted:
            self.greeted = True
            answer = self.inbox.next_answer("greeting")
            await _misbehave(self, answer)
            status = answer or status
        await super().push(status)

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 - aiosmtpd
        if await self._goes_on("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd
        if await self._goes_on("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd
        if await self._goes_on("DATA"):
            await super().smtp_DATA(arg)

    async def _goes_on(self, stage: str) -> bool:
        answer = self.inbox.next_answer(stage)
        await _misbehave(self, answer)
        if answer and answer not in (DROP, HANG):
            await self.push(answer)
        return not answer


async def _misbehave(server: SMTP, answer: str) -> None:
    if answer == DROP and isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    if answer == HANG:
        await asyncio.sleep(30)


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any) -> AuthResult:
    right = isinstance(login, LoginPassword) and login == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def a_mail_server(*, starttls: ssl.SSLContext | None = None, implicit: ssl.SSLContext | None = None) -> Iterator[Inbox]:
    """Run a mail server on a free port of this machine."""
    inbox = Inbox()
    loop = asyncio.new_event_loop()

    def made() -> SMTP:
        inbox.connections += 1
        server = _Server(
            _Handler(inbox),
            hostname="mail.example.com",
            tls_context=starttls,
            authenticator=_authenticate,
            auth_require_tls=False,
            loop=loop,
        )
        server.inbox = inbox
        return server

    listening = loop.run_until_complete(loop.create_server(made, "127.0.0.1", 0, ssl=implicit))
    inbox.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield inbox
    finally:
        loop.call_soon_threadsafe(listening.close)
        asyncio.run_coroutine_threadsafe(_end_conversations(), loop).result(timeout=5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=5)
        loop.close()


async def _end_conversations() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
