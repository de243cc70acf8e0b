"""Which ports and folders one running golive takes, and the sentences that refuse when they are not free."""

import errno
import fcntl
import socket
import time
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path

from deployments.environment import LOOPBACK, server_ports
from deployments.parts import Part
from models.settings import Settings

_PATIENCE_SECONDS = 3.0  # a launcher that was killed a moment ago still gives its ports back


class CannotStartError(RuntimeError):
    """Something outside the program is in the way; the sentence says what to do."""


def take_home(chosen: Settings, stack: ExitStack) -> None:
    """Create the folders of the home and hold its lock until the stack closes.

    Raises:
        CannotStartError: when another launcher runs from the same home.
    """
    for folder in (chosen.home, chosen.prefect_home, chosen.logs_folder, chosen.mailbox_folder, chosen.intake_folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = stack.enter_context((chosen.home / "launcher.lock").open("w", encoding="ascii"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        message = (
            f"golive already runs from the folder {chosen.home}. Stop it with Ctrl-C where it was started, "
            "or set GOLIVE_HOME to another folder (and GOLIVE_WEB_PORT and GOLIVE_PREFECT_PORT to other ports)."
        )
        raise CannotStartError(message) from error


def check_ports(chosen: Settings, parts: Collection[Part] = frozenset(Part)) -> None:
    """Refuse to start while another program listens on one of the ports of the parts that are to be started.

    Raises:
        CannotStartError: naming the port and the setting that changes it.
    """
    if chosen.web_port in server_ports(chosen):
        message = f"GOLIVE_WEB_PORT is {chosen.web_port}, which Prefect uses. Set it or GOLIVE_PREFECT_PORT to another."
        raise CannotStartError(message)
    if chosen.kareo_server_port in {chosen.web_port, *server_ports(chosen)}:
        message = (
            f"GOLIVE_KAREO_SERVER_PORT is {chosen.kareo_server_port}, which golive itself uses. Set it to another port."
        )
        raise CannotStartError(message)
    if Part.SERVER in parts:
        for port in server_ports(chosen):
            _check(chosen.prefect_host, port, "the Prefect server", "GOLIVE_PREFECT_PORT")
    if Part.WEB in parts:
        _check(chosen.host, chosen.web_port, "the web site", "GOLIVE_WEB_PORT")
    if chosen.kareo_server_port:
        _check(LOOPBACK, chosen.kareo_server_port, "the stand-in for Kareo", "GOLIVE_KAREO_SERVER_PORT")


def _check(host: str, port: int, what: str, setting: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not _free(host, port):
        if time.monotonic() > until:
            message = (
                f"Port {port} is taken by another program, so {what} cannot start. "
                f"Stop that program, or choose another port: {setting}={_next_free(host, port)} make run"
            )
            raise CannotStartError(message)
        time.sleep(0.2)


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def _next_free(host: str, port: int) -> int:
    return next((other for other in range(port + 1, 65_536) if _free(host, other)), port)


def relative(path: Path) -> str:
    """Show a path as people type it: relative to where they stand, if it lies below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
