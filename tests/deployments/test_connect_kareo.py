"""`golive connect-kareo`: the login is never shown, the account is tried first, and mistakes are said in sentences."""

import getpass
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from deployments import connect_kareo
from deployments.cli import main
from deployments.connect_kareo import LEAVES_CALENDAR
from deployments.kareo_login import ADDRESS, Given, NotConnectedError, ask_login, login_in
from deployments.kareo_server.example import CUSTOMER_KEY, PASSWORD, PRACTICE, USER, example_state
from deployments.kareo_server.server import KareoServer
from models.db import Database
from models.store import systems
from models.tables.practice_systems import PracticeSystemRow, SystemAccountRow
from tasks.built_in_calendar import connect_calendar
from tests.factories import MONDAY, an_intake
from tests.kareo import running_kareo
from tests.store.visits import a_practice

P = "maple-street"
SECRETS = (CUSTOMER_KEY, USER, PASSWORD)
Said = pytest.CaptureFixture[str]


@pytest.fixture
def kareo() -> Iterator[KareoServer]:
    with running_kareo(example_state()) as server:
        yield server


@pytest.fixture
def practice(db: Database) -> int:
    places = [{"key": "main", "name": "Maple Street", "city": "Albany", "state": "NY", "postal_code": "12207"}]
    providers = [{"npi": "1555010101", "name": "Dr. Avery Stone"}, {"npi": "1555010200", "name": "Dr. Robin Vale"}]
    return a_practice(db, an_intake(P, locations=places, providers=providers))


class Terminal(io.StringIO):
    """A terminal at which somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch, kareo: KareoServer) -> list[str]:
    """Type the right login, and then whatever a test adds."""
    hidden = iter(SECRETS)
    shown = [kareo.description]
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda _: next(hidden))
    monkeypatch.setattr("builtins.input", lambda _="": shown.pop(0))
    return shown


def login_file(folder: Path, *lines: str, mode: int = 0o600) -> Path:
    file = folder / "login"
    file.write_text("\n".join(lines), encoding="utf-8")
    file.chmod(mode)
    return file


def right(folder: Path, kareo: KareoServer) -> Path:
    lines = (f"customer_key: {CUSTOMER_KEY}", f"user: {USER}", f"password: {PASSWORD}")
    return login_file(folder, f"address: {kareo.description}", *lines)


def connected(db: Database, practice: int) -> PracticeSystemRow | None:
    return db.read(lambda s: s.get(PracticeSystemRow, practice))


def test_somebody_types_the_login_and_chooses_the_practice(
    db: Database, practice: int, typing: list[str], capsys: Said
) -> None:
    typing.append("1")
    assert main(["connect-kareo", P]) == 0
    said = capsys.readouterr()
    assert f"1. {PRACTICE}" in said.out
    assert "2. Sierra Pediatrics" in said.out
    assert "The practice system answers: 2 providers, 1 locations." in said.out
    assert not [secret for secret in SECRETS if secret in said.out + said.err]
    row = connected(db, practice)
    assert row is not None
    assert (row.vendor, row.system_name) == (systems.KAREO, PRACTICE)
    account = db.read(lambda s: systems.account_of(s, practice))
    assert account is not None
    assert (account.customer_key, account.user, account.password) == SECRETS


def test_a_login_file_serves_where_nobody_types(
    db: Database, practice: int, kareo: KareoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    file = str(right(tmp_path, kareo))
    assert main(["connect-kareo", P, "--login-file", file]) == os.EX_CONFIG
    assert f"Name one with --there: {PRACTICE}" in capsys.readouterr().err
    assert main(["connect-kareo", P, "--login-file", file, "--there", "nowhere"]) == os.EX_CONFIG
    assert connected(db, practice) is None
    assert main(["connect-kareo", P, "--login-file", file, "--there", PRACTICE]) == 0


def test_practices_of_one_customer_key_share_one_account(
    db: Database, practice: int, kareo: KareoServer, tmp_path: Path
) -> None:
    a_practice(db, an_intake("sierra"))
    file = str(right(tmp_path, kareo))
    assert main(["connect-kareo", P, "--login-file", file, "--there", PRACTICE]) == 0
    assert main(["connect-kareo", "sierra", "--login-file", file, "--there", "Sierra Pediatrics"]) == 0
    (key,) = db.read(lambda s: s.scalars(select(SystemAccountRow.key)).all())
    assert key.startswith("kareo-")
    assert CUSTOMER_KEY not in key


@pytest.mark.parametrize("answer", ["", "0", "3", "x", "²"])
def test_a_choice_that_is_none_stores_nothing(
    db: Database, practice: int, typing: list[str], capsys: Said, answer: str
) -> None:
    typing.append(answer)
    assert main(["connect-kareo", P]) == os.EX_CONFIG
    assert "Nothing was stored" in capsys.readouterr().err
    assert connected(db, practice) is None


def test_a_wrong_login_is_said_kindly_and_stores_nothing(
    db: Database, practice: int, kareo: KareoServer, tmp_path: Path, capsys: Said
) -> None:
    lines = (f"customer_key: {CUSTOMER_KEY}", f"user: {USER}", "password: wrong words")
    file = login_file(tmp_path, f"address: {kareo.description}", *lines)
    assert main(["connect-kareo", P, "--login-file", str(file), "--there", PRACTICE]) == os.EX_CONFIG
    said = capsys.readouterr()
    assert "refuses the user name or the password" in said.err
    assert "wrong words" not in said.out + said.err
    assert connected(db, practice) is None


def test_an_unknown_practice_is_said(db: Database, kareo: KareoServer, tmp_path: Path, capsys: Said) -> None:
    assert main(["connect-kareo", "nobody", "--login-file", str(right(tmp_path, kareo))]) == os.EX_CONFIG
    assert "no practice with the key nobody" in capsys.readouterr().err


def test_the_built_in_calendar_is_left_only_when_told_so(
    db: Database, practice: int, kareo: KareoServer, tmp_path: Path, capsys: Said
) -> None:
    connect_calendar(P, as_of=MONDAY)
    file = str(right(tmp_path, kareo))
    command = ["connect-kareo", P, "--login-file", file, "--there", PRACTICE]
    assert main(command) == os.EX_CONFIG
    assert LEAVES_CALENDAR.format(P) in capsys.readouterr().err
    assert main([*command, "--leave-calendar"]) == 0
    row = connected(db, practice)
    assert row is not None
    assert row.vendor == systems.KAREO


def test_ctrl_c_stores_nothing(db: Database, practice: int, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    def stop() -> Given:
        raise KeyboardInterrupt

    monkeypatch.setattr(connect_kareo, "ask_login", stop)
    assert main(["connect-kareo", P]) == os.EX_USAGE
    assert "Nothing was stored" in capsys.readouterr().err


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o700])
def test_a_login_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = login_file(tmp_path, "customer_key: k", "user: u", "password: p", mode=mode)
    with pytest.raises(NotConnectedError, match="chmod 600"):
        login_in(file)


def test_a_password_may_hold_any_signs(tmp_path: Path) -> None:
    file = login_file(tmp_path, "# ours", "", "customer_key: 0123", "user: a@example.com", "password: #y: 'x' \\ {!")
    given = login_in(file)
    assert (given.customer_key, given.password, given.address) == ("0123", "#y: 'x' \\ {!", ADDRESS)
    assert "0123" not in repr(given)


@pytest.mark.parametrize("lines", [(), ("password: hidden words",), ("hidden words",), ("pasword: hidden words",)])
def test_a_login_file_without_a_login_is_said_without_showing_it(tmp_path: Path, lines: tuple[str, ...]) -> None:
    with pytest.raises(NotConnectedError, match="customer_key, user and password") as refused:
        login_in(login_file(tmp_path, *lines))
    assert "hidden" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_login_file_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotConnectedError, match="cannot be read"):
        login_in(tmp_path / "missing")
    with pytest.raises(NotConnectedError):
        login_in(tmp_path)


def test_without_a_terminal_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("key\nuser\npassword\n"))
    with pytest.raises(NotConnectedError, match="--login-file"):
        ask_login()
