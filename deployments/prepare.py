"""Brings golive's database and Prefect's up to date, before several machines start that would all want to."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence

from deployments.environment import child_environment
from models.db import DatabaseFailure, database
from models.migrations.migrate import MigrationRefusedError, upgrade
from models.settings import SettingsError, settings

_UPGRADE = (sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y")


def main(arguments: Sequence[str] | None = None) -> int:
    """Upgrade both; a second time changes nothing."""
    argparse.ArgumentParser(prog="golive prepare", description=__doc__).parse_args(arguments)
    try:
        chosen = settings()
        upgrade(database())
    except (SettingsError, DatabaseFailure, MigrationRefusedError) as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    chosen.prefect_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    done = subprocess.run(_UPGRADE, env=child_environment(chosen, os.environ), check=False)  # noqa: S603 - our own command, no shell
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
