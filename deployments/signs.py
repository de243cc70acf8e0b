"""What golive shows of itself to whoever watches it: alarms of its database and its machine."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography import x509

from models.db import DatabaseFailure, read
from models.rules import metrics
from models.rules.keeping import backup_made_at
from models.rules.metrics import Measured
from models.rules.watchdog import OWN, Found, Machine, Stored, of_backups, of_database, of_machine
from models.settings import Settings
from models.store.metrics import measure
from models.store.vital_signs import stored_signs


def own_alarms(chosen: Settings, *, as_of: datetime) -> list[Found]:
    """List the alarms that need no Prefect to be seen."""
    return _judged(_stored(as_of), machine_of(chosen), as_of)


def _judged(stored: Stored | None, machine: Machine, as_of: datetime) -> list[Found]:
    return [
        *of_database(stored, as_of=as_of),
        *of_machine(machine, as_of=as_of),
        *of_backups(machine.newest_backup, stored, as_of=as_of),
    ]


def measured(chosen: Settings, *, as_of: datetime) -> list[Measured]:
    """Read every figure of /metrics, and which alarms stand, in one look at the database and one at the machine."""
    try:
        stored, figures = read(partial(measure, as_of=as_of))
    except DatabaseFailure:
        stored, figures = None, []
    machine = machine_of(chosen)
    standing = {one.alarm for one in _judged(stored, machine, as_of)}
    alarms = [Measured(metrics.ALARM, alarm in standing, (alarm.value,)) for alarm in OWN]
    return [Measured(metrics.DATABASE_UP, stored is not None), *alarms, *figures, *_of_machine(machine, as_of)]


def _of_machine(machine: Machine, as_of: datetime) -> Iterator[Measured]:
    yield Measured(metrics.DISK_FREE, machine.free)
    yield Measured(metrics.DISK_SIZE, machine.size)
    if machine.newest_backup is not None:
        yield Measured(metrics.BACKUP_AGE, (as_of - machine.newest_backup).total_seconds())
    if machine.certificate_ends is not None:
        yield Measured(metrics.CERTIFICATE_LEFT, (machine.certificate_ends - as_of).total_seconds())


def _newest_backup(chosen: Settings) -> datetime | None:
    """Say when the newest backup of the folder was made (UTC), by its name; a folder that is not there has none."""
    try:
        names = [one.name for one in chosen.backups.iterdir()]
    except OSError:
        return None
    return max((made_at for made_at in map(backup_made_at, names) if made_at is not None), default=None)


def _oldest_file(inbox: Path) -> datetime | None:
    """Say since when the oldest thing has lain in a folder (UTC): when it came there, not when it was written."""
    try:
        came = [one.lstat().st_ctime for one in inbox.iterdir() if not one.name.startswith(".")]
    except OSError:
        return None
    return datetime.fromtimestamp(min(came), UTC) if came else None


def _stored(as_of: datetime) -> Stored | None:
    try:
        return read(partial(stored_signs, as_of=as_of))
    except DatabaseFailure:
        return None


def machine_of(chosen: Settings) -> Machine:
    """Look at the disk of the home, backups, payer files, and the certificate where the web site speaks TLS itself."""
    there = next(folder for folder in (chosen.home, *chosen.home.parents) if folder.exists())
    disk = shutil.disk_usage(there)
    certificate = _end_of(Path(chosen.tls_certificate)) if chosen.tls_certificate else None
    return Machine(disk.free, disk.total, certificate, _newest_backup(chosen), _oldest_file(chosen.payer_inbox))


def _end_of(certificate: Path) -> datetime:
    """Say when a certificate ends (UTC); one that cannot be read has ended."""
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return datetime.fromtimestamp(0, UTC)
