"""Writes docs/flows.md from the flows' docstrings and prefect.yaml, or says that it is out of date."""

import argparse
import inspect
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deployments.declared import STANDING, Declared, read_declared
from deployments.environment import PREFECT_YAML

PAGE = PREFECT_YAML.parent / "docs" / "flows.md"
_HEAD = """# Flows

Written by `make docs` from the flows' docstrings and prefect.yaml; `make check` compares. Times are UTC.

| flow | what it does | who starts it |
|---|---|---|
"""


def render_page(declared: Sequence[Declared]) -> str:
    """Give the whole page."""
    rows = "".join(f"| [{one.name}](#{one.name}) | {_first_line(one)} | {_started_by(one)} |\n" for one in declared)
    return _HEAD + rows + "".join(_section(one) for one in declared)


def _section(one: Declared) -> str:
    parts = [f"\n## {one.name}\n\n{_story(one)}\n\n", f"`{one.entrypoint}` is started by {_started_by(one)}."]
    if one.concurrency_limit is not None:
        spare = "another is cancelled" if one.concurrency_limit.collision_strategy == "CANCEL_NEW" else "others wait"
        parts.append(f" At most {one.concurrency_limit.limit} at once; {spare}.")
    form = _form(one)
    if form:
        parts.append(f"\n\n| in the form | what it means | unless given |\n|---|---|---|\n{form.rstrip()}")
    return "".join(parts) + "\n"


def _form(one: Declared) -> str:
    schema = one.flow().parameters
    rows = []
    for name, field in schema.properties.items():
        default = one.parameters.get(name, field.get("default", ""))
        shown = "required" if name in schema.required and name not in one.parameters else f"`{default}`"
        meaning = " ".join(str(field.get("description", "")).split())
        rows.append(f"| {name} | {meaning} | {shown} |\n")
    return "".join(rows)


def _first_line(one: Declared) -> str:
    return _story(one).splitlines()[0] if _story(one) else ""


def _story(one: Declared) -> str:
    text = inspect.cleandoc(one.description or one.flow().fn.__doc__ or "")
    return text.partition("\nArgs:")[0].partition("\nRaises:")[0].partition("\nReturns:")[0].strip()


def _started_by(one: Declared) -> str:
    starters = ["golive itself, as soon as it is up"] if STANDING in one.tags else []
    for schedule in one.schedules:
        rhythm = f"cron `{schedule.cron}`" if schedule.cron else f"the clock, each {schedule.interval:g} seconds"
        starters.append(rhythm if schedule.active else f"{rhythm} (switched off)")
    starters += [f"the event `{event}`" for trigger in one.triggers for event in trigger.expect]
    return ", ".join(starters) or "a person, with a form"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or with --check only compare it."""
    parser = argparse.ArgumentParser(prog="golive flows-doc", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the page is out of date")
    parser.add_argument("--list", type=Path, default=PREFECT_YAML, help="deployments (default: prefect.yaml)")
    parser.add_argument("--page", type=Path, default=PAGE, help="page to write (default: docs/flows.md)")
    given = parser.parse_args(arguments)
    wanted = render_page(read_declared(given.list))
    if not given.check:
        given.page.write_text(wanted, encoding="utf-8")
        return os.EX_OK
    if given.page.is_file() and given.page.read_text(encoding="utf-8") == wanted:
        return os.EX_OK
    sys.stderr.write(f"{given.page} is out of date. Write it again with: make docs\n")
    return os.EX_DATAERR


if __name__ == "__main__":
    sys.exit(main())
