"""A mail server that takes every mail and keeps none: run as a program, it prints its port."""

import asyncio
import sys

from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Takes every mail, and several commands at once, as mail servers do."""

    async def handle_EHLO(  # noqa: N802 - aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Announce what nearly every mail server takes (RFC 2920)."""
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd
        """Say that it was taken."""
        return "250 2.0.0 Ok: queued as 4cKx7Q"


async def serve() -> None:
    """Listen on a free port of this machine."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), hostname="mail.example.com", loop=loop), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
