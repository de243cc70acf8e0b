"""What people write into the forms about feedback, and the changes of a practice's policy that it means."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field

from models.inputs.forms import FormError
from models.rules.feedback import LEAST_OMISSION, MOST_OMISSION, Destination, Question, RelativeTo, RequestState
from models.rules.feedback_policy import Cadence, Method
from models.rules.messages import Channel

FirstHours = Annotated[int, Field(ge=1, le=72)]
FurtherDays = Annotated[int, Field(ge=0, le=30)]
OmissionDays = Annotated[int, Field(ge=LEAST_OMISSION, le=MOST_OMISSION)]
QuestionWords = Annotated[str, Field(min_length=5, max_length=160, pattern=r"^[^@<>{}\r\n]*$")]
ReviewAddress = Annotated[str, Field(max_length=300)]
AttemptNumber = Annotated[int, Field(ge=1, le=3)]
SpanOfDays = Annotated[int, Field(ge=1, le=400)]
ListLength = Annotated[int, Field(ge=1, le=2000)]
HourOfDay = Annotated[int, Field(ge=0, le=24)]
PriceOfText = Annotated[float, Field(ge=0, le=1)]
StateChoice = Annotated[str, Field(json_schema_extra={"enum": ["", *RequestState]})]


class Tick(StrEnum):
    """Whether something is wanted that is seldom so."""

    NO = "no"
    YES = "yes"


class Ways(StrEnum):
    """How one attempt goes (F-023)."""

    TEXT = "text"
    EMAIL = "email"
    BOTH = "text_and_email"


CHANNELS: Final[Mapping[Ways, tuple[Channel, ...]]] = {
    Ways.TEXT: (Channel.TEXT,),
    Ways.EMAIL: (Channel.EMAIL,),
    Ways.BOTH: (Channel.TEXT, Channel.EMAIL),
}
HOSTS: Final[Mapping[Destination, tuple[str, ...]]] = {
    Destination.GOOGLE: ("google.com", "g.page", "goo.gl"),
    Destination.VITALS: ("vitals.com",),
    Destination.HEALTHGRADES: ("healthgrades.com",),
    Destination.OWN_SITE: (),
}
"""Where a destination's addresses lie, subdomains included; a practice's own site may lie anywhere."""
NAMES: Final[Mapping[Destination, str]] = {
    Destination.GOOGLE: "Google",
    Destination.VITALS: "Vitals",
    Destination.HEALTHGRADES: "Healthgrades",
    Destination.OWN_SITE: "the practice's own site",
}
_HOST: Final = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}")


def cadence_of(
    first_hours: int, second_days: int, third_days: int, *, relative_to: RelativeTo, allows_one_ask: bool
) -> Cadence:
    """Read when each attempt goes out; zero days leave an attempt out, and every one after it (F-013).

    Raises:
        FormError: there is a third attempt, but no second one.
    """
    if third_days and not second_days:
        message = "There is no third attempt without a second one; give the second one its days, or leave out both."
        raise FormError(message)
    further = tuple(timedelta(days=days) for days in (second_days, third_days) if days)
    return Cadence((timedelta(hours=first_hours), *further), relative_to, allows_one_ask)


def method_of(ways: tuple[Ways, ...], *, attempts: int) -> Method:
    """Read the ways of each attempt that the practice makes; what is chosen for others is left out."""
    return tuple(CHANNELS[one] for one in ways[:attempts])


def question_of(english: str, spanish: str) -> Question:
    """Read the question of the page in both languages (F-053).

    Raises:
        FormError: one of them is empty.
    """
    if not english.strip() or not spanish.strip():
        message = "The page asks one question in English and in Spanish; write both."
        raise FormError(message)
    return Question(english.strip(), spanish.strip())


def addresses_of(written: Mapping[Destination, str]) -> dict[Destination, str]:
    """Read where reviews can be written; an empty field leaves a destination out (F-070, F-072).

    Raises:
        FormError: an address cannot be used.
    """
    return {
        destination: _address(destination, address.strip())
        for destination, address in written.items()
        if address.strip()
    }


def _address(destination: Destination, address: str) -> str:
    name = NAMES[destination]
    try:
        parts = urlsplit(address)
        is_plain = parts.scheme == "https" and parts.port is None and not parts.username and not parts.password
    except ValueError:
        is_plain, parts = False, urlsplit("")
    host = (parts.hostname or "").rstrip(".")
    if not is_plain or not _HOST.fullmatch(host) or any(not 32 < ord(letter) < 127 for letter in address):  # noqa: PLR2004 - what ASCII shows
        message = f"The address of {name} must be like https://www.example.com/page; correct it. Nothing was changed."
        raise FormError(message)
    allowed = HOSTS[destination]
    if allowed and not any(host == one or host.endswith(f".{one}") for one in allowed):
        message = f"The address of {name} must lie on {' or '.join(allowed)}; correct it. Nothing was changed."
        raise FormError(message)
    return address
