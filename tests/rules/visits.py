"""Appointments to decide about, showing only the fact that matters."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from models.rules.appointment_decision import decide
from models.rules.appointment_events import Event, Seen
from models.rules.appointment_facts import Appointment, Communications, Decision
from models.rules.appointments import Origin, PatientType, Status
from models.rules.decisions import Ask, CancelTimers, Refusal, Say, SetTimer, Settle
from models.rules.messages import MessageKind, Owner

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
START = NOW + timedelta(days=3)
OURS: Mapping[MessageKind, Owner] = dict.fromkeys(MessageKind, Owner.GOLIVE)
SPOKEN_BY_US = Communications(OURS, (2880, 120))
SPOKEN_BY_KAREO = Communications({}, ())


def a_request(**changes: Any) -> Appointment:
    """Give a request from the widget that the practice system holds as tentative."""
    facts: dict[str, Any] = {
        "id": 7,
        "practice_id": 1,
        "status": Status.TENTATIVE,
        "origin": Origin.WIDGET,
        "patient_type": PatientType.NEW,
        "starts_at": START,
        "ends_at": START + timedelta(minutes=30),
        "requested_at": NOW,
        "provider_id": 11,
        "location_id": 12,
        "patient_id": 13,
        "reason": "sick-visit",
        "system_id": "501",
        "system_modified_at": NOW,
        "fingerprint": "a",
        "communications": SPOKEN_BY_US,
    }
    return Appointment(**(facts | changes))


def a_visit(**changes: Any) -> Appointment:
    """Give a confirmed appointment."""
    return a_request(**({"status": Status.CONFIRMED, "confirmed_at": NOW} | changes))


def shown(status: Status, *, minutes: float = 1, **changes: Any) -> Seen:
    """Give what the practice system shows, modified some minutes from now by its clock."""
    facts: dict[str, Any] = {
        "status": status,
        "starts_at": START,
        "ends_at": START + timedelta(minutes=30),
        "modified_at": NOW + timedelta(minutes=minutes),
        "fingerprint": f"{status}{changes}",
        "provider_id": 11,
        "location_id": 12,
        "patient_id": 13,
        "system_id": "501",
    }
    return Seen(**(facts | changes))


def decided(visit: Appointment, event: Event, *, as_of: datetime = NOW) -> Decision:
    """Decide, where nothing is to be refused."""
    decision = decide(visit, event, as_of=as_of)
    assert isinstance(decision, Decision), decision
    return decision


def refused(visit: Appointment, event: Event, *, as_of: datetime = NOW) -> Refusal:
    """Decide, where the answer is a refusal."""
    decision = decide(visit, event, as_of=as_of)
    assert isinstance(decision, Refusal), decision
    assert decision.sentence.endswith(".")
    return decision


def after(visit: Appointment, event: Event, *, as_of: datetime = NOW) -> Appointment:
    """Give the appointment as an event leaves it."""
    decision = decided(visit, event, as_of=as_of)
    changes: dict[str, Any] = dict(decision.fields)
    return replace(visit, **changes, version=visit.version + 1) if changes else visit


def said(decision: Decision) -> list[MessageKind]:
    return [one.kind for one in decision.effects if isinstance(one, Say)]


def asked(decision: Decision) -> list[str]:
    return [one.key for one in decision.effects if isinstance(one, Ask)]


def settled(decision: Decision) -> list[str]:
    return [one.key for one in decision.effects if isinstance(one, Settle)]


def timers(decision: Decision) -> list[tuple[str, datetime]]:
    return [(one.kind, one.due_at) for one in decision.effects if isinstance(one, SetTimer)]


def called_off(decision: Decision) -> list[str]:
    return [one.kind for one in decision.effects if isinstance(one, CancelTimers)]
