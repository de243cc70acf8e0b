"""One private feedback with the practice's answer: written, released by a person, taken back (F-083)."""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.reputation_room import At, Posted, Room, see, show_room, takes
from deployments.web.reputation_voice import marked
from models.db import read, transaction
from models.inputs.reputation_pages import SeenAnswer, answer_seen_in, channel_in, place_in, place_word, reply_in
from models.reports.private_answers import AnswerView, answer_view
from models.reports.reputation_pages import Place, PrivateLine, private_line, private_page
from models.rules.access import Area, Right
from models.rules.decisions import Refusal
from models.rules.messages import Channel
from models.rules.reputation import MOST_STARS
from models.rules.reputation_private import LONGEST_TEXT_WORDS, LONGEST_WORDS
from models.store import private_answers
from models.store.actors import Actor, actor_of
from models.store.private_answers import Standing

PATH: Final = "/private"
NOT_THEIRS: Final = frozenset({"unknown_feedback", "unknown_practice", "unknown_actor"})
Change = Callable[[Session, int, Actor], Standing | Refusal]


def private_list(room: Room, before: str, *, errors: Mapping[str, str] | None = None) -> Response:
    """Show a page of private feedback, newest first; `before` is the place that it begins after."""
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


def feedback_alone(
    room: Room,
    number: int,
    *,
    words: str | None = None,
    errors: Mapping[str, str] | None = None,
    status: HTTPStatus | None = None,
) -> Response:
    """Show one feedback with its answer; `words` are those that somebody typed and that were not saved."""
    found = read(partial(_load, room=room, number=number))
    if found is None:
        raise Missing
    line, answer = found
    usual = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return show_room(
        room,
        "reputation_answer",
        At("private", PATH, {"feedback": number}),
        errors=errors,
        status=status or usual,
        line=line,
        answer=answer,
        parts=list(marked(answer.words, answer.findings)),
        typed=answer.words if words is None else words,
        channels=[one for one in Channel if not answer.barriers[one]],
        closed={one: answer.barriers[one] for one in Channel if answer.barriers[one]},
        most_stars=MOST_STARS,
        longest=LONGEST_WORDS,
        longest_text=LONGEST_TEXT_WORDS,
        may_write=room.may(Area.REPUTATION, Right.WRITE),
    )


def _load(session: Session, *, room: Room, number: int) -> tuple[PrivateLine, AnswerView] | None:
    line = private_line(session, room.practice_id, number)
    if line is None:
        return None
    return line, answer_view(session, room.practice_id, number, as_of=room.caller.as_of)


def _draft(room: Room, posted: Posted) -> Response:
    """Save the words of an answer and check them."""
    typed = reply_in(posted.values)
    return _change(
        room, posted, "words", lambda s, n, a: private_answers.draft(s, n, typed, a, as_of=room.caller.as_of)
    )


def _release(room: Room, posted: Posted) -> Response:
    """Release the very words that somebody saw, by the way that was chosen."""
    channel = channel_in(posted.values)

    def release(session: Session, number: int, actor: Actor) -> Standing | Refusal:
        if channel is None:
            return Refusal("no_channel", "Choose by which way the answer goes.")
        return private_answers.release(session, number, channel, actor, as_of=room.caller.as_of)

    return _change(room, posted, "release", release)


def _take_back(room: Room, posted: Posted) -> Response:
    """Take an answer back that has not gone out."""
    return _change(
        room, posted, "take_back", lambda s, n, a: private_answers.take_back(s, n, a, as_of=room.caller.as_of)
    )


def _change(room: Room, posted: Posted, field: str, change: Change) -> Response:
    seen = answer_seen_in(posted.values)
    words = reply_in(posted.values) if field == "words" else None
    if not posted.is_ours:
        return _not_ours(room, seen.feedback, field, words)
    done = transaction(partial(_carry_out, room=room, seen=seen, change=change))
    if isinstance(done, Standing):
        return see(f"{room.address(PATH, feedback=seen.feedback)}#answer")
    if done.code in NOT_THEIRS:
        raise Missing
    said = {field: room.voice.name("private_answer_faults", done.code)}
    return feedback_alone(room, seen.feedback, words=words, errors=said)


def _not_ours(room: Room, number: int, field: str, words: str | None) -> Response:
    """Answer a form without its token; words that came from our own page, whose session is over, are kept."""
    fault = room.voice.fault("other_page")
    if read(partial(private_line, practice_id=room.practice_id, request=number)) is None:
        return private_list(room, "", errors={"content": fault})
    return feedback_alone(room, number, words=words, errors={field: fault}, status=HTTPStatus.FORBIDDEN)


def _carry_out(session: Session, *, room: Room, seen: SeenAnswer, change: Change) -> Standing | Refusal:
    actor = actor_of(session, room.key, room.who.by)
    if isinstance(actor, Refusal):
        return actor
    unseen = private_answers.refuse_unseen(session, seen.feedback, actor, edition=seen.edition)
    return unseen or change(session, seen.feedback, actor)


draft, release = takes(_draft, Area.REPUTATION), takes(_release, Area.REPUTATION)
take_back = takes(_take_back, Area.REPUTATION)
