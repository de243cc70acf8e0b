"""Deploying waits for a server whose database is locked, does all of it again, and gives up at anything else."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.client.orchestration import PrefectClient
from prefect.exceptions import PrefectHTTPStatusError

import deployments.deploy
from deployments.declared import read_declared
from deployments.deploy import PAUSES_SECONDS, deploy
from deployments.wanted import Wanted, want
from tests.deployments.conftest import SAMPLE

TICK = want(read_declared(SAMPLE)[0])
GIVEN = uuid4()


def refused(code: int) -> PrefectHTTPStatusError:
    request = httpx.Request("POST", "http://127.0.0.1:1/api/deployments/")
    return PrefectHTTPStatusError("refused", request=request, response=httpx.Response(code, request=request))


@pytest.fixture(autouse=True)
def _nothing_but_registering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every other step do nothing, and no pause take time."""

    async def nothing(*_: object, **__: object) -> list[UUID]:
        return []

    for step in ("apply_bootstrap", "known_deployments", "reap_orphans", "forget_missed", "retire"):
        monkeypatch.setattr(deployments.deploy, step, nothing)
    monkeypatch.setattr(deployments.deploy, "PAUSES_SECONDS", [0.0] * len(PAUSES_SECONDS))


def deployed(monkeypatch: pytest.MonkeyPatch, answers: Iterator[Exception | None]) -> list[UUID]:
    async def register(_client: object, _listed: list[Wanted], _known: object) -> list[UUID]:
        failure: Any = next(answers)
        if failure is not None:
            raise failure
        return [GIVEN]

    monkeypatch.setattr(deployments.deploy, "register", register)
    return asyncio.run(deploy(cast("PrefectClient", None), [TICK], is_alone=True))


def test_a_locked_database_is_waited_for_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([refused(503), httpx.ReadTimeout("slow"), refused(503), None])
    assert deployed(monkeypatch, answers) == [GIVEN]
    assert list(PAUSES_SECONDS) == sorted(PAUSES_SECONDS)


def test_a_database_that_stays_locked_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([refused(503)] * (len(PAUSES_SECONDS) + 1))
    with pytest.raises(PrefectHTTPStatusError):
        deployed(monkeypatch, answers)
    assert next(answers, None) is None


def test_any_other_refusal_is_no_reason_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([refused(422), None])
    with pytest.raises(PrefectHTTPStatusError):
        deployed(monkeypatch, answers)
    assert list(answers) == [None]
