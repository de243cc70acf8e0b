"""Example mails and texts that show only the fact that matters."""

from datetime import UTC, datetime
from typing import Any

from models.inputs.outgoing import CalendarPart, Mailbox, OutgoingMail, OutgoingText

SENT_AT = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
INVITATION = CalendarPart(
    method="REQUEST",
    content=b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Llamada de bienvenida \xc3\xb1\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n",
)


def a_mail(**facts: Any) -> OutgoingMail:
    return OutgoingMail(
        **{
            "message_id": "attempt-1@golive.example.com",
            "sent_at": SENT_AT,
            "sender": Mailbox(name="golive", address="onboarding@example.com"),
            "recipient": Mailbox(name="Dana Okafor", address="dana.okafor@example.com"),
            "subject": "Your welcome call",
            "text": "Hello,\nyour call is on Monday.\n",
            "html": "<p>Hello, your call is on Monday.</p>\n",
            **facts,
        }
    )


def a_text(**facts: Any) -> OutgoingText:
    return OutgoingText(
        **{
            "attempt": "attempt-1",
            "sent_at": SENT_AT,
            "recipient": "+12025550143",
            "body": "Your welcome call starts in one hour. (k3Qz)",
            **facts,
        }
    )
