"""From an invitation to a mail."""

from datetime import datetime

from models.inputs.access_letters import InvitationLetter
from models.inputs.outgoing import OutgoingMail
from models.rules.messages import Audience
from templates.letters import Sender
from templates.render import render_mail


def compose_invitation(letter: InvitationLetter, *, sender: Sender, as_of: datetime) -> OutgoingMail:
    """Write the mail of an invitation; one to our own people names no practice.

    Raises:
        ValueError: a template asks for what the letter does not have; the message names the field only.
    """
    mail = render_mail(
        letter.kind,
        locale=letter.locale,
        fields={
            "practice_name": letter.practice_name,
            "recipient_first_name": letter.recipient.name.split(" ")[0],
            "coach_name": letter.coach.name if letter.coach else "",
            "link": letter.link,
            "days": letter.days,
        },
        zone=letter.zone,
        letterhead=sender.letterhead,
        audience=Audience.STAFF if letter.is_staff else Audience.PRACTICE,
    )
    return OutgoingMail(
        message_id=letter.message_id,
        sender=sender.mailbox,
        recipient=letter.recipient,
        reply_to=letter.coach,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        sent_at=as_of,
    )
