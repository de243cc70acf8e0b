"""What golive shows of itself to whoever watches it: alarms of its database and its machine."""

import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography import x509

from models.db import DatabaseFailure, read
from models.rules.watchdog import Found, Machine, Stored, of_database, of_machine
from models.settings import Settings
from models.store.vital_signs import stored_signs


def own_alarms(chosen: Settings, *, as_of: datetime) -> list[Found]:
    """List the alarms that need no Prefect to be seen."""
    return [*of_database(_stored(as_of), as_of=as_of), *of_machine(machine_of(chosen), as_of=as_of)]


def _stored(as_of: datetime) -> Stored | None:
    try:
        return read(partial(stored_signs, as_of=as_of))
    except DatabaseFailure:
        return None


def machine_of(chosen: Settings) -> Machine:
    """Look at the disk of the home, and at the certificate where the web site speaks TLS itself."""
    there = next(folder for folder in (chosen.home, *chosen.home.parents) if folder.exists())
    disk = shutil.disk_usage(there)
    return Machine(disk.free, disk.total, _end_of(Path(chosen.tls_certificate)) if chosen.tls_certificate else None)


def _end_of(certificate: Path) -> datetime:
    """Say when a certificate ends (UTC); one that cannot be read has ended."""
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return datetime.fromtimestamp(0, UTC)
