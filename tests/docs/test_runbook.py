"""The runbook has one page for each alarm, in one form, and its commands exist."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from deployments.cli import COMMANDS
from models.rules.metrics import METRICS, PAGE_SECONDS
from models.rules.watchdog import Alarm, page_of

ROOT = Path(__file__).parents[2]
RUNBOOK = ROOT / "docs" / "runbook"
RULES = ROOT / "deployments" / "watchdog" / "alerts.yml"
PARTS = ["Meaning", "Check", "Fix", "Verify"]
TOOLS = {"chmod", "cp", "du", "find", "ls", "openssl"}
METRIC = re.compile(r"\bgolive_[a-z_]+\b")


def test_there_is_a_page_for_each_alarm_and_no_other() -> None:
    pages = {f"docs/runbook/{file.name}" for file in RUNBOOK.glob("*.md")} - {"docs/runbook/README.md"}
    assert pages == {page_of(alarm) for alarm in Alarm}


def test_the_index_lists_every_alarm_with_its_page_and_its_title() -> None:
    listed = re.findall(r"^\| `(\w+)` \| \[(.+)\]\((.+)\) \|$", (RUNBOOK / "README.md").read_text(), re.MULTILINE)
    wanted = [
        (alarm.value, (ROOT / page_of(alarm)).read_text().partition("\n")[0].removeprefix("# "), page_of(alarm)[13:])
        for alarm in Alarm
    ]
    assert listed == wanted


@pytest.mark.parametrize("alarm", list(Alarm))
def test_each_page_says_what_it_means_how_to_look_what_to_do_and_how_it_ends(alarm: Alarm) -> None:
    page = (ROOT / page_of(alarm)).read_text()
    assert f"Alarm `{alarm.value}`." in page
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == PARTS
    for part in PARTS[1:]:
        assert "```\n" in page.split(f"## {part}\n", 1)[1].split("\n## ", 1)[0], part


@pytest.mark.parametrize("alarm", list(Alarm))
def test_each_command_of_a_page_exists(alarm: Alarm) -> None:
    page = (ROOT / page_of(alarm)).read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    ours = {one.word for one in COMMANDS}
    if alarm is Alarm.KEYS and "rotate-keys" not in ours:
        pytest.skip("the command that rotates keys is not there yet")
    for block in re.findall(r"```\n(.*?)```", page, re.DOTALL):
        for line in block.splitlines():
            first, *rest = shlex.split(line)
            assert first in TOOLS or (first == "make" and rest[0] in targets) or rest[0] in ours, line
            assert first in TOOLS | {"make", ".venv/bin/golive"}, line


def rules() -> list[dict[str, str | dict[str, str]]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def test_the_rules_for_prometheus_name_only_figures_that_exist() -> None:
    known = {one.name for one in METRICS} | {f"{PAGE_SECONDS.name}{part}" for part in ("_bucket", "_count", "_sum")}
    named = {name for rule in rules() for name in METRIC.findall(str(rule["expr"]))}
    assert named
    assert named <= known


def test_the_rules_name_labels_that_their_figures_have() -> None:
    labels = {one.name: set(one.labels) for one in (*METRICS, PAGE_SECONDS)}
    for rule in rules():
        for name, inside in re.findall(r"(golive_[a-z_]+)\{([^}]*)\}", str(rule["expr"])):
            of = next(labels[known] for known in labels if name.startswith(known))
            assert set(re.findall(r"(\w+)\s*(?:=|!)", inside)) <= of


def test_each_rule_leads_to_a_page_of_the_runbook() -> None:
    pages = {page_of(alarm) for alarm in Alarm} | {"docs/runbook/README.md"}
    for rule in rules():
        notes = rule["annotations"]
        assert isinstance(notes, dict)
        assert notes["runbook"] in pages, rule["alert"]
        assert notes["summary"]


def test_every_alarm_that_the_web_site_tells_has_a_rule() -> None:
    told = " ".join(str(rule["expr"]) for rule in rules())
    assert 'golive_alarm{alarm!~"' not in told
    assert "golive_alarm" in told
