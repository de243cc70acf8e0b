"""Texts between a practice and its patients: the lines on which they come, and what providers report (F-100, F-223)."""

from enum import StrEnum


class Line(StrEnum):
    """On which of the practice's products a conversation began (F-102)."""

    FEEDBACK = "feedback"
    TWO_WAY = "two_way"
    WEB_TO_TEXT = "web_to_text"
    CALL_TO_TEXT = "call_to_text"


class ProviderEventKind(StrEnum):
    """What a provider reports of texts."""

    TEXT_RECEIVED = "text_received"
    DELIVERY = "delivery"
