"""Whether somebody has asked to stop: with Ctrl-C, with a signal, or by closing the window."""

import signal
import time
from types import FrameType

_LOOK_SECONDS = 0.1


class Stopping:
    """A flag that a signal sets. A threading.Event will not do: set by the thread that waits for it, it can lock up."""

    def __init__(self) -> None:
        self._asked = False

    def listen(self) -> None:
        """Take SIGINT, SIGTERM and SIGHUP as being asked to stop."""
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, self.ask)

    def ask(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask to stop; safe in a signal handler."""
        self._asked = True

    def is_asked(self) -> bool:
        """Say whether somebody has asked."""
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Wait so many seconds, less when somebody asks meanwhile; say whether somebody has asked."""
        until = time.monotonic() + seconds
        while not self._asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_SECONDS))
        return self._asked
