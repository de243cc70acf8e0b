"""The standing dispatch inside Prefect: quick, cheap while it waits, relieved in time, gone when it is asked to go."""

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from sqlalchemy import func, select

from flows.dispatch import dispatch
from models.db import Database, open_database, read
from models.inputs.mailbox import read_mailbox
from models.settings import Settings
from models.tables.messages import Message, MessageState
from models.tables.timers import Timer, TimerState
from tasks.dispatch import RELIEF, end_of_watch
from tasks.moment import now
from tests.factories import a_signed_journey, an_intake
from tests.flows.conftest import Clock

PATIENCE_SECONDS = 30.0


@pytest.mark.parametrize(
    ("started", "window_ends"),
    [
        ((10, 7, 12), (10, 15)),  # by hand or after a crash: only until the run of the schedule comes
        ((10, 15, 0), (10, 30)),
        ((10, 14, 57), (10, 30)),  # a little early is not a window of three seconds
        ((10, 14, 54), (10, 15)),
        ((23, 59, 59), (24, 15)),
    ],
)
def test_a_run_stays_until_the_next_one_has_relieved_it(
    started: tuple[int, int, int], window_ends: tuple[int, int]
) -> None:
    day = datetime(2026, 3, 8, tzinfo=UTC)
    hours, minutes, seconds = started
    left = end_of_watch(day + timedelta(hours=hours, minutes=minutes, seconds=seconds), minutes=15)
    assert left == day + timedelta(hours=window_ends[0], minutes=window_ends[1]) + RELIEF


def wait_for_mails(settings: Settings, count: int) -> float:
    """Wait until so many mails are there; gives the seconds that it took."""
    began = time.monotonic()
    while len(read_mailbox(settings.mailbox_folder)) < count and time.monotonic() < began + PATIENCE_SECONDS:
        time.sleep(0.02)
    return time.monotonic() - began


def claimed() -> int:
    """Count the messages and timers that somebody holds."""
    held = select(func.count()).where(Message.state.in_([MessageState.CLAIMED, MessageState.SENDING]))
    leased = select(func.count()).where(Timer.state == TimerState.OPEN, Timer.lease_until.is_not(None))
    return read(lambda session: session.scalars(held).one() + session.scalars(leased).one())


def dispatch_until_its_window_ends(clock: Clock, settings: Settings, db: Database, *, mails: int) -> dict[str, int]:
    """Run one window that ends, unasked, at the next commit after so many mails."""

    def let_time_pass() -> None:
        wait_for_mails(settings, mails)
        clock.now += timedelta(minutes=3)
        other = open_database(db.url)
        a_signed_journey(other, an_intake(f"practice-{mails}"), as_of=clock.now)
        other.close()

    thread = threading.Thread(target=let_time_pass)
    thread.start()
    state = dispatch(window_minutes=1, return_state=True)
    thread.join()
    assert state.is_completed()
    counts: dict[str, int] = state.result()
    return counts


@pytest.mark.slow
@pytest.mark.xdist_group("prefect")
@pytest.mark.usefixtures("prefect")
def test_a_window_ends_by_itself_holds_nothing_and_the_next_run_takes_over(
    db: Database, own_settings: Settings, clock: Clock
) -> None:
    a_signed_journey(db, as_of=clock.now)
    for mails in (3, 6):
        counts = dispatch_until_its_window_ends(clock, own_settings, db, mails=mails)
        assert counts["sent"] == 3
        assert len(read_mailbox(own_settings.mailbox_folder)) == mails, "the window had ended before the last commit"
        assert claimed() == 0


@pytest.mark.slow
@pytest.mark.xdist_group("prefect")
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
