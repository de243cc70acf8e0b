"""Practices that leave, as our staff see them: how far each is, what was done by whom, and the one next step."""

from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.pages import moment_of, page, staff_voice
from deployments.web.session_guard import who_of
from models.db import read
from models.rules.access import Area
from models.rules.offboarding import Offboarding, Stage, next_step
from models.store.offboarding_facts import present

MARKS: Final = {
    Stage.STOPPING: "open",
    Stage.STOPPED: "open",
    Stage.EXPORTED: "open",
    Stage.WAITING: "open",
    Stage.CONFIRMED: "open",
    Stage.DESTROYED: "done",
    Stage.CALLED_OFF: "skipped",
}
WORDS: Final = {
    Stage.STOPPING: "ending what is outstanding",
    Stage.STOPPED: "everything has ended",
    Stage.EXPORTED: "exported",
    Stage.WAITING: "waiting for the second person",
    Stage.CONFIRMED: "confirmed, waiting",
    Stage.DESTROYED: "keys destroyed",
    Stage.CALLED_OFF: "called off",
}
Done = tuple[str, datetime, str]


def show_offboardings(request: Request) -> Response:
    """Show the practices that leave or have left, the newest first."""
    as_of, scope = moment_of(request), who_of(request).scope(Area.OFFBOARDING)
    found = read(partial(_load, scope=scope))
    return page(
        "staff_offboarding",
        staff_voice(as_of.date()),
        leaving=[(one, next_step(one, as_of=as_of), _done(one)) for one in found],
        marks=MARKS,
        words=WORDS,
    )


def _load(session: Session, *, scope: frozenset[str] | None) -> list[Offboarding]:
    return [one for one in present(session) if scope is None or one.practice in scope]


def _done(one: Offboarding) -> list[Done]:
    """List what happened, in its order: what, when, and by whom or with which digest."""
    happened = (
        ("asked for", one.asked_at, one.asked_by),
        ("everything ended", one.stopped_at, ""),
        ("exported", one.exported_at, one.digest[:12]),
        ("handed over", one.handed_at, one.handed_by),
        ("confirmed", one.confirmed_at, one.confirmed_by),
        ("keys destroyed", one.destroyed_at, ""),
        ("called off", one.called_off_at, one.called_off_by),
    )
    return [(words, moment, by) for words, moment, by in happened if moment is not None]
