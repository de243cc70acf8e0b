"""Run the stand-in for Kareo with example practices until it is stopped."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Sequence

from deployments.kareo_server.example import CUSTOMER_KEY, PASSWORD, USER, example_state
from deployments.kareo_server.server import KareoServer, running
from deployments.kareo_server.staff import State

PORT = 4300
HIGHEST_PORT = 65535


def serve(port: int = PORT, *, state: State | None = None, ready: Callable[[KareoServer], None] | None = None) -> int:
    """Answer on a port of this machine until SIGINT or SIGTERM; tells `ready` once it does, else prints how to call."""
    stopped = threading.Event()
    try:
        with running(state or example_state(), port=port) as server:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stopped.set())
            (ready or _tell)(server)
            stopped.wait()
    except OSError as error:
        sys.stderr.write(f"Port {port} cannot be used ({error.strerror}). Choose another with --port.\n")
        return 1
    return 0


def _tell(server: KareoServer) -> None:
    lines = (
        "The stand-in for Kareo answers; Ctrl-C stops it.",
        f"  page          {server.home}",
        f"  address       {server.address}",
        f"  description   {server.description}",
        f"  customer key  {CUSTOMER_KEY}",
        f"  user          {USER}",
        f"  password      {PASSWORD}",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="golive kareo-server", description="Run a stand-in for Kareo on this machine."
    )
    parser.add_argument(
        "--port", type=int, default=PORT, help="port of 127.0.0.1 (default: %(default)s; 0: any free one)"
    )
    port = parser.parse_args(arguments).port
    if not 0 <= port <= HIGHEST_PORT:
        parser.error("--port is a number from 0 to 65535.")
    return serve(port)
