"""The settings of one calendar: slots, day, notice, horizon and weekly hours, saved as a whole or not at all."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from http import HTTPStatus
from typing import Final

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.calendar_acts import version_of
from deployments.web.calendar_pages import Which, found_which, which_of
from deployments.web.desk_pages import OTHER_PAGE, Desk, Values, act, desk_of, onward, show_desk
from deployments.web.errors import Missing
from models.db import read, transaction
from models.inputs.calendar_forms import FormError, minute_of, windows_of
from models.rules.access import Area
from models.rules.appointments import HOLD, LONGEST_HOLD
from models.rules.availability import Anchor, CalendarSettings, DayHours, SettingsFault, settings_faults
from models.rules.availability_commands import DAY_MINUTES, Weekday, new_settings, span
from models.rules.decisions import Refusal
from models.store import calendars
from models.store.calendars import CHANGED_MEANWHILE, Calendar, Edit

NUMBERS: Final = ("slot_minutes", "buffer_before", "buffer_after", "minimum_notice_minutes", "horizon_days")
CLOCKS: Final = ("day_start", "day_end")
MOST_DIGITS: Final = 7
Faults = Mapping[str, str]


def show_settings(request: Request) -> Response:
    """Show the saved settings of one calendar (A-60 to A-64)."""
    return _page(request, dict(request.query_params), {})


def _page(
    request: Request, asked: Values, faults: Faults, *, is_stale: bool = False, status: int = HTTPStatus.OK
) -> Response:
    """Show the form: as it is saved, or as it was typed when something is wrong with that."""
    desk = desk_of(request)
    which, saved = read(partial(_load, desk=desk, asked=asked))
    if which is None:
        raise Missing
    settings = saved.settings if saved else new_settings(desk.voice.zone)
    as_saved = _written(settings)
    return show_desk(
        desk,
        "calendar_settings",
        "/calendar/settings",
        status=status,
        which=which,
        is_new=saved is None,
        version=saved.version if saved else 0,
        typed={name: asked.get(name, "") for name in as_saved} if faults or is_stale else as_saved,
        saved=as_saved if is_stale else {},
        numbers=NUMBERS,
        clocks=CLOCKS,
        anchors=list(Anchor),
        weekdays=list(Weekday),
        hold=HOLD.seconds // 60,
        longest=LONGEST_HOLD.seconds // 60,
        may_act=desk.may(Area.CALENDAR),
        errors=faults,
    )


def _load(session: Session, *, desk: Desk, asked: Values) -> tuple[Which | None, Calendar | None]:
    which = which_of(session, desk, asked)
    return which, calendars.load(session, which.place) if which else None


def _written(settings: CalendarSettings) -> dict[str, str]:
    """Write settings as the form holds them."""
    plain = asdict(settings)
    found = {name: str(plain[name]) for name in NUMBERS}
    found |= {name: f"{plain[name] // 60:02}:{plain[name] % 60:02}" for name in CLOCKS}
    for weekday, hours in zip(Weekday, settings.week, strict=True):
        found[weekday] = ", ".join(span(one) for one in hours.windows)
        found[f"{weekday}_on"] = "1" if hours.is_available else ""
    return found | {"anchor": settings.anchor}


def _save(request: Request, values: Values) -> Response:
    """Save everything or nothing (A-65); whoever saw an older version is told, and keeps what was typed."""
    desk = desk_of(request)

    def save(session: Session) -> Faults | Refusal | str:
        which = found_which(session, desk, values)
        before = calendars.load(session, which.place)
        settings, faults = _settings(desk, values, before.settings if before else new_settings(desk.voice.zone))
        if faults:
            return faults
        edit = Edit(which.place, version_of(values), desk.by)
        saved = calendars.save_settings(session, edit, settings, as_of=desk.as_of)
        is_so = before is not None and before.settings == settings
        return saved if isinstance(saved, Refusal) and not is_so else which.address(done="saved")

    answer = transaction(save)
    match answer:
        case str():
            return onward(desk, answer)
        case Refusal():
            told, is_stale = {"settings": _say(desk, answer.code)}, answer.code == CHANGED_MEANWHILE.code
        case _:
            told, is_stale = dict(answer), False
    return _page(request, values, told, is_stale=is_stale, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _say(desk: Desk, code: str) -> str:
    return desk.voice.tell(f"calendar_faults.{code}")


def _settings(desk: Desk, values: Values, before: CalendarSettings) -> tuple[CalendarSettings, Faults]:
    """Read the form; what cannot be read is a fault at its field, what does not fit together as well."""
    faults = dict[str, str]()
    numbers = {name: _number(values.get(name, "")) for name in NUMBERS}
    faults |= {name: "not_a_number" for name, number in numbers.items() if number is None}
    clocks = {name: _clock(values.get(name, "")) for name in CLOCKS}
    faults |= {name: "not_a_time" for name, minute in clocks.items() if minute is None}
    week = {one: _hours(values, one) for one in Weekday}
    faults |= {one.value: "not_hours" for one, hours in week.items() if hours is None}
    anchor = next((one for one in Anchor if one == values.get("anchor")), before.anchor)
    known = {name: value for name, value in (numbers | clocks).items() if value is not None}
    days = tuple(hours or old for hours, old in zip(week.values(), before.week, strict=True))
    if known.get("day_end") == 0:
        known["day_end"] = DAY_MINUTES
    settings = replace(before, anchor=anchor, week=days, **known)  # type: ignore[arg-type]  # numbers of the same names
    if faults:
        return settings, {name: _say(desk, code) for name, code in faults.items()}
    return settings, {one.place: _words(desk, one) for one in settings_faults(settings)[::-1]}


def _words(desk: Desk, fault: SettingsFault) -> str:
    """Say a fault with the hours as the form holds them."""
    parts = dict(fault.parts)
    if "unit" in parts:
        parts["unit"] = desk.voice.tell(f"calendar.unit.{parts['unit']}")
    return desk.voice.tell(f"calendar_faults.{fault.code}").format(*(span(one) for one in fault.windows), **parts)


def _number(word: str) -> int | None:
    typed = word.strip()
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS else None


def _clock(word: str) -> int | None:
    try:
        return minute_of(word)
    except FormError:
        return None


def _hours(values: Values, weekday: Weekday) -> DayHours | None:
    typed = values.get(weekday, "").strip()
    try:
        windows = windows_of(typed) if typed else ()
    except FormError:
        return None
    return DayHours(values.get(f"{weekday}_on") == "1", tuple(sorted(windows)))


def _refused(request: Request, typed: Values) -> Response:
    told = {"settings": _say(desk_of(request), OTHER_PAGE)}
    return _page(request, typed, told, status=HTTPStatus.FORBIDDEN)


save = act(_save, _refused, Area.CALENDAR)
