"""The watchdog: what it sees in a database and in Prefect, what it writes, when it mails."""

import os
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from deployments import alarms
from deployments.alarms import AGAIN, ask_prefect, mail_alarms, to_mail
from deployments.cli import COMMANDS
from deployments.signs import machine_of, own_alarms
from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.rules.watchdog import CERTIFICATE_ENDS, Alarm, Found, Runs
from models.settings import Settings, use_settings
from models.tables.messages import Message, MessageState
from tests.factories import MONDAY, a_signed_journey
from tests.models.test_exposure import written_pair

FOLDER = Path(__file__).parents[2] / "deployments" / "watchdog"
QUIET = Found(Alarm.SWEEPS, "Due work has been left lying for 20 minutes; no dispatch takes it.")
FULL = Found(Alarm.DISK, "The disk of the home has only 5 MiB left.")


def seen(db: Database, settings: Settings, **later: float) -> set[Alarm]:
    """Look after a while; how full this machine is says nothing about us."""
    _ = db
    return {one.alarm for one in own_alarms(settings, as_of=MONDAY + timedelta(**later))} - {Alarm.DISK}


def test_a_sweep_that_fell_silent_is_seen_by_the_work_that_it_left(db: Database, own_settings: Settings) -> None:
    a_signed_journey(db)
    assert seen(db, own_settings) == set()
    assert seen(db, own_settings, minutes=16) == {Alarm.SWEEPS}


def test_a_message_whose_outcome_nobody_looks_up_is_seen(db: Database, own_settings: Settings) -> None:
    a_signed_journey(db)
    doubtful = update(Message).values(state=MessageState.UNKNOWN, settled_at=None, due_at=MONDAY)
    db.transaction(lambda s: s.execute(doubtful))
    assert Alarm.UNKNOWN not in seen(db, own_settings, minutes=50)
    assert Alarm.UNKNOWN in seen(db, own_settings, minutes=70)


def test_a_certificate_that_ends_soon_or_cannot_be_read_is_seen(db: Database, own_settings: Settings) -> None:
    _ = db
    certificate, _ = written_pair(own_settings.home)
    ours = own_settings.model_copy(update={"tls_certificate": str(certificate)})
    ends = machine_of(ours).certificate_ends
    assert ends is not None
    for early, is_seen in ((timedelta(days=30), False), (CERTIFICATE_ENDS - timedelta(days=1), True)):
        assert (Alarm.CERTIFICATE in {one.alarm for one in own_alarms(ours, as_of=ends - early)}) is is_seen
    certificate.write_text("not a certificate")
    assert Alarm.CERTIFICATE in {one.alarm for one in own_alarms(ours, as_of=MONDAY)}


DEPLOYED = [
    {"id": "1", "name": "dispatch", "schedules": [{"active": True}]},
    {"id": "2", "name": "back-up", "schedules": [{"active": True}]},
    {"id": "3", "name": "record-call", "schedules": []},
]


def test_a_payer_file_that_nobody_reads_is_seen(db: Database, own_settings: Settings) -> None:
    _ = db
    assert machine_of(own_settings).payer_file_since is None
    own_settings.payer_inbox.mkdir(parents=True)
    (own_settings.payer_inbox / ".draft").write_text("still comes")
    assert machine_of(own_settings).payer_file_since is None
    (own_settings.payer_inbox / "remittance.835").write_text("ISA")
    since = machine_of(own_settings).payer_file_since
    assert since is not None
    for later, is_seen in ((timedelta(hours=1), False), (timedelta(hours=3), True)):
        found = own_alarms(own_settings, as_of=since + later)
        assert (Alarm.PAYER_FILES in {one.alarm for one in found}) is is_seen
        assert "remittance" not in "".join(one.line for one in found)


def prefect(planned: int, late: int, *, csrf: int = 200) -> httpx.MockTransport:
    """Stand in for Prefect's server."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/csrf-token":
            return httpx.Response(csrf, json={"token": "t"})
        assert ("prefect-csrf-token" in request.headers) is (csrf == 200)
        if request.url.path == "/api/deployments/filter":
            return httpx.Response(200, json=DEPLOYED)
        assert request.url.path == "/api/flow_runs/count"
        if b'"any_":["2"]' in request.content.replace(b" ", b""):
            return httpx.Response(200, json=0)
        return httpx.Response(200, json=planned if b"after_" in request.content else late)

    return httpx.MockTransport(answer)


def test_prefect_is_asked_for_planned_and_late_runs(own_settings: Settings) -> None:
    assert ask_prefect(own_settings, as_of=MONDAY, transport=prefect(7, 2)) == Runs(7, 2, ("back-up",))
    assert ask_prefect(own_settings, as_of=MONDAY, transport=prefect(0, 0, csrf=422)) == Runs(0, 0)


def test_a_server_that_is_gone_or_talks_nonsense_is_not_there(own_settings: Settings) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        gone = "gone"
        raise httpx.ConnectError(gone, request=request)

    for transport in (httpx.MockTransport(refuse), httpx.MockTransport(lambda _: httpx.Response(200, text="?"))):
        assert ask_prefect(own_settings, as_of=MONDAY, transport=transport) is None


def test_an_alarm_is_mailed_once_in_six_hours_and_once_when_it_is_over() -> None:
    assert to_mail([QUIET], {}, as_of=MONDAY) == ([QUIET.line], True)
    mailed = {"sweeps": MONDAY}
    assert to_mail([QUIET], mailed, as_of=MONDAY + timedelta(hours=5))[1] is False
    assert to_mail([QUIET], mailed, as_of=MONDAY + AGAIN)[1] is True
    assert to_mail([QUIET, FULL], mailed, as_of=MONDAY)[1] is True
    assert to_mail([], mailed, as_of=MONDAY) == (["Over: sweeps."], True)
    assert to_mail([], {}, as_of=MONDAY) == ([], False)


def test_mails_go_out_through_the_mailer_of_the_settings(own_settings: Settings) -> None:
    assert mail_alarms([QUIET], own_settings, as_of=MONDAY) is False
    ours = own_settings.model_copy(update={"watchdog_mail": "ops@example.com"})
    assert [mail_alarms([QUIET], ours, as_of=MONDAY) for _ in range(2)] == [True, False]
    assert mail_alarms([], ours, as_of=MONDAY) is True
    mails = read_mailbox(ours.mailbox_folder)
    assert sorted(one.text.strip() for one in mails) == sorted([QUIET.line, "Over: sweeps."])


def test_a_damaged_memory_only_means_one_mail_more(own_settings: Settings) -> None:
    ours = own_settings.model_copy(update={"watchdog_mail": "ops@example.com"})
    (ours.home / "watchdog.json").write_text("{]")
    assert mail_alarms([QUIET], ours, as_of=MONDAY) is True


@pytest.mark.parametrize(("found", "code"), [([], 0), ([FULL], 1)])
def test_the_command_says_each_alarm_on_a_line_and_tells_by_its_code(
    own_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    found: list[Found],
    code: int,
) -> None:
    monkeypatch.setattr(alarms, "own_alarms", lambda *_, **__: list(found))
    with use_settings(own_settings):
        assert alarms.main(["--without-prefect"]) == code
    assert capsys.readouterr().out == (f"disk: {FULL.line}\n" if found else "All is well.\n")


def test_the_unit_files_start_a_command_that_exists() -> None:
    words = {one.word for one in COMMANDS}
    for name in ("golive-watchdog.service", "golive-watchdog.cron"):
        started = re.findall(r"\.venv/bin/golive (\S+)", (FOLDER / name).read_text())
        assert set(started) == {"watchdog"} <= words
    timer = (FOLDER / "golive-watchdog.timer").read_text()
    assert "OnUnitActiveSec=5min" in timer
    assert not os.access(FOLDER / "golive-watchdog.cron", os.X_OK)
