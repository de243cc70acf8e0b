"""prefect.yaml is read strictly, and everything it names exists."""

import importlib
import inspect
import pkgutil
import sys
from collections import Counter
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from prefect import Flow

import flows
from deployments.declared import DeclarationError, Declared, read_declared
from deployments.environment import PREFECT_YAML

OUR_PACKAGES = ("deployments", "flows", "models", "tasks", "templates")
GOOD = """
name: sample
deployments:
  - name: tick
    entrypoint: tests.deployments.sample_flows.tick
    schedules:
      - slug: nightly
        cron: "0 3 * * *"
        timezone: UTC
    enforce_parameter_schema: true
"""


@pytest.fixture
def listed(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "prefect.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        (
            "entrypoint",
            "concurency_limit: 2\n    entrypoint",
            "> tick > concurency_limit: is not a key that deployments know. The nearest that they know is",
        ),
        ("cron", "corn", "deployments > tick > schedules > nightly > corn: is not a key"),
        ("0 3 * * *", "0 30 * * *", "deployments > tick > schedules > nightly"),
        ("UTC", "America/New_York", "deployments > tick > schedules > nightly > timezone"),
        ("schema: true", "schema: false", "deployments > tick > enforce_parameter_schema"),
        ("cron", "interval: 60\n        cron", "needs either cron or interval"),
    ],
)
def test_a_wrong_line_is_refused_with_its_place(
    listed: Callable[[str], Path], right: str, wrong: str, sentence: str
) -> None:
    with pytest.raises(DeclarationError) as refused:
        read_declared(listed(GOOD.replace(right, wrong)))
    assert sentence in str(refused.value)


def test_two_schedules_with_one_slug_are_refused(listed: Callable[[str], Path]) -> None:
    schedule = '      - {slug: nightly, cron: "0 4 * * *", timezone: UTC}\n    enforce'
    with pytest.raises(DeclarationError, match="slug in deployment tick nightly stands there twice"):
        read_declared(listed(GOOD.replace("    enforce", schedule)))


def test_two_deployments_with_one_name_are_refused(listed: Callable[[str], Path]) -> None:
    with pytest.raises(DeclarationError, match="deployment tick stands there twice"):
        read_declared(listed(GOOD + GOOD[GOOD.index("  - name") :]))


def test_an_entrypoint_that_is_not_a_flow_is_refused(listed: Callable[[str], Path]) -> None:
    (declared,) = read_declared(listed(GOOD.replace("sample_flows.tick", "sample_flows.os")))
    with pytest.raises(DeclarationError, match="is not a flow"):
        declared.flow()


OURS = read_declared(PREFECT_YAML)


@pytest.mark.parametrize("declared", OURS, ids=lambda one: one.name)
def test_every_entrypoint_is_a_flow_that_takes_its_parameters(declared: Declared) -> None:
    signature = inspect.signature(declared.flow().fn)
    for parameters in [declared.parameters, *(declared.parameters | one.parameters for one in declared.schedules)]:
        signature.bind(**parameters) if declared.schedules else signature.bind_partial(**parameters)


@pytest.mark.parametrize("declared", OURS, ids=lambda one: one.name)
def test_every_deployment_says_what_it_does(declared: Declared) -> None:
    assert declared.description or declared.flow().description


@pytest.mark.parametrize("declared", [one for one in OURS if one.triggers], ids=lambda one: one.name)
def test_what_crashes_again_and_again_is_started_with_a_pause(declared: Declared) -> None:
    assert all(one.schedule_after >= 5 for one in declared.triggers)


def test_a_standing_flow_is_started_as_often_as_its_windows_begin() -> None:
    watching = [one for one in OURS if "window_minutes" in inspect.signature(one.flow().fn).parameters]
    assert {one.name for one in watching} >= {"dispatch"}
    for declared in watching:
        usual = inspect.signature(declared.flow().fn).parameters["window_minutes"].default
        minutes = declared.parameters.get("window_minutes", usual)
        assert [one.cron for one in declared.schedules] == [f"*/{minutes} * * * *"]


def test_every_flow_is_deployed_exactly_once() -> None:
    found = [
        f"{name}.{attribute}"
        for name in (f"flows.{one.name}" for one in pkgutil.iter_modules(flows.__path__))
        for attribute, value in vars(importlib.import_module(name)).items()
        if isinstance(value, Flow) and value.fn.__module__ == name
    ]
    assert Counter(found) == Counter(one.entrypoint for one in OURS)


def test_no_file_of_flows_hides_the_standard_library() -> None:
    assert {one.name for one in pkgutil.iter_modules(flows.__path__)}.isdisjoint(sys.stdlib_module_names)


@pytest.mark.parametrize("package", OUR_PACKAGES)
def test_our_package_names_belong_to_us_only(package: str) -> None:
    assert set(packages_distributions().get(package, [])) <= {"golive"}
    file = importlib.import_module(package).__file__
    assert file is not None
    assert Path(file).is_relative_to(PREFECT_YAML.parent)
