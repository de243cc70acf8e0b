"""A practice leaves: what happens in which order, who may do it, what must have happened before, and the next step."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from models.rules.decisions import Refusal

WAIT: Final = "offboarding_wait"
"""The timer that looks, once the waiting period is over, whether the keys are to be destroyed."""
LOOK_AGAIN: Final = timedelta(days=1)
"""How long after a look that destroyed nothing the next one comes."""
CONFIRM: Final = "offboarding.confirm"
"""The work item that asks for the second person."""
SHORTEST_DIGEST: Final = 12
"""So many characters of the export's digest are compared at least."""


class Leaving(StrEnum):
    """Why a practice leaves: a list, so that nobody's words travel."""

    AGREEMENT_ENDED = "agreement_ended"
    PRACTICE_ASKED = "practice_asked"
    PRACTICE_CLOSED = "practice_closed"
    MOVED_ELSEWHERE = "moved_elsewhere"
    ENTERED_BY_MISTAKE = "entered_by_mistake"


class Order(NamedTuple):
    """What somebody wants of a practice that leaves; `key` makes it happen once."""

    practice: str
    by: str
    key: str


class Stage(StrEnum):
    """How far it is."""

    STOPPING = "stopping"
    STOPPED = "stopped"
    EXPORTED = "exported"
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DESTROYED = "destroyed"
    CALLED_OFF = "called_off"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Offboarding:
    """The present state of one practice that leaves; moments are UTC.

    `under_way` counts messages and writes whose outcome is still to come, `is_held` says that a legal hold stands.
    """

    id: int
    practice_id: int
    practice: str
    reason: Leaving
    asked_by: str
    asked_at: datetime
    wait_days: int
    stopped_at: datetime | None = None
    exported_at: datetime | None = None
    bundle: str = ""
    digest: str = ""
    bundle_removed_at: datetime | None = None
    handed_by: str = ""
    handed_at: datetime | None = None
    destroy_at: datetime | None = None
    confirmed_by: str = ""
    confirmed_at: datetime | None = None
    destroyed_at: datetime | None = None
    finished_at: datetime | None = None
    called_off_by: str = ""
    called_off_at: datetime | None = None
    resumed_at: datetime | None = None
    under_way: int = 0
    is_held: bool = False

    @property
    def stage(self) -> Stage:
        """Say how far it is: the latest thing that happened."""
        ways = (
            (self.resumed_at, Stage.RESUMED),
            (self.called_off_at, Stage.CALLED_OFF),
            (self.destroyed_at, Stage.DESTROYED),
            (self.confirmed_at, Stage.CONFIRMED),
            (self.handed_at, Stage.WAITING),
            (self.exported_at, Stage.EXPORTED),
            (self.stopped_at, Stage.STOPPED),
        )
        return next((stage for moment, stage in ways if moment is not None), Stage.STOPPING)


_OVER: Final = {
    Stage.CALLED_OFF: Refusal(
        "called_off", "This was called off. Resume the practice, or resume it and ask for its offboarding anew."
    ),
    Stage.RESUMED: Refusal("resumed", "This practice was resumed; ask for its offboarding anew."),
    Stage.DESTROYED: Refusal("destroyed", "The keys of this practice were destroyed; nothing of it can be changed."),
}
_TOO_EARLY: Final = Refusal(
    "stopping", "Not everything of this practice has ended yet; go-on-with-offboardings goes on with that."
)
_UNDER_WAY: Final = "The outcome of {} messages or writes is still to come; the export is made when it is known."
_NO_EXPORT: Final = Refusal("no_export", "There is no export yet; make it first, with export-practice.")
_OTHER_DIGEST: Final = (
    "That is not the export that was made: its SHA-256 begins with {}. Compare the file that the practice has."
)
_HANDED: Final = "The export was handed over on {:%Y-%m-%d} by {} already; it is not made anew."
_NOT_HANDED: Final = Refusal(
    "not_handed_over", "The export was not handed over yet; record that first, with hand-over-export."
)
_SAME_PERSON: Final = "Two people must want it: {} asked for it, so somebody else must confirm."
_CONFIRMED: Final = "{} confirmed it on {:%Y-%m-%d} already."
_NOT_CALLED_OFF: Final = Refusal("not_called_off", "Call the offboarding off first, with call-off-offboarding.")


def refuse_export(one: Offboarding) -> Refusal | None:
    """Say why no export can be made now."""
    if over := _OVER.get(one.stage):
        return over
    if one.stage is Stage.STOPPING:
        return _TOO_EARLY
    if one.handed_at is not None:
        return Refusal("handed_over", _HANDED.format(one.handed_at, one.handed_by))
    if one.under_way:
        return Refusal("under_way", _UNDER_WAY.format(one.under_way))
    return None


def refuse_handing_over(one: Offboarding, digest: str) -> Refusal | None:
    """Say why the export with this SHA-256, or its beginning, cannot be recorded as handed over."""
    if over := _OVER.get(one.stage):
        return over
    if one.handed_at is not None:
        return Refusal("handed_over", _HANDED.format(one.handed_at, one.handed_by))
    if one.exported_at is None:
        return _NO_EXPORT
    if len(digest) < SHORTEST_DIGEST or not one.digest.startswith(digest.lower()):
        return Refusal("other_digest", _OTHER_DIGEST.format(one.digest[:SHORTEST_DIGEST]))
    return None


def refuse_confirmation(one: Offboarding, *, by: str) -> Refusal | None:
    """Say why this person cannot confirm the destruction: it takes a second one, after the export was handed over."""
    if over := _OVER.get(one.stage):
        return over
    if one.handed_at is None:
        return _NOT_HANDED
    if one.confirmed_at is not None:
        return Refusal("confirmed", _CONFIRMED.format(one.confirmed_by, one.confirmed_at))
    if by == one.asked_by:
        return Refusal("same_person", _SAME_PERSON.format(by))
    return None


def refuse_calling_off(one: Offboarding) -> Refusal | None:
    """Say why it cannot be called off: only destruction is final."""
    return _OVER.get(one.stage)


def refuse_resumption(one: Offboarding) -> Refusal | None:
    """Say why the practice cannot be resumed."""
    if one.stage is Stage.CALLED_OFF:
        return None
    return _OVER.get(one.stage, _NOT_CALLED_OFF)


def may_be_destroyed(one: Offboarding, *, as_of: datetime) -> bool:
    """Say whether the keys may be destroyed: confirmed, the waiting period over, no legal hold."""
    is_over = one.destroy_at is not None and one.destroy_at <= as_of
    return one.stage is Stage.CONFIRMED and is_over and not one.is_held


def next_step(one: Offboarding, *, as_of: datetime) -> str:
    """Say in one sentence what comes next, and who does it."""
    if one.is_held and one.stage in (Stage.WAITING, Stage.CONFIRMED):
        return "A legal hold stands: nothing is destroyed until it is lifted (list-legal-holds shows it)."
    match one.stage:
        case Stage.STOPPING:
            return "golive goes on ending what is outstanding (go-on-with-offboardings)."
        case Stage.STOPPED:
            wait = _UNDER_WAY.format(one.under_way) if one.under_way else "golive makes the export within the hour;"
            return wait if one.under_way else f"{wait} export-practice makes it now."
        case Stage.EXPORTED:
            return "Give the export to the practice, and record it with its digest (hand-over-export)."
        case Stage.WAITING:
            return f"Somebody other than {one.asked_by} confirms the destruction (confirm-destruction)."
        case Stage.CONFIRMED:
            return f"golive destroys the keys on {_day(one.destroy_at or as_of)}; until then it can be called off."
        case Stage.DESTROYED if one.finished_at is None:
            return "golive removes the export and notes the destruction beside the backups."
        case Stage.CALLED_OFF:
            return "Resume the practice, or ask anew after that (resume-practice)."
        case _:
            return "Nothing."


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
