"""From a feedback letter to a mail with its way out, or to a text of one part."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from models.inputs.letters import FeedbackLetter
from models.inputs.outgoing import Mailbox, OutgoingMail, OutgoingText, Unsubscribe
from models.rules.feedback import Signature
from models.rules.messages import CATALOGUE
from templates.gsm import gsm_length, shortened, to_gsm
from templates.letters import Sender
from templates.render import Letterhead, render_mail, render_text
from templates.words import name

ONE_PART: Final = 160
LEAST_NAME: Final = 12  # letters of a practice's name by which its patients still know it
TEST: Final = "Test: "
_ZONE: Final = "UTC"  # no message of this kind tells a time
OF_PROVIDER: Final = {
    Signature.SINCERELY_PROVIDER: Signature.SINCERELY_PRACTICE,
    Signature.THANK_YOU_PROVIDER: Signature.THANK_YOU_PRACTICE,
}
"""Closings that name the provider, and those that stand in for them where none may or can be named (F-209)."""


def compose_feedback_mail(letter: FeedbackLetter, *, sender: Sender, as_of: datetime) -> OutgoingMail:
    """Write a mail about feedback, in the name of the practice and with a way out (F-050, F-207, F-209).

    Raises:
        ValueError: there is no postal address or no link to opt out; the message names nobody.
    """
    letterhead = _letterhead(letter, sender)
    if not letterhead.postal_address or not letter.stop_link:
        message = "A feedback mail needs a postal address and a link to opt out (F-207): set both before sending."
        raise ValueError(message)
    locale = letter.reader.locale
    mail = render_mail(letter.kind, locale=locale, fields=_fields(letter), zone=_ZONE, letterhead=letterhead)
    return OutgoingMail(
        message_id=letter.message_id,
        sender=sender.for_practice(letter.practice_name, locale=locale),
        recipient=Mailbox(name=letter.reader.name, address=letter.reader.address),
        subject=f"{TEST}{mail.subject}" if letter.is_test else mail.subject,
        text=mail.text,
        html=mail.html,
        sent_at=as_of,
        headers=(("Auto-Submitted", "auto-generated"),),  # answers of absent readers go nowhere
        unsubscribe=_way_out(letter),
    )


def compose_feedback_text(letter: FeedbackLetter, *, as_of: datetime) -> OutgoingText:
    """Write a text of one part in the basic alphabet, its link whole; names give way where all does not fit (F-214).

    First the reader's name goes, then the end of the practice's, then the provider's; each is told whole or not at
    all except the practice's, which is cut.

    Raises:
        ValueError: the link leaves no room for the practice's name.
    """
    body = next((body for body in _bodies(letter) if gsm_length(body) <= ONE_PART), None)
    if body is None:
        message = f"A text with this link does not fit {ONE_PART} letters (F-214): use a shorter public address."
        raise ValueError(message)
    token = letter.link.rpartition("/")[2]
    to = letter.reader.address
    return OutgoingText(attempt=letter.message_id, sent_at=as_of, recipient=to, body=body, token=token)


def compose_private_text(letter: FeedbackLetter, *, as_of: datetime) -> OutgoingText:
    """Write the text that answers private feedback: the practice's own words, in as many parts as they take (F-083)."""
    to = letter.reader.address
    return OutgoingText(attempt=letter.message_id, sent_at=as_of, recipient=to, body=_body(letter))


def signature_of(letter: FeedbackLetter) -> str:
    """Fill the closing that the practice chose, in the reader's language (F-050); a sensitive one names no provider."""
    chosen = letter.signature
    if letter.is_sensitive or not letter.provider:
        chosen = OF_PROVIDER.get(chosen, chosen)
    phrase = name("feedback_signatures", chosen, locale=letter.reader.locale)
    return phrase.format(practice_name=letter.practice_name, provider_name=letter.provider)


def _bodies(letter: FeedbackLetter) -> Iterator[str]:
    """Write a text in ever fewer words."""
    yield _body(letter)
    nameless = replace(letter, reader=replace(letter.reader, first_name=""))
    yield _body(nameless)
    yield from _cut(nameless)
    by_practice = replace(nameless, signature=OF_PROVIDER.get(letter.signature, letter.signature))
    yield _body(by_practice)
    yield from _cut(by_practice)


def _cut(letter: FeedbackLetter) -> Iterator[str]:
    """Cut the practice's name as far as needed, while enough of it is left."""
    places = gsm_length(to_gsm(letter.practice_name)) - (gsm_length(_body(letter)) - ONE_PART)
    # More than once only for names with marks that a message does not show: they count here, and not there.
    for fewer in range(places, LEAST_NAME - 1, -1):
        yield _body(replace(letter, practice_name=shortened(letter.practice_name, fewer)))


def _body(letter: FeedbackLetter) -> str:
    mark = TEST if letter.is_test else ""
    return mark + render_text(letter.kind, locale=letter.reader.locale, fields=_fields(letter), zone=_ZONE)


def _fields(letter: FeedbackLetter) -> dict[str, object]:
    fields: dict[str, object] = {
        "practice_name": letter.practice_name,
        "recipient_first_name": letter.reader.first_name,
        "link": letter.link,
        "stop_link": letter.stop_link,
        "signature": signature_of(letter),
        "number": letter.number,
        "is_last": letter.is_last,
        "is_sensitive": letter.is_sensitive,
        "words": letter.words,
    }
    return {key: value for key, value in fields.items() if key in CATALOGUE[letter.kind].allowed_fields}


def _letterhead(letter: FeedbackLetter, sender: Sender) -> Letterhead:
    return Letterhead(letter.practice_name, letter.postal_address) if letter.postal_address else sender.letterhead


def _way_out(letter: FeedbackLetter) -> Unsubscribe | None:
    """Tell mail programs how to opt out; they click only on https, so an installation to try out has no one click."""
    one_click = letter.stop_link if letter.stop_link.startswith("https://") else ""
    if not one_click and not letter.stop_address:
        return None
    token = letter.stop_link.rstrip("/").rpartition("/")[2]
    return Unsubscribe(one_click=one_click, address=letter.stop_address, subject=f"stop {token}")
