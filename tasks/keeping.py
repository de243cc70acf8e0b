"""Safe keeping as scheduled work: backups made and checked."""

from datetime import datetime

from models.db import database
from models.inputs.answers import Answer
from models.settings import SettingsError, settings
from tasks.backups import BackupFailedError, list_backups, make_backup
from tasks.policy import effect, safe

SHOWN = 30


@effect()
def back_up(*, as_of: datetime) -> Answer:
    """Make a backup, read it again, and rotate; a refusal says what to do."""
    try:
        made = make_backup(database(), settings(), as_of=as_of)
    except (BackupFailedError, SettingsError) as refusal:
        return Answer.refused(str(refusal))
    return Answer(is_done=True, sentence=made.sentence)


@safe
def backup_rows() -> list[dict[str, str]]:
    """List the newest backups: name, moment and size."""
    try:
        found = list_backups(settings())
    except BackupFailedError:
        return []
    return [
        {
            "backup": one.path.name,
            "made": f"{one.made_at:%Y-%m-%d %H:%M} UTC",
            "size": f"{one.mebibytes} MiB",
        }
        for one in found[:SHOWN]
    ]
