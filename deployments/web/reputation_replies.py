"""What people do with a reply: write, release, take back, say that they posted it; nothing by itself (F-211)."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.reputation import review_alone, review_list
from deployments.web.reputation_room import Posted, Room, see, takes
from models.db import read, transaction
from models.inputs.reputation_pages import Seen, override_in, reply_fault, reply_in, seen_in
from models.reports.reputation_pages import Wanted, one_review
from models.rules.access import Area
from models.rules.decisions import Refusal
from models.rules.reputation import ReviewId
from models.store import replies
from models.store.actors import Actor, actor_of
from models.store.replies import Standing

Change = Callable[[Session, ReviewId, Actor], Standing | Refusal]
NOT_THEIRS: Final = frozenset({"unknown_review", "unknown_practice", "unknown_actor"})


def _draft(room: Room, posted: Posted) -> Response:
    """Save the words of a reply and check them."""
    typed = reply_in(posted.values)
    if not posted.is_ours:
        return _not_ours(room, posted, "words")
    if fault := reply_fault(typed):
        return _refused(room, seen_in(posted.values), "words", fault, words=typed)
    return _change(room, posted, "words", lambda s, n, a: replies.draft(s, n, typed, a, as_of=room.caller.as_of))


def _release(room: Room, posted: Posted) -> Response:
    """Release the very words that somebody saw."""
    reason = override_in(posted.values)
    return _change(
        room, posted, "release", lambda s, n, a: replies.release(s, n, a, override=reason, as_of=room.caller.as_of)
    )


def _take_back(room: Room, posted: Posted) -> Response:
    """Take releases back, or a posted reply down."""
    return _change(room, posted, "take_back", lambda s, n, a: replies.take_back(s, n, a, as_of=room.caller.as_of))


def _confirm(room: Room, posted: Posted) -> Response:
    """Write down that somebody posted it."""
    return _change(room, posted, "confirm", lambda s, n, a: replies.confirm_by_hand(s, n, a, as_of=room.caller.as_of))


def _change(room: Room, posted: Posted, field: str, change: Change) -> Response:
    if not posted.is_ours:
        return _not_ours(room, posted, field)
    seen = seen_in(posted.values)
    done = transaction(partial(_carry_out, room=room, seen=seen, change=change))
    if isinstance(done, Standing):
        return see(f"{room.address(review=seen.review)}#reply")
    if done.code in NOT_THEIRS:
        raise Missing
    words = reply_in(posted.values) if field == "words" else None
    return _refused(room, seen, field, done.code, words=words)


def _carry_out(session: Session, *, room: Room, seen: Seen, change: Change) -> Standing | Refusal:
    number, actor = ReviewId(seen.review), actor_of(session, room.key, room.who.by)
    if isinstance(actor, Refusal):
        return actor
    unseen = replies.refuse_unseen(session, number, actor, edition=seen.edition, version=seen.version)
    return unseen or change(session, number, actor)


def _refused(room: Room, seen: Seen, field: str, code: str, *, words: str | None = None) -> Response:
    return review_alone(room, seen.review, words=words, errors={field: room.voice.fault(code)})


def _not_ours(room: Room, posted: Posted, field: str) -> Response:
    """Answer a form without its token; words that came from our own page, whose session is over, are kept."""
    fault, number = room.voice.fault("other_page"), ReviewId(seen_in(posted.values).review)
    if number and read(partial(one_review, practice_id=room.practice_id, review=number)) is not None:
        words = reply_in(posted.values) if field == "words" else None
        return review_alone(room, number, words=words, errors={field: fault}, status=HTTPStatus.FORBIDDEN)
    return review_list(room, Wanted(), errors={"content": fault})


draft, release = takes(_draft, Area.REPUTATION), takes(_release, Area.REPUTATION)
take_back, confirm = takes(_take_back, Area.REPUTATION), takes(_confirm, Area.REPUTATION)
