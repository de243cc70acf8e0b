"""Mails to whoever keeps golive running: plain lines, sent at once, and nothing of patients in them."""

import html
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from models.inputs.outgoing import Mailbox, OutgoingMail
from models.settings import Settings
from tasks.connectors import registry


def send_to_operator(lines: Sequence[str], chosen: Settings, *, about: str, as_of: datetime) -> None:
    """Send lines to the address of `GOLIVE_WATCHDOG_MAIL` through the mailer of the settings.

    Raises:
        OutsideError: the mail server did not take it, or nobody knows.
    """
    said = "\n".join(lines)
    mail = OutgoingMail(
        message_id=f"watchdog.{uuid4().hex}@golive.invalid",
        sent_at=as_of,
        sender=Mailbox(name=chosen.mail_sender_name, address=chosen.mail_sender),
        recipient=Mailbox(name="", address=chosen.watchdog_mail),
        subject=f"{chosen.organisation}: {len(lines)} lines from {about}",
        text=f"{said}\n",
        html=f"<!doctype html><title>Watchdog</title><pre>{html.escape(said)}</pre>",
    )
    with registry.mailer(chosen).session() as session:
        session.send(mail)
