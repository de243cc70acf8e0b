"""The restore drill: the newest backup is restored to a throw-away place, looked at, and removed."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import func, make_url, select, table, text
from sqlalchemy.orm import Session

from models.db import Database, open_database
from models.migrations.migrate import newest, upgrade
from models.sealing import INSTALLATION, WrongMasterKeyError
from models.settings import Settings
from models.store import events, practices, retention
from models.store.keys import KeysMissingError, keys_of
from models.tables.keeping import KeepingKind
from tasks.backups import Backup, BackupFailedError, list_backups, opened
from tasks.restoring import for_a_while, in_sentences, require_fitting

_NONE: Final = "There is no backup yet. Make one with: golive backup"
_LOST: Final = "The restored table {} has {} rows, the backup says {}. Do not rely on this backup; make another one."
_BROKEN: Final = "The history of {} is broken at line {} in the backup. Compare it with the present one."
_KEYS: Final = (
    "The master key does not open the keys in this backup. Find the one of its time: without it nobody can read names."
)


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill saw; `made_at` is the moment of the backup (UTC)."""

    name: str
    made_at: datetime
    tables: int
    rows: int
    practices: int
    lines: int

    @property
    def sentence(self) -> str:
        """Say what was restored and found in order."""
        return (
            f"{self.name}, made on {self.made_at:%Y-%m-%d %H:%M} UTC, was restored and removed again: {self.rows} rows "
            f"of {self.tables} tables as the backup says, {self.practices} practices whose keys open, {self.lines} "
            "lines of history without a break."
        )


def drill(db: Database, chosen: Settings, *, as_of: datetime) -> Drilled:
    """Restore the newest backup for a while and look at all of it; the present database only notes that it was done.

    Raises:
        BackupFailedError: there is none, or it cannot be relied on; the sentence says why.
        SettingsError: the key of backups is missing.
    """
    found = list_backups(chosen)
    if not found:
        raise BackupFailedError(_NONE)
    seen = _restored(found[0], chosen)
    counts = {"rows": seen.rows, "tables": seen.tables, "practices": seen.practices, "lines": seen.lines}
    db.transaction(partial(retention.note_run, kind=KeepingKind.RESTORE_DRILL, counts=counts, as_of=as_of))
    return seen


def _restored(backup: Backup, chosen: Settings) -> Drilled:
    url = make_url(chosen.resolved_database_url)
    with in_sentences(), opened(backup.path, chosen) as (about, clear):
        require_fitting(about, url, clear, chosen)
        with for_a_while(url, clear, chosen) as place, closing(open_database(place)) as restored:
            restored.read(partial(_require_counts, said=about.rows))
            if about.revision != newest():
                upgrade(restored)
            known = restored.read(practices.all_practices)
            lines = sum(_whole_history(restored, number, key) for number, key in known)
            restored.read(partial(_require_keys, practices=[INSTALLATION, *(number for number, _ in known)]))
        return Drilled(backup.path.name, about.made_at, len(about.rows), about.total, len(known), lines)


def _require_counts(session: Session, said: dict[str, int]) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL statement_timeout = 0"))
    for name, rows in said.items():
        found = session.scalar(select(func.count()).select_from(table(name)))
        if found != rows:
            raise BackupFailedError(_LOST.format(name, found, rows))


def _whole_history(restored: Database, number: int, key: str) -> int:
    report = restored.read(partial(events.check_chain, practice_id=number))
    if not report.is_intact:
        raise BackupFailedError(_BROKEN.format(key, report.broken_at))
    return report.length


def _require_keys(session: Session, practices: list[int]) -> None:
    """Open the keys of everybody; an installation without any staff has none of its own."""
    for number in practices:
        try:
            keys_of(session, number)
        except KeysMissingError:
            continue
        except WrongMasterKeyError:
            raise BackupFailedError(_KEYS) from None
