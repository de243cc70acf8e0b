"""The patient's page behind the link of a request: yes or no, then stars and words, then thanks and public links.

Opening a page records nothing (F-208). Each form is answered by a redirect, so that loading the next page again sends
nothing again; works without a script and without a cookie. A used link looks like an unknown one (F-215), therefore
the last page has an address of its own, whose second secret stands only in the form that was completed.
"""

import hmac
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import quote

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.web.booking_form import UnreadableFormError, read_form
from deployments.web.booking_guard import is_own_form, network_of
from deployments.web.booking_voice import LANGUAGES, chosen_locale
from deployments.web.feedback_pages import (
    Details,
    Faults,
    Place,
    Voice,
    closed_page,
    details_page,
    errors_of,
    notice_page,
    question_page,
    thanks_page,
)
from deployments.web.pages import BODY_LIMIT, moment_of
from models.db import read, transaction
from models.inputs.feedback_forms import Told, read_answer, read_told, told_faults
from models.rules.feedback_answers import AnswerFault, Stage, is_thanked, stage_of
from models.sealing import INSTALLATION, KeyDestroyedError, Keys
from models.store import feedback_answers, rates
from models.store.feedback_answers import Asked, Shown
from models.store.keys import KeysMissingError, keys_of, make_keys
from models.store.practices import TOKEN_LENGTH
from templates.moments import known_locale

MOST_FORMS: Final = 240  # many people share one address: a waiting room, all customers of a mobile network
WINDOW: Final = timedelta(minutes=10)
Values = Mapping[str, str]


class Arrival(NamedTuple):
    """One request by one link; `accepted` is what the browser says of languages."""

    token: str
    lang: str
    accepted: str
    caller: str
    as_of: datetime

    @property
    def base(self) -> str:
        """The address of the link."""
        return f"/f/{quote(self.token, safe='')}"

    def place(self, asked: Asked | None = None) -> Place:
        """Give where a page stands: in the patient's language unless another is asked for.

        A page that does not say whose link it is speaks the language of the browser.
        """
        if asked is None:
            return Place(self.base, Voice(chosen_locale(self.lang, self.accepted, "en")))
        return Place(self.base, Voice(self.lang or known_locale(asked.locale)))

    def onward(self, address: str = "") -> Response:
        """Lead to the next page, which may be loaded again."""
        lang = f"?lang={self.lang}" if self.lang else ""
        return RedirectResponse(f"{self.base}{address}{lang}", HTTPStatus.SEE_OTHER)


class Opened(NamedTuple):
    """What an open link shows; `key` is the second secret."""

    asked: Asked
    shown: Shown
    key: str

    @property
    def is_satisfied(self) -> bool:
        """Whether the answer was yes."""
        return bool(self.asked.standing.is_satisfied)


class Sent(NamedTuple):
    """What became of a form: where it leads with its secret, or what is wrong with it."""

    is_allowed: bool
    key: str = ""
    faults: Faults | None = None
    opened: Opened | None = None


def show(request: Request) -> Response:
    """Show the page that a link is at: the question, or what comes after the answer (F-060, F-062)."""
    arrival = _arrive(request, request.query_params.get("lang", ""))
    opened = read(partial(_open, arrival=arrival))
    return closed_page(arrival.place()) if opened is None else _page(arrival, opened)


def _arrive(request: Request, lang: str) -> Arrival:
    return Arrival(
        request.path_params["token"],
        lang if lang in LANGUAGES else "",
        request.headers.get("accept-language", ""),
        request.client.host if request.client else "",
        moment_of(request),
    )


def _open(session: Session, arrival: Arrival) -> Opened | None:
    """Load what an open link shows; one that is unknown, expired or used costs the same one look-up (F-215)."""
    asked = feedback_answers.find_asked(session, arrival.token)
    if asked is None or stage_of(asked.standing, as_of=arrival.as_of) is Stage.CLOSED:
        return None
    key = (
        _second_secret(keys_of(session, INSTALLATION), arrival.token) if asked.standing.is_satisfied is not None else ""
    )
    return _opened(session, asked, key)


def _opened(session: Session, asked: Asked, key: str) -> Opened:
    return Opened(asked, feedback_answers.load_shown(session, asked), key)


def _page(arrival: Arrival, opened: Opened) -> Response:
    place = arrival.place(opened.asked)
    if opened.asked.standing.is_satisfied is None:
        return question_page(place, opened.shown)
    return _details(arrival, opened, Told())


def _details(
    arrival: Arrival, opened: Opened, told: Told, *, errors: dict[str, str] | None = None, status: int = HTTPStatus.OK
) -> Response:
    known = Details(opened.shown, opened.is_satisfied, opened.key)
    return details_page(arrival.place(opened.asked), known, told, errors=errors or {}, status=status)


def _second_secret(keys: Keys, token: str) -> str:
    return keys.blind(token, purpose="feedback thanks")[:TOKEN_LENGTH]


def show_thanks(request: Request) -> Response:
    """Show the last page to whoever completed the answer; it may be loaded again while the link is valid."""
    arrival = _arrive(request, request.query_params.get("lang", ""))
    found = read(partial(_thanked, arrival=arrival, key=request.path_params["key"]))
    return closed_page(arrival.place()) if found is None else thanks_page(arrival.place(found[0]), found[1])


def _thanked(session: Session, arrival: Arrival, key: str) -> tuple[Asked, Shown] | None:
    asked = feedback_answers.find_asked(session, arrival.token)
    if asked is None or not is_thanked(asked.standing, as_of=arrival.as_of):
        return None
    if not _is_secret(keys_of(session, INSTALLATION), arrival.token, key):
        return None
    return asked, feedback_answers.load_shown(session, asked)


def _is_secret(keys: Keys, token: str, key: str) -> bool:
    return hmac.compare_digest(_second_secret(keys, token).encode(), key.encode())


def _form(step: Callable[[Arrival, Values], Response]) -> Callable[[Request], Coroutine[None, None, Response]]:
    """Make the page that takes one form; opened without its form, it leads to the link's page."""

    async def page(request: Request) -> Response:
        if request.method != "POST":
            return _arrive(request, request.query_params.get("lang", "")).onward()
        return await run_in_threadpool(_take, request, await request.body(), step)

    return page


def _take(request: Request, body: bytes, step: Callable[[Arrival, Values], Response]) -> Response:
    """Read a form, and let its step answer."""
    try:
        values: Values | None = read_form(body, request.headers.get("content-type", ""), longest=BODY_LIMIT)
    except UnreadableFormError:
        values = None
    arrival = _arrive(request, (values or {}).get("to") or (values or {}).get("lang", ""))
    if not is_own_form(request.headers):
        return notice_page(arrival.place(), "other_page", HTTPStatus.FORBIDDEN)
    if values is None:
        return notice_page(arrival.place(), "unreadable", HTTPStatus.BAD_REQUEST)
    return step(arrival, values)


def _take_answer(arrival: Arrival, values: Values) -> Response:
    """Take in yes or no, once however often it is sent (F-061, F-215)."""
    is_satisfied = read_answer(values)
    if is_satisfied is None:
        return _ask_again(arrival)
    sent = transaction(partial(_answer, arrival=arrival, is_satisfied=is_satisfied))
    return arrival.onward() if sent.is_allowed else _busy(arrival)


def _answer(session: Session, arrival: Arrival, *, is_satisfied: bool) -> Sent:
    keys = _installation(session, arrival)
    if not _may_send(session, keys, arrival):
        return Sent(is_allowed=False)
    locale = arrival.place().voice.locale
    feedback_answers.answer(session, arrival.token, is_satisfied=is_satisfied, locale=locale, as_of=arrival.as_of)
    return Sent(is_allowed=True)


def _ask_again(arrival: Arrival) -> Response:
    opened = read(partial(_open, arrival=arrival))
    if opened is None or opened.asked.standing.is_satisfied is not None:
        return arrival.onward()
    return question_page(arrival.place(opened.asked), opened.shown, fault=AnswerFault.NO_ANSWER)


def _busy(arrival: Arrival) -> Response:
    answer = notice_page(arrival.place(), "too_many", HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
    return answer


def _installation(session: Session, arrival: Arrival) -> Keys:
    try:
        return keys_of(session, INSTALLATION)
    except KeysMissingError:  # an installation that has not registered any staff yet
        return make_keys(session, INSTALLATION, as_of=arrival.as_of)


def _may_send(session: Session, keys: Keys, arrival: Arrival) -> bool:
    """Count one more form of a visitor, whatever its link; addresses are kept as hashes only."""
    visitor = keys.blind(f"feedback|{network_of(arrival.caller)}", purpose="rate")
    return rates.allow(session, visitor, limit=MOST_FORMS, window=WINDOW, as_of=arrival.as_of)


def _take_details(arrival: Arrival, values: Values) -> Response:
    """Take in stars and words, once however often they are sent; nothing typed is lost (F-063 to F-065)."""
    told = read_told(values)
    if values.get("to"):
        opened = read(partial(_open, arrival=arrival))
        return _details(arrival, opened, told) if opened is not None and opened.key else arrival.onward()
    sent = _sent(arrival, told, values.get("key", ""))
    if not sent.is_allowed:
        return _busy_with(arrival, told)
    if sent.opened is None or not sent.faults:
        return arrival.onward(f"/thanks/{sent.key}" if sent.key else "")
    errors = errors_of(arrival.place(sent.opened.asked).voice, told, sent.faults)
    return _details(arrival, sent.opened, told, errors=errors, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _sent(arrival: Arrival, told: Told, key: str) -> Sent:
    try:
        return transaction(partial(_complete, arrival=arrival, told=told, key=key))
    except KeyDestroyedError:  # the practice has left: its links open nothing any more
        return Sent(is_allowed=True)


def _complete(session: Session, arrival: Arrival, told: Told, key: str) -> Sent:
    """Complete the answer for whoever has its form; a second time leads to the same last page."""
    keys = _installation(session, arrival)
    if not _may_send(session, keys, arrival):
        return Sent(is_allowed=False)
    if not _is_secret(keys, arrival.token, key):
        return Sent(is_allowed=True)
    asked = feedback_answers.find_asked(session, arrival.token)
    if asked is None or stage_of(asked.standing, as_of=arrival.as_of) is not Stage.DETAILS:
        return Sent(is_allowed=True, key=key)
    if faults := told_faults(told, is_satisfied=bool(asked.standing.is_satisfied)):
        return Sent(is_allowed=True, faults=faults, opened=_opened(session, asked, key))
    locale = arrival.place().voice.locale
    feedback_answers.complete(session, asked, told, locale=locale, as_of=arrival.as_of)
    return Sent(is_allowed=True, key=key)


def _busy_with(arrival: Arrival, told: Told) -> Response:
    opened = read(partial(_open, arrival=arrival))
    if opened is None or not opened.key:
        return _busy(arrival)
    errors = {"form": arrival.place(opened.asked).voice.name("faults", "too_many")}
    return _details(arrival, opened, told, errors=errors, status=HTTPStatus.TOO_MANY_REQUESTS)


take_answer, take_details = _form(_take_answer), _form(_take_details)
