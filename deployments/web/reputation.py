"""Reputation opens on public reviews; one of them alone shows its reply and what may be done with it (F-080, F-083)."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.reputation_room import At, Room, room_of, show_room
from deployments.web.reputation_voice import marked
from models.db import read
from models.inputs.reputation_pages import number_in, place_in, place_word
from models.reports.reputation_pages import (
    Answered,
    Place,
    ReplyView,
    Step,
    Wanted,
    one_review,
    reply_view,
    review_page,
)
from models.rules.access import Area, Right
from models.rules.decisions import Refusal
from models.rules.reply_checker import NEUTRAL
from models.rules.reputation import MOST_STARS, ReviewId, ReviewSource
from models.rules.reputation_replies import Override
from models.store.actors import actor_of
from models.store.reviews import ShownReview

TAB = "public"


def show_public(request: Request) -> Response:
    """Show a page of public reviews, or the one that is asked for by its number."""
    room, asked = room_of(request), request.query_params
    if "review" in asked:
        return review_alone(room, number_in(asked["review"]))
    return review_list(room, _wanted(asked))


def _wanted(asked: Mapping[str, str]) -> Wanted:
    """Read which reviews an address asks for; what is not understood counts as not said."""
    stars = next((count for count in range(1, MOST_STARS + 1) if str(count) == asked.get("stars")), None)
    source = next((one for one in ReviewSource if one == asked.get("site")), None)
    answered = next((one for one in Answered if one == asked.get("reply")), None)
    place = place_in(asked.get("before", ""))
    return Wanted(stars, source, answered, Place(*place) if place else None)


def review_list(room: Room, wanted: Wanted, *, errors: Mapping[str, str] | None = None) -> Response:
    """Show a page of public reviews; with `errors`, because a form was not ours."""
    found = read(partial(review_page, practice_id=room.practice_id, wanted=wanted))
    chosen = {"stars": wanted.stars or "", "site": wanted.source or "", "reply": wanted.answered or ""}
    return show_room(
        room,
        "reputation_public",
        At(TAB, query={**chosen, "before": place_word(*wanted.before) if wanted.before else ""}),
        errors=errors,
        status=HTTPStatus.FORBIDDEN if errors else HTTPStatus.OK,
        reviews=found.reviews,
        older=room.address(**chosen, before=place_word(*found.older)) if found.older else "",
        newest=room.address(**chosen) if wanted.before else "",
        wanted=wanted,
        all_stars=range(MOST_STARS, 0, -1),
        sites=list(ReviewSource),
        all_answered=list(Answered),
        may_write=room.may(Area.REPUTATION, Right.WRITE),
    )


def review_alone(
    room: Room,
    number: int,
    *,
    words: str | None = None,
    errors: Mapping[str, str] | None = None,
    status: HTTPStatus | None = None,
) -> Response:
    """Show one review with its reply; `words` are those that somebody typed and that were not saved."""
    found = read(partial(_load, room=room, number=ReviewId(number)))
    if found is None:
        raise Missing
    review, reply = found
    usual = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return show_room(
        room,
        "reputation_review",
        At(TAB, query={"review": number}),
        errors=errors,
        status=status or usual,
        review=review,
        reply=reply,
        parts=list(marked(reply.words, reply.findings)),
        typed=reply.words if words is None else words,
        steps={step.value: reply.hindered[step] for step in Step},
        overrides=list(Override),
        neutral=NEUTRAL,
        may_write=room.may(Area.REPUTATION, Right.WRITE),
    )


def _load(session: Session, *, room: Room, number: ReviewId) -> tuple[ShownReview, ReplyView] | None:
    review = one_review(session, room.practice_id, number)
    if review is None:
        return None
    may_write = room.may(Area.REPUTATION, Right.WRITE)
    actor = actor_of(session, room.key, room.who.by) if may_write else None
    return review, reply_view(session, room.practice_id, number, None if isinstance(actor, Refusal) else actor)
