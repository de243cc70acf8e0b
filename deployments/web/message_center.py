"""The Message Center: a practice's conversations by text, one of them opened, and what is done about it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final
from unicodedata import category
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.desk_pages import (
    MOST,
    OTHER_PAGE,
    Desk,
    Values,
    act,
    desk_of,
    key_of,
    number_of,
    onward,
    show_desk,
    status_of,
)
from deployments.web.errors import Missing
from models.db import read, transaction
from models.rules.access import Area
from models.rules.decisions import Refusal
from models.rules.texting import LONGEST_REPLY, Line
from models.store import message_center, text_commands, threads
from models.store.message_center import Spot, Wanted
from models.store.patient_changes import Recorded
from models.store.patient_changes import Wanted as Command
from models.store.text_commands import StopDecision
from templates.phone_numbers import written_number

WAITING: Final = "waiting"
DONE: Final = ("answered", "closed", "stop", "go_on", "begun")
TYPED: Final = ("words", "decision")


def show_list(request: Request) -> Response:
    """List a practice's conversations (F-100, A-83), those that wait for us first."""
    desk, wanted = desk_of(request), _wanted(request.query_params)
    found, lines = read(partial(_load, practice_id=desk.practice_id, wanted=wanted))
    return show_desk(
        desk,
        "message_center",
        "/messages",
        found=found,
        lines=lines,
        wanted=wanted,
        choices=list(Line),
        phone=written_number,
        address=partial(_address, desk, wanted),
        later=_written(found.later) if found.later else "",
    )


def _load(session: Session, *, practice_id: int, wanted: Wanted) -> tuple[message_center.ListedPage, frozenset[Line]]:
    own = frozenset(one.line for one in threads.lines_of_practice(session, practice_id))
    return message_center.list_page(session, practice_id, wanted), own


def _address(desk: Desk, wanted: Wanted, **changed: str) -> str:
    """Write the address of the same list with something changed; it holds codes, numbers and moments only."""
    plain = {"show": WAITING if wanted.only_waiting else "", "line": wanted.line or ""}
    said = {name: word for name, word in (plain | changed).items() if word}
    return desk.address("/messages" + (f"?{urlencode(said)}" if said else ""))


def _wanted(asked: Mapping[str, str]) -> Wanted:
    """Read an address; what is not understood counts as not said."""
    line = next((one for one in Line if one == asked.get("line")), None)
    return Wanted(asked.get("show") == WAITING, line, _read(asked.get("after", "")))


def _written(spot: Spot) -> str:
    moment = spot.newest_at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{'w' if spot.waits else 'r'}{moment}Z_{spot.id}"


def _read(word: str) -> Spot | None:
    moment, _, number = word[1:].rpartition("_")
    if word[:1] not in {"w", "r"} or not moment.endswith("Z") or not _is_number(number):
        return None
    try:
        return Spot(word[0] == "w", datetime.fromisoformat(moment).astimezone(UTC), int(number))
    except (ValueError, OverflowError):
        return None


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < len(str(MOST)) + 1 and 0 < int(word) < MOST


def show_conversation(request: Request) -> Response:
    """Show one conversation with its words (F-101)."""
    said = request.query_params.get("done", "")
    return _conversation(request, {}, done=said if said in DONE else "")


def _conversation(request: Request, typed: Values, *, fault: tuple[str, str] = ("", ""), done: str = "") -> Response:
    """Show a conversation; `fault` names a field and what is wrong there, and what was typed stays."""
    desk, number = desk_of(request), number_of(request, "thread")
    asked = request.query_params.get("before", "")
    before = int(asked) if _is_number(asked) else 0
    found = read(partial(message_center.find_conversation, practice_id=desk.practice_id, number=number, before=before))
    if found is None:
        raise Missing
    field, code = fault
    return show_desk(
        desk,
        "conversation",
        f"/messages/{number}",
        status=status_of(code),
        found=found,
        before=before,
        phone=written_number,
        may_act=desk.may(Area.MESSAGES),
        sees_patients=desk.may(Area.PATIENTS),
        typed={name: typed.get(name, "") for name in TYPED},
        longest=LONGEST_REPLY,
        errors={field: desk.voice.tell(f"texts_faults.{code}", longest=LONGEST_REPLY)} if code else {},
        done=done,
        mine=desk.by,
    )


def _decided(request: Request, done: Recorded | Refusal, said: str, field: str, typed: Values) -> Response:
    if isinstance(done, Refusal):
        return _conversation(request, typed, fault=(field, done.code))
    return onward(desk_of(request), f"/messages/{number_of(request, 'thread')}?done={said}")


def _command(form: str, request: Request, values: Values) -> Command:
    """Name the conversation, who acts, and the key of this form; another practice's conversation is not there."""
    desk, number = desk_of(request), number_of(request, "thread")
    if not read(partial(message_center.has_conversation, practice_id=desk.practice_id, number=number)):
        raise Missing
    return Command(number, desk.by, key_of(form, values))


def _answer(request: Request, values: Values) -> Response:
    desk = desk_of(request)
    words = values.get("words", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    wanted = _command("answer", request, values)
    if any(category(sign) in {"Cc", "Cs", "Cn"} and sign not in "\n\t" for sign in words):  # nobody types these
        return _conversation(request, values, fault=("words", "not_text"))
    send = partial(text_commands.answer, wanted=wanted, words=words, as_of=desk.as_of)
    return _decided(request, transaction(send), "answered", "words", values)


def _close(request: Request, values: Values) -> Response:
    desk = desk_of(request)
    rest = partial(text_commands.close, wanted=_command("close", request, values), as_of=desk.as_of)
    return _decided(request, transaction(rest), "closed", "go", values)


def _decide(request: Request, values: Values) -> Response:
    desk = desk_of(request)
    wanted = _command("stop", request, values)
    decision = next((one for one in StopDecision if one == values.get("decision")), None)
    if decision is None:
        return _conversation(request, values, fault=("stop", "no_choice"))
    decide = partial(text_commands.decide_about_stop, wanted=wanted, decision=decision, as_of=desk.as_of)
    return _decided(request, transaction(decide), decision.value, "stop", values)


def _refused(field: str, request: Request, typed: Values) -> Response:
    return _conversation(request, typed, fault=(field, OTHER_PAGE))


answer = act(_answer, partial(_refused, "words"), Area.MESSAGES)
close = act(_close, partial(_refused, "go"), Area.MESSAGES)
decide = act(_decide, partial(_refused, "stop"), Area.MESSAGES)
