"""The page on which a practice sees how its enrollments with payers stand, and what it must do now."""

from typing import Final

from starlette.responses import Response

from deployments.web.journey import LANGUAGES, Own
from deployments.web.pages import page
from deployments.web.wording import Voice
from models.reports.enrollment import Ahead, NextDay, PracticeStatus
from models.rules.enrollment import USABLE, State
from models.rules.onboarding_facts import JourneyStatus
from models.store.contacts import Contact

_TROUBLE: Final = frozenset({State.NEEDS_PRACTICE, State.RECERTIFYING, State.DEGRADED, State.REJECTED, State.ENDED})
_OVER: Final = frozenset({State.LIVE, State.NOT_REQUIRED})
_GONE: Final = frozenset({State.WITHDRAWN, State.DISPLACED})
_QUIET: Final = frozenset({JourneyStatus.PAUSED, JourneyStatus.CANCELLED})


def look_of(state: State) -> tuple[str, str]:
    """Give the mark and the colour by which a state is shown; its words stand beside them."""
    if state in _TROUBLE:
        return "late", "in_trouble"
    if state in _OVER:
        return "done", "finalised"
    return ("skipped", "unknown") if state in _GONE else ("open", "in_progress")


def enrollments_page(status: PracticeStatus, voice: Voice, *, coach: Contact | None, own: Own) -> Response:
    """Answer with the page; `coach` is whom the practice can reach."""
    return page(
        "enrollments",
        voice,
        status=status,
        asked=() if status.journey in _QUIET else status.asked,
        active=sum(one.state in USABLE for one in status.enrollments),
        said=lambda ahead: _said(ahead, voice),
        look_of=look_of,
        coach=coach,
        own=own,
        languages=LANGUAGES,
    )


def _said(ahead: NextDay, voice: Voice) -> str:
    """Say what the next date of an enrollment means."""
    match ahead:
        case NextDay(kind=Ahead.PLEASE_BY, first=first):
            return voice.say("due", day=voice.day(first))
        case NextDay(kind=Ahead.EXPECTED, first=first, last=last) if first is not None and last is not None:
            if first >= last:
                return voice.say("enroll.expected_day", day=voice.near_date(last))
            return voice.say("enroll.expected", span=voice.span(first, last))
        case _:
            return voice.say(f"enroll.{ahead.kind}", day=voice.day(ahead.first))
