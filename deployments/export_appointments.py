"""Writes a practice's appointments as a FHIR R4 Bundle to the standard output."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from models.db import DatabaseFailure
from models.reports.fhir_export import ExportRefusedError, days_of, export_bundle
from models.settings import SettingsError, settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the Bundle; sentences about what went wrong go to the standard error."""
    parser = argparse.ArgumentParser(
        prog="golive export-appointments",
        description="Write a practice's appointments as FHIR R4 JSON, with numbers instead of patients' names.",
        epilog="example: golive export-appointments maple-street --from 2026-12-01 --to 2026-12-31 > december.json",
    )
    parser.add_argument("practice", help="short name of the practice")
    parser.add_argument("--from", dest="first", required=True, help="first day, like 2026-12-01, in its time zone")
    parser.add_argument("--to", dest="last", required=True, help="last day, included")
    given = parser.parse_args(arguments)
    try:
        _write(given.practice, given.first, given.last)
    except (ExportRefusedError, SettingsError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_USAGE
    except DatabaseFailure as failure:
        sys.stderr.write(f"The database cannot be read: {failure}. What was written so far is not complete.\n")
        return os.EX_UNAVAILABLE
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return os.EX_IOERR
    return os.EX_OK


def _write(practice: str, first: str, last: str) -> None:
    address = settings().public_address
    for piece in export_bundle(practice, days_of(first, last), address=address, as_of=datetime.now(UTC)):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
