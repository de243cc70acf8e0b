"""A PostgreSQL as a package of the system would run it, since Prefect wants an extension that embedded ones lack."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deployments.conftest import free_port

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), Path("/usr/lib/postgresql/bin"))
TO_BE_POSTGRES = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
needs_postgres = pytest.mark.skipif(
    not (PROGRAMS / "initdb").exists() or os.geteuid() != 0,
    reason="needs an installed PostgreSQL (Prefect wants its extension pg_trgm) and the right to start one",
)


@contextmanager
def a_postgres(folder: Path) -> Iterator[int]:
    """Run a PostgreSQL of its own, with passwords asked for, as a package of the system would; gives its port."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.chown(folder, "postgres", "postgres")
    port = free_port()
    data = folder / "data"
    quick = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run_as_postgres(folder, "initdb", "-D", str(data), "--auth-local=trust", "--auth-host=scram-sha-256")
    control = ("pg_ctl", "-D", str(data), "-w")
    run_as_postgres(folder, *control, "-l", str(folder / "log"), "-o", quick, "start")
    try:
        yield port
    finally:
        run_as_postgres(folder, *control, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def run_as_postgres(folder: Path, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL, which refuses to be run by root."""
    command = [*TO_BE_POSTGRES, str(PROGRAMS / program), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
