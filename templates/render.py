"""The one place that renders: mails, texts, calendar entries and pages, from the files beside it.

A text is one file per language, sms/<kind>/<locale>.j2, and a mail is email/<kind>/<locale>.j2. A mail is laid out
twice, as MJML and as plain text (`[% %]` and `[[ ]]`, once per process and audience), and filled per recipient
(`{% %}` and `{{ }}`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context

from models.rules.messages import CATALOGUE, Audience, MessageKind
from templates.gsm import to_gsm
from templates.moments import format_business_days, format_day, format_moment, known_locale
from templates.words import t

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who the mails say they come from."""

    organisation: str = "Kareo Success Team"
    postal_address: str = ""


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """One mail, filled; the subject is always one line."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class RenderedEvent:
    """What a calendar entry says."""

    summary: str
    description: str


@dataclass(frozen=True, slots=True)
class _Skeleton:
    text: Template
    html: Template


def _escapes(name: str | None) -> bool:
    return name is not None and name.endswith((".html.j2", ".mjml.j2"))


@pass_context
def _when(context: Context, moment: datetime) -> str:
    return format_moment(moment, locale=context["locale"], zone=context["zone"])


@pass_context
def _day(context: Context, day: date) -> str:
    return format_day(day, locale=context["locale"])


@pass_context
def _business_days(context: Context, count: int) -> str:
    return format_business_days(count, locale=context["locale"])


def _opening(words: str) -> str:
    return words[:1].upper() + words[1:]


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=_escapes,  # noqa: S701 - pages and MJML are escaped, by the end of their names
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = t
    environment.filters["when"] = _when
    environment.filters["day"] = _day
    environment.filters["business_days"] = _business_days
    environment.filters["opening"] = _opening
    return environment


_PAGES = _environment()
# Laying out sees no field of any person, only our own files: nothing to escape yet.
_LAYOUT = _PAGES.overlay(
    block_start_string="[%",
    block_end_string="%]",
    variable_start_string="[[",
    variable_end_string="]]",
    comment_start_string="[#",
    comment_end_string="#]",
    autoescape=False,
)
_TEXTS = _PAGES.overlay(autoescape=False)
_HTML = _PAGES.overlay(autoescape=True)


def compile_pages() -> None:
    """Compile the templates of all pages, so that no visitor waits for it."""
    for name in _PAGES.list_templates(filter_func=lambda name: name.startswith("web/") and name.endswith(".html.j2")):
        _PAGES.get_template(name)


def render_mail(
    kind: MessageKind,
    *,
    locale: str,
    fields: Mapping[str, object],
    zone: str,
    letterhead: Letterhead = Letterhead(),
    audience: Audience | None = None,
) -> RenderedMail:
    """Fill one mail; times are shown in `zone`, an unknown locale falls back to English.

    `audience` is who reads this copy, when the catalogue names another one: calls have readers on both sides.

    Raises:
        ValueError: a field that the catalogue does not allow for this kind, or a link that is no web address.
    """
    context = _context(kind, locale=locale, fields=fields, zone=zone, letterhead=letterhead)
    skeleton = _skeleton(kind, str(context["locale"]), audience or CATALOGUE[kind].audience)
    subject, _, text = skeleton.text.render(context).partition("\n")
    html = skeleton.html.render(context, subject=subject)
    return RenderedMail(subject=subject, text=_tidy(text), html=html)


def render_event(
    kind: MessageKind,
    *,
    locale: str,
    fields: Mapping[str, object],
    zone: str,
    letterhead: Letterhead = Letterhead(),
    audience: Audience | None = None,
) -> RenderedEvent:
    """Fill what the calendar entry of an invitation says, for the same `audience`; raises as `render_mail`."""
    context = _context(kind, locale=locale, fields=fields, zone=zone, letterhead=letterhead)
    template = _TEXTS.get_template(f"email/{kind}/{context['locale']}.event.j2")
    filled = template.render(context, audience=audience or CATALOGUE[kind].audience)
    summary, _, description = filled.partition("\n")
    return RenderedEvent(summary=summary, description=_tidy(description))


def render_text(kind: MessageKind, *, locale: str, fields: Mapping[str, object], zone: str | None = None) -> str:
    """Fill one text message in the characters that fit 160 into one part; raises as `render_mail`."""
    context = _context(kind, locale=locale, fields=fields, zone=zone)
    filled = _TEXTS.get_template(f"sms/{kind}/{context['locale']}.j2").render(context)
    return to_gsm(" ".join(filled.split()))


def render_page(name: str, /, **context: object) -> str:
    """Fill the page web/<name>.html.j2; everything handed in is escaped."""
    return _PAGES.get_template(f"web/{name}.html.j2").render(context)


def _context(
    kind: MessageKind,
    *,
    locale: str,
    fields: Mapping[str, object],
    zone: str | None = None,
    letterhead: Letterhead = Letterhead(),
) -> dict[str, object]:
    foreign = sorted(fields.keys() - CATALOGUE[kind].allowed_fields)
    if foreign:
        message = f"The message '{kind}' may not use the field '{foreign[0]}': allow it in the catalogue or drop it."
        raise ValueError(message)
    context: dict[str, object] = {"link": "", "stop_link": ""} | {
        name: _one_line(value) for name, value in fields.items()
    }
    for link in ("link", "stop_link"):
        _require_web_address(kind, context[link])
    context |= {"locale": known_locale(locale), "organisation": letterhead.organisation}
    context |= {"postal_address": letterhead.postal_address}
    return context if zone is None else context | {"zone": zone}


def _require_web_address(kind: MessageKind, link: object) -> None:
    if link and not str(link).startswith(("https://", "http://")):
        message = f"The link of the message '{kind}' is not a web address: it must begin with https:// or http://."
        raise ValueError(message)


def _one_line(value: object) -> object:
    """Drop line ends and other invisible marks from what people typed: they could forge lines of a mail."""
    if isinstance(value, str):
        return " ".join(_INVISIBLE.sub(" ", value).split())
    if isinstance(value, Mapping):
        return {name: _one_line(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_one_line(part) for part in value]
    return value


def _tidy(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"


@cache
def _skeleton(kind: MessageKind, locale: str, audience: Audience) -> _Skeleton:
    mjml = _laid_out(kind, locale=locale, audience=audience, medium="mjml")
    # Without fonts of its own the mail loads nothing from anywhere.
    html = mrml.to_html(mjml, render_options=mrml.RenderOptions(fonts={}))
    text = _laid_out(kind, locale=locale, audience=audience, medium="txt")
    return _Skeleton(text=_TEXTS.from_string(text), html=_HTML.from_string(html.content))


def _laid_out(kind: MessageKind, *, locale: str, audience: Audience, medium: str) -> str:
    marks = _LAYOUT.get_template(f"email/_marks.{medium}.j2").module
    parts = {name: part for name, part in vars(marks).items() if not name.startswith("_")}
    template = _LAYOUT.get_template(f"email/{kind}/{locale}.j2")
    layout = f"email/_base.{medium}.j2"
    return template.render(parts, layout=layout, locale=locale, audience=audience.value)
