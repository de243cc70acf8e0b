"""What a practice's people see of their own way at the portal: journey, enrollments, launch; nothing that is ours."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import TypeVar

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web import practice as private
from deployments.web.enrollments import enrollments_page
from deployments.web.errors import Missing
from deployments.web.journey import LANGUAGES, Own, journey_page
from deployments.web.pages import moment_of, page
from deployments.web.reader import ReaderVoice, asked_locale, reader_voice
from models.db import read
from models.reports.launch import LaunchLine, LaunchStatus, launch_status
from models.reports.onboarding_views import shown_to_practice
from models.rules.calendars import local_day
from models.rules.readiness_facts import CheckState, Platform
from models.store.onboarding import present_journey
from models.store.practices import find_practice

MARKS = {
    CheckState.PASSED: "done",
    CheckState.FAILED: "late",
    CheckState.OPEN: "closed",
    CheckState.NOT_APPLICABLE: "skipped",
}
Loaded = TypeVar("Loaded")


def show_progress(request: Request) -> Response:
    """Show the journey as the practice's private link shows it."""
    found = _load(request, private.journey_of)
    if found is None:
        return _not_begun(request, "journey")
    view, lines, coach = found
    voice = _voice(request, view.today, view.zone)
    shown, history = shown_to_practice(view), lines[: private.HISTORY_SHOWN]
    return journey_page(shown, voice, history=history, coach=coach, own=_own(request))


def show_enrollments(request: Request) -> Response:
    """Show how the enrollments stand, and what the practice must do now."""
    found = _load(request, private.enrollments_of)
    if found is None:
        return _not_begun(request, "status")
    status, coach = found
    return enrollments_page(status, _voice(request, status.today, status.zone), coach=coach, own=_own(request))


def show_launch(request: Request) -> Response:
    """Show what has to be right before the website launches, and what of it is the practice's to do (A-01)."""
    status = read(partial(_launch, key=request.path_params["key"], as_of=moment_of(request)))
    if status is None:
        raise Missing
    voice = _voice(request, status.today, status.zone)
    return page(
        "launch",
        voice,
        status=status,
        practice=status.practice,
        name=status.name,
        marks=MARKS,
        title_of=partial(_title, voice),
        both=Platform.BOTH.value,
        languages=LANGUAGES,
    )


def _launch(session: Session, *, key: str, as_of: datetime) -> LaunchStatus | None:
    practice = find_practice(session, key)
    return None if practice is None else launch_status(session, practice, as_of=as_of)


def _title(voice: ReaderVoice, line: LaunchLine) -> str:
    """Name a check in the reader's language; in English by its own title."""
    said = voice.name("gate_work", line.key)
    return line.title if said == line.key else said


def _load(request: Request, load: Callable[..., Loaded]) -> Loaded | None:
    """Load something of the practice's newest journey; None where none has begun."""

    def loaded(session: Session) -> Loaded | None:
        journey = present_journey(session, request.path_params["key"])
        return None if journey is None else load(session, journey, as_of=moment_of(request))

    return read(loaded)


def _not_begun(request: Request, here: str) -> Response:
    """Say that no journey of the practice has begun."""
    found = read(partial(find_practice, key=request.path_params["key"]))
    if found is None:
        raise Missing
    voice = _voice(request, local_day(moment_of(request), found.zone), found.zone)
    return page("not_begun", voice, practice=found.key, name=found.name, here=here, languages=LANGUAGES)


def _voice(request: Request, today: date, zone: str) -> ReaderVoice:
    """Speak to the practice, whoever looks: our own people see what its people read."""
    return ReaderVoice(reader_voice(request, today).locale, zone, today, to_practice=True)


def _own(request: Request) -> Own:
    asked, key = asked_locale(request), request.path_params["key"]
    return Own(f"/staff/practices/{key}/progress", f"?lang={asked}" if asked else "", key)
