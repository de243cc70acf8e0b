"""From a digest's lines to a mail: what each is about in plain words, and the one next step."""

from datetime import datetime

from models.inputs.letters import DigestLetter
from models.inputs.outgoing import OutgoingMail
from models.rules.digests import Line
from models.rules.messages import MessageKind
from templates.letters import Sender
from templates.moments import format_day
from templates.render import render_mail
from templates.words import name, t

Fields = dict[str, object]


def compose_digest(letter: DigestLetter, *, sender: Sender, as_of: datetime) -> OutgoingMail:
    """Write the mail of a digest (E-26).

    Raises:
        ValueError: a template asks for what the letter does not have; the message names the field only.
    """
    mail = render_mail(
        letter.kind, locale=letter.locale, fields=digest_fields(letter), zone=letter.zone, letterhead=sender.letterhead
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


def digest_fields(letter: DigestLetter) -> Fields:
    """Give what the templates of a digest may use: lines with title, what they are about, since when, the next step."""
    common: Fields = {
        "practice_name": letter.practice_name,
        "recipient_first_name": letter.recipient.name.split(" ")[0],
        "coach_name": letter.coach.name if letter.coach else "",
        "link": letter.link,
    }
    if letter.kind is MessageKind.ENROLLMENT_DIGEST:
        return common | {"lines": [_of_practice(line, letter.locale) for line in letter.lines]}
    decisions = [_of_staff(line, letter.locale) for line in letter.lines if line.is_to_be_decided]
    lines = [_of_staff(line, letter.locale) for line in letter.lines if not line.is_to_be_decided]
    return common | {"decisions": decisions, "lines": lines}


def _of_practice(line: Line, locale: str) -> Fields:
    title = f"{line.payer}: {name('enrollment_transactions', line.transaction, locale=locale)}"
    return _said(line, title, _asked(line, locale), locale)


def _asked(line: Line, locale: str) -> str:
    needs = ", ".join(name("enrollment_needs", need, locale=locale) for need in line.needs)
    day = "" if line.due_on is None else format_day(line.due_on, locale=locale)
    is_whole = bool(day if line.kind == "recertify" else needs)
    phrase = t(f"enrollment_asked.{line.kind}" if is_whole else f"enrollment_asked.{line.kind}.any", locale)
    return phrase.format(needs=needs, day=day)


def _of_staff(line: Line, locale: str) -> Fields:
    kind = name("enrollment_short", line.transaction, locale=locale)
    title = f"{line.practice}, {line.payer}, {kind}"
    return _said(line, title, name("enrollment_steps", line.kind, locale=locale), locale)


def _said(line: Line, title: str, step: str, locale: str) -> Fields:
    about = name("enrollment_notices", line.kind, locale=locale)
    return {"title": title, "about": about, "since": line.since, "step": step}
