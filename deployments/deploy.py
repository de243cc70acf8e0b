"""Prepares the Prefect server and writes the deployments of prefect.yaml to it; a second time changes nothing."""

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
from httpx import codes
from prefect.client.orchestration import PrefectClient
from prefect.exceptions import PrefectHTTPStatusError

from deployments.bootstrap import (
    apply_bootstrap,
    forget_missed,
    known_deployments,
    reap_orphans,
    retire,
    start_standing,
)
from deployments.declared import STANDING, DeclarationError
from deployments.environment import PREFECT_YAML, child_environment
from deployments.register import patient_client, register
from deployments.wanted import Wanted, all_wanted
from models.settings import SettingsError, settings

PATIENCE_SECONDS = 120.0
PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0)
_INSIDE = "--inside"  # said by the command to itself, once Prefect's environment is laid out


async def deploy(client: PrefectClient, listed: Sequence[Wanted], *, is_alone: bool) -> list[UUID]:
    """Prepare the server, deploy what is listed, retire the rest and start what stands; gives the ids.

    Whoever `is_alone` has no other worker, so that every run that is alive must be an orphan. On a busy machine the
    server's SQLite stays locked longer than its client is patient: then all of it is done again after a pause, which
    writes only what does not stand yet.

    Raises:
        PrefectHTTPStatusError: when the last of several tries was refused too.
    """
    for pause in PAUSES_SECONDS:
        try:
            return await _deploy(client, listed, is_alone=is_alone)
        except (PrefectHTTPStatusError, httpx.TransportError) as failure:
            if (
                isinstance(failure, PrefectHTTPStatusError)
                and failure.response.status_code != codes.SERVICE_UNAVAILABLE
            ):
                raise
            await asyncio.sleep(pause)
    return await _deploy(client, listed, is_alone=is_alone)


async def _deploy(client: PrefectClient, listed: Sequence[Wanted], *, is_alone: bool) -> list[UUID]:
    await apply_bootstrap(client)
    known = await known_deployments(client)
    earlier = [one.id for one in known]
    if is_alone:
        await reap_orphans(client, earlier)
    await forget_missed(client, earlier, as_of=_now())
    ids = await register(client, listed, known)
    await retire(client, known, keep=ids)
    for one, deployment in zip(listed, ids, strict=True):
        if STANDING in one.declared.tags:
            await start_standing(client, deployment, as_of=_now())
    return ids


async def wait_for_server(client: PrefectClient) -> None:
    """Wait until the server answers; raises TimeoutError after two minutes."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await client.api_healthcheck() is not None:  # noqa: ASYNC110 - the server cannot tell us, we must ask
            await asyncio.sleep(0.1)


def _now() -> datetime:
    return datetime.now(tz=UTC)


async def _deploy_once(listed: Sequence[Wanted]) -> None:
    async with patient_client() as client:
        await wait_for_server(client)
        await deploy(client, listed, is_alone=False)


def _inside(listed: Path) -> int:
    try:
        wanted = all_wanted(listed)
        asyncio.run(_deploy_once(wanted))
    except DeclarationError as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    except TimeoutError:
        sys.stderr.write(f"Prefect did not answer in {PATIENCE_SECONDS:.0f} seconds. Look at GOLIVE_PREFECT_ADDRESS.\n")
        return os.EX_TEMPFAIL
    sys.stdout.write(f"{len(wanted)} deployments stand.\n")
    return os.EX_OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Deploy once, in a process that has Prefect's environment: its settings are read when it is imported."""
    parser = argparse.ArgumentParser(prog="golive deploy", description=__doc__)
    parser.add_argument("--list", type=Path, default=PREFECT_YAML, help="deployments (default: prefect.yaml)")
    parser.add_argument(_INSIDE, action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.inside:
        return _inside(given.list)
    try:
        environment = child_environment(settings(), os.environ)
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    command = (sys.executable, "-m", "deployments.deploy", "--list", str(given.list), _INSIDE)
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - our own command, no shell


if __name__ == "__main__":
    sys.exit(main())
