"""Offboarding of practices: asked for, ended, exported, handed over, destroyed; killed anywhere, it goes on."""

from collections import Counter
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from models.db import database, read, transaction
from models.inputs.answers import Answer
from models.rules.decisions import Refusal
from models.rules.offboarding import Leaving, Offboarding, Order, Stage, next_step
from models.settings import settings
from models.store import offboarding, offboarding_end, offboarding_stops
from models.store.offboarding_facts import of_practice, present
from models.store.offboarding_stops import Closing, Step
from tasks.bundles import BundleError, make_bundle, remove_bundles, require_bundle
from tasks.connectors import registry
from tasks.copies import CopyFailedError
from tasks.left_practices import note_left
from tasks.policy import effect, safe

BATCH: Final = 200
"""So many things are ended in one transaction where they are many."""
_SENDING: Final = "Nothing is sent for it any more, and its people have no access."


@effect()
def ask(order: Order, reason: Leaving, *, as_of: datetime) -> Answer:
    """Begin as a form's work; see `begin`."""
    return begin(order, reason, as_of=as_of)


def begin(order: Order, reason: Leaving, *, as_of: datetime) -> Answer:
    """Begin the offboarding of a practice, as one of our staff asked, and end what is outstanding."""
    wait = settings().offboarding_days
    done = transaction(partial(offboarding.ask, order=order, reason=reason, wait_days=wait, as_of=as_of))
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    _end_everything(done, as_of=as_of)
    return _told(order.practice, f"{order.practice} is leaving. {_SENDING}", as_of=as_of)


@effect()
def export(order: Order, *, as_of: datetime) -> Answer:
    """Make the export as a form's work; see `make_export`."""
    return make_export(order, as_of=as_of)


def make_export(order: Order, *, as_of: datetime) -> Answer:
    """Make the export of a practice that leaves, as one of our staff asked; read again before it counts."""
    one = read(partial(offboarding.may_export, order=order))
    if isinstance(one, Refusal):
        return Answer.refused(one.sentence)
    return _export(one, by=order.by, as_of=as_of)


def _export(one: Offboarding, *, by: str, as_of: datetime) -> Answer:
    folder = settings().export_folder
    try:
        made = make_bundle(database(), folder, one, as_of=as_of)
    except BundleError as failure:
        return Answer.refused(str(failure))
    refusal = transaction(partial(offboarding.record_export, one=one, made=made, by=by, as_of=as_of))
    known = read(partial(of_practice, practice=one.practice))
    remove_bundles(folder, one.id, keep=known.bundle if known else "")
    if refusal is not None:
        return Answer.refused(refusal.sentence)
    rows = sum(made.counts.values())
    said = f"{rows} rows of {len(made.counts)} tables are in {made.bundle}, read again; its SHA-256 is {made.digest}."
    return _told(one.practice, said, as_of=as_of)


@effect()
def hand_over(order: Order, digest: str, *, as_of: datetime) -> Answer:
    """Record the handing over as a form's work; see `note_handed_over`."""
    return note_handed_over(order, digest, as_of=as_of)


def note_handed_over(order: Order, digest: str, *, as_of: datetime) -> Answer:
    """Record that the practice has the export with this SHA-256, or its beginning; the waiting period begins."""
    one = read(partial(of_practice, practice=order.practice))
    if one is not None and one.stage is Stage.EXPORTED:
        try:
            require_bundle(settings().export_folder, one)
        except BundleError as failure:
            return Answer.refused(str(failure))
    done = transaction(partial(offboarding.hand_over, order=order, digest=digest, as_of=as_of))
    return _answer(done, "The export is handed over.", as_of=as_of)


@effect()
def confirm(order: Order, *, as_of: datetime) -> Answer:
    """Confirm as a form's work; see `confirm_destruction`."""
    return confirm_destruction(order, as_of=as_of)


def confirm_destruction(order: Order, *, as_of: datetime) -> Answer:
    """Confirm the destruction as the second person; where the waiting period is over, it is done at once."""
    done = transaction(partial(offboarding.confirm, order=order, as_of=as_of))
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    act(as_of=as_of)
    return _told(order.practice, "The destruction is confirmed.", as_of=as_of)


@effect()
def call_off(order: Order, *, as_of: datetime) -> Answer:
    """Call an offboarding off as a form's work; see `stop_leaving`."""
    return stop_leaving(order, as_of=as_of)


def stop_leaving(order: Order, *, as_of: datetime) -> Answer:
    """Call an offboarding off; the export is removed, and a person resumes the practice."""
    done = transaction(partial(offboarding.call_off, order=order, as_of=as_of))
    if not isinstance(done, Refusal):
        _finish_all(as_of=as_of)
    return _answer(done, "The offboarding is called off. Nothing is destroyed; nothing is sent yet.", as_of=as_of)


@effect()
def resume(order: Order, *, as_of: datetime) -> Answer:
    """Resume a practice as a form's work; see `resume_practice`."""
    return resume_practice(order, as_of=as_of)


def resume_practice(order: Order, *, as_of: datetime) -> Answer:
    """Let a practice whose offboarding was called off be sent for again."""
    done = transaction(partial(offboarding.resume, order=order, as_of=as_of))
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    said = "can be written to again, its enrollments are watched, and its practice system is read."
    rest = "Give its people access anew, open its booking widget, and begin a journey where one is needed."
    return Answer(is_done=True, sentence=f"{order.practice} {said} {rest}")


@safe
def is_due(*, as_of: datetime) -> bool:
    """Say whether a standing dispatch has anything to do for practices that leave."""
    return read(partial(offboarding_end.is_due, as_of=as_of))


@effect()
def act_upon_due(*, as_of: datetime) -> Counter[str]:
    """Act as scheduled work; see `act`."""
    return act(as_of=as_of)


def act(*, as_of: datetime) -> Counter[str]:
    """End what is outstanding, and destroy the keys of whoever's time has come; counts both."""
    counts = Counter[str]()
    for one in read(present):
        if one.stopped_at is None:
            counts["stopped"] += _end_everything(one, as_of=as_of)
    fired = transaction(partial(offboarding_end.fire_due, as_of=as_of, limit=BATCH))
    counts["destroyed"] += sum(fired.values())
    counts["kept"] += len(fired) - sum(fired.values())
    if counts["destroyed"]:
        counts += _finish_all(as_of=as_of)
    return +counts


@effect()
def go_on(*, as_of: datetime) -> Counter[str]:
    """Go on as scheduled work; see `advance`."""
    return advance(as_of=as_of)


def advance(*, as_of: datetime) -> Counter[str]:
    """Take every offboarding as far as it may go: ends, exports, destroys; killed anywhere, the next run goes on."""
    counts = act(as_of=as_of)
    for one in read(present):
        if one.stopped_at is not None and one.destroyed_at is None:
            counts["ended late"] += _close_all(one, as_of=as_of)
        if one.stage is Stage.STOPPED and not one.under_way:
            counts["exported"] += _export(one, by=offboarding_end.BY_ITSELF, as_of=as_of).is_done
    return +(counts + _finish_all(as_of=as_of))


def _end_everything(one: Offboarding, *, as_of: datetime) -> bool:
    """End what is outstanding; True when this was the run that came to its end first."""
    if one.stopped_at is not None:
        return False
    _close_all(one, as_of=as_of)
    return transaction(partial(offboarding.note_stopped, one=one, as_of=as_of))


def _close_all(one: Offboarding, *, as_of: datetime) -> int:
    closing = Closing(one.practice_id, f"offboarding:{one.id}", one.asked_by, as_of)
    return sum(_close(step, closing) for _, step in offboarding_stops.STEPS)


def _close(step: Step, closing: Closing) -> int:
    total, count = 0, BATCH
    while count >= BATCH:
        count = transaction(partial(_batch, step=step, closing=closing))
        total += count
    return total


def _batch(session: Session, *, step: Step, closing: Closing) -> int:
    return offboarding_stops.close_batch(session, step, closing, limit=BATCH)


def _finish_all(*, as_of: datetime) -> Counter[str]:
    """Do what follows outside the database from a destruction, or from one that was called off."""
    counts = Counter[str]()
    for one in read(present):
        if one.stage is Stage.DESTROYED and one.finished_at is None:
            counts["finished"] += _finish(one, as_of=as_of)
        if one.stage is Stage.CALLED_OFF and one.bundle and one.bundle_removed_at is None:
            _remove(one, as_of=as_of)
    return counts


def _finish(one: Offboarding, *, as_of: datetime) -> bool:
    """Note the destruction beside the backups, and remove files; what fails is tried again by the next run."""
    try:
        note_left(settings().backups, one.practice_id, one.practice, at=one.destroyed_at or as_of)
        registry.forget_calendar(settings(), one.practice_id)
        _remove(one, as_of=as_of)
    except (CopyFailedError, OSError):
        return False
    transaction(partial(offboarding_end.note_finished, one=one, as_of=as_of))
    return True


def _remove(one: Offboarding, *, as_of: datetime) -> None:
    remove_bundles(settings().export_folder, one.id)
    transaction(partial(offboarding_end.note_removed, one=one, as_of=as_of))


def _answer(done: Offboarding | Refusal, sentence: str, *, as_of: datetime) -> Answer:
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    return _told(done.practice, sentence, as_of=as_of)


def _told(practice: str, sentence: str, *, as_of: datetime) -> Answer:
    """Answer with what was done and the one next step."""
    one = read(partial(of_practice, practice=practice))
    step = f" Next: {next_step(one, as_of=as_of)}" if one else ""
    return Answer(is_done=True, sentence=f"{sentence}{step}")


@safe
def offboarding_rows(*, as_of: datetime) -> list[dict[str, str]]:
    """List practices that leave for an artifact; see `listed`."""
    return listed(as_of=as_of)


def listed(*, as_of: datetime) -> list[dict[str, str]]:
    """List practices that leave or have left, the newest first: how far each is, and the one next step."""
    return [
        {
            "practice": one.practice,
            "asked": f"{one.asked_at:%Y-%m-%d} by {one.asked_by}",
            "stage": one.stage.value.replace("_", " "),
            "keys destroyed on": f"{when:%Y-%m-%d}" if (when := one.destroyed_at or one.destroy_at) else "",
            "next": next_step(one, as_of=as_of),
        }
        for one in read(present)
    ]
