"""Tiny flows that stand in for the product's own where a test is about starting, not about what runs."""

import os
import time
from pathlib import Path

from prefect import flow


@flow
def tick(number: int = 1) -> int:
    """Add one to a number."""
    return number + 1


@flow
def linger(seconds: int = 600) -> None:
    """Stay alive and say who is alive.

    Args:
        seconds: How long the run stays.
    """
    Path(os.environ["GOLIVE_TEST_LINGER"]).write_text(str(os.getpid()), encoding="ascii")
    time.sleep(seconds)
