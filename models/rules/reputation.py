"""Public reviews and what they ask of a practice; private feedback has its own types and never comes here (F-082)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from models.rules.calendars import Calendar, business_deadline
from models.rules.decisions import Ask, Effect, Note, Settle
from models.rules.roles import Role

ReviewId = NewType("ReviewId", int)
"""A public review. An answer of private feedback is an `AnswerId`, and the two are never exchanged (F-082)."""

LOW_STARS: Final = (1, 2)
"""So few stars ask for a person within two working days, and for two persons before a reply goes out (F-211)."""
DAYS_TO_ANSWER: Final = 2
MOST_STARS: Final = 5
LONGEST_REVIEW: Final = 5_000
LONGEST_REPLY_BYTES: Final = 4_096
"""What Google takes as a reply, in UTF-8; the others take less in practice, and nobody reads more."""
ANSWER_LOW_STARS: Final = "answer_low_review"
LOOK_AFTER_REPLY: Final = "look_after_reply"
"""Work items of the front office: a review with one or two stars, and a reply that its site did not take."""


class ReviewSource(StrEnum):
    """Where a review stands in public (F-070)."""

    GOOGLE = "google"
    VITALS = "vitals"
    HEALTHGRADES = "healthgrades"
    OWN_SITE = "own_site"
    CSV = "csv"


CONNECTED_SOURCES: Final = frozenset({ReviewSource.GOOGLE})
"""Where a connector can post; elsewhere a person posts a released reply by hand and confirms it."""


class ReviewState(StrEnum):
    """Whether a review can still be read where it was written."""

    SHOWN = "shown"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class PublicReview:
    """What anybody can read: where, when, how many stars (none where the source has none), signed how, which words."""

    source: ReviewSource
    foreign_id: str = field(repr=False)
    stars: int | None
    written_at: datetime
    changed_at: datetime
    signed: str = field(default="", repr=False)
    words: str = field(default="", repr=False)
    place: str = ""
    reply: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse stars that no source gives."""
        if self.stars is not None and not 1 <= self.stars <= MOST_STARS:
            message = "a review has one to five stars, or none"
            raise ValueError(message)

    @property
    def is_answered_there(self) -> bool:
        """Say whether a reply stands beside it already, whoever wrote it."""
        return bool(self.reply)


class Seen(StrEnum):
    """What a review is, compared with what was known of it."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    BACK = "back"
    GONE = "gone"


def is_low(stars: int | None) -> bool:
    """Say whether so few stars ask for a person, and for two before a reply is posted."""
    return stars in LOW_STARS


@dataclass(frozen=True, slots=True)
class Practice:
    """Where days are counted."""

    zone: str
    calendar: Calendar


def note_review(
    seen: Seen, stars: int | None, practice: Practice, *, is_answered: bool, as_of: datetime
) -> tuple[tuple[Note, ...], tuple[Effect, ...]]:
    """Say what a new, changed, returned or vanished review leads to: a line of history, and work for low stars.

    A review that was answered at the source already, or has three stars or more, asks nobody.
    """
    if seen is Seen.SAME:
        return (), (Settle(ANSWER_LOW_STARS, "answered_there"),) if is_answered else ()
    notes = (Note(f"review_{seen.value}", evidence={"stars": stars}),)
    if seen is Seen.GONE:
        return notes, (Settle(ANSWER_LOW_STARS, "withdrawn"),)
    if is_answered or not is_low(stars):
        return notes, (Settle(ANSWER_LOW_STARS, "answered_there" if is_answered else "stars_changed"),)
    due = business_deadline(as_of, DAYS_TO_ANSWER, zone=practice.zone, calendar=practice.calendar)
    return notes, (Ask(ANSWER_LOW_STARS, Role.FRONT_OFFICE, due),)
