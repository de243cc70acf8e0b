"""Writes the listed deployments to the Prefect server in few requests, and none for those that stand there already."""

from collections.abc import Sequence
from uuid import UUID

from httpx import Response, codes
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.deployments.runner import RunnerDeployment

from deployments.declared import Declared
from deployments.wanted import Wanted

_QUICK_TRIES = 3
_FIRST_PAUSE_SECONDS = 0.2


class Registered(RunnerDeployment):
    """A deployment that stands on the server: a runner that is given it takes note of its id and asks nothing."""

    known_as: UUID

    async def aapply(self, *_: object, **__: object) -> UUID:
        """Give the id that the server gave it."""
        return self.known_as


def patient_client(**httpx_settings: object) -> PrefectClient:
    """Give a client that soon tries again when the server's SQLite was locked; by itself it would wait two seconds."""
    return get_client(httpx_settings={**httpx_settings, "event_hooks": {"response": [_again_soon]}})


async def _again_soon(response: Response) -> None:
    """Say when to try again; after a few quick tries Prefect's own pauses take over, each twice the one before."""
    if response.status_code == codes.SERVICE_UNAVAILABLE:
        tried = response.request.extensions.get("golive.tried", 0) + 1
        response.request.extensions["golive.tried"] = tried
        if tried <= _QUICK_TRIES:
            response.headers["Retry-After"] = str(_FIRST_PAUSE_SECONDS * tried)


async def register(
    client: PrefectClient, all_wanted: Sequence[Wanted], known: Sequence[DeploymentResponse]
) -> list[UUID]:
    """Create or update whatever differs from the server's copies; give the ids in the order asked.

    One after the other on purpose: its SQLite takes one writer, and four at once took three times as long.
    """
    found = {one.name: one for one in known}
    return [await _register(client, wanted, found.get(wanted.declared.name)) for wanted in all_wanted]


async def _register(client: PrefectClient, wanted: Wanted, found: DeploymentResponse | None) -> UUID:
    if found is not None and _stands(found, wanted):
        return found.id
    given = await _write(client, wanted)
    if found is not None or wanted.declared.triggers:
        await _write_triggers(client, given, wanted.declared)
    return given


def _stands(found: DeploymentResponse, wanted: Wanted) -> bool:
    """Say whether the server's copy is what prefect.yaml says, and nobody has changed it in the pages since."""
    declared = wanted.declared
    return (
        (found.version, found.paused) == (wanted.version, False)
        and (found.description or "", found.parameters) == (wanted.description, declared.parameters)
        and sorted(found.tags) == sorted(declared.tags)
        and {one.slug: one.active for one in found.schedules} == {one.slug: one.active for one in declared.schedules}
    )


async def _write(client: PrefectClient, wanted: Wanted) -> UUID:
    declared = wanted.declared
    limit = declared.concurrency_limit
    return await client.create_deployment(
        flow_id=await client.create_flow_from_name(wanted.flow),
        name=declared.name,
        version=wanted.version,
        entrypoint=declared.entrypoint,  # a module path: a file path would import its module twice
        description=wanted.description,
        tags=declared.tags,
        parameters=dict(declared.parameters),
        parameter_openapi_schema=wanted.form,
        enforce_parameter_schema=declared.enforce_parameter_schema,
        schedules=[one.as_prefect() for one in declared.schedules],
        concurrency_limit=limit.limit if limit else None,
        concurrency_options=ConcurrencyOptions(collision_strategy=limit.as_prefect()) if limit else None,
        paused=False,
    )


async def _write_triggers(client: PrefectClient, deployment: UUID, declared: Declared) -> None:
    await client.delete_resource_owned_automations(f"prefect.deployment.{deployment}")
    for one in declared.triggers:
        trigger = one.as_prefect()
        trigger.set_deployment_id(deployment)
        await client.create_automation(trigger.as_automation())
