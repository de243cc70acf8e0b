"""What is known of a practice's settings before its website launches, and how a check of them can stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from models.rules.calendars import Calendar
from models.rules.decisions import Effect, Evidence, Note
from models.rules.messages import MessageKind, Owner

SYSTEM: Final = "golive"
"""Who checks what can be read from our own tables."""
GATE: Final = ("gate", "")
LAUNCH: Final = ("website_launch", "")
TASK: Final = "readiness."
"""How the keys of all work items of the gate begin."""

Key = tuple[str, str]
"""A check and its subject: a provider's NPI, or nothing where the whole practice is meant."""


class CheckState(StrEnum):
    """How a check stands."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"
    NOT_APPLICABLE = "not_applicable"


SETTLED: Final = frozenset({CheckState.PASSED, CheckState.NOT_APPLICABLE})


class GateState(StrEnum):
    """Whether a practice's website may launch (A-01)."""

    RED = "red"
    GREEN = "green"


class Platform(StrEnum):
    """Where a setting lives."""

    PATIENTPOP = "PatientPop"
    KAREO = "Kareo"
    BOTH = "both"


class Proof(StrEnum):
    """How somebody knows that a check has passed: its evidence."""

    SEEN_ON_SCREEN = "seen_on_screen"
    SCREENSHOT_FILED = "screenshot_filed"
    TOLD_BY_PRACTICE = "told_by_practice"
    TOLD_BY_KAREO_SUPPORT = "told_by_kareo_support"


class Finding(StrEnum):
    """What somebody found instead; a code, so that no words of a person reach a log."""

    NOT_CONFIGURED = "not_configured"
    OUT_OF_DATE = "out_of_date"
    STILL_ON = "still_on"
    STILL_PUBLISHED = "still_published"
    NO_ACCESS = "no_access"


@dataclass(frozen=True, slots=True)
class Reminders:
    """One provider's Patient Communications: minutes before the start of each reminder, and the Surveys card."""

    is_on: bool
    minutes_before: tuple[int, ...]
    has_surveys: bool


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """What is saved for one provider: calendars, those of them with hours, and communications."""

    npi: str
    calendars: int = 0
    calendars_with_hours: int = 0
    reminders: Reminders | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What was found when a check was looked at last: state, evidence, checker and time (UTC)."""

    state: CheckState
    evidence: Mapping[str, Evidence]
    checker: str
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What a gate is decided upon: saved settings, what people recorded, and which work items are open.

    `owners` holds the kinds of messages whose owner the practice set itself; the others follow the catalogue (A-105).
    """

    practice_id: int
    zone: str
    calendar: Calendar
    providers: tuple[ProviderSettings, ...] = ()
    has_kareo: bool = False
    is_engage: bool = False
    alert_recipients: int = 0
    insurances: int = 0
    booking_reasons: int = 0
    visit_reasons: int = 0
    visit_reasons_without_minutes: int = 0
    feedback_attempts: int = 0
    owners: Mapping[MessageKind, frozenset[Owner]] = field(default_factory=dict)
    records: Mapping[Key, Record] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()

    @property
    def launched_at(self) -> datetime | None:
        """Say when the website was launched (UTC)."""
        launch = self.records.get(LAUNCH)
        return launch.checked_at if launch else None

    def is_exempt(self, check: str, subject: str) -> bool:
        """Say whether a person decided that a check does not apply to one provider."""
        record = self.records.get((check, subject))
        return record is not None and record.state is CheckState.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one look says: a state, the reason in words, and evidence in counts and codes."""

    state: CheckState
    sentence: str
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What a command leads to: records by check and subject, history, effects."""

    records: Mapping[Key, Record]
    notes: tuple[Note, ...] = ()
    effects: tuple[Effect, ...] = ()
