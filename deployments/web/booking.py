"""The booking widget: choose a time, say who the visit is for, add insurance and notes, and the request is sent.

Plain forms that work without a script. What a visitor types travels in the bodies of forms and is stored only when it
is submitted; a random secret in the forms, hashed in the database, is what holds the time.
"""

import re
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Final, NamedTuple

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.web.booking_form import (
    UnreadableFormError,
    address_of,
    asked_of,
    read_form,
    submission_form,
    typed_of,
    week_of,
)
from deployments.web.booking_guard import HOLD, LOOK, SEND, Limit, allow, is_own_form
from deployments.web.booking_pages import (
    Kept,
    Visit,
    busy_page,
    closed_page,
    cover_page,
    details_page,
    notice_page,
    sent_page,
    taken_page,
    times_page,
)
from deployments.web.booking_times import find_week, nearest
from deployments.web.booking_voice import LANGUAGES, Voice, chosen_locale
from deployments.web.errors import Missing
from deployments.web.pages import moment_of
from models.db import read, transaction
from models.inputs.booking import Fault, Submission, read_submission, request_faults
from models.inputs.intake import KEY
from models.rules.decisions import Refusal
from models.rules.matching import folded
from models.rules.system_pace import is_stale
from models.store import booking, slots, systems, widgets
from models.store.booking import Choice, Submitted
from models.store.widgets import Shown

PERSON: Final = frozenset({"first", "last", "email", "phone", "born", "sex", "accepts_terms"})
COVERED: Final = frozenset({"insurance", "plan", "member_id", "group_id", "notes", "referral"})
TIME: Final = frozenset({"provider", "location", "starts_at"})
Values = Mapping[str, str]


class TooOften(NamedTuple):
    """Nothing was done, because it was done too often before."""

    limit: Limit


def show_times(request: Request) -> Response:
    """Show what can be chosen, and the first week with times or the one asked for."""
    visit = arrive(request, request.query_params.get("lang", ""))
    if _looks_too_often(visit):
        return busy_page(visit, LOOK)
    return _times(visit.with_typed(asked_of(request.query_params)), request.query_params.get("week", ""))


def _looks_too_often(visit: Visit) -> bool:
    practice = visit.shown.practice_id
    return not transaction(lambda s: allow(s, practice, visit.caller, LOOK, as_of=visit.as_of))


def arrive(request: Request, language: str) -> Visit:
    """Load the widget of the practice that the address names.

    Raises:
        Missing: there is no such practice, or it has no widget.
    """
    key = request.path_params["key"]
    found = read(partial(_load, key=key)) if re.fullmatch(KEY, key) else None
    if found is None:
        raise Missing
    shown, heard_at = found
    as_of = moment_of(request)
    locale = chosen_locale(language, request.headers.get("accept-language", ""), shown.locale)
    caller = request.client.host if request.client else ""
    stale = is_stale(heard_at, as_of=as_of)
    visit = Visit(shown, stale, Voice(locale, shown.zone), asked_of({}), as_of, caller)
    return visit.with_typed(visit.typed)


def _load(session: Session, *, key: str) -> tuple[Shown, datetime | None] | None:
    shown = widgets.load_shown(session, key)
    return None if shown is None else (shown, systems.heard_at(session, shown.practice_id))


def _times(visit: Visit, week: str = "", *, errors: Values | None = None, status: int = HTTPStatus.OK) -> Response:
    """Show the times; the day of a time that was clicked on stays open."""
    if visit.is_closed:
        return closed_page(visit)
    choice = visit.typed.choice
    day = visit.voice.local_day(choice.starts_at) if choice else None
    wanted = week_of(week) or (day if not week else None)
    found = read(partial(find_week, looked=visit.looked, wanted=wanted, opened=day))
    return times_page(visit, found, errors=errors, status=status)


def _form(step: Callable[[Visit, Values], Response]) -> Callable[[Request], Coroutine[None, None, Response]]:
    """Make the page that takes one form; opened without its form, it leads to the start."""

    async def page(request: Request) -> Response:
        if request.method != "POST":
            key = request.path_params["key"]
            return RedirectResponse(f"/book/{key}" if re.fullmatch(KEY, key) else "/", HTTPStatus.SEE_OTHER)
        return await run_in_threadpool(_take, request, await request.body(), step)

    return page


def _take(request: Request, body: bytes, step: Callable[[Visit, Values], Response]) -> Response:
    """Read a form, and let its step answer."""
    try:
        values: Values | None = read_form(body, request.headers.get("content-type", ""))
        typed = typed_of(values or {})
    except UnreadableFormError:
        values = None
    switched = (values or {}).get("to", "")
    visit = arrive(request, switched if switched in LANGUAGES else (values or {}).get("lang", ""))
    if not is_own_form(request.headers):
        return notice_page(visit, "other_page", HTTPStatus.FORBIDDEN)
    if values is None:
        return notice_page(visit, "form_unreadable", HTTPStatus.BAD_REQUEST)
    if _looks_too_often(visit):
        return busy_page(visit, LOOK)
    return step(visit.with_typed(typed), values)


def _search(visit: Visit, values: Values) -> Response:
    """Look for times; what was typed already is kept by showing the page at once instead of by its address."""
    week = values.get("week", "")
    if visit.typed.has_words or visit.typed["slot"]:
        return _times(visit, week)
    return RedirectResponse(address_of(visit.shown.key, visit.typed, week=week), HTTPStatus.SEE_OTHER)


def _choose(visit: Visit, _values: Values) -> Response:
    """Hold the time that was clicked on, and ask who the visit is for (A-19, A-92)."""
    if visit.is_closed:
        return closed_page(visit)
    if visit.typed.choice is None:
        errors = {"slot": visit.voice.refusal("no_time")}
        return _times(visit, errors=errors, status=HTTPStatus.BAD_REQUEST)
    answer = transaction(partial(_hold, visit=visit, choice=visit.typed.choice, is_anew=False))
    return details_page(visit, answer) if isinstance(answer, Kept) else _refused(visit, answer)


def _hold(session: Session, visit: Visit, choice: Choice, *, is_anew: bool) -> Kept | Refusal | TooOften:
    practice = visit.shown.practice_id
    if not allow(session, practice, visit.caller, HOLD, as_of=visit.as_of):
        return TooOften(HOLD)
    held = booking.choose(session, practice, choice, token=visit.typed.token, as_of=visit.as_of)
    return held if isinstance(held, Refusal) else Kept(held.expires_at, is_anew)


def _keep(session: Session, visit: Visit, choice: Choice) -> Kept | Refusal | TooOften:
    """Hold on to a time; one that has run out is taken anew while it is free."""
    until = slots.renew(session, visit.typed.token, as_of=visit.as_of)
    return Kept(until) if until else _hold(session, visit, choice, is_anew=True)


def _details(visit: Visit, values: Values) -> Response:
    """Check who the visit is for, and go on to insurance and notes; "back" shows the page again."""
    kept = _kept(visit)
    if not isinstance(kept, Kept):
        return kept
    if values.get("to"):
        return details_page(visit, kept)
    faults = [one for one in _read(visit)[1] if one.field in PERSON]
    return details_page(visit, kept, faults=faults) if faults else cover_page(visit, kept)


def _kept(visit: Visit) -> Kept | Response:
    """Hold on to the time of a form, or answer why that cannot be."""
    choice = visit.typed.choice
    if choice is None:
        return _times(visit, errors={"slot": visit.voice.refusal("no_time")}, status=HTTPStatus.BAD_REQUEST)
    answer = transaction(partial(_keep, visit=visit, choice=choice))
    return answer if isinstance(answer, Kept) else _refused(visit, answer)


def _read(visit: Visit) -> tuple[Submission | None, tuple[Fault, ...]]:
    """Read what would be submitted, with everything that is wrong with it (A-19, A-20, A-99)."""
    told = read_submission(submission_form(visit.typed, visit.voice.locale))
    if isinstance(told, tuple):
        return None, (*_nameless(visit), *told)
    return told, request_faults(told, today=visit.voice.local_day(visit.as_of), as_of=visit.as_of)


def _nameless(visit: Visit) -> list[Fault]:
    """Find names without a letter; they are looked at only after everything else can be read, and said at once."""
    codes = {"first": "first_name_empty", "last": "last_name_empty"}
    return [Fault(name, code, "") for name, code in codes.items() if not folded(visit.typed[name])]


def _send(visit: Visit, values: Values) -> Response:
    """Submit the request, once however often the form is sent (A-25)."""
    if values.get("to"):
        kept = _kept(visit)
        return cover_page(visit, kept) if isinstance(kept, Kept) else kept
    told, faults = _read(visit)
    if told is None or any(one.field in PERSON for one in faults):
        return _faulty(visit, faults)
    answer = transaction(partial(_submit, visit=visit, told=told))
    return sent_page(visit, answer) if isinstance(answer, Submitted) else _refused(visit, answer)


def _submit(session: Session, visit: Visit, told: Submission) -> Submitted | Refusal | TooOften:
    practice, token = visit.shown.practice_id, visit.typed.token
    if not allow(session, practice, visit.caller, SEND, as_of=visit.as_of):
        return TooOften(SEND)
    key = slots.hash_of(f"request:{token}")
    return booking.submit(session, practice, told, key=key, token=token, as_of=visit.as_of)


def _faulty(visit: Visit, faults: tuple[Fault, ...]) -> Response:
    """Show the page on which the first fault can be put right."""
    fields = {one.field for one in faults}
    if fields & TIME:
        return _times(visit, errors={"slot": visit.voice.refusal("no_time")}, status=HTTPStatus.BAD_REQUEST)
    if "reason" in fields:
        return _refused(visit, booking.refused("unknown_reason"))
    if not fields & (PERSON | COVERED):
        return notice_page(visit, "form_unreadable", HTTPStatus.BAD_REQUEST)
    kept = _kept(visit)
    if not isinstance(kept, Kept):
        return kept
    if fields & PERSON:
        return details_page(visit, kept, faults=faults)
    return cover_page(visit, kept, faults=faults)


def _refused(visit: Visit, answer: Refusal | TooOften) -> Response:
    """Say why a request cannot go on, where it can be put right; nothing that was typed is lost."""
    if isinstance(answer, TooOften):
        return busy_page(visit, answer.limit)
    unprocessable = HTTPStatus.UNPROCESSABLE_ENTITY
    match answer.code:
        case "widget_closed":
            return closed_page(visit)
        case "unknown_reason":
            return _times(visit, errors={"reason": visit.voice.refusal(answer.code)}, status=unprocessable)
        case "no_virtual_visits":
            return _times(visit, errors={"virtual": visit.voice.refusal(answer.code)}, status=unprocessable)
        case "slot_taken" | "slot_in_the_past":
            return _gone(visit)
        case "key_reused":
            return notice_page(visit, answer.code, HTTPStatus.CONFLICT)
    return _put_right(visit, answer)


def _gone(visit: Visit) -> Response:
    choice = visit.typed.choice
    return taken_page(visit, read(partial(nearest, looked=visit.looked, choice=choice)) if choice else [])


def _put_right(visit: Visit, refusal: Refusal) -> Response:
    """Show the page of a field that is not acceptable any more."""
    kept = _kept(visit)
    if not isinstance(kept, Kept):
        return kept
    if refusal.code == "unknown_insurance":
        return cover_page(visit, kept, errors={"insurance": visit.voice.refusal(refusal.code)})
    return details_page(visit, kept, errors={"accepts_terms": visit.voice.refusal("terms_changed")})


search, choose, details, send = _form(_search), _form(_choose), _form(_details), _form(_send)
