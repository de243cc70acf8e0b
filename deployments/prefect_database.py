"""Prefect's own database, migrated once at installation, so that the first start need not take six seconds for it."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

FILE_NAME = "prefect.db"


def template() -> Path:
    """Say where the migrated, empty database of the installed Prefect version lies."""
    return Path(sys.prefix) / f"prefect-{version('prefect')}.db"


def prepare_template() -> Path:
    """Let Prefect make an empty database and keep a copy; does nothing when there is one for this version."""
    kept = template()
    if kept.is_file():
        return kept
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"],
            env={**os.environ, "PREFECT_HOME": folder, "DO_NOT_TRACK": "1"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        made = kept.with_suffix(f".{os.getpid()}")
        with closing(sqlite3.connect(Path(folder) / FILE_NAME)) as database:
            database.execute("VACUUM INTO ?", (str(made),))  # a plain copy would miss what is still in the log
        made.replace(kept)
    return kept


def lend_template(prefect_home: Path) -> bool:
    """Put the migrated database into a new Prefect home; False when there is nothing to lend or no need."""
    wanted = prefect_home / FILE_NAME
    if wanted.exists() or not template().is_file():
        return False
    shutil.copyfile(template(), wanted)
    wanted.chmod(0o600)
    return True


if __name__ == "__main__":
    prepare_template()
