"""The child that prepares the Prefect server, deploys prefect.yaml and runs what falls due until it is stopped."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.runner import Runner

from deployments.bootstrap import (
    apply_bootstrap,
    forget_missed,
    known_deployments,
    reap_orphans,
    retire,
    start_standing,
)
from deployments.declared import STANDING, DeclarationError, read_declared
from deployments.register import Registered, Wanted, patient_client, register, want

MOST_RUNS_AT_ONCE = 8  # processes of about 130 MB: two standing flows, each being relieved, and four others
_PATIENCE_SECONDS = 120.0


async def serve_declared(listed: Sequence[Wanted], ready: Path) -> None:
    """Wait for the server, prepare it, deploy, touch the `ready` file and run what falls due until SIGTERM."""
    # Nothing is paused at the end, for the server ends with us, and what stands there need not be written again.
    runner = Runner(name="golive", limit=MOST_RUNS_AT_ONCE, pause_on_shutdown=False)
    async with patient_client() as client:
        await _wait_for_server(client)
        await _prepare(client)
        ids = await register(client, listed)
        for one, known_as in zip(listed, ids, strict=True):
            await runner.aadd_deployment(Registered(name=one.declared.name, known_as=known_as))
        await retire(client, keep=ids)
        await _start_standing(client, listed, ids)
    serving = asyncio.create_task(runner.start())
    stopped = await _stop_on_signal(runner)
    ready.touch()  # noqa: ASYNC240 - a file of nothing
    await asyncio.wait({serving, asyncio.create_task(stopped.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if stopped.is_set():
        await runner.astop()
    await serving


async def _stop_on_signal(runner: Runner) -> asyncio.Event:
    """Take SIGTERM over from the runner, whose own way cuts the pausing of schedules short."""
    stopped = asyncio.Event()
    while not runner.started:  # noqa: ASYNC110 - it has no event for this
        await asyncio.sleep(0.05)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    return stopped


async def _wait_for_server(client: PrefectClient) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while await client.api_healthcheck() is not None:  # noqa: ASYNC110 - the server cannot tell us, we must ask
            await asyncio.sleep(0.1)


async def _prepare(client: PrefectClient) -> None:
    await apply_bootstrap(client)
    known = await known_deployments(client)
    await reap_orphans(client, known)
    await forget_missed(client, known, as_of=_now())


async def _start_standing(client: PrefectClient, listed: Sequence[Wanted], ids: Sequence[UUID]) -> None:
    for one, deployment in zip(listed, ids, strict=True):
        if STANDING in one.declared.tags:
            await start_standing(client, deployment, as_of=_now())


def _now() -> datetime:
    return datetime.now(tz=UTC)


def main(arguments: Sequence[str]) -> int:
    """Serve the deployments; the arguments are the `ready` file and the list to read."""
    ready, listed = map(Path, arguments)
    try:
        wanted = [want(one) for one in read_declared(listed)]
    except DeclarationError as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    with suppress(KeyboardInterrupt):
        asyncio.run(serve_declared(wanted, ready))
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
