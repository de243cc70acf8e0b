"""A signal stops the launcher whatever it is doing at that instant."""

import os
import signal
import threading
import time

import pytest

from deployments.stopping import Stopping


def test_nobody_asked() -> None:
    assert not Stopping().wait(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_wait(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    stopping = Stopping()
    stopping.listen()
    timer = threading.Timer(0.05, os.kill, (os.getpid(), number))
    timer.start()
    began = time.monotonic()
    try:
        assert stopping.wait(30)
    finally:
        timer.join()
        signal.signal(number, before)
    assert time.monotonic() - began < 5


def test_signals_in_the_middle_of_a_wait_never_lock_it_up() -> None:
    asked = Stopping()
    before = signal.signal(signal.SIGALRM, asked.ask)
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    try:
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            asked.wait(0.0001)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert asked.is_asked()
