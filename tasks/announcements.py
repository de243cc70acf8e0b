"""Milestones told to Prefect as events, once they are committed: for its pages and automations, never for our work."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.events.schemas.events import Event, Resource
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from models.db import read, transaction
from models.rules.milestones import MILESTONES
from models.store import announcements
from models.store.announcements import Untold
from tasks.policy import safe

AT_ONCE: Final = 200
PATIENCE_SECONDS: Final = 2.0  # mails must not wait for it


@safe
def tell_milestones() -> Counter[str]:
    """Tell Prefect of milestones that it does not know yet; what it did not take is told again at the next moment.

    Each event has the id of its line of the history: told twice, Prefect keeps one.
    """
    untold = read(partial(announcements.untold, limit=AT_ONCE))
    if not untold or not _is_taken(untold):
        return +Counter(untold=len(untold))
    marks = [one.mark for one in untold]
    return Counter(told=transaction(partial(announcements.take_down, marks=marks)))


def _is_taken(untold: Sequence[Untold]) -> bool:
    """Post events over HTTP, whose answer says that they arrived; the usual way says nothing when they do not."""
    events = [_event(one).model_dump(mode="json") for one in untold]
    settings = {"timeout": PATIENCE_SECONDS}
    with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
        try:
            with get_client(httpx_settings=settings, sync_client=True) as client:
                client.request("POST", "/events", json=events)
        except (httpx.HTTPError, RuntimeError):  # it is down, or says so
            return False
    return True


def _event(one: Untold) -> Event:
    resource = {"prefect.resource.id": f"golive.practice.{one.practice}", "prefect.resource.name": one.practice}
    return Event(
        id=UUID(one.mark[:32]),
        event=MILESTONES[one.kind],
        occurred=one.at,
        resource=Resource.model_validate(resource),
        payload={"practice": one.practice, "process": one.process.value, "number": one.number},
    )
