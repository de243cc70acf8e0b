"""What the watchdog makes of what it sees: which alarm stands, and the sentence that says what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple


class Alarm(StrEnum):
    """What can be wrong."""

    DATABASE = "database"
    SWEEPS = "sweeps"
    UNKNOWN = "unknown"
    FRESHNESS = "freshness"
    PAYER_FILES = "payer_files"
    PROMISES = "promises"
    ISOLATION = "isolation"
    KEYS = "keys"
    BACKUPS = "backups"
    PURGE = "purge"
    DRILL = "drill"
    DISK = "disk"
    CERTIFICATE = "certificate"
    PREFECT = "prefect"
    SCHEDULES = "schedules"


OWN: Final = tuple(alarm for alarm in Alarm if alarm not in (Alarm.PREFECT, Alarm.SCHEDULES))
"""What is seen without asking Prefect."""
SILENT: Final = timedelta(minutes=15)
"""Due work lies no longer than this while a sweep lives: the standing dispatch takes it in seconds."""
STUCK: Final = timedelta(hours=1)
STALE: Final = timedelta(hours=2)
"""Practice systems are asked every 5 to 15 minutes."""
PAYERS_SILENT: Final = timedelta(days=8)
"""Payers pay at least weekly; a holiday may lie between."""
FILE_LEFT: Final = timedelta(hours=2)
"""The inbox is read every quarter of an hour."""
BACKUP_OLD: Final = timedelta(days=2)
"""One is made each night."""
OLD_KEY: Final = timedelta(days=400)
NOT_DRILLED: Final = timedelta(days=100)
NOT_PURGED: Final = timedelta(days=3)
"""What is outlived goes each night."""
CERTIFICATE_ENDS: Final = timedelta(days=21)
LEAST_FREE_SHARE: Final = 0.1
LEAST_FREE_BYTES: Final = 1 << 30
LATE_RUN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database shows: moments in UTC, counts of messages and practices.

    `begun_at` is the installation's first day: from then on is counted what was never done.
    """

    waits_since: datetime | None = None
    stuck_unknown: int = 0
    stale_systems: int = 0
    stopped_practices: int = 0
    is_isolated: bool = True
    oldest_key: datetime | None = None
    newest_payer_file: datetime | None = None
    purged_at: datetime | None = None
    drilled_at: datetime | None = None
    begun_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine shows: bytes; moments in UTC where there is a certificate, a backup, a file in the inbox."""

    free: int
    size: int
    certificate_ends: datetime | None = None
    newest_backup: datetime | None = None
    payer_file_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Runs:
    """How many runs Prefect has planned, how many should have begun long ago, and which schedules have none."""

    planned: int
    late: int
    silent: tuple[str, ...] = ()


class Found(NamedTuple):
    """One alarm that stands."""

    alarm: Alarm
    sentence: str

    @property
    def line(self) -> str:
        """Say it with the page of the runbook that helps."""
        return f"{self.sentence} See {page_of(self.alarm)}."


def page_of(alarm: Alarm) -> str:
    """Name the page of the runbook about an alarm."""
    return f"docs/runbook/{alarm.value.replace('_', '-')}.md"


def of_database(stored: Stored | None, *, as_of: datetime) -> list[Found]:
    """Judge what the database shows; None says that it cannot be reached."""
    if stored is None:
        return [Found(Alarm.DATABASE, "The database cannot be reached; nothing is sent and no page is answered.")]
    return list(_of_stored(stored, as_of))


def _of_stored(stored: Stored, as_of: datetime) -> Iterator[Found]:
    if stored.waits_since is not None and as_of - stored.waits_since > SILENT:
        minutes = int((as_of - stored.waits_since).total_seconds() // 60)
        yield Found(Alarm.SWEEPS, f"Due work has been left lying for {minutes} minutes; no dispatch takes it.")
    if stored.stuck_unknown:
        yield Found(Alarm.UNKNOWN, f"{stored.stuck_unknown} messages may be out, and nobody looks what became of them.")
    if stored.stale_systems:
        yield Found(Alarm.FRESHNESS, f"{stored.stale_systems} practice systems have not been heard of for two hours.")
    if stored.newest_payer_file is not None and as_of - stored.newest_payer_file > PAYERS_SILENT:
        days = (as_of - stored.newest_payer_file).days
        yield Found(Alarm.PAYER_FILES, f"No file has come from a payer for {days} days.")
    if stored.stopped_practices:
        practices = stored.stopped_practices
        yield Found(Alarm.PROMISES, f"Messages of {practices} practices are stopped, since a promise was broken.")
    if not stored.is_isolated:
        yield Found(Alarm.ISOLATION, "PostgreSQL does not keep practices apart: the role golive_reader is missing.")
    if stored.oldest_key is not None and as_of - stored.oldest_key > OLD_KEY:
        days = (as_of - stored.oldest_key).days
        yield Found(Alarm.KEYS, f"The oldest key of a practice is in use for {days} days.")
    yield from _left_undone(stored, as_of)


def _left_undone(stored: Stored, as_of: datetime) -> Iterator[Found]:
    purged, drilled = stored.purged_at or stored.begun_at, stored.drilled_at or stored.begun_at
    if purged is not None and as_of - purged > NOT_PURGED:
        yield Found(Alarm.PURGE, f"Nothing was purged for {(as_of - purged).days} days.")
    if drilled is not None and as_of - drilled > NOT_DRILLED:
        yield Found(Alarm.DRILL, f"No backup was tried for {(as_of - drilled).days} days; run golive restore-drill.")


def of_machine(machine: Machine, *, as_of: datetime) -> list[Found]:
    """Judge what this machine shows."""
    found = []
    if machine.free < max(LEAST_FREE_BYTES, int(machine.size * LEAST_FREE_SHARE)):
        found.append(Found(Alarm.DISK, f"The disk of the home has only {machine.free >> 20} MiB left."))
    if machine.payer_file_since is not None and as_of - machine.payer_file_since > FILE_LEFT:
        hours = int((as_of - machine.payer_file_since).total_seconds() // 3600)
        found.append(
            Found(Alarm.PAYER_FILES, f"A file has been in the inbox of payer files for {hours} hours; nobody reads it.")
        )
    if machine.certificate_ends is not None and machine.certificate_ends - as_of < CERTIFICATE_ENDS:
        days = max((machine.certificate_ends - as_of).days, 0)
        found.append(Found(Alarm.CERTIFICATE, f"The web site's certificate ends in {days} days."))
    return found


def of_backups(newest: datetime | None, stored: Stored | None, *, as_of: datetime) -> list[Found]:
    """Judge the newest backup; none at all is wrong once there are practices for as long as one may be old."""
    since = newest or (stored.oldest_key if stored is not None else None)
    if since is None or as_of - since <= BACKUP_OLD:
        return []
    if newest is None:
        return [Found(Alarm.BACKUPS, "There is no backup in the folder.")]
    return [Found(Alarm.BACKUPS, f"The newest backup is {(as_of - newest).days} days old.")]


def of_prefect(runs: Runs | None) -> list[Found]:
    """Judge what Prefect plans; None says that its server does not answer."""
    if runs is None:
        return [Found(Alarm.PREFECT, "Prefect's server does not answer; nothing is started by the clock.")]
    if not runs.planned:
        return [
            Found(Alarm.SCHEDULES, "Prefect has planned no run; its scheduler is silent, whatever its health says.")
        ]
    if runs.late:
        return [
            Found(Alarm.SCHEDULES, f"{runs.late} planned runs should have begun an hour ago; no runner takes them.")
        ]
    if runs.silent:
        return [Found(Alarm.SCHEDULES, f"No run is planned of {', '.join(runs.silent)}, though each has a schedule.")]
    return []
