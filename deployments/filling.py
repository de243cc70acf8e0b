"""Writes what a first start would write to Prefect's database, through a server in this process and on no port."""

from pathlib import Path

from prefect.client.orchestration import PrefectClient
from prefect.server.api.server import create_app

from deployments.bootstrap import apply_bootstrap
from deployments.environment import PREFECT_YAML
from deployments.register import register
from deployments.wanted import all_wanted


async def fill(listed: Path = PREFECT_YAML) -> None:
    """Write automations, limits and deployments to the database of this process's PREFECT_HOME; starts no run."""
    async with PrefectClient(create_app(ephemeral=True)) as client:
        await apply_bootstrap(client)
        await register(client, all_wanted(listed), [])
