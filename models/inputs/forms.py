"""Fields of the forms that people fill in: keys, choices and dates, never a person's name or words."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.rules.calendars import zone_of
from models.rules.enrollment import Need
from models.rules.onboarding import CALLS, DOCUMENTS, STEPS, TOPICS, ItemKind
from models.rules.readiness import CHECKS, Scope
from models.rules.roles import STAFF_ROLES

KEY = r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$"
ACTOR = KEY.replace("^", "^(?:person:)?", 1)
KEYS = r"^(?:[a-z0-9-]{1,40}(?:, ?[a-z0-9-]{1,40})*)?$"
WHEN = r"^(?:\d{4}-\d{2}-\d{2} \d{2}:\d{2})?$"
NPI = r"^\d{10}$"
FILE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$"
DAY = r"^(?:\d{4}-\d{2}-\d{2})?$"
PAYER_ID = r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,78}$"


def _one_of(keys: Iterable[str], *, optional: bool = False) -> dict[str, list[str]]:
    return {"enum": [*([""] if optional else []), *keys]}


_ITEMS = [item.key for step in STEPS for item in (*step.items, *(step.call.agenda if step.call else ()))]
_TASKS = [item.key for step in STEPS for item in step.items if item.kind is ItemKind.TASK]

PracticeKey = Annotated[str, Field(pattern=KEY)]
OptionalPracticeKey = Annotated[str, Field(pattern=f"{KEY}|^$")]
MatterKey = Annotated[str, Field(pattern=KEY)]
DigestStart = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{12,64}$")]
StaffKey = Annotated[str, Field(pattern=KEY)]
PersonKey = Annotated[str, Field(pattern=KEY)]
PersonKeys = Annotated[str, Field(pattern=KEYS)]
PayerKey = Annotated[str, Field(pattern=KEY)]
PayerKeys = Annotated[str, Field(pattern=KEYS)]
OptionalStaffKey = Annotated[str, Field(pattern=f"{KEY}|^$")]
OptionalSessionId = Annotated[int, Field(ge=0)]
MessageIds = Annotated[str, Field(pattern=r"^\d{1,18}(?:, ?\d{1,18})*$")]
FileName = Annotated[str, Field(pattern=FILE)]
LocalMoment = Annotated[str, Field(pattern=WHEN)]
NewMoment = Annotated[str, Field(pattern=WHEN, min_length=1)]
ActorKey = Annotated[str, Field(pattern=ACTOR)]
AppointmentNumber = Annotated[int, Field(ge=1, le=2**53)]
VisitReasonKey = Annotated[str, Field(pattern=KEY)]
FormKeys = Annotated[str, Field(pattern=KEYS)]
StepChoice = Annotated[str, Field(json_schema_extra=_one_of(step.key for step in STEPS))]
CallChoice = Annotated[str, Field(json_schema_extra=_one_of(CALLS))]
AgendaChoice = Annotated[
    str, Field(json_schema_extra=_one_of(item.key for call in CALLS.values() for item in call.agenda))
]
ItemChoice = Annotated[str, Field(json_schema_extra=_one_of(_ITEMS))]
HandItemChoice = Annotated[str, Field(json_schema_extra=_one_of(_TASKS))]
DocumentChoice = Annotated[str, Field(json_schema_extra=_one_of(item.key for item in DOCUMENTS))]
TopicChoice = Annotated[str, Field(json_schema_extra=_one_of(topic.key for topic in TOPICS))]
AnyTopicChoice = Annotated[str, Field(json_schema_extra=_one_of((topic.key for topic in TOPICS), optional=True))]
StaffRoleChoice = Annotated[str, Field(json_schema_extra=_one_of(sorted(STAFF_ROLES)))]

OptionalDay = Annotated[str, Field(pattern=DAY)]
OptionalFileName = Annotated[str, Field(pattern=f"{FILE}|^$")]
BillingKey = Annotated[str, Field(pattern=f"{KEY}|^$")]
NeedChoice = Annotated[str, Field(json_schema_extra=_one_of(Need))]
Attempt = Annotated[int, Field(ge=0, le=5)]
ClearinghouseKey = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,38}$")]
OptionalPayerId = Annotated[str, Field(pattern=f"{PAYER_ID}|^$")]
ProviderNpi = Annotated[str, Field(pattern=NPI)]
OptionalNpi = Annotated[str, Field(pattern=f"{NPI}|^$")]
EnabledForms = Annotated[int, Field(ge=0, le=500)]
SignedCheckChoice = Annotated[str, Field(json_schema_extra=_one_of(one.key for one in CHECKS if one.is_signed_off))]
ProviderCheckChoice = Annotated[
    str, Field(json_schema_extra=_one_of(one.key for one in CHECKS if one.scope is Scope.PROVIDER))
]


class Specialty(StrEnum):
    """What a practice does; one of the preliminary questions (O-04)."""

    FAMILY_MEDICINE = "family_medicine"
    INTERNAL_MEDICINE = "internal_medicine"
    PEDIATRICS = "pediatrics"
    OBSTETRICS = "obstetrics"
    CARDIOLOGY = "cardiology"
    DERMATOLOGY = "dermatology"
    ORTHOPEDICS = "orthopedics"
    MENTAL_HEALTH = "mental_health"
    PHYSICAL_THERAPY = "physical_therapy"
    CHIROPRACTIC = "chiropractic"
    OTHER = "other"


def numbers_of(words: str) -> tuple[int, ...]:
    """Split a list of numbers as a form holds it."""
    return tuple(int(word) for word in words.split(","))


def keys_of(words: str) -> tuple[str, ...]:
    """Split a list of keys as a form holds it."""
    return tuple(word.strip() for word in words.split(",") if word.strip())


def moment_of(local: str, zone: str) -> datetime | None:
    """Read a local date and time (`2026-12-01 14:30`) in a zone as UTC; none when there is no such one."""
    with suppress(ValueError):
        return datetime.strptime(local, "%Y-%m-%d %H:%M").replace(tzinfo=zone_of(zone)).astimezone(UTC)
    return None


class FormError(ValueError):
    """A field of a form cannot be used; the sentence says which and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def day_of(words: str) -> date | None:
    """Read a day (`2026-12-01`); none when the field is empty.

    Raises:
        FormError: there is no such day.
    """
    if not words:
        return None
    with suppress(ValueError):
        return date.fromisoformat(words)
    message = f"There is no such day as {words}; write it like 2026-12-01."
    raise FormError(message)


def needs_of(words: Iterable[str]) -> tuple[Need, ...]:
    """Read what a practice must give, each named once.

    Raises:
        FormError: something is none of the choices.
    """
    named = tuple(dict.fromkeys(words))
    if strangers := [word for word in named if word not in set(Need)]:
        message = f"{', '.join(strangers)} is nothing that can be asked for; choose among: {', '.join(Need)}."
        raise FormError(message)
    return tuple(Need(word) for word in named)
