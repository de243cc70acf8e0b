"""The standing dispatch inside Prefect: quick, cheap while it waits, and gone at once when it is asked to go."""

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

from flows.dispatch import dispatch
from models.db import Database, open_database
from models.inputs.mailbox import read_mailbox
from models.settings import Settings
from tasks.moment import now
from tests.factories import a_signed_journey, an_intake

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]
PATIENCE_SECONDS = 30.0


def wait_for_mails(settings: Settings, count: int) -> float:
    """Wait until so many mails are there; gives the seconds that it took."""
    began = time.monotonic()
    while len(read_mailbox(settings.mailbox_folder)) < count and time.monotonic() < began + PATIENCE_SECONDS:
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.mark.usefixtures("prefect")
def test_the_dispatch_delivers_what_others_commit_and_ends_when_it_is_told_to(
    db: Database, own_settings: Settings, record_property: Callable[[str, object], None]
) -> None:
    took: list[float] = []

    def someone_else() -> None:
        other = open_database(db.url)
        wait_for_mails(own_settings, 3)
        for number in (1, 2):
            with_key = an_intake(f"practice-{number}")
            began = time.monotonic()
            a_signed_journey(other, with_key, as_of=now())
            wait_for_mails(own_settings, 3 + 3 * number)
            took.append(time.monotonic() - began)
        time.sleep(2)
        os.kill(os.getpid(), signal.SIGTERM)
        other.close()

    a_signed_journey(db, as_of=now())
    thread = threading.Thread(target=someone_else)
    thread.start()
    state = dispatch(window_minutes=5, return_state=True)
    thread.join()
    assert state.is_completed()
    assert state.result()["sent"] == 9
    assert len(read_mailbox(own_settings.mailbox_folder)) == 9
    record_property("seconds_from_commit_to_mail", took)
    with get_client(sync_client=True) as client:
        runs = client.read_task_runs(
            flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[state.state_details.flow_run_id]))
        )
    assert len(runs) < 10, "one task run per batch, none while nothing happens"
