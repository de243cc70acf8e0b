"""The only retry presets, and the boundary through which no words of an exception leave a task."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas import TaskRun
from prefect.client.schemas.objects import State
from prefect.tasks import exponential_backoff

from models.db import DatabaseFailure
from tasks.connectors.ports import OutsideError, Unavailable

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Preset:
    """How often, and how long after each other (seconds, doubling, full jitter), a task is tried again."""

    retries: int
    first_pause_seconds: float


class Retry(Enum):
    """The retry presets."""

    DATABASE = Preset(3, 0.5)
    OUTSIDE = Preset(4, 2)
    NEVER = Preset(0, 0)


class TaskFailed(Exception):  # noqa: N818 - it says what happened
    """A task failed. Holds a class name and a code, never the words of another exception."""

    def __init__(self, code: str, *, is_worth_retry: bool) -> None:
        super().__init__(code)
        self.code = code
        self.is_worth_retry = is_worth_retry


def describe(error: Exception) -> TaskFailed:
    """Reduce an exception to what may be seen: class, code, and whether trying again can help."""
    match error:
        case TaskFailed():
            return error
        case DatabaseFailure():
            return TaskFailed(f"DatabaseFailure:{error.code}", is_worth_retry=error.retryable)
        case OutsideError():
            return TaskFailed(f"{type(error).__name__}:{error.reason}", is_worth_retry=isinstance(error, Unavailable))
        case _:
            return TaskFailed(type(error).__name__, is_worth_retry=False)


def safe(function: Callable[P, R]) -> Callable[P, R]:
    """Let nothing but a `TaskFailed` out of a function."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - this is the boundary
            failure = describe(error)
        raise failure  # outside of the except block: the original must not travel along as its context

    return guarded


def _is_worth_retry(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    _ = task, run
    failure = state.result(raise_on_failure=False)
    return isinstance(failure, TaskFailed) and failure.is_worth_retry


def effect(retry: Retry = Retry.DATABASE) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Make a function a task: behind the boundary, without results kept, tried again by a preset."""

    def decorate(function: Callable[P, R]) -> Task[P, R]:
        preset = retry.value
        return task(
            persist_result=False,
            cache_policy=NO_CACHE,
            retries=preset.retries,
            retry_delay_seconds=exponential_backoff(preset.first_pause_seconds),
            retry_jitter_factor=1,
            retry_condition_fn=_is_worth_retry,
            log_prints=False,
        )(safe(function))

    return decorate
