"""The language of a page of whoever signed in: the one that was asked for, else the reader's own."""

from dataclasses import dataclass
from datetime import date

from starlette.requests import Request

from deployments.web.booking_voice import LANGUAGES
from deployments.web.session_guard import who_of
from deployments.web.wording import Voice
from templates.words import t


@dataclass(frozen=True, slots=True)
class ReaderVoice(Voice):
    """Speaks to somebody who signed in."""

    def tell(self, key: str, **parts: object) -> str:
        """Give a phrase by its whole key, its gaps filled."""
        phrase = t(key, self.locale)
        return phrase.format(**parts) if parts else phrase


def asked_locale(request: Request) -> str:
    """Give the language that the address asks for; empty when it asks for none that we speak."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else ""


def reader_voice(request: Request, today: date, *, zone: str = "UTC") -> ReaderVoice:
    """Make the voice of a page for whoever looks at it."""
    who = who_of(request)
    locale = asked_locale(request) or (who.locale if who.locale in LANGUAGES else "en")
    return ReaderVoice(locale, zone, today, to_practice=bool(who.own))
