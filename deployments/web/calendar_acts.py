"""What people do in the week of a calendar: close or open a slot by a click, any time by form, and clear a day."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.calendar_pages import found_which, week_page
from deployments.web.desk_pages import OTHER_PAGE, Values, act, desk_of, onward
from deployments.web.visit_lists import day_asked
from models.db import transaction
from models.inputs.calendar_forms import FormError, window_of
from models.rules.access import Area
from models.rules.availability_commands import DAY_MINUTES, BlockTime, ClearBlocks
from models.rules.decisions import Refusal
from models.store import calendar_changes, calendars
from models.store.calendar_changes import Opened
from models.store.calendars import Edit
from models.store.events import lock_practices

Command = BlockTime | ClearBlocks
WAYS: Final = {"block": False, "open": True}
FARTHEST: Final = timedelta(days=731)
_FIELDS: Final = {"no_day": "day", "day_past": "day", "too_far": "day", "bad_times": "start", "no_way": "way"}
"""At which field a refusal is told; at the head of its form unless it is here."""


def _carry_out(
    read_form: Callable[[Values], Command | Refusal], name: str, request: Request, values: Values
) -> Response:
    """Save one command upon the version that its page showed; what is so already is not saved again."""
    desk = desk_of(request)
    command = read_form(values)
    if not isinstance(command, Refusal) and command.day > desk.voice.today + FARTHEST:
        command = Refusal("too_far", "Choose a day within two years.")

    def save(session: Session) -> Refusal | str:
        lock_practices(session, [desk.practice_id])
        which = found_which(session, desk, values)
        if isinstance(command, Refusal):
            return command
        edit = Edit(which.place, version_of(values), desk.by)
        opened = Opened(edit, calendars.load(session, which.place), desk.voice.zone)
        saved = calendar_changes.change_unless_so(session, opened, command, as_of=desk.as_of)
        return saved if isinstance(saved, Refusal) else which.address(done=_said(command))

    answer = transaction(save)
    if isinstance(answer, str):
        return onward(desk, answer)
    field = _FIELDS.get(answer.code, "")
    return week_page(request, values, fault=(f"{name}-{field}" if field and name == "block" else name, answer.code))


def _said(command: Command) -> str:
    if isinstance(command, ClearBlocks):
        return "cleared"
    return "opened" if command.opens else "blocked"


def version_of(values: Values) -> int:
    """Read the version of the calendar that a page showed; none that can be read was never shown."""
    word = values.get("version", "")
    return int(word) if word.isascii() and word.isdecimal() and len(word) < 10 else -1  # noqa: PLR2004 - digits


def _click(values: Values) -> Command | Refusal:
    """Read which slot was clicked, and what it shall be (A-67): day, from, to, and the way."""
    parts = values.get("slot", "").split("/")
    with suppress(ValueError):
        day, start, end, way = parts
        window = int(start), int(end)
        chosen = day_asked(day)
        if chosen and 0 <= window[0] < window[1] <= DAY_MINUTES:
            return BlockTime(chosen, window, opens=WAYS[way]) if way in WAYS else _NO_SLOT
    return _NO_SLOT


_NO_SLOT: Final = Refusal("no_such_slot", "Press one of the slots of this page.")


def _block(values: Values) -> Command | Refusal:
    day = day_asked(values.get("day", "").strip())
    if day is None:
        return Refusal("no_day", "There is no such day.")
    if values.get("way") not in WAYS:
        return Refusal("no_way", "Choose whether the time is closed or opened.")
    try:
        window = window_of(values.get("start", ""), values.get("end", ""))
    except FormError as error:
        return Refusal("bad_times", error.sentence)
    return BlockTime(day, window, opens=WAYS[values["way"]])


def _clear(values: Values) -> Command | Refusal:
    day = day_asked(values.get("cleared", ""))
    return ClearBlocks(day) if day else _NO_SLOT


def _refused(name: str, request: Request, typed: Values) -> Response:
    return week_page(request, typed, fault=(name, OTHER_PAGE))


slot = act(partial(_carry_out, _click, "slot"), partial(_refused, "slot"), Area.CALENDAR)
block = act(partial(_carry_out, _block, "block"), partial(_refused, "block"), Area.CALENDAR)
clear = act(partial(_carry_out, _clear, "slot"), partial(_refused, "slot"), Area.CALENDAR)
