"""Consent to texts and the ways in which an address is stopped, as words that ledgers keep (F-201, F-205)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

TEXT_CONSENT_VERSION: Final = "booking-texts/2026-11"
"""Name and version of the words beside the box of the widget; new words get a new version, old ones stay below."""
PAPER_WORDING: Final = "paper/2026-11"
START_WORDING: Final = "text-start/2026-11"
STOP_WORDING: Final = "text-stop/2026-11"
PROVIDER_WORDING: Final = "provider-stop/2026-11"
RESUMED_WORDING: Final = "office-resumed/2026-11"
WORDINGS: Final[Mapping[str, Mapping[str, str]]] = {
    TEXT_CONSENT_VERSION: {
        "en": "You may ask me by text message how my visit was. Message rates may apply. Reply STOP to end.",
        "es": (
            "Pueden preguntarme por mensaje de texto cómo fue mi visita. Puede haber costos por mensaje. "
            "Responda STOP para terminar."
        ),
    },
    PAPER_WORDING: {
        "en": "The practice may ask me by text message how a visit was. Message rates may apply. I may end it anytime.",
        "es": (
            "El consultorio puede preguntarme por mensaje de texto cómo fue mi visita. Puede haber costos por mensaje. "
            "Puedo terminarlo cuando quiera."
        ),
    },
    START_WORDING: {
        "en": "The person texted a word that asks for texts again, such as START.",
        "es": "La persona escribió por texto una palabra que pide volver a recibir mensajes, como INICIAR.",
    },
    STOP_WORDING: {
        "en": "The person texted words that ask for no more texts, such as STOP.",
        "es": "La persona escribió por texto palabras que piden no recibir más mensajes, como ALTO.",
    },
    PROVIDER_WORDING: {
        "en": "The text provider reported that the person had opted out there.",
        "es": "El proveedor de mensajes informó que la persona había pedido allí no recibir más.",
    },
    RESUMED_WORDING: {
        "en": "A person read the text and found that it asked for no stop; the consent from before goes on.",
        "es": "Una persona leyó el mensaje y vio que no pedía parar; sigue el consentimiento anterior.",
    },
}
"""Every wording by name and version, in each language; one that was used is never changed (F-201)."""
OWN_FORM: Final = "These words stand on a form of the practice's own, which the practice keeps under this name."


def full_words(wording: str, locale: str) -> str:
    """Give the full words of a wording in a language; those of a practice's own form are with the practice."""
    known = WORDINGS.get(wording)
    return OWN_FORM if known is None else known.get(locale, known["en"])


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
