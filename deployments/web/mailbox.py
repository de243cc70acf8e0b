"""The built-in mailbox: what was sent from this machine, to look at without sending anything, and to answer texts."""

import re
import secrets
from base64 import b64encode
from datetime import datetime
from email.utils import getaddresses
from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from deployments.web.booking_guard import is_own_form
from deployments.web.errors import Missing
from deployments.web.pages import error_page, moment_of, page, staff_voice
from models.db import transaction
from models.inputs.mailbox import StoredMail, StoredText, read_mail, read_mailbox, read_text, read_texts
from models.inputs.text_hooks import IncomingText
from models.inputs.twilio_hooks import read_form
from models.rules.texting import ProviderEventKind
from models.settings import settings
from models.store import provider_events
from models.store.provider_events import Reported

ON_ONE_PAGE = 50
NUMBER: Final = "+12025550100"
"""The number that texts of the built-in mailbox come from, where the settings name none."""
LIST_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)


def show_list(request: Request) -> Response:
    """List mails and texts, newest first, fifty a page."""
    folder = settings().mailbox_folder
    stored: list[StoredMail | StoredText] = [*read_mailbox(folder), *read_texts(folder)]
    stored.sort(key=lambda each: each.sent_at, reverse=True)
    number = _page_number(request.query_params.get("page", "1"))
    first = (number - 1) * ON_ONE_PAGE
    shown = page(
        "mailbox",
        staff_voice(moment_of(request).date()),
        messages=[(each, isinstance(each, StoredText)) for each in stored[first : first + ON_ONE_PAGE]],
        total=len(stored),
        number=number,
        is_last=first + ON_ONE_PAGE >= len(stored),
        short=short_names,
        once=secrets.token_hex(8),
    )
    shown.headers["Content-Security-Policy"] = LIST_POLICY
    return shown


async def answer_text(request: Request) -> Response:
    """Answer one text as its reader would: it goes into the same inbox as texts from a provider."""
    if not is_own_form(request.headers):
        return error_page(HTTPStatus.NOT_FOUND)
    stored = read_text(settings().mailbox_folder, request.path_params["text"])
    form = dict(read_form(await request.body()) or ())
    once = re.sub(r"[^0-9a-f]", "", form.get("once", ""))[:32] or secrets.token_hex(8)
    written = {"MessageSid": once, "To": settings().twilio_from or NUMBER, "Body": form.get("words", "")}
    text = IncomingText.of_form({"From": stored.text.recipient, **written}) if stored else None
    if stored is None or text is None:
        raise Missing
    reported = Reported("mailbox", f"{stored.id}:{once}", ProviderEventKind.TEXT_RECEIVED, text.written())
    keep = partial(provider_events.keep, reported=reported, as_of=moment_of(request))
    await run_in_threadpool(transaction, keep)
    return RedirectResponse("/mailbox/", HTTPStatus.SEE_OTHER)


def _page_number(word: str) -> int:
    return max(int(word), 1) if word.isascii() and word.isdecimal() and len(word) < len("1000000") else 1


def short_names(header: str) -> str:
    """Name the people of an address header, or their addresses where they have no names."""
    return ", ".join(name or address for name, address in getaddresses([header]))


def show_mail(request: Request) -> Response:
    """Show one mail: its head, its text, its calendar parts, and its HTML in a frame that can do nothing."""
    mail = _mail(request)
    return page(
        "mail",
        staff_voice(moment_of(request).date()),
        mail=mail,
        links=list(dict.fromkeys(_ADDRESS.findall(mail.text))),
        calendars=[(number, part.method, _starts(part.content)) for number, part in enumerate(mail.calendars, start=1)],
    )


def _mail(request: Request) -> StoredMail:
    mail = read_mail(settings().mailbox_folder, request.path_params["mail"])
    if mail is None:
        raise Missing
    return mail


def _starts(content: bytes) -> str:
    """Read the local start of a calendar part: `DTSTART;TZID=...:20261124T100000`."""
    found = re.search(rb"BEGIN:VEVENT.*?DTSTART[^:\r\n]*:(\d{8}T\d{6})", content, re.DOTALL)
    return datetime.strptime(found[1].decode(), "%Y%m%dT%H%M%S").strftime("%Y-%m-%d %H:%M") if found else ""  # noqa: DTZ007 - shown as the calendar writes it, in the zone that it names


def show_html(request: Request) -> Response:
    """Give a mail's HTML for the frame: no scripts, no forms, nothing from outside; its pictures stand inside."""
    mail = _mail(request)
    html = mail.html
    if not html:
        raise Missing
    for content_id, picture in mail.pictures.items():
        html = html.replace(f'"cid:{content_id}"', f'"data:image/png;base64,{b64encode(picture).decode()}"')
    return HTMLResponse(html, headers={"Content-Security-Policy": FRAME_POLICY, "X-Frame-Options": "SAMEORIGIN"})


def give_calendar(request: Request) -> Response:
    """Give one calendar part as a file."""
    calendars = _mail(request).calendars
    number = request.path_params["number"]
    if not 1 <= number <= len(calendars):
        raise Missing
    headers = {"Content-Disposition": f'attachment; filename="invitation-{number}.ics"'}
    return Response(calendars[number - 1].content, media_type="text/calendar; charset=utf-8", headers=headers)
