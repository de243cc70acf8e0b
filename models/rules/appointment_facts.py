"""What is known about one appointment when something is decided about it, and what a decision is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from models.rules.appointments import Origin, PatientType, PortalStatus, Status, portal_word
from models.rules.decisions import Effect, Evidence, Note
from models.rules.messages import CATALOGUE, MessageKind, Owner


@dataclass(frozen=True, slots=True)
class Communications:
    """How the patients of a practice are written to: who sends each kind (A-105), and when reminders go out (A-81).

    `minutes_before` counts back from the start; it is empty where reminders are off.
    """

    owners: Mapping[MessageKind, Owner] = field(default_factory=dict)
    minutes_before: tuple[int, ...] = ()

    def are_ours(self, kind: MessageKind) -> bool:
        """Say whether this system sends a kind of message for the practice."""
        return self.owners.get(kind, CATALOGUE[kind].owner) is Owner.GOLIVE


SILENT: Final = Communications()


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment. Times are UTC; `system_modified_at` is the practice system's clock.

    `wanted` is what a person decided and what is still on its way to the practice system.
    """

    id: int
    practice_id: int
    status: Status
    origin: Origin
    patient_type: PatientType
    starts_at: datetime
    ends_at: datetime
    requested_at: datetime
    version: int = 1
    provider_id: int | None = None
    location_id: int | None = None
    patient_id: int | None = None
    is_virtual: bool = False
    is_group: bool = False
    reason: str = ""
    visit_reason: str = ""
    intake_forms: str = ""
    has_insurance: bool = False
    has_conflict: bool = False
    wanted: Status | None = None
    confirmed_at: datetime | None = None
    checked_out_at: datetime | None = None
    portal_cancelled_at: datetime | None = None
    portal_deleted_at: datetime | None = None
    system_id: str = ""
    system_word: str = ""
    system_modified_at: datetime | None = None
    fingerprint: str = ""
    communications: Communications = SILENT

    @property
    def portal_status(self) -> PortalStatus | None:
        """Give what PatientPop shows; none when the row was deleted there (A-50, A-52)."""
        if self.portal_deleted_at is not None:
            return None
        return PortalStatus.CANCELED if self.portal_cancelled_at is not None else portal_word(self.status)

    @property
    def minutes(self) -> int:
        """Give the length in minutes."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class Write:
    """What shall be written to the practice system: a push of its own kind, with what is to change there."""

    kind: str
    change: Mapping[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an appointment: changed fields, history, effects, at most one write to the practice system."""

    fields: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    effects: tuple[Effect, ...] = ()
    write: Write | None = None
