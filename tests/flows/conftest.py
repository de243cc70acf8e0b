"""One Prefect server for all tests of flows, and a clock that a test can set."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from tasks.moment import standing_at
from tests.factories import MONDAY


class Clock:
    """Stands still until it is told another moment."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="session")
def prefect() -> Iterator[None]:
    """Give a Prefect server of this session; runs leave no heartbeat threads behind.

    Its modules are imported here: they cost every worker of every test run seconds, and few tests need the server.
    """
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Give a clock that stands at ten in the morning of a Monday in New York."""
    standing = Clock(MONDAY)
    with standing_at(standing):
        yield standing
