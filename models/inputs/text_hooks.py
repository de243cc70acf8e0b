"""What text providers report, read at the edge: texts that came in, and what became of ours."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.rules.feedback_texts import LONGEST_READ
from models.rules.texting import STATUSES

_ATTEMPT: Final = re.compile(r"(\d{1,18})\.(\d{1,6})@golive\.invalid")
Number = Annotated[str, Field(pattern=r"^\+?[0-9]{3,15}$", repr=False)]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,64}$")]


class _Report(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @classmethod
    def read(cls, plain: str) -> Self | None:
        """Read what was kept sealed; none for what is no such report."""
        with suppress(ValidationError):
            return cls.model_validate_json(plain)
        return None

    def written(self) -> str:
        """Write it as it is kept."""
        return json.dumps(self.model_dump(), ensure_ascii=False)


class IncomingText(_Report):
    """One text that somebody sent to one of our numbers.

    `is_answered`: the provider answered this keyword itself and says so.
    """

    reference: Reference
    sender: Number
    to: Number
    body: str = Field(repr=False)
    is_answered: bool = False

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> Self | None:
        """Read the provider's form; none when it is no text."""
        with suppress(ValidationError):
            return cls(
                reference=form.get("MessageSid", ""),
                sender=form.get("From", ""),
                to=form.get("To", ""),
                body=form.get("Body", "").replace("\x00", "")[:LONGEST_READ],
                is_answered=bool(form.get("OptOutType")),
            )
        return None


class DeliveryReport(_Report):
    """What became of one attempt of ours; `message` and `attempt` are the two parts of its name."""

    reference: Reference
    message: int
    attempt: int
    status: str
    error: Annotated[str, Field(pattern=r"^\d{0,6}$")] = ""
    recipient: Annotated[str, Field(pattern=r"^(?:\+?[0-9]{3,15})?$", repr=False)] = ""
    sender: Annotated[str, Field(pattern=r"^(?:\+?[0-9]{3,15})?$", repr=False)] = ""

    @classmethod
    def of_form(cls, attempt: str, form: Mapping[str, str]) -> Self | None:
        """Read the provider's form about an attempt; none when it is no report of ours."""
        named, status = _ATTEMPT.fullmatch(attempt), form.get("MessageStatus", "")
        if named is None or status not in STATUSES:
            return None
        with suppress(ValidationError):
            return cls(
                reference=form.get("MessageSid", ""),
                message=int(named[1]),
                attempt=int(named[2]),
                status=status,
                error=form.get("ErrorCode", ""),
                recipient=form.get("To", ""),
                sender=form.get("From", "") if form.get("From", "").lstrip("+").isdecimal() else "",
            )
        return None

    @property
    def told(self) -> str:
        """Say in one word what became of it, with the provider's code where it failed."""
        return f"{self.status}:{self.error}" if self.error else self.status
