"""A child that runs what falls due until it is stopped; the first one beside a server deploys prefect.yaml to it."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.runner import Runner

from deployments.bootstrap import known_deployments
from deployments.declared import DeclarationError
from deployments.deploy import PATIENCE_SECONDS, deploy, wait_for_server
from deployments.register import Registered, patient_client
from deployments.wanted import Wanted, all_wanted

MOST_RUNS_AT_ONCE = 8  # processes of about 130 MB: two standing flows, each being relieved, and four others


@dataclass(frozen=True, slots=True)
class Place:
    """Which worker of how many this is, and the file that it touches as soon as it serves."""

    ready: Path
    number: int = 1
    of: int = 1
    joins: bool = False

    @property
    def deploys(self) -> bool:
        """Whether this one prepares and deploys for all; a worker that joins finds everything deployed."""
        return self.number == 1 and not self.joins

    @property
    def is_alone(self) -> bool:
        """Whether every run that is alive must be an orphan; a worker that was revived may have others beside it."""
        return self.of == 1 or not self.ready.exists()


async def serve_declared(listed: Sequence[Wanted], place: Place) -> None:
    """Wait for the server, prepare it, deploy, touch the `ready` file and run what falls due until SIGTERM."""
    # Nothing is paused at the end, for the server ends with us, and what stands there need not be written again.
    runner = Runner(name="golive", limit=MOST_RUNS_AT_ONCE, pause_on_shutdown=False)
    async with patient_client() as client:
        await wait_for_server(client)
        deployed = deploy(client, listed, is_alone=place.is_alone) if place.deploys else _found(client, listed)
        ids = await deployed
        for one, known_as in zip(listed, ids, strict=True):
            await runner.aadd_deployment(Registered(name=one.declared.name, known_as=known_as))
    serving = asyncio.create_task(runner.start())
    stopped = await _stop_on_signal(runner)
    place.ready.touch()
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


async def _found(client: PrefectClient, listed: Sequence[Wanted]) -> list[UUID]:
    """Wait until what is listed is deployed by whoever does it; gives the ids."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            known = {(one.name, one.version): one.id for one in await known_deployments(client)}
            ids = [known.get((one.declared.name, one.version)) for one in listed]
            found = [one for one in ids if one is not None]
            if len(found) == len(listed):
                return found
            await asyncio.sleep(0.5)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the deployments of a list as one of several workers."""
    parser = argparse.ArgumentParser(prog="python -m deployments.runner", description=__doc__)
    parser.add_argument("ready", type=Path, help="file that is touched as soon as runs are served")
    parser.add_argument("listed", type=Path, help="list of deployments")
    parser.add_argument("--number", type=int, default=1, help="which worker this is; the first one deploys")
    parser.add_argument("--of", type=int, default=1, help="how many workers there are")
    parser.add_argument("--joins", action="store_true", help="a server elsewhere, deployed from there")
    given = parser.parse_args(arguments)
    try:
        wanted = all_wanted(given.listed)
    except DeclarationError as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    with suppress(KeyboardInterrupt):
        asyncio.run(serve_declared(wanted, Place(given.ready, given.number, given.of, given.joins)))
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
