"""Reads prefect.yaml, the only list of deployments, and refuses every key that it does not know."""

import difflib
import importlib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

import yaml
from prefect import Flow
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.events.schemas.automations import Posture
from prefect.events.schemas.deployment_triggers import DeploymentEventTrigger
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from deployments.environment import PREFECT_YAML

STANDING = "standing"  # the tag of a deployment that is started at once and again and again
SWEEP = "sweep"  # the tag of a deployment that the clock starts at least each hour: the next run catches up
Scalar = str | int | float | bool | None


class DeclarationError(ValueError):
    """prefect.yaml says something that cannot be deployed; the sentence names the place."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeclaredSchedule(_Strict):
    """When a deployment is started: by cron or each `interval` seconds, always in UTC."""

    slug: str = Field(pattern=r"^[a-z0-9-]+$")
    timezone: Literal["UTC"]
    cron: str = ""
    interval: float | None = Field(default=None, ge=1)
    active: bool = True
    parameters: dict[str, Scalar] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_rhythm(self) -> Self:
        if bool(self.cron) == (self.interval is not None):
            message = "needs either cron or interval"
            raise ValueError(message)
        self.rhythm()
        return self

    def rhythm(self) -> CronSchedule | IntervalSchedule:
        """Give the schedule as Prefect knows it; a cron line that means nothing raises."""
        if self.interval is not None:
            return IntervalSchedule(interval=timedelta(seconds=self.interval), timezone=self.timezone)
        return CronSchedule(cron=self.cron, timezone=self.timezone)

    def as_prefect(self) -> DeploymentScheduleCreate:
        """Give the schedule as Prefect stores it."""
        return DeploymentScheduleCreate(
            schedule=self.rhythm(), active=self.active, slug=self.slug, parameters=dict(self.parameters)
        )


class DeclaredLimit(_Strict):
    """How many runs of a deployment may live at once, and what becomes of one too many."""

    limit: int = Field(ge=1)
    collision_strategy: Literal["CANCEL_NEW", "ENQUEUE"]

    def as_prefect(self) -> ConcurrencyLimitStrategy:
        """Give the strategy as Prefect knows it."""
        return ConcurrencyLimitStrategy(self.collision_strategy)


class DeclaredTrigger(_Strict):
    """An event of Prefect that starts the deployment; never used for business transitions."""

    type: Literal["event"] = "event"
    name: str
    enabled: bool = True
    expect: list[str]
    match: dict[str, str] = Field(default_factory=dict)
    match_related: dict[str, str] = Field(default_factory=dict)
    schedule_after: float = Field(default=0, ge=0)

    def as_prefect(self) -> DeploymentEventTrigger:
        """Give the trigger as Prefect knows it."""
        return DeploymentEventTrigger(
            name=self.name,
            enabled=self.enabled,
            expect=set(self.expect),
            match=self.match,
            match_related=self.match_related,
            posture=Posture.Reactive,
            schedule_after=timedelta(seconds=self.schedule_after),
        )


class Declared(_Strict):
    """One deployment. The description is the flow's docstring unless it is given here."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    entrypoint: str = Field(pattern=r"^[a-z_0-9]+(\.[a-z_0-9]+)+$")
    description: str = ""
    tags: list[str] = Field(default_factory=list)
    parameters: dict[str, Scalar] = Field(default_factory=dict)
    schedules: list[DeclaredSchedule] = Field(default_factory=list)
    concurrency_limit: DeclaredLimit | None = None
    enforce_parameter_schema: Literal[True]
    triggers: list[DeclaredTrigger] = Field(default_factory=list)

    def flow(self) -> Flow[..., object]:
        """Import the flow that is deployed.

        Raises:
            DeclarationError: when the entrypoint is not a flow.
        """
        module, _, name = self.entrypoint.rpartition(".")
        try:
            found = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError) as error:
            message = f"{self._place()}: entrypoint {self.entrypoint} cannot be imported ({error}). Correct it there."
            raise DeclarationError(message) from error
        if not isinstance(found, Flow):
            message = f"{self._place()}: entrypoint {self.entrypoint} is not a flow. Name a function marked @flow."
            raise DeclarationError(message)
        return found

    def _place(self) -> str:
        return f"prefect.yaml, deployment {self.name}"


class _DeclaredFile(_Strict):
    name: str
    deployments: list[Declared] = Field(min_length=1)


def read_declared(file: Path = PREFECT_YAML) -> tuple[Declared, ...]:
    """Read every deployment of prefect.yaml, in the order of the file.

    Raises:
        DeclarationError: with one sentence per thing that is wrong, each naming its place.
    """
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    try:
        found = _DeclaredFile.model_validate(content)
    except ValidationError as error:
        sentences = [_sentence(file, content, one["loc"], one["msg"]) for one in error.errors(include_url=False)]
        raise DeclarationError("\n".join(sentences)) from None
    _refuse_twins(file, [one.name for one in found.deployments], "deployment")
    for deployment in found.deployments:
        _refuse_twins(file, [one.slug for one in deployment.schedules], f"slug in deployment {deployment.name}")
    return tuple(found.deployments)


def _sentence(file: Path, content: object, where: Sequence[str | int], what: str) -> str:
    place = [file.name]
    for key in where:
        content = _inside(content, key)
        name = content.get("name", content.get("slug")) if isinstance(content, dict) else None
        place.append(f"{name or key}" if isinstance(key, int) else str(key))
    complaint = what.removeprefix("Value error, ")
    if complaint == "Extra inputs are not permitted":
        complaint = f"is not a key that deployments know.{_hint(str(where[-1]))}"
    return f"{' > '.join(place)}: {complaint.rstrip('.')}. Correct it in that file."


def _inside(content: object, key: str | int) -> object:
    if isinstance(content, list) and isinstance(key, int):
        return content[key]
    return content.get(key) if isinstance(content, dict) else None


def _hint(key: str) -> str:
    models: tuple[type[BaseModel], ...] = (_DeclaredFile, Declared, DeclaredSchedule, DeclaredLimit, DeclaredTrigger)
    close = difflib.get_close_matches(key, [name for one in models for name in one.model_fields], n=1)
    return f" The nearest that they know is {close[0]}." if close else ""


def _refuse_twins(file: Path, names: Sequence[str], what: str) -> None:
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        message = f"{file.name}: {what} {', '.join(twins)} stands there twice. Give each a name of its own."
        raise DeclarationError(message)
