"""What tests stand on: settings of their own and a fresh database on both engines."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.util import LRUCache

from models.db import Database, open_database, use_database
from models.migrations.migrate import upgrade
from models.settings import TESTS_PREFIX, Settings, use_settings
from tests import postgres

SPEAKING = ("test_kareo", "test_practice_system_contract")
STATEMENTS = 1_500  # that a process keeps compiled, for each kind of database
TEMPLATE = f"golive_template_{os.getpid()}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a database or speaks SOAP with a stand-in, which `make check` leaves to `make test`."""
    items.sort(key=lambda item: item.path.parent.name != "faults")  # they fork: first, while the process is small
    for item in items:
        if item.path.stem.startswith(SPEAKING):
            item.add_marker("soap")
        if {"db", "empty_db"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


@pytest.fixture(scope="session", autouse=True)
def _nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("GOLIVE_") and not name.startswith(TESTS_PREFIX):
                patch.delenv(name)
        patch.setitem(Settings.model_config, "env_file", None)
        with use_settings(Settings(home=tmp_path_factory.mktemp("home"))):
            yield


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """Let all databases of a kind share what SQLAlchemy compiled: each test opens one, for the same statements."""
    first = dict[str, Engine]()

    def alike(url: URL, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        known = first.get(engine.dialect.name)
        if known is None or getattr(known.dialect, "server_version_info", None) is None:  # it never connected
            first[engine.dialect.name] = engine
            engine.update_execution_options(compiled_cache=LRUCache(STATEMENTS))
        else:
            engine.dialect = known.dialect
            engine.update_execution_options(compiled_cache=known.get_execution_options()["compiled_cache"])
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.db.create_engine", alike)
        yield


@pytest.fixture
def own_settings(tmp_path: Path) -> Iterator[Settings]:
    """Give settings whose home is the folder of this test."""
    with use_settings(Settings(home=tmp_path)) as chosen:
        yield chosen


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("template") / "golive.db"
    db = open_database(f"sqlite:///{file}")
    upgrade(db)
    db.close()
    return file


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL | str]:
    """Give a PostgreSQL server that holds a migrated template, or the reason why there is none."""
    base = tmp_path_factory.getbasetemp()
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres.running(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base))
        except Exception as error:
            if os.environ.get("GOLIVE_TEST_REQUIRE_POSTGRES"):
                raise
            yield f"PostgreSQL did not start: {type(error).__name__}: {error}"
            return
        template = open_database(stack.enter_context(postgres.made(url, TEMPLATE)))
        upgrade(template)
        template.close()
        yield url


@contextmanager
def _opened(request: pytest.FixtureRequest, own: Settings, *, empty: bool) -> Iterator[Database]:
    with ExitStack() as stack:
        url: URL | str = own.resolved_database_url
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres_template")
            if isinstance(server, str):
                pytest.skip(server)
            name = f"t_{uuid4().hex}"
            url = stack.enter_context(postgres.made(server, name, template="template1" if empty else TEMPLATE))
        elif not empty:
            shutil.copy(request.getfixturevalue("sqlite_template"), own.database_file)
        opened = open_database(url)
        stack.callback(opened.close)
        yield stack.enter_context(use_database(opened))


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, own_settings: Settings) -> Iterator[Database]:
    """Give a fresh, migrated database of this process, once per engine."""
    with _opened(request, own_settings, empty=False) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_db(request: pytest.FixtureRequest, own_settings: Settings) -> Iterator[Database]:
    """Give a database without any table, once per engine."""
    with _opened(request, own_settings, empty=True) as opened:
        yield opened
