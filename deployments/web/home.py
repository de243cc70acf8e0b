"""The first page after signing in: what needs one today, in every practice that one sees, with the one next step."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from deployments.web.booking_voice import LANGUAGES
from deployments.web.pages import moment_of, page
from deployments.web.reader import ReaderVoice, asked_locale, reader_voice
from deployments.web.session_guard import HOME, who_of
from models.db import read
from models.reports.home import MOST, Kind, Line, Wanted, home
from models.reports.reputation_letters import PORTAL
from models.rules.access import Area, PortalRole, Who
from models.rules.decisions import Process
from models.rules.readiness_facts import TASK as GATE_TASK

FURTHEST: Final = 100_000
_TEXTS: Final = frozenset({Kind.TEXT, Kind.STOP})
_VISITS: Final = frozenset({Kind.APPOINTMENT, Kind.DRIFT})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line in words: what it is, the next step, and the page that helps, if its reader may open one."""

    line: Line
    what: str
    step: str
    address: str
    place: str


def show_home(request: Request) -> Response:
    """Show open work: one's own unless everybody's is asked for, overdue first."""
    who, as_of, wanted = who_of(request), moment_of(request), _wanted(request)
    found = read(partial(home, who=who, wanted=wanted, as_of=as_of))
    voice = reader_voice(request, as_of.date())
    entries = [_entry(line, voice, who) for line in found.lines]
    return page(
        "home",
        voice,
        found=found,
        wanted=wanted,
        late=_by_practice(one for one in entries if one.line.is_late),
        ahead=_by_practice(one for one in entries if not one.line.is_late),
        kinds=list(Kind),
        languages=LANGUAGES,
        total=found.everybody if wanted.is_everybody else found.mine,
        address=partial(_address, request, wanted),
        next_first=wanted.first + MOST,
        is_own=bool(who.own),
        has_work=not who.roles <= {PortalRole.AUDITOR},
    )


def _wanted(request: Request) -> Wanted:
    """Read what is asked for; auditors have no work of their own, so that they see everybody's."""
    asked = request.query_params
    is_everybody = asked.get("whose", "") == "everybody" or who_of(request).roles <= {PortalRole.AUDITOR}
    kind = next((one for one in Kind if one == asked.get("kind", "")), None)
    first = asked.get("from", "")
    place = int(first) if first.isascii() and first.isdecimal() and len(first) < len(str(FURTHEST)) else 0
    return Wanted(is_everybody, kind, place)


def _address(request: Request, wanted: Wanted, **changes: object) -> str:
    """Give the address of the same page with something changed; an empty value leaves its part out."""
    present = {
        "whose": "everybody" if wanted.is_everybody else "",
        "kind": wanted.kind or "",
        "from": "",
        "lang": asked_locale(request),
    }
    said = {name: value for name, value in {**present, **changes}.items() if value}
    return f"{HOME}?{urlencode(said)}" if said else HOME


def _by_practice(entries: Iterable[Entry]) -> list[tuple[Line, list[Entry]]]:
    """Put what belongs to one practice together, the practice with the most urgent line first."""
    found = list(entries)
    order = {name: place for place, name in reversed(list(enumerate(one.line.practice for one in found)))}
    ranked = sorted(found, key=lambda one: order[one.line.practice])
    groups = [list(group) for _, group in groupby(ranked, key=lambda one: one.line.practice)]
    return [(group[0].line, group) for group in groups]


def _entry(line: Line, voice: ReaderVoice, who: Who) -> Entry:
    address, place = _page_of(line, who)
    return Entry(line, _what(line, voice), _step(line, voice), address, voice.name("places", place) if place else "")


def _what(line: Line, voice: ReaderVoice) -> str:
    if line.kind is Kind.ENROLLMENT:
        word, _, subject = line.key.partition(".")
        short = voice.name("enrollment_short", subject.rpartition(":")[2])
        payer = line.payer or subject.rpartition(":")[0]
        return f"{voice.name('enrollment_work', word)}: {payer}, {short}"
    if line.key.startswith(GATE_TASK):
        check = line.key.removeprefix(GATE_TASK)
        said = voice.name("gate_work", check)
        return voice.task(line.key) if said == check else said
    return voice.task(line.key)


def _step(line: Line, voice: ReaderVoice) -> str:
    names = {Kind.JOURNEY: "gate" if line.key.startswith(GATE_TASK) else "journey", Kind.ENROLLMENT: "enrollment"}
    name = "message" if line.kind is Kind.DEAD_LETTER else names.get(line.kind, line.key)
    said = voice.name("home_steps", name)
    return "" if said == name else said


def _page_of(line: Line, who: Who) -> tuple[str, str]:
    """Give the page that helps with a line, and what it is called; empty where its reader may open none."""
    base = f"/staff/practices/{line.practice}"
    return next((one for area, one in _pages(line, base) if who.may(area, practice=line.practice)), ("", ""))


def _pages(line: Line, base: str) -> Iterable[tuple[Area, tuple[str, str]]]:
    """Name the pages that help, the best one first, each with the area that it belongs to."""
    if line.kind is Kind.REVIEW:
        yield Area.REPUTATION, (PORTAL.format(key=line.practice), "reputation")
    if line.kind in _TEXTS:
        yield Area.MESSAGES, (f"{base}/messages", "messages")
    if line.kind in _VISITS or line.process is Process.APPOINTMENT:
        yield Area.APPOINTMENTS, (f"{base}/appointments{_which(line)}", "appointments")
    if line.kind is Kind.ENROLLMENT:
        one = f"/staff/enrollments/{line.number}" if line.number else f"{base}/enrollments"
        yield Area.ENROLLMENTS, (one, "enrollment" if line.number else "enrollments")
        yield Area.PROGRESS, (f"{base}/progress/enrollments", "status")
    if line.key.startswith(GATE_TASK):
        yield Area.READINESS, (f"{base}/readiness", "readiness")
        yield Area.PROGRESS, (f"{base}/progress/launch", "launch")
    if line.kind in (Kind.JOURNEY, Kind.DEAD_LETTER):
        yield Area.JOURNEY, (base, "journey")
    if line.kind is Kind.JOURNEY:
        yield Area.PROGRESS, (f"{base}/progress", "journey")


def _which(line: Line) -> str:
    if line.number and line.process is Process.APPOINTMENT:
        return f"/{line.number}"
    return "?tab=all&status=drift" if line.kind is Kind.DRIFT else ""
