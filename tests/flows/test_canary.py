"""Personal values are marked, everything is played, and no mark is found where none belongs: in Prefect, in logs."""

import base64
import binascii
import logging
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect import flow, get_run_logger, task
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH, PREFECT_SERVER_DATABASE_CONNECTION_URL, temporary_settings
from sqlalchemy.exc import IntegrityError

from flows import messages, onboarding, training
from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.inputs.outgoing import Accepted, OutgoingMail
from models.rules.onboarding_facts import CallOutcome
from models.settings import Settings
from models.store import onboarding_changes
from tasks.connectors import registry
from tasks.connectors.local import MailboxMailer
from tests.connectors.faulty import Fault, FaultyMailer
from tests.factories import MONDAY
from tests.flows.conftest import Clock

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

P = "maple-street"
COACH = "coach-1"
PATIENCE_SECONDS = 60.0
MARKS = {
    "office name": "Zqonda Vexwright",
    "office email": "zqonda.vexwright@example.com",
    "office phone": "202-555-0143",
    "desk name": "Zquill Orvenna",
    "desk email": "zquill.orvenna@example.com",
    "desk phone": "202-555-0167",
    "coach name": "Zqarla Thimbrook",
    "coach email": "zqarla.thimbrook@example.com",
    "sales name": "Zqern Paldwick",
    "sales email": "zqern.paldwick@example.com",
    "provider name": "Dr. Zqyle Harbinole",
    "tax id": "36-4827193",
    "faulty email": "zqfaulty.address",
    "faulty field": "Zqfield Ambrosten",
    "faulty value": "Zqvalue Corbelith",
    "database value": "Zqdatabase Merrowin",
}
PLANTED = "Zqplanted Wexcombe"
INTAKE = f"""
key: {P}
name: Maple Street Family Medicine
time_zone: America/New_York
tax_id: "{MARKS["tax id"]}"
people:
  - {{key: office, name: {MARKS["office name"]}, email: {MARKS["office email"]}, phone: "{MARKS["office phone"]}",
     is_primary_contact: true, is_trainee: true}}
  - {{key: desk, name: {MARKS["desk name"]}, email: {MARKS["desk email"]}, phone: "{MARKS["desk phone"]}", locale: es,
     is_trainee: true}}
team:
  - {{key: {COACH}, name: {MARKS["coach name"]}, email: {MARKS["coach email"]}, role: success_coach}}
  - {{key: sales-1, name: {MARKS["sales name"]}, email: {MARKS["sales email"]}, role: sales_representative}}
locations: [{{key: main, name: Main, city: Albany, state: NY, postal_code: "12207"}}]
providers: [{{npi: "1234567893", name: {MARKS["provider name"]}}}]
payers: [{{key: medicare, name: Medicare, expected_claims_per_month: 100}}]
"""


def _spellings(mark: str) -> Iterator[str]:
    """Give the ways in which a value can be written: whole, by its words, and as digits only."""
    yield mark
    yield from (word for word in re.split(r"[ .@]", mark) if word.lower().startswith("zq"))
    digits = re.sub(r"\D", "", mark)
    if len(digits) >= 9:
        yield digits


def _pattern(marks: Mapping[str, str]) -> re.Pattern[bytes]:
    every = sorted({spelling for mark in marks.values() for spelling in _spellings(mark)}, key=len, reverse=True)
    return re.compile(b"|".join(re.escape(one.encode()) for one in every), re.IGNORECASE)


_ENCODED = re.compile(rb"(?:[A-Za-z0-9+/]{76}\n)+[A-Za-z0-9+/]*={0,2}|[A-Za-z0-9+/_-]{12,}={0,2}")


def found_in(content: bytes, pattern: re.Pattern[bytes]) -> set[bytes]:
    """Find marks in clear and behind base64, twice over."""
    found, layer = set(pattern.findall(content)), [content]
    for _ in range(2):
        layer = [decoded for part in layer for decoded in _decoded(part)]
        found.update(mark for part in layer for mark in pattern.findall(part))
    return found


def _decoded(content: bytes) -> Iterator[bytes]:
    for candidate in _ENCODED.findall(content):
        plain = candidate.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"), b"\n")
        try:
            yield base64.b64decode(plain + b"=" * (-len(plain) % 4))
        except binascii.Error:  # a word that only looks like base64
            continue


def prefect_file() -> Path:
    return Path(str(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).partition(":///")[2])


def in_prefect(pattern: re.Pattern[bytes]) -> set[tuple[str, bytes]]:
    """Scan every text and blob of Prefect's own database, and the files that it keeps of results."""
    found = set[tuple[str, bytes]]()
    with closing(sqlite3.connect(f"file:{prefect_file()}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            table = name.decode()
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - names of its own tables
                values = b"\0".join(value for value in row if isinstance(value, bytes))
                found.update((table, mark) for mark in found_in(values, pattern))
    for file in PREFECT_LOCAL_STORAGE_PATH.value().rglob("*"):
        if file.is_file():
            found.update(("storage", mark) for mark in found_in(file.read_bytes(), pattern))
    return found


def wait_until_written() -> None:
    """Wait until the runs, logs and events that are still on their way are in Prefect's database."""
    last = f"last-{time.monotonic_ns()}"  # once it is there, what came before it is there too
    the_last_one(last)
    pattern = re.compile(last.encode())
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not {"flow_run", "log", "task_run", "events"} <= {table for table, _ in in_prefect(pattern)}:
        assert time.monotonic() < deadline, "Prefect did not write down in time what it was told"
        time.sleep(0.2)


@task(task_run_name="{mark}")
def a_task(mark: str) -> str:
    return mark


@flow
def the_last_one(mark: str) -> None:
    get_run_logger().warning("%s", mark)
    a_task(mark)


@pytest.fixture(autouse=True)
def _storage(tmp_path: Path) -> Iterator[None]:
    """Keep what Prefect stores of errors and results apart from what other runs left behind."""
    with temporary_settings({PREFECT_LOCAL_STORAGE_PATH: tmp_path / "storage"}):
        yield


@dataclass(slots=True)
class Logs:
    """Everything that was logged, whatever its logger."""

    caught: pytest.LogCaptureFixture

    def marks(self, pattern: re.Pattern[bytes]) -> set[bytes]:
        lines = [self.caught.text, *(f"{record.__dict__}" for record in self.caught.records)]
        return found_in("\n".join(lines).encode(), pattern)


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> Iterator[Logs]:
    """Catch what is logged, also by loggers that do not hand it on to the root."""
    apart = [logging.getLogger()]
    apart += [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    apart = [one for one in apart if one is logging.getLogger() or not one.propagate]
    levels = [one.level for one in apart]
    for one in apart[1:]:
        one.addHandler(caplog.handler)
    for one in apart:
        one.setLevel(logging.DEBUG)
    caplog.handler.setLevel(logging.DEBUG)
    yield Logs(caplog)
    for one, level in zip(apart, levels, strict=True):
        one.setLevel(level)
    for one in apart[1:]:
        one.removeHandler(caplog.handler)


def run(wanted: Any, *args: object) -> State[Any]:
    return wanted(*args, return_state=True)  # type: ignore[no-any-return]


class Raising:
    """A mail server whose connector has a bug: its error repeats what it was handed."""

    def send(self, mail: OutgoingMail) -> Accepted:
        raise ValueError(mail.recipient.name, mail.recipient.address, mail.text)


class RaisingMailer(FaultyMailer):
    """A mailer of `Raising` sessions."""

    def session(self) -> Any:
        return nullcontext(Raising())


@pytest.mark.usefixtures("prefect")
def test_no_personal_value_reaches_prefect_logs_or_the_open_database(
    db: Database, own_settings: Settings, clock: Clock, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_and_move_on(own_settings)
    deliver_in_every_way(own_settings, clock, monkeypatch)
    fail_in_the_database(monkeypatch)
    start_what_cannot_be_started(own_settings)
    wait_until_written()

    pattern = _pattern(MARKS)
    assert in_prefect(pattern) == set()
    assert logs.marks(pattern) == set()
    assert read_mailbox(own_settings.mailbox_folder), "mails were written, so the names were opened"
    if db.is_sqlite:
        files = [db.file, *db.file.parent.glob(f"{db.file.name}-*")]
        content = b"".join(file.read_bytes() for file in files)
        assert b"Maple Street Family Medicine" in content
        assert found_in(content, pattern) == set()


def begin_and_move_on(own: Settings) -> None:
    own.intake_folder.mkdir()
    (own.intake_folder / "maple-street.yaml").write_text(INTAKE)
    assert run(onboarding.start_journey, "maple-street.yaml", "sales-1").is_completed()
    run(training.plan_training)
    assert run(onboarding.record_agreement, P, MONDAY.date(), "sales-1").is_completed()
    assert run(onboarding.record_call, P, "welcome", CallOutcome.HELD, COACH).is_completed()
    assert run(onboarding.graduate, P, COACH).name == "Refused"
    assert run(training.register_for_training, P, COACH).name == "Refused"
    run(onboarding.skip_step, P, "welcome_call", "not_needed", COACH)
    assert run(onboarding.skip_step, P, "handoff_call", "not_needed", COACH).is_completed()
    assert run(training.register_for_training, P, COACH).is_completed()
    run(onboarding.show_journeys)


def deliver_in_every_way(own: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = MailboxMailer(own.mailbox_folder)
    faults = [Fault.UNAVAILABLE, Fault.REJECTED, Fault.LOST_BEFORE, Fault.LOST_AFTER]
    for mailer in (FaultyMailer(inner, faults), RaisingMailer(inner)):
        with monkeypatch.context() as patched:
            patched.setattr(registry, "mailer", lambda _settings, one=mailer: one)
            state = run(messages.deliver_messages, "", 8)
        if isinstance(mailer, RaisingMailer):
            assert state.is_failed()
        else:
            assert {"later", "refused", "unknown"} <= state.result().keys()
    clock.now = clock.now.replace(hour=clock.now.hour + 1)
    assert run(messages.deliver_messages).result()["sent"] >= 5
    run(messages.show_dead_letters)
    run(messages.look_up_unknown)


def fail_in_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = MARKS["database value"]
    refused = IntegrityError(f"VALUES ('{mark}')", {"name": mark}, ValueError(f"Key (name)=({mark}) already exists"))
    for error in (refused, ValueError(mark), KeyError(mark)):

        def fail(*_given: object, error: Exception = error, **_named: object) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(onboarding_changes, "carry_out_command", fail)
            state = run(onboarding.record_call, P, "handoff", CallOutcome.HELD, COACH)
        assert state.is_failed()
        assert state.name != "Refused"


def start_what_cannot_be_started(own: Settings) -> None:
    value, name = MARKS["faulty value"], MARKS["faulty field"]
    other = INTAKE.replace(f"key: {P}", "key: oak")
    faulty = {
        "email.yaml": other.replace(MARKS["office email"], MARKS["faulty email"]),
        "field.yaml": f"{other}\n{name}: 1\n",
        "inner.yaml": other.replace("{key: desk,", f"{{{name}: x, key: desk,"),
        "zone.yaml": other.replace("America/New_York", value),
        "role.yaml": other.replace("role: success_coach", f"role: {value}"),
        "key.yaml": other.replace("key: office", f"key: {value}"),
        "npi.yaml": other.replace('"1234567893"', f'"{value}"'),
        "list.yaml": f"{other}\npeople: {value}\n",
        "broken.yaml": f"{other}\n{name}: [{value}\n",
        "plain.yaml": value,
    }
    for file, content in faulty.items():
        assert content != other
        (own.intake_folder / file).write_text(content)
        state = run(onboarding.start_journey, file)
        assert state.name == "Refused", (file, state.message)
    lines = f"key,name,time_zone,contact_name,contact_email\noak,Oak,{value},{name},{MARKS['faulty email']}\n"
    many = {"many.csv": lines, "headless.csv": lines.partition("\n")[2], "open.csv": f'{lines}"{name}'}
    for file, content in many.items():
        (own.intake_folder / file).write_text(content)
        assert run(onboarding.start_journeys, file).name == "Refused"


@flow(name="careless")
def careless(mark: str) -> str:
    return mark


@flow(name="talkative")
def talkative(mark: str) -> None:
    get_run_logger().info("sent to %s", mark)
    raise ValueError(mark)


@pytest.mark.usefixtures("prefect")
def test_the_scan_finds_a_value_that_was_planted(logs: Logs) -> None:
    """The scan above is worth something: a parameter, a log line, an error and a hidden spelling are found."""
    pattern = _pattern({"planted": PLANTED})
    assert in_prefect(pattern) == set()
    hidden = base64.urlsafe_b64encode(f'{{"name": "{PLANTED}"}}'.encode()).decode()
    careless(hidden)
    wait_until_written()
    assert {table for table, _ in in_prefect(pattern)} >= {"flow_run"}
    assert talkative(PLANTED, return_state=True).is_failed()
    wait_until_written()
    assert {table for table, _ in in_prefect(pattern)} >= {"flow_run", "flow_run_state", "log", "storage"}
    assert logs.marks(pattern) != set()


def test_the_scan_knows_other_spellings() -> None:
    pattern = _pattern({"phone": "202-555-0143", "mail": "zqonda.vexwright@example.com"})
    assert found_in(b"+12025550143", pattern) == {b"2025550143"}
    assert found_in(b"ZQONDA.x", pattern) == {b"ZQONDA"}
    twice = base64.b64encode(base64.b64encode(b"mail to zqonda.vexwright@example.com"))
    folded = base64.encodebytes(b"x" * 50 + b"zqonda.vexwright@example.com")
    assert found_in(b'"' + folded + b'"', pattern) == {b"zqonda.vexwright@example.com"}
    assert found_in(b'{"a": "' + twice + b'"}', pattern) == {b"zqonda.vexwright@example.com"}


def test_the_running_server_is_the_one_that_is_scanned(prefect: None) -> None:
    with get_client(sync_client=True) as client:
        assert client.api_healthcheck() is None
    assert prefect_file().is_file()
