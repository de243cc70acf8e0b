"""What a deployment should be is known before the server is up, and a locked server is not waited for."""

import asyncio
import time
from uuid import uuid4

import httpx
import pytest
from prefect.runner import Runner
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments.declared import Declared, read_declared
from deployments.register import Registered, patient_client
from deployments.wanted import Wanted, want
from tests.deployments.conftest import SAMPLE

TICK, LINGER = read_declared(SAMPLE)


def changed(declared: Declared, **others: object) -> Wanted:
    return want(Declared.model_validate(declared.model_dump() | others))


def test_what_is_declared_is_what_prefect_gets() -> None:
    wanted = want(TICK)
    assert wanted.description == "Add one to a number."
    assert wanted.form["properties"]["number"]["type"] == "integer"
    assert wanted.flow == "tick"


@pytest.mark.parametrize(
    "others",
    [{"tags": ["late"]}, {"schedules": []}, {"triggers": []}, {"parameters": {"seconds": 5}}, {"description": "Stay."}],
)
def test_whatever_changes_changes_the_version(others: dict[str, object]) -> None:
    declared = Declared.model_validate(LINGER.model_dump() | {"schedules": TICK.model_dump()["schedules"]})
    assert want(declared).version == changed(declared).version
    assert want(declared).version != changed(declared, **others).version


def test_a_runner_takes_note_of_a_registered_deployment_without_asking_anybody() -> None:
    given = uuid4()
    assert asyncio.run(Runner(name="test").aadd_deployment(Registered(name="tick", known_as=given))) == given


def test_a_locked_server_is_asked_again_soon() -> None:
    answers = iter([503, 503, 200])
    transport = httpx.MockTransport(lambda _: httpx.Response(next(answers), json={"unlocked": True}))

    async def ask() -> float:
        async with patient_client(transport=transport) as client:
            began = time.monotonic()
            assert (await client.hello()).json() == {"unlocked": True}
            return time.monotonic() - began

    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:1/api"}):
        assert asyncio.run(ask()) < 2
