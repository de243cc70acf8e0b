"""The page on which a practice sees how its enrollments with payers stand, and what it must do now."""

from functools import partial
from typing import Final

from starlette.responses import Response

from deployments.web.journey import LANGUAGES, Own
from deployments.web.pages import page
from deployments.web.wording import Voice
from models.reports.enrollment import PracticeStatus
from models.rules.enrollment import State
from models.store.contacts import Contact
from templates.progress_words import ahead_words

_TROUBLE: Final = frozenset({State.NEEDS_PRACTICE, State.RECERTIFYING, State.DEGRADED, State.REJECTED, State.ENDED})
_OVER: Final = frozenset({State.LIVE, State.NOT_REQUIRED})
_GONE: Final = frozenset({State.WITHDRAWN, State.DISPLACED})


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
        asked=status.asked_now,
        active=status.usable,
        said=partial(ahead_words, locale=voice.locale, day=voice.day, near=voice.near_date, span=voice.span),
        look_of=look_of,
        coach=coach,
        own=own,
        languages=LANGUAGES,
    )
