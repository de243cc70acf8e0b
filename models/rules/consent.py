"""Consent to texts and the ways in which an address is stopped, as words that ledgers keep (F-201, F-205)."""

from enum import StrEnum


class Source(StrEnum):
    """Where a consent, or its withdrawal, comes from (F-030, F-201, F-206)."""

    BOOKING = "booking"
    PAPER = "paper"
    IMPORT = "import"
    TEXT = "text"
    OFFICE = "office"


class StopReason(StrEnum):
    """Why nothing more goes to an address."""

    KEYWORD = "keyword"
    PHRASE = "phrase"
    DOUBT = "doubt"
    WRONG_NUMBER = "wrong_number"
    LINK = "link"
    MAIL = "mail"
    OFFICE = "office"
    PROVIDER = "provider"
    UNDELIVERABLE = "undeliverable"
