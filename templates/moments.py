"""Dates and times as people read them: in the practice's zone and the reader's language."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

LOCALES = ("en", "es")

_DAY: Mapping[str, str] = MappingProxyType({"en": "EEEE, MMMM d, y", "es": "EEEE d 'de' MMMM 'de' y"})
_MOMENT: Mapping[str, str] = MappingProxyType({"en": f"{_DAY['en']} 'at' h:mm a", "es": f"{_DAY['es']}, H:mm"})

SHORT_DAYS: Mapping[str, tuple[str, str]] = MappingProxyType({"en": ("MMM d", "MMM d, y"), "es": ("d MMM", "d MMM y")})
"""How a day is written without its weekday: in a year that is known, and with its year."""

_BUSINESS_DAYS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"en": ("business day", "business days"), "es": ("día hábil", "días hábiles")}
)


def known_locale(locale: str) -> str:
    """Reduce a language tag such as `es-MX` to one that we write; everything unknown becomes English."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if language in LOCALES else "en"


@lru_cache(maxsize=4096)
def format_day(day: date, *, locale: str) -> str:
    """Write out one calendar day."""
    language = known_locale(locale)
    return format_date(day, _DAY[language], locale=language)


def format_short_day(day: date, *, locale: str) -> str:
    """Write a day briefly, with its year: whoever reads it may do so later."""
    language = known_locale(locale)
    return format_date(day, SHORT_DAYS[language][True], locale=language)


def format_moment(moment: datetime, *, locale: str, zone: str) -> str:
    """Write out an aware moment as local time of `zone` with the zone's short name.

    Raises:
        ValueError: the moment has no zone of its own.
    """
    if moment.tzinfo is None:
        message = "A time to show must know its zone: hand in an aware datetime."
        raise ValueError(message)
    # Only in UTC do the two halves of an hour that comes twice differ as keys of the cache.
    return _written(moment.astimezone(UTC), known_locale(locale), zone)


def format_business_days(count: int, *, locale: str) -> str:
    """Write out a number of business days."""
    one, many = _BUSINESS_DAYS[known_locale(locale)]
    return f"{count} {one if count == 1 else many}"


@lru_cache(maxsize=4096)
def _written(moment: datetime, language: str, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{format_datetime(local, _MOMENT[language], locale=language)} {local.tzname()}"
