"""What the forms of signing in send: an address, passwords, codes; none of it shows where a value is printed."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from models.rules.passwords import LONGEST

LONGEST_ADDRESS: Final = 254
_PLACE: Final = re.compile(r"/(?:staff|account)(?:[/?][A-Za-z0-9/_.?=&%+:,-]*)?")
F = TypeVar("F", bound="_Form")


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class SignInForm(_Form):
    """Who wants in, and where to go afterwards: one of our own pages, or nowhere in particular."""

    email: Annotated[str, Field(min_length=1, max_length=LONGEST_ADDRESS, repr=False)]
    password: Annotated[str, Field(min_length=1, max_length=LONGEST * 4, repr=False)]
    next: str = ""

    @field_validator("email")
    @classmethod
    def _bare(cls, email: str) -> str:
        return email.strip()

    @field_validator("next")
    @classmethod
    def _ours(cls, place: str) -> str:
        return place_of(place)


class CodeForm(_Form):
    """A one-time code or a recovery code."""

    code: Annotated[str, Field(min_length=1, max_length=60, repr=False)]
    next: str = ""

    @field_validator("next")
    @classmethod
    def _ours(cls, place: str) -> str:
        return place_of(place)


class PasswordForm(_Form):
    """A new password, typed twice."""

    password: Annotated[str, Field(max_length=LONGEST * 4, repr=False)]
    again: Annotated[str, Field(max_length=LONGEST * 4, repr=False)]

    @property
    def is_same(self) -> bool:
        """Say whether both are the same."""
        return self.password == self.again


def place_of(typed: str) -> str:
    """Give a page of ours to go to after signing in; anything else is nowhere in particular."""
    return typed if _PLACE.fullmatch(typed) and "//" not in typed and len(typed) <= LONGEST_ADDRESS else ""


def read_values(kind: type[F], values: Mapping[str, str]) -> F | None:
    """Read a form; None where a field is missing or too long."""
    try:
        return kind.model_validate(dict(values))
    except ValidationError:
        return None
