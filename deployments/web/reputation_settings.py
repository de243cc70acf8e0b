"""Settings of Reputation: the omission period and the signature line, saved by the practice itself (F-084, F-042)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from secrets import token_hex

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.reputation_room import At, Posted, Room, room_of, see, show_room, takes
from models.db import read, transaction
from models.inputs.reputation_pages import Chosen as Typed
from models.inputs.reputation_pages import chosen_in
from models.reports.reputation_pages import provider_names
from models.rules.access import Area, Right
from models.rules.decisions import Process, Refusal
from models.rules.feedback import CHANGED_BY, LEAST_OMISSION, MOST_OMISSION, Policy, Setting, Signature
from models.store import events
from models.store.feedback_policies import Chosen, present_policies
from models.store.feedback_settings import Changed, Choice, Wanted, change, roles_of

PATH = "/settings"
MOVED = "settings_moved"
NOTICES = ("saved", "same")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is in force, and whether who looks may change it."""

    chosen: Chosen
    provider: str = field(repr=False)
    may_change: bool


def show_settings(request: Request) -> Response:
    """Show the settings: as a form to who may change them, to others as they are."""
    room, notice = room_of(request), request.query_params.get("done", "")
    return _page(room, notice=notice if notice in NOTICES else "")


def _page(
    room: Room,
    *,
    typed: Typed | None = None,
    faults: Mapping[str, str] | None = None,
    notice: str = "",
    status: HTTPStatus | None = None,
) -> Response:
    found = read(partial(_load, room=room))
    policy = found.chosen.policy
    errors = {name: _sentence(room, code, policy) for name, code in (faults or {}).items()}
    usual = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return show_room(
        room,
        "reputation_settings",
        At("settings", PATH),
        errors=errors,
        status=status or usual,
        policy=policy,
        since=found.chosen.since,
        may_change=found.may_change and policy.version > 0,
        days=typed.omission_days if typed else policy.omission_days,
        chosen=typed.signature if typed else policy.signature.value,
        signatures={one.value: _line(room, one, found.provider) for one in Signature},
        key=token_hex(16),
        least=LEAST_OMISSION,
        most=MOST_OMISSION,
        notice=notice,
    )


def _load(session: Session, *, room: Room) -> Loaded:
    chosen = present_policies(session, [room.practice_id])[room.practice_id]
    names = list(provider_names(session, room.practice_id).values())
    allowed = CHANGED_BY[Setting.OMISSION_DAYS] & CHANGED_BY[Setting.SIGNATURE]
    is_theirs = room.may(Area.SETTINGS, Right.WRITE) and allowed & roles_of(session, room.practice_id, room.who.by)
    return Loaded(chosen, names[0] if names else room.voice.say("provider"), bool(is_theirs))


def _line(room: Room, signature: Signature, provider: str) -> str:
    phrase = room.voice.name("feedback_signatures", signature.value)
    return phrase.format(practice_name=room.name, provider_name=provider)


def _sentence(room: Room, code: str, policy: Policy) -> str:
    if code != MOVED:
        return room.voice.fault(code)
    days = room.voice.say("omission.one" if policy.omission_days == 1 else "omission.now", count=policy.omission_days)
    now = f"{days}; {_line(room, policy.signature, room.voice.say('provider'))}"
    return room.voice.fault(code, now=now)


def _save(room: Room, posted: Posted) -> Response:
    """Save what was chosen, once, with the key of who has signed in."""
    typed = chosen_in(posted.values)
    if not posted.is_ours:
        kept = typed if posted.values else None
        return _page(room, typed=kept, faults={"content": "other_page"}, status=HTTPStatus.FORBIDDEN)
    if typed.faults:
        return _page(room, typed=typed, faults=typed.faults)
    done = transaction(partial(_change, room=room, typed=typed, as_of=room.caller.as_of))
    if isinstance(done, Changed):
        return see(room.address(PATH, done="saved"))
    if done.code == "same":
        return see(room.address(PATH, done="same"))
    code = done.code if done.code in (MOVED, "not_yours", "not_begun") else "omission_days"
    return _page(room, typed=typed, faults={"omission_days": code})


def _change(session: Session, *, room: Room, typed: Typed, as_of: datetime) -> Changed | Refusal:
    """Change the settings unless somebody else did since they were seen."""
    practice, signature = room.practice_id, Signature(typed.signature)

    def choose(policy: Policy) -> Choice:
        chosen: dict[Setting, object] = {}
        if policy.omission_days != typed.days:
            chosen[Setting.OMISSION_DAYS] = typed.days
        if policy.signature is not signature:
            chosen[Setting.SIGNATURE] = signature
        return Choice(chosen)

    wanted = Wanted(room.key, choose, room.who.by, f"portal:{typed.key or token_hex(16)}")
    events.lock_practices(session, [practice])
    present = present_policies(session, [practice])[practice].policy
    is_repeated = events.happened(session, process=Process.PRACTICE, process_id=practice, key=wanted.key)
    if present.version and present.version != typed.version and not is_repeated:
        return Refusal(MOVED, "Somebody changed the settings meanwhile.")
    return change(session, wanted, as_of=as_of)


save = takes(_save, Area.SETTINGS)
