"""Says on the command line why a visit's patient was asked for feedback, or was not."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from models.db import DatabaseFailure, read
from models.settings import SettingsError
from models.store.appointment_tests import unknown_appointment
from models.store.feedback_why import explain


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one sentence per line; what went wrong goes to the standard error."""
    parser = argparse.ArgumentParser(
        prog="golive why",
        description="Say why a visit's patient was asked for feedback, or was not; nobody's name is written.",
        epilog="example: golive why 4711",
    )
    parser.add_argument("appointment", type=int, help="number of the appointment, from list-appointments")
    number = parser.parse_args(arguments).appointment
    try:
        told = read(lambda session: explain(session, number, as_of=datetime.now(UTC)))
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_USAGE
    except DatabaseFailure as failure:
        sys.stderr.write(f"The database cannot be read: {failure}. Start golive once, or look at its settings.\n")
        return os.EX_UNAVAILABLE
    if not told:
        sys.stderr.write(f"{unknown_appointment(number).sentence}\n")
        return os.EX_DATAERR
    sys.stdout.write("".join(f"{sentence}\n" for sentence in told))
    return os.EX_OK
