"""How the booking pages leave the house: what each shows, in whose frames it may stand, and what it may load."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Final

from starlette.responses import HTMLResponse, Response

from deployments.web.booking_form import AGREED, COVER, WHO, Typed, address_of, slot_word
from deployments.web.booking_guard import Limit
from deployments.web.booking_times import Looked, Week
from deployments.web.booking_voice import LANGUAGES, Voice
from deployments.web.static import address_of_file
from models.inputs.booking import Fault
from models.store.booking import Choice, Submitted
from models.store.calendars import Offer
from models.store.widgets import Shown, Step
from templates.render import render_page

STEPS: Final = ("times", "details", "cover", "sent")
_ORIGIN: Final = re.compile(r"https?://[a-z0-9.:-]+")
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one visitor at one practice's widget."""

    shown: Shown
    is_stale: bool
    voice: Voice
    typed: Typed
    as_of: datetime
    caller: str

    @property
    def is_closed(self) -> bool:
        """Say whether no request can be begun: closed, nothing to offer, or doubtful where that closes it."""
        chosen = self.shown.settings
        return not chosen.is_open or not self.shown.providers or (self.is_stale and chosen.closes_when_stale)

    @property
    def looked(self) -> Looked:
        """What is looked for."""
        return Looked(self.shown, self.typed.filters, self.typed.token, self.as_of)

    def with_typed(self, typed: Typed) -> "Visit":
        """Give the same visit with other values; where there is only one reason, that one is meant (A-14)."""
        reasons = self.shown.reasons
        only = {"reason": reasons[0].key} if len(reasons) == 1 else {}
        return replace(self, typed=typed.but(lang=self.voice.locale, **only))


@dataclass(frozen=True, slots=True)
class Kept:
    """Until when a time is kept; `is_anew` says that it had run out meanwhile."""

    until: datetime
    is_anew: bool = False


def times_page(
    visit: Visit, week: Week, *, errors: Mapping[str, str] | None = None, status: int = HTTPStatus.OK
) -> Response:
    """Show filters where there is a choice, and the times of a week (A-14 to A-18)."""
    again = visit.typed.choice if errors else None
    return _answer(
        "booking_times",
        visit,
        status=status,
        step="times",
        week=week,
        errors=errors or {},
        again=again,
        hidden=visit.typed.carried((*_filters_shown(visit), "says_new")),
        asked=_asked(visit),
        slot_word=slot_word,
    )


def _filters_shown(visit: Visit) -> list[str]:
    return [*(name for name, _, _ in _asked(visit)), *(["virtual"] if visit.shown.offers_virtual else [])]


def _asked(visit: Visit) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """List the filters where there is a choice: name, the words for none, and the choices (A-14, A-16)."""
    shown, voice = visit.shown, visit.voice
    options = (
        (Step.REASON, "choose_reason", [(one.key, voice.choice(one)) for one in shown.reasons]),
        (Step.PROVIDER, "any_provider", [(str(one.id), one.name) for one in shown.providers]),
        (Step.LOCATION, "any_location", [(str(one.id), f"{one.name}, {one.city}") for one in shown.locations]),
    )
    return [(step.value, voice.say(none), found) for step, none, found in options if step in shown.steps]


def details_page(
    visit: Visit, kept: Kept, *, faults: Sequence[Fault] = (), errors: Mapping[str, str] | None = None
) -> Response:
    """Ask who the visit is for, and for consent (A-19 to A-21)."""
    typed, version = visit.typed, visit.shown.settings.terms_version
    if typed["terms_version"] != version:
        typed = typed.but(accepts_terms="", terms_version=version)
    is_new_shown = ("says_new",) if visit.shown.asks_whether_new else ()
    said = dict(errors or {}) | _errors(visit.voice, faults)
    return _answer(
        "booking_details",
        replace(visit, typed=typed),
        step="details",
        kept=kept,
        errors=said,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if said else HTTPStatus.OK,
        hidden=typed.carried((*WHO, *AGREED, *is_new_shown)),
    )


def cover_page(
    visit: Visit, kept: Kept, *, faults: Sequence[Fault] = (), errors: Mapping[str, str] | None = None
) -> Response:
    """Ask for insurance, notes and, of new patients, how they heard of the practice (A-22 to A-24)."""
    said = dict(errors or {}) | _errors(visit.voice, faults)
    return _answer(
        "booking_cover",
        visit,
        step="cover",
        kept=kept,
        errors=said,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if said else HTTPStatus.OK,
        hidden=visit.typed.carried(COVER),
        asks_referral=visit.typed.says_new and visit.shown.asks_whether_new,
    )


def sent_page(visit: Visit, sent: Submitted) -> Response:
    """Say that the request was submitted: the same for known and unknown people (A-25)."""
    chosen = Choice(sent.provider_id, sent.location_id, sent.starts_at, visit.typed["reason"], sent.is_virtual)
    return _answer("booking_sent", visit, step="sent", chosen=chosen)


def taken_page(visit: Visit, offers: Sequence[Offer]) -> Response:
    """Say that a time is gone, and offer the nearest other ones; what was typed travels on."""
    return _answer(
        "booking_taken",
        visit,
        status=HTTPStatus.CONFLICT,
        step="times",
        offers=offers,
        hidden=visit.typed.carried(()),
        slot_word=slot_word,
    )


def closed_page(visit: Visit) -> Response:
    """Say that the practice takes no requests online, and what to do instead."""
    text = visit.voice.say("closed.text", practice=visit.shown.name)
    return _answer("booking_notice", visit, title=visit.voice.say("closed.title"), text=text, is_closed=True)


def notice_page(visit: Visit, code: str, status: int) -> Response:
    """Say why nothing happened."""
    title, text = visit.voice.notice(code)
    return _answer("booking_notice", visit, status=status, title=title, text=text)


def busy_page(visit: Visit, limit: Limit) -> Response:
    """Say that this was too much at once."""
    answer = notice_page(visit, "too_many", HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(int(limit.window.total_seconds()))
    return answer


def text_page(visit: Visit, name: str) -> Response:
    """Show a text that patients accept, with its version (A-20)."""
    return _answer("booking_text", visit, text_name=name, parts=visit.voice.text(name, visit.shown.name))


def button_page(visit: Visit, label: str) -> Response:
    """Show the button alone, to stand in a frame of the practice's own page (A-13)."""
    return _answer("booking_button", visit, label=label)


def _errors(voice: Voice, faults: Iterable[Fault]) -> dict[str, str]:
    found: dict[str, str] = {}
    for fault in faults:
        found.setdefault(fault.field, voice.fault(fault))
    return found


def _answer(name: str, visit: Visit, *, status: int = HTTPStatus.OK, **parts: object) -> Response:
    """Fill a page; every one knows the practice, the visitor's values and the chosen time."""
    shared: dict[str, object] = {
        "v": visit.voice,
        "locale": visit.voice.locale,
        "shown": visit.shown,
        "typed": visit.typed,
        "is_stale": visit.is_stale,
        "as_of": visit.as_of,
        "base": f"/book/{visit.shown.key}",
        "start": address_of(visit.shown.key, visit.typed),
        "languages": LANGUAGES,
        "steps": STEPS,
        "chosen": visit.typed.choice,
        "providers": {one.id: one for one in visit.shown.providers},
        "locations": {one.id: one for one in visit.shown.locations},
        "reasons": {one.key: one for one in visit.shown.reasons},
        "step": "",
        "is_form": False,
        "here_action": "",
        "is_closed": False,
        "has_insurances": Step.INSURANCE in visit.shown.steps,
        "sheets": (address_of_file("site.css"), address_of_file("booking.css")),
        "script": address_of_file("booking.js"),
    }
    headers = {"Content-Security-Policy": policy_of(visit.shown)}
    return HTMLResponse(render_page(name, **(shared | parts)), status_code=status, headers=headers)


def policy_of(shown: Shown) -> str:
    """Say what a page may load, and that only the practice's own pages may show it in a frame."""
    origins = [one for one in shown.settings.embedded_on.split() if _ORIGIN.fullmatch(one)]
    return _POLICY.format(ancestors=" ".join(["'self'", *origins]))
