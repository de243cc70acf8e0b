"""Connects the first example practice with the stand-in for Kareo that the launcher has started, once."""

import argparse
import os
import socket
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from deployments.example_booking import choose_cadence, first_booking, set_up_booking
from deployments.kareo_server.example import CUSTOMER_KEY, PASSWORD, PRACTICE, USER, example_state
from deployments.kareo_server.server import HOST, PATH
from models.inputs.answers import Answer
from models.inputs.booking_setup import BookingSetup, VisitReasonSetup
from models.store.systems import KAREO, Login
from tasks.system_setup import connect_kareo

PATIENCE_SECONDS: Final = 30.0


def connect(port: int, *, as_of: datetime) -> Answer:
    """Set up the first example's booking with the stand-in's visit reasons, and connect it with the try-out login."""
    practice, setup = _fitting(first_booking())
    login = Login("kareo-example", KAREO, f"http://{HOST}:{port}{PATH}?singleWsdl", CUSTOMER_KEY, USER, PASSWORD)
    set_up_booking(setup, as_of=as_of)
    choose_cadence(setup.practice, as_of=as_of)
    return connect_kareo(setup.practice, login, system_practice=practice, system_name=PRACTICE, as_of=as_of)


def _fitting(setup: BookingSetup) -> tuple[str, BookingSetup]:
    """Name the practice there, and take over its visit reasons: their numbers are the same at every start."""
    state = example_state()
    practice = next(number for number, one in state.practices.items() if one.name == PRACTICE)
    reasons = [
        VisitReasonSetup(key=_key(one.name), name=one.name, minutes=one.minutes, system_id=str(one.id))
        for one in state.owned_by(practice, state.reasons)
    ]
    return str(practice), setup.model_copy(update={"visit_reasons": reasons})


def _key(name: str) -> str:
    return name.lower().replace(" ", "-")


def _wait(port: int) -> bool:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Connect the example, and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m deployments.example_kareo", description=__doc__)
    parser.add_argument("port", type=int, help="port of the stand-in on this machine")
    port = parser.parse_args(arguments).port
    if not _wait(port):
        sys.stdout.write(f"The stand-in for Kareo does not answer on port {port}.\n")
        return os.EX_UNAVAILABLE
    answer = connect(port, as_of=datetime.now(UTC))
    sys.stdout.write(f"{answer.sentence}\n")
    return os.EX_OK if answer.is_done else os.EX_CONFIG


if __name__ == "__main__":
    sys.exit(main())
