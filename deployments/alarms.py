"""The watchdog: looks at golive from outside of Prefect, says in plain words what is wrong, and mails it at times."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import uuid4

import httpx

from deployments.environment import prefect_address, prefect_environment
from deployments.signs import own_alarms
from models.rules.watchdog import LATE_RUN, Found, Runs, of_prefect
from models.settings import Settings, SettingsError, settings
from tasks.connectors.ports import OutsideError
from tasks.moment import now
from tasks.operator_mail import send_to_operator

AGAIN: Final = timedelta(hours=6)
"""So long nothing more is mailed about an alarm that stands."""
_PATIENCE_SECONDS: Final = 10.0
_SCHEDULED: Final = {"state": {"type": {"any_": ["SCHEDULED"]}}}


def ask_prefect(chosen: Settings, *, as_of: datetime, transport: httpx.BaseTransport | None = None) -> Runs | None:
    """Count planned and late runs through Prefect's own interface; None where it does not answer."""
    user, _, password = prefect_environment(chosen, os.environ).get("PREFECT_API_AUTH_STRING", "").partition(":")
    who = (user, password) if user else None
    place = f"{prefect_address(chosen)}/api"
    with httpx.Client(base_url=place, auth=who, timeout=_PATIENCE_SECONDS, transport=transport) as client:
        try:
            headers = _passport(client)
            planned = _count(client, {"next_scheduled_start_time": {"after_": as_of.isoformat()}}, headers)
            late = _count(client, {"expected_start_time": {"before_": (as_of - LATE_RUN).isoformat()}}, headers)
            silent = _silent(client, as_of, headers) if planned else ()
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None
    return Runs(planned, late, silent)


def _passport(client: httpx.Client) -> dict[str, str]:
    """Get what Prefect wants to see with every POST; it answers 422 where it wants nothing."""
    name = str(uuid4())
    answer = client.get("/csrf-token", params={"client": name})
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        return {}
    return {"Prefect-Csrf-Client": name, "Prefect-Csrf-Token": str(answer.raise_for_status().json()["token"])}


def _silent(client: httpx.Client, as_of: datetime, headers: dict[str, str]) -> tuple[str, ...]:
    """Name the deployments that have a schedule and no planned run, paused ones too: nothing of theirs is done."""
    found = client.post("/deployments/filter", json={}, headers=headers).raise_for_status().json()
    planned = {"next_scheduled_start_time": {"after_": as_of.isoformat()}}
    return tuple(
        sorted(
            str(one["name"])
            for one in found
            if one["schedules"] and not _count(client, planned, headers, {"id": {"any_": [one["id"]]}})
        )
    )


def _count(
    client: httpx.Client,
    wish: Mapping[str, object],
    headers: dict[str, str],
    deployments: Mapping[str, object] = MappingProxyType({}),
) -> int:
    asked = {"flow_runs": {**_SCHEDULED, **wish}, "deployments": {**deployments} or None}
    answer = client.post("/flow_runs/count", json=asked, headers=headers)
    return int(answer.raise_for_status().json())


class Memory:
    """Which alarms were mailed, and when; a file of the home."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> dict[str, datetime]:
        """Give the moment of the last mail about each alarm; a damaged file is an empty one."""
        with suppress(OSError, ValueError, TypeError, AttributeError):
            kept = json.loads(self._file.read_text(encoding="ascii"))
            return {alarm: datetime.fromisoformat(moment) for alarm, moment in kept.items()}
        return {}

    def keep(self, mailed: Mapping[str, datetime]) -> None:
        """Write it down."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file.write_text(json.dumps({alarm: at.isoformat() for alarm, at in mailed.items()}), encoding="ascii")


def to_mail(found: Sequence[Found], mailed: Mapping[str, datetime], *, as_of: datetime) -> tuple[list[str], bool]:
    """Choose what a mail says now, and whether one goes out: for what is new, stands for long, or is over."""
    standing = {one.alarm.value for one in found}
    is_news = any(alarm not in mailed or as_of - mailed[alarm] >= AGAIN for alarm in standing)
    over = sorted(set(mailed) - standing)
    lines = [one.line for one in found] + [f"Over: {alarm}." for alarm in over]
    return lines, is_news or bool(over)


def mail_alarms(found: Sequence[Found], chosen: Settings, *, as_of: datetime) -> bool:
    """Mail alarms to the address of the settings, at most once in six hours each; says whether a mail went out."""
    memory = Memory(chosen.home / "watchdog.json")
    mailed = memory.load()
    lines, is_due = to_mail(found, mailed, as_of=as_of)
    if not chosen.watchdog_mail or not is_due:
        return False
    send_to_operator(lines, chosen, about="the watchdog", as_of=as_of)
    memory.keep({one.alarm.value: as_of for one in found})
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Look once: one line per alarm, exit code 1 when there is any; made for cron and systemd timers."""
    parser = argparse.ArgumentParser(prog="golive watchdog", description=__doc__)
    parser.add_argument("--without-prefect", action="store_true", help="do not ask Prefect (it runs elsewhere)")
    wish = parser.parse_args(arguments)
    try:
        chosen = settings()
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    as_of = now()
    found = own_alarms(chosen, as_of=as_of)
    if not wish.without_prefect:
        found += of_prefect(ask_prefect(chosen, as_of=as_of))
    sys.stdout.write("".join(f"{one.alarm.value}: {one.line}\n" for one in found) or "All is well.\n")
    try:
        mail_alarms(found, chosen, as_of=as_of)
    except OutsideError as failure:
        sys.stdout.write(f"The mail about it could not be sent: {failure}\n")
        return 1
    return 1 if found else 0
