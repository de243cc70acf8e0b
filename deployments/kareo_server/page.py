"""The page for people who try the stand-in: its appointments with what a front office does, and its faults."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.message import Message
from html import escape
from typing import Final, TypeAlias

from deployments.kareo_server.description import INTERFACE
from deployments.kareo_server.example import ZONE
from deployments.kareo_server.exchange import Exchange, Leaving
from deployments.kareo_server.faults import Kind
from deployments.kareo_server.rows import Appointment
from deployments.kareo_server.staff import TENTATIVE, State

Headers: TypeAlias = "Message[str, str] | Mapping[str, str]"
HTML: Final = "text/html; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"
SEE_OTHER: Final = 303
MOST_FAULTS: Final = 100
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;"
    "color:#1b2430;background:#fff}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem;border-bottom:1px solid #c9d1db;"
    "vertical-align:top}form{display:inline-block;margin:.1rem}button,select,input{font:inherit;padding:.3rem .6rem;"
    "min-height:2.2rem}.waiting{background:#fff6dd}.note{color:#4a5667}"
    "input,select{max-width:100%}@media(max-width:50rem){thead{display:none}tr,td{display:block;border:0;"
    "padding:.1rem .5rem}tr{border-bottom:1px solid #c9d1db;padding:.5rem 0}"
    "td::before{content:attr(data-head)': ';color:#4a5667}}label{display:inline-block}"
)
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_NOTE: Final = "It speaks the interface of Kareo with invented people, in memory only."
_HEADS: Final = ("Time", "Provider", "Patient", "Reason", "Status", "Do")
GUARDS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
}

_DONE_BY: Final[Mapping[str, Callable[[State, int], Appointment]]] = {
    "decline": State.decline,
    "check-in": State.check_in,
    "check-out": State.check_out,
    "no-show": State.no_show,
    "cancel": State.cancel,
    "delete": State.delete,
}
_BOOKED: Final = ("check-in", "no-show", "cancel", "delete")
_NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    TENTATIVE: ("decline",),
    "CheckedIn": ("check-out",),
    "Roomed": ("check-out",),
    "Cancelled": ("delete",),
    "CheckedOut": (),
    "NoShow": (),
}


def is_from_here(headers: Headers) -> bool:
    """Say whether the caller named this machine, so that no other site's name leads here."""
    return headers.get("Host", "").rpartition(":")[0] in {"127.0.0.1", "localhost"}


def is_same_origin(headers: Headers) -> bool:
    """Say whether a browser sent this from our own page; what is no browser tells no origin."""
    origin, site = headers.get("Origin"), headers.get("Sec-Fetch-Site")
    return origin in {None, f"http://{headers.get('Host')}"} and site in {None, "same-origin"}


def act(kareo: Exchange, path: str, form: Mapping[str, str]) -> Leaving:
    """Do what was pressed, and lead back to the page; what cannot be done is told in a sentence."""
    steps = {"/appointments": _appointment, "/faults": _fault, "/faults/clear": _clear}
    if path not in steps:
        return Leaving(404, b"There is nothing here.")
    try:
        with kareo.state.lock:
            steps[path](kareo, form)
    except (KeyError, ValueError):
        return Leaving(400, b"This cannot be done: a field is missing, unknown or not filled in as it should be.")
    return Leaving(SEE_OTHER)


def _appointment(kareo: Exchange, form: Mapping[str, str]) -> None:
    number, pressed = int(form["appointment"]), form["action"]
    if pressed != "confirm":
        _DONE_BY[pressed](kareo.state, number)
        return
    start = datetime.fromisoformat(form["start"]).replace(tzinfo=ZONE) if form.get("start") else None
    kareo.state.confirm(number, reason=form.get("reason", ""), minutes=int(form.get("minutes") or 0), start=start)


def _fault(kareo: Exchange, form: Mapping[str, str]) -> None:
    operation = form.get("operation", "")
    if operation and operation not in INTERFACE.operations:
        raise ValueError(operation)
    times = min(max(int(form.get("times") or 1), 1), MOST_FAULTS)
    kareo.faults.queue(Kind(form["kind"]), operation=operation, times=times)


def _clear(kareo: Exchange, _form: Mapping[str, str]) -> None:
    kareo.faults.clear()


def render(kareo: Exchange) -> bytes:
    """Write the page as it is now."""
    with kareo.state.lock:
        lines = [
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Stand-in for Kareo</title>',
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>',
            "<main><h1>Stand-in for Kareo</h1>",
            f'<p class="note">{_NOTE} Times are those of {ZONE.key}.</p>',
            *_appointments(kareo.state),
            *_faults(kareo),
            "</main></body></html>",
        ]
    return "".join(lines).encode()


def _appointments(state: State) -> Iterator[str]:
    shown = [each for each in state.appointments.values() if not each.is_deleted]
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    yield f"<h2>Appointments</h2><p>Waiting for review: {len(state.tentative())}.</p>"
    yield f"<table><thead><tr>{heads}</tr></thead><tbody>"
    for each in sorted(shown, key=lambda each: each.starts_at):
        mark = ' class="waiting"' if each.status == TENTATIVE else ""
        yield f"<tr{mark}>{_row(state, each)}</tr>"
    yield "</tbody></table>"


def _row(state: State, each: Appointment) -> str:
    provider = state.providers[each.provider].full_name if each.provider in state.providers else ""
    patients = [each.patient] if each.patient else list(each.attendees)
    names = ", ".join(state.patients[number].full_name for number in patients if number in state.patients)
    reason = state.reasons[each.reason].name if each.reason in state.reasons else each.notes
    time = f"{each.starts_at.astimezone(ZONE):%Y-%m-%d %H:%M} to {each.ends_at.astimezone(ZONE):%H:%M}"
    texts = [escape(text) for text in (time, provider, names, reason, each.status)]
    cells = zip(_HEADS, [*texts, "".join(_buttons(state, each))], strict=True)
    return "".join(f'<td data-head="{head}">{content}</td>' for head, content in cells)


def _buttons(state: State, each: Appointment) -> Iterator[str]:
    if each.status == TENTATIVE:
        yield _form(each, "confirm", _review(state, each))
    for pressed in _NEXT.get(each.status, _BOOKED):
        yield _form(each, pressed, "")


def _form(each: Appointment, pressed: str, fields: str) -> str:
    number = f'<input type="hidden" name="appointment" value="{each.id}">'
    word = pressed.replace("-", " ").capitalize()
    button = f'<button name="action" value="{pressed}">{word}</button>'
    return f'<form method="post" action="/appointments">{number}{fields}{button}</form>'


def _review(state: State, each: Appointment) -> str:
    reasons = "".join(
        f"<option>{escape(reason.name)}</option>" for reason in state.owned_by(each.practice, state.reasons)
    )
    return (
        f'<label>Visit reason <select name="reason"><option value="">none</option>{reasons}</select></label> '
        '<label>Other time <input type="datetime-local" name="start"></label> '
    )


def _faults(kareo: Exchange) -> Iterator[str]:
    kinds = "".join(f'<option value="{kind}">{kind.replace("_", " ")}</option>' for kind in Kind)
    names = "".join(f"<option>{name}</option>" for name in INTERFACE.operations)
    yield "<h2>Faults</h2><p>What goes wrong with the next calls. "
    yield f"Still to come: {kareo.faults.waiting()}. Calls so far: {len(kareo.log)}.</p>"
    yield f'<form method="post" action="/faults"><label>Fault <select name="kind">{kinds}</select></label> '
    yield f'<label>Call <select name="operation"><option value="">any</option>{names}</select></label> '
    yield f'<label>How often <input type="number" name="times" value="1" min="1" max="{MOST_FAULTS}"></label> '
    yield "<button>Let it go wrong</button></form>"
    yield '<form method="post" action="/faults/clear"><button>Clear</button></form>'
