"""The purge of what is outlived, class by class and practice by practice, and the legal holds that stop it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from models.db import read, transaction
from models.inputs.answers import Answer
from models.rules.decisions import Refusal
from models.rules.retention import Kept, before
from models.settings import settings
from models.store import legal_holds, retention
from models.store.legal_holds import Order
from models.store.retention import OUTLIVED, Outlived
from models.tables.keeping import KeepingKind
from tasks.connectors.x12 import LARGEST_FILE
from tasks.payer_folder import PayerFolder
from tasks.policy import effect, safe

BATCH: Final = 500
"""So many values are blanked in one transaction."""


@effect()
def purge(*, as_of: datetime) -> Counter[str]:
    """Purge as scheduled work; see `purge_all`."""
    return purge_all(as_of=as_of)


def purge_all(*, as_of: datetime) -> Counter[str]:
    """Purge every class whose period is over, in batches; killed anywhere, the next run goes on. Counts by class."""
    counts = Counter[str]()
    for one, until, practices in _found(as_of):
        for practice in practices:
            counts[one.kind] += _purge_of(one, practice, until)
    for file in _files(as_of):
        file.unlink(missing_ok=True)
        counts[Kept.FILES] += 1
    noted = {kind.value: counts[kind] for kind in Kept}
    transaction(partial(retention.note_run, kind=KeepingKind.PURGE, counts=noted, as_of=as_of))
    return +counts


def _purge_of(one: Outlived, practice: int | None, until: datetime) -> int:
    total, count = 0, BATCH
    while count == BATCH:
        batch = partial(retention.purge_batch, one=one, practice=practice, before=until, limit=BATCH)
        count = transaction(batch)
        total += count
    return total


@effect()
def count_outlived(*, as_of: datetime) -> Counter[str]:
    """Count as scheduled work; see `count_all`."""
    return count_all(as_of=as_of)


def count_all(*, as_of: datetime) -> Counter[str]:
    """Count what a purge would take now, by class; nothing is changed."""
    counts = Counter[str]()
    for one, _, practices in _found(as_of):
        counts[one.kind] += sum(practices.values())
    counts[Kept.FILES] += len(_files(as_of))
    return +counts


def _found(as_of: datetime) -> Iterator[tuple[Outlived, datetime, dict[int | None, int]]]:
    for one in OUTLIVED:
        until = before(settings().days_kept(one.kind), as_of=as_of)
        if until is not None:
            yield one, until, read(partial(retention.outlived, one=one, before=until))


def _files(as_of: datetime) -> list[Path]:
    """List outlived files of payers; they may be about any practice, so that any legal hold keeps all of them."""
    until = before(settings().days_kept(Kept.FILES), as_of=as_of)
    if until is None or read(partial(legal_holds.is_held, practice_id=None)):
        return []
    folder = settings().payer_folder
    return PayerFolder(folder, largest=LARGEST_FILE).outlived(until) if folder.exists() else []


@effect()
def set_hold(practice: str, matter: str, *, by: str, key: str, as_of: datetime) -> Answer:
    """Set a legal hold, as one of our staff asked."""
    order = Order(practice, matter, by, key)
    refusal = transaction(partial(legal_holds.set_hold, order=order, as_of=as_of))
    return _answer(refusal, f"Nothing of {practice} is purged or destroyed until this hold is lifted.")


@effect()
def lift_hold(practice: str, matter: str, *, by: str, key: str, as_of: datetime) -> Answer:
    """Lift a legal hold, as one of our staff asked."""
    order = Order(practice, matter, by, key)
    refusal = transaction(partial(legal_holds.lift_hold, order=order, as_of=as_of))
    still = [one for one in read(legal_holds.standing) if one.practice == practice]
    rest = f"{len(still)} others still stand." if still else "What is outlived goes with the next purge."
    return _answer(refusal, f"The hold of {practice} for {matter} is lifted. {rest}")


def _answer(refusal: Refusal | None, sentence: str) -> Answer:
    return Answer(is_done=True, sentence=sentence) if refusal is None else Answer.refused(refusal.sentence)


@safe
def hold_rows() -> list[dict[str, str]]:
    """List the holds that stand, the oldest first."""
    return [
        {"practice": one.practice, "matter": one.matter, "set by": one.by, "since": f"{one.since:%Y-%m-%d}"}
        for one in read(legal_holds.standing)
    ]
