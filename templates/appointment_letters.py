"""From a letter about an appointment to a mail with its calendar entry, or to a text."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime

from models.inputs.letters import VisitLetter
from models.inputs.outgoing import CalendarPart, Mailbox, OutgoingMail, OutgoingText
from models.rules.appointment_letters import start_of
from models.rules.messages import CATALOGUE, Audience, MessageKind
from templates.calendar import Appointment, Person, cancellation, invitation
from templates.gsm import gsm_length
from templates.letters import Sender
from templates.render import render_event, render_mail, render_text
from templates.words import t

ONE_PART = 160
_CUT = "..."
_TOKEN_LETTERS = 4


def compose_mail(letter: VisitLetter, *, sender: Sender, as_of: datetime) -> OutgoingMail:
    """Write the mail of a letter, its calendar entry included; to patients it comes in the name of their practice.

    Raises:
        ValueError: a template asks for what the letter does not have; the message names the field only.
    """
    fields = _fields(letter)
    mail = render_mail(
        letter.kind, locale=letter.reader.locale, fields=fields, zone=letter.zone, letterhead=sender.letterhead
    )
    from_whom = _in_the_name_of(letter, sender)
    return OutgoingMail(
        message_id=letter.message_id,
        sender=from_whom,
        recipient=Mailbox(name=letter.reader.name, address=letter.reader.address),
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        calendars=_calendars(letter, fields, from_whom, as_of),
        sent_at=as_of,
        headers=(("Auto-Submitted", "auto-generated"),),  # answers of absent readers go nowhere
    )


def compose_text(letter: VisitLetter, *, as_of: datetime) -> OutgoingText:
    """Write the text of a letter, with a mark of its own by which it is found again; raises as `compose_mail`.

    It fits one part of 160 letters: a long name of a practice is cut.
    """
    fields = _fields(letter)
    body = _marked(letter, fields)
    excess = gsm_length(body) - ONE_PART
    if excess > 0:
        name = letter.practice_name[: -excess - len(_CUT)].rstrip() + _CUT
        body = _marked(letter, {**fields, "practice_name": name})
    return OutgoingText(attempt=letter.message_id, sent_at=as_of, recipient=letter.reader.address, body=body)


def _marked(letter: VisitLetter, fields: Mapping[str, object]) -> str:
    body = render_text(letter.kind, locale=letter.reader.locale, fields=fields, zone=letter.zone)
    return f"{body} ({_token(letter)})"


def _token(letter: VisitLetter) -> str:
    """Mark a message, the same in all its attempts: whichever of them arrived, the reader has it."""
    message = letter.message_id.partition(".")[0]
    return base64.b32encode(hashlib.sha256(message.encode()).digest()).decode()[:_TOKEN_LETTERS].lower()


def _fields(letter: VisitLetter) -> dict[str, object]:
    fields: dict[str, object] = {
        "practice_name": letter.practice_name,
        "recipient_first_name": letter.reader.first_name,
        "link": letter.link,
        "starts_at": _starts_at(letter),
        "minutes": letter.fields.get("minutes"),
        "is_virtual": letter.fields["is_virtual"],
        "sequence": letter.fields.get("sequence"),
        "provider": letter.provider,
        "location": letter.location,
        "forms": [_form(form) for form in letter.forms],
        "is_in_calendar": letter.is_in_calendar,
        "is_in_kareo": letter.is_in_kareo,
    }
    return {name: value for name, value in fields.items() if name in CATALOGUE[letter.kind].allowed_fields}


def _starts_at(letter: VisitLetter) -> datetime:
    """Tell the time of which the message speaks; forms are for the visit, whenever it is by now."""
    return letter.visit.starts_at if letter.kind is MessageKind.INTAKE_FORMS else start_of(letter.fields)


def _form(key: str) -> str:
    words = key.replace("_", " ")
    return words[:1].upper() + words[1:]


def _in_the_name_of(letter: VisitLetter, sender: Sender) -> Mailbox:
    if CATALOGUE[letter.kind].audience is not Audience.PATIENT:
        return sender.mailbox
    return sender.for_practice(letter.practice_name, locale=letter.reader.locale)


def _calendars(
    letter: VisitLetter, fields: Mapping[str, object], organizer: Mailbox, as_of: datetime
) -> tuple[CalendarPart, ...]:
    if not CATALOGUE[letter.kind].calendar:
        return ()
    entry = _entry(letter, fields, organizer, as_of)
    if letter.kind is not MessageKind.APPOINTMENT_CANCELLED:
        return (CalendarPart(method="REQUEST", content=invitation(entry)),)
    # a calendar that never held the entry would only be confused
    return (CalendarPart(method="CANCEL", content=cancellation(entry)),) if letter.is_in_calendar else ()


def _entry(letter: VisitLetter, fields: Mapping[str, object], organizer: Mailbox, as_of: datetime) -> Appointment:
    """Describe the one entry of an appointment in its patient's calendar; each change has a higher version.

    It asks for no answer, since nobody reads them, and brings no alarm: reminders have one owner (A-81).
    """
    event = render_event(letter.kind, locale=letter.reader.locale, fields=fields, zone=letter.zone)
    is_virtual = bool(letter.fields["is_virtual"])
    return Appointment(
        uid=f"visit.{letter.appointment_id}@golive.invalid",
        sequence=int(letter.fields["sequence"] or 0),
        summary=event.summary,
        description=event.description,
        starts_at=start_of(letter.fields),
        minutes=int(letter.fields["minutes"] or 0),
        zone=letter.zone,
        organizer=Person(letter.practice_name, organizer.address),
        attendees=[Person(letter.reader.name, letter.reader.address)],
        stamp=as_of,
        location=t("visit.by_video", letter.reader.locale) if is_virtual else letter.location,
        remind_before=None,
        wants_answer=False,
    )
