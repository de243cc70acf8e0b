"""From an answer to a text to the text that is sent: a fixed one, or the words of a person of the practice."""

from datetime import datetime

from models.inputs.letters import FeedbackLetter
from models.inputs.outgoing import OutgoingText
from models.rules.messages import MessageKind
from templates.feedback_letters import compose_feedback_text, compose_private_text
from templates.render import render_text


def compose_text_answer(letter: FeedbackLetter, *, as_of: datetime) -> OutgoingText:
    """Write an answer to a text (F-101, F-206); raises as `compose_feedback_text`."""
    if letter.kind is MessageKind.PRIVATE_ANSWER_TEXT:
        return compose_private_text(letter, as_of=as_of)
    if letter.kind is not MessageKind.TEXT_REPLY:
        return compose_feedback_text(letter, as_of=as_of)
    body = render_text(letter.kind, locale=letter.reader.locale, fields={"words": letter.words}, zone="UTC")
    return OutgoingText(attempt=letter.message_id, sent_at=as_of, recipient=letter.reader.address, body=body)
