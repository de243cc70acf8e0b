"""Child processes of the launcher: started, watched, started again, and never left behind."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

MOST_RESTARTS = 3
# Reads a pipe that only the launcher holds: when it ends, however the launcher died, the children's groups die too.
_GUARD = 'cat >/dev/null; while read -r group; do kill -s KILL -- "-$group" 2>/dev/null; done <"$0"'


@dataclass(slots=True)
class Child:
    """One long-running command; `patience` is how many seconds it gets to stop."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    patience: float = 10.0
    restarts: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start the command in a process group of its own, its output going to the log file."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        """Whether the command is alive."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Ask the command to stop, wait with patience, then end whatever is left of its group."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(self.patience)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Children:
    """The children of one launcher, in the order in which they were started."""

    def __init__(self, folder: Path) -> None:
        self._groups = folder / "groups"
        self._groups.write_text("", encoding="ascii")
        self._all: list[Child] = []
        self._guard = subprocess.Popen(  # noqa: S603 - a constant script, and a path of ours as its argument
            ["/bin/sh", "-c", _GUARD, str(self._groups)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start(self, child: Child) -> None:
        """Start a child and keep an eye on it."""
        if child.log.exists():
            child.log.replace(child.log.with_suffix(".before.log"))
        self._all.append(child)
        self._launch(child)

    def revive(self) -> Child | None:
        """Start again what has died; give the child that died too often, which ends the launcher."""
        for child in self._all:
            if child.running:
                continue
            if child.restarts >= MOST_RESTARTS:
                return child
            child.restarts += 1
            child.stop()  # what it had started itself must not live on beside the next one
            time.sleep(child.restarts)  # a child that dies at once must not spin
            self._launch(child)
        return None

    def dead(self) -> Child | None:
        """Give the first child that is not running."""
        return next((child for child in self._all if not child.running), None)

    def stop(self) -> None:
        """Stop everything, the last started first, and then the guard."""
        for child in reversed(self._all):
            child.stop()
        self._groups.write_text("", encoding="ascii")
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard.wait(10)

    def _launch(self, child: Child) -> None:
        child.start()
        groups = [f"{one.process.pid}\n" for one in self._all if one.process is not None]
        self._groups.write_text("".join(groups), encoding="ascii")
