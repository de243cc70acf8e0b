"""Prefect's database is made at installation: lent to a new home only, and filled without a word from this shell."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from deployments import prefect_database
from deployments.bootstrap import LATE_SWEEPS, LIMITS, ZOMBIES
from deployments.prefect_database import FILE_NAME, filled_template, lend_template, template
from tests.deployments.conftest import SAMPLE


def test_a_new_home_gets_a_private_copy_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "lent.db").write_text("migrated")
    assert lend_template(tmp_path, tmp_path / "lent.db")
    held = tmp_path / FILE_NAME
    assert (held.read_text(), stat.S_IMODE(held.stat().st_mode)) == ("migrated", 0o600)
    held.write_text("in use")
    assert not lend_template(tmp_path, tmp_path / "lent.db")
    assert held.read_text() == "in use"


def test_where_nothing_was_prepared_nothing_is_lent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert filled_template() == template()
    assert not lend_template(tmp_path, filled_template())
    template().with_suffix(".filled.db").write_text("filled")
    assert filled_template() != template()


def test_what_is_made_at_installation_hears_nothing_of_this_shells_databases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLIVE_PREFECT_DATABASE_URL", "postgresql://somewhere")
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", "postgresql://somewhere")
    environment = prefect_database._environment(tmp_path)
    assert "postgresql://somewhere" not in environment.values()
    assert environment["PREFECT_HOME"] == str(tmp_path)
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


@pytest.mark.server
@pytest.mark.slow
def test_a_filled_database_holds_what_a_first_start_would_write_and_no_run(tmp_path: Path) -> None:
    assert lend_template(tmp_path, template()), "make setup prepares it"
    given = f"asyncio.run(fill(pathlib.Path({str(SAMPLE)!r})))"
    command = f"import asyncio, pathlib; from deployments.filling import fill; {given}"
    environment = {**os.environ, **prefect_database._environment(tmp_path)}
    subprocess.run([sys.executable, "-c", command], env=environment, check=True, cwd=SAMPLE.parents[2])
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database:

        def names(question: str) -> set[str]:
            return {name for (name,) in database.execute(question)}

        assert names("SELECT name FROM deployment WHERE version <> ''") == {"tick", "linger"}
        assert names("SELECT name FROM automation") == {ZOMBIES, LATE_SWEEPS, "linger-again-after-a-crash"}
        assert set(LIMITS) <= names("SELECT name FROM concurrency_limit_v2")
        assert names("SELECT id FROM flow_run") == set()
