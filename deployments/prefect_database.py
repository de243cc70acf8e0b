"""Prefect's own database, made once at installation, so that the first start need not take half a minute for it."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from deployments.environment import QUIET

FILE_NAME = "prefect.db"
_FILL = "--fill"  # said by this command to itself, once Prefect's environment is that of an empty home
_OURS = ("GOLIVE_", "PREFECT_")


def template() -> Path:
    """Say where the migrated, empty database of the installed Prefect version lies."""
    return Path(sys.prefix) / f"prefect-{version('prefect')}.db"


def filled_template() -> Path:
    """Say where the one lies that also holds what prefect.yaml lists; the empty one where there is no such."""
    filled = _filled()
    return filled if filled.is_file() else template()


def prepare_template() -> Path:
    """Let Prefect make an empty database and keep a copy; does nothing when there is one for this version."""
    kept = template()
    if kept.is_file():
        return kept
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"]
        subprocess.run(command, env=_environment(Path(folder)), stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own command, no shell
        _copy(Path(folder) / FILE_NAME, kept)
    return kept


def prepare_filled() -> Path:
    """Write what prefect.yaml lists into a copy of the empty database, and keep that, in the place of an older one.

    It is a head start and no promise: each start compares what stands there with prefect.yaml and the flows.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        lend_template(home, prepare_template())
        command = [sys.executable, "-m", "deployments.prefect_database", _FILL]
        subprocess.run(command, env=_environment(home), check=True)  # noqa: S603 - our own command, no shell
        _copy(home / FILE_NAME, _filled())
    return _filled()


def lend_template(prefect_home: Path, lent: Path) -> bool:
    """Put a migrated database into a new Prefect home; False when there is nothing to lend or no need."""
    wanted = prefect_home / FILE_NAME
    if wanted.exists() or not lent.is_file():
        return False
    shutil.copyfile(lent, wanted)
    wanted.chmod(0o600)
    return True


def _filled() -> Path:
    return template().with_suffix(".filled.db")


def _environment(home: Path) -> dict[str, str]:
    """Give an environment in which nothing but the home is told to Prefect, whatever this shell says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, **QUIET, "PREFECT_HOME": str(home)}


def _copy(made: Path, kept: Path) -> None:
    written = kept.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(made)) as database:
        database.execute("VACUUM INTO ?", (str(written),))  # a plain copy would miss what is still in the log
    written.replace(kept)


def main(arguments: Sequence[str]) -> None:
    """Make both; the filling is done in a process of its own, whose environment names an empty home."""
    if _FILL in arguments:
        from deployments.filling import fill  # noqa: PLC0415 - Prefect reads its environment when it is imported

        asyncio.run(fill())
        return
    prepare_filled()


if __name__ == "__main__":
    main(sys.argv[1:])
