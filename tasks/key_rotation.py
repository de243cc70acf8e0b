"""Rotation of keys: of practices in steps that a schedule goes on with, of the master key by a command."""

from collections import Counter
from datetime import datetime
from functools import partial
from typing import Final

from models.db import read, transaction
from models.inputs.answers import Answer
from models.rules.keeping import KNOWN
from models.sealing import forget_earlier_key, keys_of_file, turn_key_file
from models.settings import Settings, settings
from models.store import key_rotations, keys
from models.store.key_rotations import Rotating
from models.store.sealed_places import Place
from tasks.connectors import registry
from tasks.connectors.ports import OutsideError
from tasks.policy import effect, safe

BATCH: Final = 500
"""So many fields are sealed anew in one transaction: some hundredths of a second."""
_NO_EARLIER: Final = (
    "GOLIVE_EARLIER_MASTER_KEY is empty. Make a key with: openssl rand -base64 32, set GOLIVE_MASTER_KEY to it and "
    "GOLIVE_EARLIER_MASTER_KEY to the one before, start golive again with both, and run this again."
)
_TAKE_AWAY: Final = (
    "Nothing needs the earlier master key any more, except backups that were made before. Keep it with those, take "
    "GOLIVE_EARLIER_MASTER_KEY away, and start golive again."
)


@effect()
def go_on(*, as_of: datetime) -> Counter[str]:
    """Go on with rotations as scheduled work; see `advance`."""
    return advance(as_of=as_of)


def advance(*, as_of: datetime) -> Counter[str]:
    """Take every rotation as far as it may go, a batch a transaction; killed anywhere, the next run goes on."""
    begin = partial(key_rotations.begin_old_ones, days=settings().key_days, as_of=as_of)
    counts = Counter(begun=transaction(begin))
    for one in read(key_rotations.under_way):
        if one.switched_at is None and transaction(partial(key_rotations.put_into_use, one=one, as_of=as_of)):
            counts["in_use"] += 1
        [present] = [other for other in read(key_rotations.under_way) if other.id == one.id] or [one]
        if present.switched_at is not None:
            counts.update(_reseal_all(present))
            counts["ended"] += transaction(partial(key_rotations.end, one=present, as_of=as_of))
    return +counts


def _reseal_all(one: Rotating) -> Counter[str]:
    counts = Counter[str]()
    for place in key_rotations.places(one):
        counts.update(_reseal_place(one, place))
    return counts


def _reseal_place(one: Rotating, place: Place) -> Counter[str]:
    counts, after = Counter[str](), 0
    while True:
        batch = partial(key_rotations.reseal_batch, one=one, place=place, after=after, limit=BATCH)
        done = transaction(batch)
        counts.update(fields=done.fields, damaged=done.broken)
        if not done.last:
            return counts
        after = done.last


@effect()
def begin(practice: str, *, by: str, as_of: datetime) -> Answer:
    """Begin a rotation as a form's work; see `ask`."""
    return ask(practice, by=by, as_of=as_of)


def ask(practice: str, *, by: str, as_of: datetime) -> Answer:
    """Make the next key of a practice, as one of our staff asked."""
    refusal = transaction(partial(key_rotations.begin, practice=practice, by=by, as_of=as_of))
    if refusal is not None:
        return Answer.refused(refusal.sentence)
    ready = as_of + KNOWN
    return Answer(
        is_done=True,
        sentence=f"{practice} has a new key. From {ready:%Y-%m-%d %H:%M} UTC on rotate-keys takes it into use, seals "
        "everything anew, and an hour later destroys the older one.",
    )


@safe
def key_rows() -> list[dict[str, str]]:
    """List the age of keys for an artifact."""
    return listed()


def listed() -> list[dict[str, str]]:
    """List the age of every practice's key, the oldest first, and how far its rotation is."""
    return [
        {
            "practice": one.practice,
            "made": f"{one.made_at:%Y-%m-%d}",
            "rotation": _stage(one),
            "sealed anew": str(one.resealed) if one.begun_at else "",
        }
        for one in read(key_rotations.ages)
    ]


def _stage(one: key_rotations.Age) -> str:
    if one.begun_at is None:
        return ""
    return "new key made" if one.switched_at is None else "new key in use"


def rotate_root(chosen: Settings) -> Answer:
    """Wrap every key of practices and built-in calendars by a new master key; it can be run again at any time.

    Raises:
        SettingsError: the key file cannot be used, or the keys fit neither master key.
    """
    if chosen.master_key_bytes() and not chosen.earlier_master_key_bytes():
        return Answer.refused(_NO_EARLIER)
    if not chosen.master_key_bytes():
        turn_key_file(chosen.keys_file)
    changed = _wrap_everything(chosen)
    if isinstance(changed, Answer):
        return changed
    return Answer(
        is_done=True,
        sentence=f"{changed} keys are wrapped by the new master key; the earlier one is still kept. "
        "Make a backup now. When everything works, run: golive rotate-keys --forget-root",
    )


def _wrap_everything(chosen: Settings) -> int | Answer:
    try:
        return _wrap_all() + registry.wrap_calendar_keys(chosen)
    except OutsideError as failure:
        reason = failure.reason
    return Answer.refused(f"A built-in practice calendar cannot be used ({reason}). Repair it, and run this again.")


def _wrap_all() -> int:
    changed, after = 0, (-1, -1)
    while True:
        going_on, count = transaction(partial(keys.wrap_anew, after=after, limit=BATCH))
        changed += count
        if going_on is None:
            return changed
        after = going_on


def forget_root(chosen: Settings) -> Answer:
    """Let go of the earlier master key, once nothing needs it; raises as `rotate_root`."""
    is_given = bool(chosen.master_key_bytes())
    kept = chosen.earlier_master_key_bytes() if is_given else keys_of_file(chosen.keys_file)[1:]
    if not kept:
        return Answer.refused("There is no earlier master key; nothing was changed.")
    changed = _wrap_everything(chosen)  # what a process that did not know the new one made meanwhile
    if isinstance(changed, Answer):
        return changed
    if is_given:
        return Answer(is_done=True, sentence=_TAKE_AWAY)
    forget_earlier_key(chosen.keys_file)
    return Answer(is_done=True, sentence=f"{chosen.keys_file.name} holds the new master key only. Keep a copy of it.")
