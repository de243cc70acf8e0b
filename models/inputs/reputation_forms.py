"""Fields of the forms about reviews: numbers, places and choices; words of a reply come from a file."""

from typing import Annotated, Final, Literal

from pydantic import Field

from models.rules.reputation_replies import Override

PLACE: Final = r"^accounts/[A-Za-z0-9_-]{1,60}/locations/[A-Za-z0-9_-]{1,60}$"

ReviewNumber = Annotated[int, Field(ge=1, le=2**53)]
FeedbackNumber = Annotated[int, Field(ge=1, le=2**53)]
PlaceName = Annotated[str, Field(pattern=PLACE)]
OverrideChoice = Literal[
    "",
    "names_our_own_staff",
    "names_a_place",
    "general_statement",
    "public_office_fact",
    "other_meaning",
]


def override_of(word: str) -> Override | None:
    """Read why doubtful words may stand; none when the field is empty."""
    return Override(word) if word else None
