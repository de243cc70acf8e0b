"""One journey as a file to look at: the picture, what was said, and what was done; it needs no server."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from deployments.report_enrollments import timeline
from deployments.web.journey import what_is_shown
from deployments.web.pages import staff_voice
from deployments.web.static import stylesheet
from models.db import read
from models.inputs.mailbox import read_mailbox
from models.reports.enrollment_timeline import Course, courses
from models.reports.feedback import overview, overview_rows
from models.reports.onboarding import history_lines, journey_view
from models.settings import settings
from templates.render import render_page

HISTORY_SHOWN = 1_000
_FIRST = datetime.min.replace(tzinfo=UTC)


def write_report(
    journey_id: int, file: Path, *, counts: Counter[str], practice_addresses: Collection[str] = (), as_of: datetime
) -> Path:
    """Write the report of a journey as it is at a moment; the addresses tell the practice's mails from ours."""
    view = read(partial(journey_view, journey_id=journey_id, as_of=as_of))
    found = read(partial(courses, practice_id=view.practice_id, as_of=as_of))
    mails = list(_mails())
    to_practice = [one for one in mails if any(address in str(one["to"]) for address in practice_addresses)]
    history = read(partial(history_lines, journey_id=journey_id, limit=HISTORY_SHOWN))
    asked = read(partial(overview, practice_id=view.practice_id, since=_FIRST, until=as_of))
    voice = staff_voice(view.today, zone=view.zone)
    page = render_page(
        "report",
        v=voice,
        locale=voice.locale,
        zone=voice.zone,
        organisation=settings().organisation,
        css=stylesheet(),
        figures=sorted(counts.items()),
        mails=[one for one in mails if one not in to_practice],
        to_practice=to_practice,
        enrollments=timeline(found, begins=_begin_of(found, as_of), ends=as_of, zone=view.zone) if found else None,
        feedback=overview_rows(asked) if asked.requests else (),
        coach=None,
        own=None,
        private_link="",
        **what_is_shown(view, voice, history=history),
    )
    file.write_text(page, encoding="utf-8")
    return file


def _begin_of(found: Sequence[Course], as_of: datetime) -> datetime:
    return min((stretch.since for one in found for stretch in one.stretches), default=as_of)


def _mails() -> Iterator[Mapping[str, object]]:
    for mail in reversed(read_mailbox(settings().mailbox_folder)):
        words = {"REQUEST": "invitation", "CANCEL": "cancellation"}
        yield {
            "sent_at": mail.sent_at,
            "to": mail.to,
            "subject": mail.subject,
            "file": mail.path.name,
            "calendar": ", ".join(words.get(part.method, part.method) for part in mail.calendars),
        }
