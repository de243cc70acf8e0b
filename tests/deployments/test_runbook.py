"""Each page of the runbook against an installation that is broken as the page says: seen, repaired, and seen no more.

The commands are those of the page, in its order. What starts processes (`make run`) is played by a stand-in.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text, update

from deployments.cli import main
from models.db import Database, open_database, use_database
from models.rules.watchdog import OLD_KEY, Alarm, page_of
from models.sealing import INSTALLATION
from models.settings import Settings, use_settings
from models.store import keys, systems
from models.store.practices import all_practices
from models.tables.messages import Message, MessageState
from models.tables.practice_systems import PracticeSystemRow
from tasks.backups import make_backup
from tasks.drilling import drill
from tasks.moment import standing_at
from tasks.retention import purge_all
from tasks.watching import watch_invariants
from tests.booking import NOW, a_booking
from tests.deployments.conftest import free_port
from tests.factories import MONDAY, a_signed_journey, an_intake
from tests.models.test_exposure import written_pair
from tests.store.enrolling import enrolling

pytestmark = pytest.mark.database

ROOT = Path(__file__).parents[2]
OURS = ".venv/bin/golive "


def commands(alarm: Alarm, part: str) -> list[str]:
    """Give the lines of a page that stand as commands below one of its headings."""
    below = (ROOT / page_of(alarm)).read_text().split(f"\n## {part}\n", 1)[1].split("\n## ", 1)[0]
    return [line for block in re.findall(r"```\n(.*?)```", below, re.DOTALL) for line in block.splitlines()]


@dataclass
class Office:
    """One installation in a folder of its own, whose clock and processes the test plays."""

    db: Database
    settings: Settings
    now: datetime
    capsys: pytest.CaptureFixture[str]
    stand_ins: Mapping[str, Callable[[], None]] = field(default_factory=dict)

    def run(self, alarm: Alarm, part: str) -> str:
        """Run the commands below a heading and give what the watchdog wrote."""
        told = ""
        for line in commands(alarm, part):
            if line in self.stand_ins:
                self.stand_ins[line]()
            elif line.startswith(OURS):
                with standing_at(lambda: self.now), use_settings(self.settings), use_database(self.db):
                    code = main(shlex.split(line.removeprefix(OURS)))
                written = self.capsys.readouterr()
                told += written.out if "watchdog" in line else ""
                assert code == 0 or "watchdog" in line, (line, written.err)
            else:
                subprocess.run(shlex.split(line), cwd=self.settings.home.parent, check=True, capture_output=True)
        return told

    def follow(self, alarm: Alarm) -> None:
        """Follow a page from its check to its end."""
        assert f"{alarm.value}: " in self.run(alarm, "Check")
        self.run(alarm, "Fix")
        assert f"{alarm.value}: " not in self.run(alarm, "Verify")


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """Give settings whose home is the folder `var` of a project folder."""
    (tmp_path / "var").mkdir()
    return Settings(home=tmp_path / "var", prefect_port=free_port())


@pytest.fixture
def office(home: Settings, sqlite_template: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Office]:
    shutil.copy(sqlite_template, home.database_file)
    opened = open_database(home.resolved_database_url)
    with use_settings(home), use_database(opened):
        yield Office(opened, home, MONDAY, capsys)
    opened.close()


def test_database(office: Office) -> None:
    office.db.close()
    office.settings.database_file.unlink()  # a database without the tables of this version
    office.follow(Alarm.DATABASE)


def test_sweeps(office: Office) -> None:
    a_signed_journey(office.db)
    office.now = MONDAY + timedelta(minutes=30)
    office.follow(Alarm.SWEEPS)


def test_unknown(office: Office) -> None:
    a_signed_journey(office.db)
    doubtful = update(Message).values(state=MessageState.UNKNOWN, attempts=1, settled_at=None, due_at=MONDAY)
    office.db.transaction(lambda s: s.execute(doubtful))
    office.now = MONDAY + timedelta(minutes=90)
    office.follow(Alarm.UNKNOWN)


def test_freshness(office: Office) -> None:
    practice = a_booking(office.db).practice
    row = PracticeSystemRow(practice_id=practice, vendor=systems.CALENDAR, connected_at=NOW, problem="")
    office.db.transaction(lambda s: systems.connect(s, row, as_of=NOW))
    office.now = NOW + timedelta(hours=3)
    office.follow(Alarm.FRESHNESS)


def test_payer_files(office: Office) -> None:
    inbox = office.settings.payer_inbox
    inbox.mkdir(parents=True)
    file = inbox / "remittance.835"
    file.write_text("no file of a payer")
    os.utime(file, (0, 0))  # nobody writes it any more
    office.now = datetime.fromtimestamp(file.stat().st_ctime, UTC) + timedelta(hours=3)
    office.follow(Alarm.PAYER_FILES)
    assert list(inbox.iterdir()) == []


def test_promises(office: Office) -> None:
    enrolling(office.db, an_intake("maple-street"))
    office.db.transaction(
        lambda s: s.execute(text("UPDATE timers SET state = 'cancelled' WHERE process = 'enrollment'"))
    )
    assert watch_invariants.fn(as_of=MONDAY) == [("maple-street", "enrollment_unwatched")]
    office.follow(Alarm.PROMISES)


def rotate(office: Office, practice: int) -> None:
    office.db.transaction(lambda s: keys.make_next(s, practice, as_of=office.now))
    office.db.transaction(lambda s: keys.switch(s, practice))


def test_keys(office: Office) -> None:
    """The rotation itself is tried elsewhere; here its effect is played, and the alarm has to see it."""
    a_signed_journey(office.db)
    office.now = MONDAY + OLD_KEY + timedelta(days=1)
    [(practice, _)] = office.db.read(all_practices)
    asked = ".venv/bin/golive rotate-keys"
    office.stand_ins = {
        asked: lambda: None,
        f"{asked} --practice maple-street --by manager-1": partial(rotate, office, practice),
        f"{asked} --practice golive-installation --by manager-1": partial(rotate, office, INSTALLATION),
    }
    office.follow(Alarm.KEYS)


@pytest.mark.database
def test_isolation(db: Database, own_settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    if db.is_sqlite:
        pytest.skip("views of each connection keep practices apart on SQLite; there is nothing to lay")
    db.transaction(lambda s: s.execute(text("DROP POLICY golive_own ON messages")))
    Office(db, own_settings, MONDAY, capsys).follow(Alarm.ISOLATION)


def test_backups(office: Office) -> None:
    a_signed_journey(office.db)
    office.now = MONDAY + timedelta(days=3)
    office.follow(Alarm.BACKUPS)


def test_purge(office: Office) -> None:
    a_signed_journey(office.db)
    purge_all(as_of=MONDAY)
    office.now = MONDAY + timedelta(days=4)
    office.follow(Alarm.PURGE)


def test_drill(office: Office) -> None:
    a_signed_journey(office.db)
    make_backup(office.db, office.settings, as_of=MONDAY)
    drill(office.db, office.settings, as_of=MONDAY)
    office.now = MONDAY + timedelta(days=101)
    office.follow(Alarm.DRILL)


def test_disk(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small disk, on which nothing lies but the home."""
    logs = office.settings.logs_folder
    logs.mkdir()
    (logs / "runner.before.log").touch()
    size = shutil.disk_usage(office.settings.home).total

    def usage(_: Path) -> object:
        return SimpleNamespace(total=size, free=0 if list(logs.iterdir()) else size)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    office.settings.payer_folder.joinpath("done").mkdir(parents=True)
    office.follow(Alarm.DISK)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed on this machine")
def test_certificate(office: Office) -> None:
    home = office.settings.home
    written_pair(home)
    written_pair(home, "new")
    (home / "site.pem").write_text("damaged")
    office.settings = office.settings.model_copy(update={"tls_certificate": str(home / "site.pem")})
    office.now = datetime.now(UTC)
    with pytest.raises(subprocess.CalledProcessError):
        office.run(Alarm.CERTIFICATE, "Check")
    written_pair(home)
    office.now += timedelta(days=80)
    assert "certificate: " in office.run(Alarm.CERTIFICATE, "Check")
    office.run(Alarm.CERTIFICATE, "Fix")
    office.now -= timedelta(days=80)
    assert "certificate: " not in office.run(Alarm.CERTIFICATE, "Verify")


class Prefect:
    """Stands in for Prefect's server on its port: plans one run of each schedule, or none."""

    planned = 1

    @contextmanager
    def listening(self, port: int) -> Iterator[None]:
        """Answer until the end of the block."""
        server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        prefect = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say({"token": "t"})

            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers["content-length"]))
                deployed = [{"id": "1", "name": "dispatch", "schedules": [{"active": True}]}]
                late = b"before_" in asked
                self._say(deployed if self.path.endswith("/deployments/filter") else 0 if late else prefect.planned)

            def _say(self, what: object) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(what).encode())

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        return Answers


def test_prefect(office: Office) -> None:
    prefect = Prefect()
    assert "prefect: " in office.run(Alarm.PREFECT, "Check")
    office.stand_ins = {"make run": lambda: None}
    office.run(Alarm.PREFECT, "Fix")
    with prefect.listening(office.settings.prefect_port):
        assert office.run(Alarm.PREFECT, "Verify") == "All is well.\n"


def test_schedules(office: Office) -> None:
    prefect = Prefect()
    prefect.planned = 0
    office.stand_ins = {"make run": lambda: setattr(prefect, "planned", 1)}
    with prefect.listening(office.settings.prefect_port):
        office.follow(Alarm.SCHEDULES)


def test_every_page_is_followed_here() -> None:
    followed = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {alarm.value for alarm in Alarm} <= followed
