"""Deployments are written once, set right when somebody changed them, and left alone when they stand."""

from typing import Any

import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.responses import DeploymentResponse

from deployments.bootstrap import known_deployments
from deployments.declared import Declared, read_declared
from deployments.register import register
from deployments.wanted import Wanted, want
from tests.deployments.conftest import SAMPLE, Asking

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("server")]
_, LINGER = read_declared(SAMPLE)


def named(name: str, **others: object) -> Wanted:
    nightly = {"slug": "nightly", "cron": "0 3 * * *", "timezone": "UTC"}
    chosen = LINGER.model_dump() | {"name": name, "schedules": [nightly]} | others
    return want(Declared.model_validate(chosen))


async def registered(client: PrefectClient, wanted: Wanted) -> DeploymentResponse:
    (given,) = await register(client, [wanted], await known_deployments(client))
    return await client.read_deployment(given)


async def triggers(client: PrefectClient, found: DeploymentResponse) -> list[str]:
    automations = await client.read_resource_related_automations(f"prefect.deployment.{found.id}")
    return [one.name for one in automations]


def test_the_server_holds_what_is_declared(ask: Asking[DeploymentResponse]) -> None:
    found = ask(lambda client: registered(client, named("held", parameters={"seconds": 7})))
    assert (found.entrypoint, found.path) == ("tests.deployments.sample_flows.linger", None)
    assert (found.tags, found.parameters) == (["standing"], {"seconds": 7})
    assert (found.description or "").startswith("Stay alive and say who is alive.")
    assert [(one.slug, one.active) for one in found.schedules] == [("nightly", True)]
    assert found.global_concurrency_limit is not None
    assert found.global_concurrency_limit.limit == 2
    assert found.concurrency_options is not None
    assert found.concurrency_options.collision_strategy == "CANCEL_NEW"
    assert found.enforce_parameter_schema
    assert found.parameter_openapi_schema is not None
    assert found.parameter_openapi_schema["properties"]["seconds"]["description"] == "How long the run stays."


def test_what_stands_is_not_written_again(ask: Asking[tuple[DeploymentResponse, DeploymentResponse]]) -> None:
    async def twice(client: PrefectClient) -> tuple[DeploymentResponse, DeploymentResponse]:
        return await registered(client, named("stands")), await registered(client, named("stands"))

    first, second = ask(twice)
    assert (first.id, first.updated, first.schedules) == (second.id, second.updated, second.schedules)


def test_what_somebody_changed_in_the_pages_is_set_right(
    ask: Asking[tuple[DeploymentResponse, DeploymentResponse]],
) -> None:
    async def around(client: PrefectClient) -> tuple[DeploymentResponse, DeploymentResponse]:
        before = await registered(client, named("changed"))
        await client.pause_deployment(before.id)
        (schedule,) = before.schedules
        await client.update_deployment_schedule(before.id, schedule.id, active=False)
        return before, await registered(client, named("changed"))

    before, after = ask(around)
    assert (after.id, after.paused) == (before.id, False)
    assert [one.active for one in after.schedules] == [True]


def test_a_trigger_is_there_once_and_goes_when_it_is_no_longer_listed(ask: Asking[list[list[str]]]) -> None:
    async def steps(client: PrefectClient) -> list[list[str]]:
        listed: list[dict[str, Any]] = [{}, {"tags": ["later"]}, {"triggers": []}]
        return [await triggers(client, await registered(client, named("triggered", **one))) for one in listed]

    name = LINGER.triggers[0].name
    assert ask(steps) == [[name], [name], []]
