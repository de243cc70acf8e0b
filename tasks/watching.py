"""The watch over promises that the database can check, and the release of what it stopped."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from prefect.events import emit_event
from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.rules.decisions import Refusal
from models.rules.watchdog import Alarm, page_of
from models.settings import settings
from models.store import breaches
from models.store.practices import all_practices
from tasks.operator_mail import send_to_operator
from tasks.policy import Retry, effect

BROKEN: Final = "golive.promise.broken"
"""The event in Prefect; its resource names the practice by its key, its payload the promise."""


@effect()
def watch_invariants(*, as_of: datetime) -> list[tuple[str, str]]:
    """Ask every view and stop what must stop; gives practice and promise of what is new."""
    found = read(breaches.look)
    if not found and not read(breaches.has_present):
        return []
    new = transaction(partial(breaches.write_down, found=found, as_of=as_of))
    keys = dict(read(all_practices)) if new else {}
    return [(keys[practice], promise) for practice, promise in new]


@effect()
def tell_of_breaches(new: Sequence[tuple[str, str]]) -> None:
    """Emit one event for each promise that was found broken in a practice; an automation may listen."""
    for practice, promise in new:
        emit_event(BROKEN, {"prefect.resource.id": f"golive.practice.{practice}"}, payload={"promise": promise})


@effect(Retry.OUTSIDE)
def mail_of_breaches(new: Sequence[tuple[str, str]], *, as_of: datetime) -> None:
    """Mail the operator once about promises that were found broken; without an address nobody is mailed.

    A mail that may be out is not sent again: the watchdog's own mail about `promises` stands in for it.
    """
    chosen = settings()
    if not chosen.watchdog_mail:
        return
    lines = [
        f"A promise is broken in {practice}: {promise}. See {page_of(Alarm.PROMISES)}." for practice, promise in new
    ]
    send_to_operator(lines, chosen, about="the watch over promises", as_of=as_of)


@effect()
def list_breaches() -> list[dict[str, str]]:
    """List what nobody has released: keys, numbers and moments only."""
    return [
        {
            "practice": one.practice,
            "promise": one.invariant,
            "row": str(one.number),
            "sending": "stopped" if one.stops_sending else "goes on",
            "found": f"{one.found_at:%Y-%m-%d %H:%M} UTC",
        }
        for one in read(breaches.open_breaches)
    ]


def counted(rows: Sequence[dict[str, str]]) -> Counter[str]:
    """Count open breaches by promise."""
    return Counter(row["promise"] for row in rows)


@effect()
def release_sending(practice: str, *, by: str, key: str, as_of: datetime) -> Answer:
    """Let a practice's messages go out again, as a person decided."""

    def release(session: Session) -> int | Refusal:
        return breaches.release(session, practice, by=by, key=key, as_of=as_of)

    done = transaction(release)
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    return Answer(is_done=True, sentence=f"Messages of {practice} go out again; {done} findings are marked as seen.")
