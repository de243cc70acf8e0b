"""What a clearinghouse is asked and answers about enrollments; lives in memory only.

Moments are aware and in UTC, ids are texts. Names, tax ids, contacts and free text have no place in a repr.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.rules.enrollment import RejectReason
from models.rules.enrollment_words import Asked
from models.rules.onboarding_facts import Transaction

LARGEST_DOCUMENT = 20 * 1024 * 1024

SubmissionNumber = Annotated[int, Field(ge=1, le=2**53)]
NumberThere = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,80}$")]


class Finding(StrEnum):
    """What a person found out about a submission whose outcome stayed unknown."""

    ARRIVED = "arrived"
    NOT_THERE = "not_there"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom the payer may write to or call about an enrollment, as it has the practice on file; the phone is E.164."""

    organization: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    street: str = field(repr=False)
    city: str = field(repr=False)
    state: str = field(repr=False)
    postal_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewEnrollment:
    """One payer, transaction and billing identity to be enrolled; `key` is ours, by which it is found again.

    `payer_id` is the payer's id at this clearinghouse, text with its zeros (E-02). `effective_on` is the first day
    of the new way, where one was agreed (E-16). The tax id is an employer's: nine digits.
    """

    key: str
    payer_id: str
    payer_class: str
    transaction: Transaction
    npi: str
    tax_id: str = field(repr=False)
    name: str = field(repr=False)
    contact: Contact = field(repr=False)
    effective_on: date | None = None


@dataclass(frozen=True, slots=True)
class ForeignTask:
    """One thing that somebody must do before an enrollment goes on; `is_practices` says who."""

    id: str
    asked: Asked
    is_done: bool
    is_practices: bool
    instructions: str = field(default="", repr=False)
    template: str = ""


@dataclass(frozen=True, slots=True)
class ForeignEnrollment:
    """One enrollment as a clearinghouse shows it; `word` is its own, since `changed_at` by its own clock (UTC)."""

    id: str
    word: str
    changed_at: datetime
    reason: RejectReason | None = None
    tasks: tuple[ForeignTask, ...] = ()

    @property
    def asked(self) -> frozenset[Asked]:
        """Say what is still asked of the practice."""
        return frozenset(one.asked for one in self.tasks if one.is_practices and not one.is_done)


@dataclass(frozen=True, slots=True)
class ForeignDocument:
    """One document of an enrollment; only what arrived whole can be read."""

    id: str
    is_there: bool
    task: str = ""
    size: int = 0
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NewDocument:
    """One PDF to be handed over for a task of an enrollment."""

    enrollment: str
    task: str
    name: str = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One line of an enrollment's history there."""

    word: str
    at: datetime
    before: str = ""
