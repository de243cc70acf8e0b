"""What a patient may answer when, and which public links the last page shows: to everybody the same (F-210, F-215)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from models.rules.feedback import Destination, Links, Outcome, Policy, Question
from models.rules.feedback_timing import is_link_valid

STARS: Final = range(1, 6)
LONGEST_WORDS: Final = 2000
MAY_HAVE_ARRIVED: Final = (Outcome.SENT, Outcome.UNSURE, Outcome.WAITING)
"""What an attempt's message may look like to us while somebody already holds its link: outcomes come late (F-221)."""


class Stage(StrEnum):
    """Which page a link opens."""

    QUESTION = "question"
    DETAILS = "details"
    CLOSED = "closed"


class AnswerFault(StrEnum):
    """What may be wrong with what a patient tells."""

    NO_ANSWER = "no_answer"
    NO_STARS = "no_stars"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a link stands: when its newest message may have arrived, what was answered, and whether that is complete."""

    sent_at: datetime | None
    is_satisfied: bool | None = None
    is_completed: bool = False


class PublicLink(NamedTuple):
    """One place where a patient can also write publicly."""

    destination: Destination
    address: str


def stage_of(standing: Standing, *, as_of: datetime) -> Stage:
    """Say which page a link opens at a moment (UTC), whatever became of its request meanwhile (F-215)."""
    if standing.is_completed or standing.sent_at is None or not is_link_valid(standing.sent_at, as_of=as_of):
        return Stage.CLOSED
    return Stage.QUESTION if standing.is_satisfied is None else Stage.DETAILS


def is_thanked(standing: Standing, *, as_of: datetime) -> bool:
    """Say whether the last page of a complete answer can still be shown to whoever sent it."""
    return standing.is_completed and standing.sent_at is not None and is_link_valid(standing.sent_at, as_of=as_of)


def faults_in(stars: int | None, words: str, *, is_satisfied: bool) -> tuple[tuple[str, AnswerFault], ...]:
    """List what is wrong, by field: a yes comes with stars, a no needs nothing at all (F-063, F-064)."""
    found = []
    if is_satisfied and stars not in STARS:
        found.append(("stars", AnswerFault.NO_STARS))
    if len(words) > LONGEST_WORDS:
        found.append(("words", AnswerFault.TOO_LONG))
    return tuple(found)


def kept_stars(stars: int | None, *, is_satisfied: bool) -> int | None:
    """Give the stars that are stored: who was not satisfied is not asked for any (F-064)."""
    return stars if is_satisfied else None


def public_links(policy: Policy, addresses: Mapping[Destination, str]) -> tuple[PublicLink, ...]:
    """List the links of the last page, in the practice's order (F-070); it knows nothing of any answer (F-210)."""
    if policy.links is Links.PRIVATE_ONLY_FOR_ALL:
        return ()
    return tuple(
        PublicLink(one, addresses[one]) for one in policy.destinations if _is_web_address(addresses.get(one, ""))
    )


def own_question(policy: Policy) -> Question | None:
    """Give the question that a practice wrote itself; none where the usual words stand, or neutral ones must."""
    return None if policy.is_sensitive or policy.question == Question() else policy.question


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
