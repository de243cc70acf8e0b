"""What patients told in private: listed apart from public reviews, and marked as read by a person (F-081, F-082)."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.reputation_answers import PATH, feedback_alone
from deployments.web.reputation_room import At, Posted, Room, room_of, see, show_room, takes
from models.db import read, transaction
from models.inputs.reputation_pages import number_in, numbers_in, place_in, place_word
from models.reports.reputation_pages import Place, private_page
from models.rules.access import Area, Right
from models.rules.reputation import MOST_STARS
from models.store.feedback_answers import mark_read


def show_private(request: Request) -> Response:
    """Show a page of private feedback, or the one that is asked for by its number."""
    if "feedback" in request.query_params:
        return feedback_alone(room_of(request), number_in(request.query_params["feedback"]))
    return _page(room_of(request), request.query_params.get("before", ""))


def _page(room: Room, before: str, *, errors: Mapping[str, str] | None = None) -> Response:
    place = place_in(before)
    found = read(partial(private_page, practice_id=room.practice_id, before=Place(*place) if place else None))
    return show_room(
        room,
        "reputation_private",
        At("private", PATH, {"before": place_word(*place)} if place else {}),
        errors=errors,
        status=HTTPStatus.FORBIDDEN if errors else HTTPStatus.OK,
        lines=found.lines,
        unread=[line.answer.request for line in found.lines if line.answer.read_at is None],
        before=place_word(*place) if place else "",
        older=room.address(PATH, before=place_word(*found.older)) if found.older else "",
        most_stars=MOST_STARS,
        may_write=room.may(Area.REPUTATION, Right.WRITE),
    )


def _mark(room: Room, posted: Posted) -> Response:
    """Mark answers as read; one that is not this practice's is like one that does not exist."""
    before = posted.values.get("before", "")
    if not posted.is_ours:
        return _page(room, before, errors={"content": room.voice.fault("other_page")})
    numbers = set(numbers_in(posted.values.get("answers", "")))

    def mark(session: Session) -> None:
        if not numbers or mark_read(session, room.practice_id, numbers, as_of=room.caller.as_of) != len(numbers):
            raise Missing

    transaction(mark)
    place = place_in(before)
    return see(room.address(PATH, before=place_word(*place) if place else ""))


mark_as_read = takes(_mark, Area.REPUTATION)
