"""What the pages of signing in say, in one language; moments are shown in the zone that is known, else in UTC."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from starlette.requests import Request

from deployments.web.booking_voice import LANGUAGES, chosen_locale
from deployments.web.wording import Voice
from templates.words import t

ZONE: Final = "UTC"


@dataclass(frozen=True, slots=True)
class AccessVoice:
    """Speaks to whoever signs in."""

    locale: str
    today: date
    zone: str = ZONE

    def say(self, key: str, **parts: object) -> str:
        """Give a phrase, its gaps filled."""
        phrase = t(f"access.{key}", self.locale)
        return phrase.format(**parts) if parts else phrase

    def fault(self, code: str) -> str:
        """Say what is wrong."""
        return t(f"access_faults.{code}", self.locale)

    def moment(self, moment: datetime) -> str:
        """Write a moment briefly, with its zone."""
        return Voice(self.locale, self.zone, self.today).zoned(moment)


def voice_of(request: Request, as_of: datetime, *, known: str = "en") -> AccessVoice:
    """Choose the language: the one asked for, else the browser's, else the one that is known."""
    asked = request.query_params.get("lang", "")
    locale = chosen_locale(asked if asked in LANGUAGES else "", request.headers.get("accept-language", ""), known)
    return AccessVoice(locale, as_of.date())
