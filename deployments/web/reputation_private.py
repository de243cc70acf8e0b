"""What patients told in private: listed apart from public reviews, and marked as read by a person (F-081, F-082)."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.reputation_answers import PATH, feedback_alone, private_list
from deployments.web.reputation_room import Posted, Room, room_of, see, takes
from models.db import transaction
from models.inputs.reputation_pages import number_in, numbers_in, place_in, place_word
from models.rules.access import Area
from models.store.feedback_answers import mark_read


def show_private(request: Request) -> Response:
    """Show a page of private feedback, or the one that is asked for by its number."""
    if "feedback" in request.query_params:
        return feedback_alone(room_of(request), number_in(request.query_params["feedback"]))
    return private_list(room_of(request), request.query_params.get("before", ""))


def _mark(room: Room, posted: Posted) -> Response:
    """Mark answers as read; one that is not this practice's is like one that does not exist."""
    before = posted.values.get("before", "")
    if not posted.is_ours:
        return private_list(room, before, errors={"content": room.voice.fault("other_page")})
    numbers = set(numbers_in(posted.values.get("answers", "")))

    def mark(session: Session) -> None:
        if not numbers or mark_read(session, room.practice_id, numbers, as_of=room.caller.as_of) != len(numbers):
            raise Missing

    transaction(mark)
    place = place_in(before)
    return see(room.address(PATH, before=place_word(*place) if place else ""))


mark_as_read = takes(_mark, Area.REPUTATION)
