"""What happened in a journey, newest first: sentences for staff, kinds and subjects for what a practice is told."""

from collections.abc import Iterable
from datetime import datetime

from babel.dates import format_datetime
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.reports.onboarding_views import HistoryLine
from models.rules.calendars import zone_of
from models.rules.decisions import Evidence, Process
from models.rules.onboarding_sentences import sentence
from models.rules.onboarding_template import template
from models.store.events import history
from models.tables.onboarding import JourneyRow
from models.tables.practices import Practice

TOLD_TO_PRACTICE = frozenset(
    {
        "journey_started",
        "agreement_signed",
        "step_opened",
        "step_done",
        "step_skipped",
        "call_held",
        "call_moved",
        "document_received",
        "document_accepted",
        "document_rejected",
        "enrollment_finalised",
        "went_live",
        "first_era_posted",
        "journey_paused",
        "journey_resumed",
        "graduated",
    }
)
"""Kinds of lines that a practice reads too; everything else is our own business."""


def history_lines(session: Session, journey_id: int, limit: int = 100) -> list[HistoryLine]:
    """Give the newest lines of a journey as sentences, newest first; moments in them are the practice's local ones.

    Raises:
        NoResultFound: there is no journey with this id.
    """
    version, zone = session.execute(
        select(JourneyRow.template_version, Practice.zone)
        .join(Practice, Practice.id == JourneyRow.practice_id)
        .where(JourneyRow.id == journey_id)
    ).one()
    events = history(session, process=Process.ONBOARDING, process_id=journey_id, limit=limit)
    return [
        HistoryLine(
            event.at,
            event.kind,
            event.subject,
            sentence(
                event.kind,
                subject=event.subject,
                reason=event.reason,
                actor=event.actor,
                evidence={key: _readable(key, value, zone) for key, value in event.evidence.items()},
                template=template(version),
            ),
        )
        for event in events
    ]


def _readable(key: str, value: Evidence, zone: str) -> Evidence:
    if key != "starts_at" or not isinstance(value, str):
        return value
    moment = datetime.fromisoformat(value)
    local = moment if moment.tzinfo is None else moment.astimezone(zone_of(zone))  # without a zone it is local already
    return format_datetime(local, "EEE, MMM d 'at' h:mm a", locale="en")


def told_to_practice(lines: Iterable[HistoryLine]) -> list[HistoryLine]:
    """Keep what a practice is told of its journey."""
    return [line for line in lines if line.kind in TOLD_TO_PRACTICE]
