"""Where a person may be: by ZIP code, by telephone number, by practice; every candidate counts (F-204)."""

from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import timezone

from models.inputs.place_tables import (
    STATE_OF_AREA,
    ZIP_RANGES,
    ZONES_OF_AREA,
    ZONES_OF_STATE,
    ZONES_OF_ZIP,
)
from models.rules.feedback_windows import Place

PREFIX: Final = 3
_UNITED_STATES: Final = "+1"
_UNKNOWN: Final = timezone.UNKNOWN_TIMEZONE
_NOWHERE: Final = frozenset({phonenumbers.PhoneNumberType.TOLL_FREE, phonenumbers.PhoneNumberType.PREMIUM_RATE})
"""Numbers that say nothing about a place."""


def candidate_places(*, zip_code: str, phone: str, practice: Place) -> tuple[Place, ...]:
    """List the places in which a person may be: by ZIP code, then by number (E.164), then the practice's.

    What is empty or unknown gives none; the practice's own place is always one.
    """
    found = (*places_of_zip(zip_code.strip()[:PREFIX]), *places_of_phone(phone.strip()), practice)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1024)
def places_of_zip(prefix: str) -> tuple[Place, ...]:
    """List the places of the first three digits of a ZIP code; none for military mail and unknown ones."""
    if len(prefix) != PREFIX or not (prefix.isascii() and prefix.isdigit()):
        return ()
    number = int(prefix)
    states = [state for first, last, state in ZIP_RANGES if first <= number <= last]
    return tuple(Place(zone, state) for state in states for zone in ZONES_OF_ZIP.get(prefix, ZONES_OF_STATE[state]))


def places_of_phone(phone: str) -> tuple[Place, ...]:
    """List the places of a number in E.164; none for one that is unknown or says nothing about a place."""
    area = phone.removeprefix(_UNITED_STATES)[:PREFIX] if phone.startswith(_UNITED_STATES) else ""
    state = STATE_OF_AREA.get(area)
    return _places_of_area(area, state) if state else _places_abroad(phone)


@lru_cache(maxsize=1024)
def _places_of_area(area: str, state: str) -> tuple[Place, ...]:
    return tuple(Place(zone, state) for zone in ZONES_OF_AREA.get(area, ZONES_OF_STATE[state]))


def _places_abroad(phone: str) -> tuple[Place, ...]:
    """List the zones of a number of another country, without a state."""
    try:
        parsed = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return ()
    if phonenumbers.number_type(parsed) in _NOWHERE:
        return ()
    zones = timezone.time_zones_for_number(parsed)
    return tuple(Place(zone) for zone in zones if zone != _UNKNOWN)
