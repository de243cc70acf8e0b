"""Each alarm stands exactly where something is wrong, and says how much."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from models.rules.watchdog import (
    BACKUP_OLD,
    CERTIFICATE_ENDS,
    FILE_LEFT,
    NOT_DRILLED,
    NOT_PURGED,
    OLD_KEY,
    PAYERS_SILENT,
    SILENT,
    Alarm,
    Machine,
    Runs,
    Stored,
    of_backups,
    of_database,
    of_machine,
    of_prefect,
    page_of,
)
from tests.factories import MONDAY

MOMENT = timedelta(seconds=1)
ROOMY = Machine(free=50 << 30, size=100 << 30)


def test_nothing_stands_where_nothing_is_wrong() -> None:
    assert of_database(Stored(waits_since=MONDAY - SILENT, oldest_key=MONDAY - OLD_KEY), as_of=MONDAY) == []
    assert of_machine(replace(ROOMY, certificate_ends=MONDAY + CERTIFICATE_ENDS), as_of=MONDAY) == []
    assert of_prefect(Runs(planned=1, late=0)) == []
    assert of_backups(MONDAY - BACKUP_OLD, Stored(oldest_key=MONDAY - OLD_KEY), as_of=MONDAY) == []


def test_work_that_is_due_later_is_not_left_lying() -> None:
    assert of_database(Stored(waits_since=MONDAY + timedelta(days=9)), as_of=MONDAY) == []


@pytest.mark.parametrize(
    ("stored", "alarm", "part"),
    [
        (None, Alarm.DATABASE, "cannot be reached"),
        (Stored(waits_since=MONDAY - SILENT - timedelta(minutes=5)), Alarm.SWEEPS, "for 20 minutes"),
        (Stored(stuck_unknown=3), Alarm.UNKNOWN, "3 messages"),
        (Stored(stale_systems=2), Alarm.FRESHNESS, "2 practice systems"),
        (Stored(stopped_practices=1), Alarm.PROMISES, "Messages of 1 practices"),
        (Stored(is_isolated=False), Alarm.ISOLATION, "golive_reader"),
        (Stored(newest_payer_file=MONDAY - PAYERS_SILENT - MOMENT), Alarm.PAYER_FILES, "for 8 days"),
        (Stored(oldest_key=MONDAY - OLD_KEY - MOMENT), Alarm.KEYS, "400 days"),
        (Stored(purged_at=MONDAY - NOT_PURGED - MOMENT), Alarm.PURGE, "for 3 days"),
        (Stored(drilled_at=MONDAY - NOT_DRILLED - MOMENT), Alarm.DRILL, "for 100 days"),
        (Stored(begun_at=MONDAY - NOT_PURGED - MOMENT), Alarm.PURGE, "for 3 days"),
        (Stored(begun_at=MONDAY - NOT_DRILLED - MOMENT, purged_at=MONDAY), Alarm.DRILL, "for 100 days"),
    ],
)
def test_the_database_shows_what_is_wrong(stored: Stored | None, alarm: Alarm, part: str) -> None:
    [found] = of_database(stored, as_of=MONDAY)
    assert found.alarm is alarm
    assert part in found.sentence


@pytest.mark.parametrize(
    ("machine", "alarm", "part"),
    [
        (Machine(free=5 << 30, size=100 << 30), Alarm.DISK, "5120 MiB"),
        (Machine(free=512 << 20, size=1 << 30), Alarm.DISK, "512 MiB"),
        (replace(ROOMY, certificate_ends=MONDAY + CERTIFICATE_ENDS - MOMENT), Alarm.CERTIFICATE, "in 20 days"),
        (replace(ROOMY, payer_file_since=MONDAY - FILE_LEFT - MOMENT), Alarm.PAYER_FILES, "for 2 hours"),
        (replace(ROOMY, certificate_ends=MONDAY - OLD_KEY), Alarm.CERTIFICATE, "in 0 days"),
    ],
)
def test_the_machine_shows_what_is_wrong(machine: Machine, alarm: Alarm, part: str) -> None:
    [found] = of_machine(machine, as_of=MONDAY)
    assert found.alarm is alarm
    assert part in found.sentence


@pytest.mark.parametrize(
    ("runs", "alarm"),
    [
        (None, Alarm.PREFECT),
        (Runs(0, 0), Alarm.SCHEDULES),
        (Runs(9, 2), Alarm.SCHEDULES),
        (Runs(9, 0, ("back-up",)), Alarm.SCHEDULES),
    ],
)
def test_a_scheduler_that_plans_nothing_is_noticed_although_its_health_is_green(
    runs: Runs | None, alarm: Alarm
) -> None:
    [found] = of_prefect(runs)
    assert found.alarm is alarm


@pytest.mark.parametrize(
    ("newest", "oldest_key", "part"),
    [
        (MONDAY - BACKUP_OLD - MOMENT, None, "2 days old"),
        (None, MONDAY - BACKUP_OLD - MOMENT, "no backup"),
        (None, MONDAY - BACKUP_OLD, ""),
        (None, None, ""),
    ],
)
def test_a_backup_that_is_old_or_was_never_made_is_seen(
    newest: datetime | None, oldest_key: datetime | None, part: str
) -> None:
    found = of_backups(newest, Stored(oldest_key=oldest_key), as_of=MONDAY)
    assert [one.alarm for one in found] == ([Alarm.BACKUPS] if part else [])
    assert all(part in one.sentence for one in found)


def test_a_database_that_is_away_says_nothing_of_backups() -> None:
    assert of_backups(None, None, as_of=MONDAY) == []


def test_every_alarm_names_its_own_page() -> None:
    pages = {page_of(alarm) for alarm in Alarm}
    assert len(pages) == len(Alarm)
    assert page_of(Alarm.PAYER_FILES) == "docs/runbook/payer-files.md"
