"""Payer enrollments as our staff see them: the board of all that wait, one practice's, and one whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.enrollments import look_of
from deployments.web.errors import Missing
from deployments.web.pages import moment_of, page, staff_voice
from deployments.web.session_guard import who_of
from models.db import read
from models.reports.enrollment_board import Asked, BoardCounts, BoardPage, board_counts, board_page
from models.reports.enrollment_views import EnrollmentView, enrollment_view, practice_enrollments
from models.rules.access import Area
from models.rules.enrollment import WAITING, State
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Party

WAY: Final = (
    (State.DRAFT, State.NEEDS_PRACTICE, State.READY),
    (State.SUBMITTED,),
    (State.PENDING_PAYER, State.TESTING),
    (State.APPROVED,),
    (State.PROVING,),
    (State.LIVE, State.RECERTIFYING),
)
"""The usual way of an enrollment, in stages; the last is where it works."""
WAY_WORDS: Final = ("Prepare", "Submit", "Payer", "Approved", "Proving", "Live")
_STATES: Final = tuple(state for state in State if state in WAITING)
_PARTIES: Final = (Party.PRACTICE, Party.US, Party.CLEARINGHOUSE, Party.PAYER)
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Filters:
    """What an address asks for, and the addresses of the same board with something changed."""

    asked: Asked

    def address(self, **changed: str) -> str:
        """Write the address of the board with some filters changed; another page begins at the first."""
        asked = self.asked
        plain = {"practice": asked.practice, "payer": asked.payer, "state": asked.state, "party": asked.party}
        words = {**plain, "late": "yes" if asked.is_late else "", "page": "", **changed}
        query = urlencode({name: str(word) for name, word in words.items() if word})
        return f"/staff/enrollments?{query}" if query else "/staff/enrollments"


def show_board(request: Request) -> Response:
    """Show all enrollments that wait for somebody, the top three payers first (E-04)."""
    as_of, asked = moment_of(request), _asked(request.query_params, who_of(request).scope(Area.ENROLLMENTS))

    def load(session: Session) -> tuple[BoardPage, BoardCounts]:
        return board_page(session, asked, as_of=as_of), board_counts(session, asked, as_of=as_of)

    shown, counts = read(load)
    return page(
        "staff_enrollments",
        staff_voice(as_of.date()),
        filters=Filters(asked),
        asked=asked,
        shown=shown,
        counts=counts,
        states=[state for state in _STATES if counts.by_state.get(state)],
        parties=[party for party in _PARTIES if counts.by_party.get(party)],
        payer=next((name for key, name, _ in counts.payers if key == asked.payer), asked.payer),
        look_of=look_of,
    )


def _asked(query: Mapping[str, str], scope: frozenset[str] | None) -> Asked:
    """Read an address; what is not understood counts as not said."""
    number = query.get("page", "")
    is_number = number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS
    return Asked(
        practice=query.get("practice", ""),
        payer=query.get("payer", ""),
        state=next((state for state in WAITING if state == query.get("state")), None),
        party=next((party for party in Party if party == query.get("party")), None),
        is_late=query.get("late") == "yes",
        number=int(number) if is_number else 1,
        scope=scope,
    )


def show_practice(request: Request) -> Response:
    """Show all enrollments of one practice, as a matrix and as a list."""
    as_of, key = moment_of(request), request.path_params["key"]
    found = read(partial(practice_enrollments, key=key, as_of=as_of))
    if found is None:
        raise Missing
    return page(
        "staff_practice_enrollments",
        staff_voice(found.today, zone=found.zone),
        practice=found.practice,
        name=found.name,
        found=found,
        transactions=list(Transaction),
        look_of=look_of,
    )


def show_enrollment(request: Request) -> Response:
    """Show one enrollment with everything in it."""
    as_of = moment_of(request)
    view = read(partial(enrollment_view, number=request.path_params["number"], as_of=as_of))
    if view is None:
        raise Missing
    return page(
        "staff_enrollment",
        staff_voice(view.today, zone=view.line.facts.zone),
        view=view,
        line=view.line,
        facts=view.line.facts,
        stages=_stages(view),
        parties=_PARTIES,
        look_of=look_of,
        as_of=as_of,
    )


def _stages(view: EnrollmentView) -> list[tuple[str, str, datetime | None]]:
    """Give the stages of the way: their words, whether each is past, present or ahead, and since when (UTC)."""
    state = view.line.facts.state
    generation = [span for span in view.spans if span.attempt == view.line.facts.attempt]
    begun = {span.state: span.since for span in reversed(generation)}
    here = next((place for place, states in enumerate(WAY) if state in states), None)
    reached = max((place for place, states in enumerate(WAY) if any(one in begun for one in states)), default=-1)
    last = here if here is not None else reached
    return [
        (
            WAY_WORDS[place],
            "here" if place == here else ("past" if place <= last and _was_in(begun, place) else "ahead"),
            min((begun[one] for one in states if one in begun), default=None),
        )
        for place, states in enumerate(WAY)
    ]


def _was_in(begun: Mapping[State, datetime], place: int) -> bool:
    return any(state in begun for state in WAY[place])
