"""What tests stand on: settings of their own and a fresh database on both engines."""

import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
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
from tests.scenes import Files, Shelf, Templates, ground

COVERING = ("models", "rules", "store")
COVERING_ONCE = ("reports", "tasks", "web")
"""These tests must cover rules and store, the latter on SQLite alone: tracing takes half as much time again."""
LONG = ("deployments", "journeys")
PLAYED = ("benchmarks", "faults")
"""Here every scene is played: bugs are planted before it."""
SPEAKING = ("test_kareo", "test_practice_system_contract")
STATEMENTS = 1_500  # that a process keeps compiled, for each kind of database
TEMPLATE = f"golive_template_{os.getpid()}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make check` leaves to `make test`, and put first what forks, then what one worker keeps together."""
    for item in items:
        if item.path.stem.startswith(SPEAKING):
            item.add_marker("soap")
        if {"db", "empty_db"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")
        if item.get_closest_marker("xdist_group") is None and _shares_with_its_file(item):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """Let what forks come while the process is small, and nothing long come last, when the other worker is idle."""
    if item.path.parent.name == "faults":
        return 0
    return 1 if item.get_closest_marker("xdist_group") or item.path.parent.name in LONG else 2


def _shares_with_its_file(item: pytest.Item) -> bool:
    """Say whether a browser, a server or a long play is made once for all tests of the file: so for one worker."""
    known = getattr(item, "_fixtureinfo", None)
    made = known.name2fixturedefs.values() if known else ()
    return any(one[-1].scope == "module" for one in made if one)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later search for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure what is covered only while a test runs whose part it is."""
    plugin = item.config.pluginmanager.get_plugin("_cov")
    measuring = plugin.cov_controller if plugin else None
    if measuring and measuring.started != _must_cover(item):
        (measuring.pause if measuring.started else measuring.resume)()
    return (yield)


def _must_cover(item: pytest.Item) -> bool:
    folder, chosen = item.path.parent.name, getattr(item, "callspec", None)
    return folder in COVERING or (folder in COVERING_ONCE and chosen is not None and "sqlite" in chosen.params.values())


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


@pytest.fixture(scope="session")
def sqlite_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """Keep scenes as SQLite files."""
    shelf = Shelf(Files(tmp_path_factory.mktemp("scenes")))
    yield shelf
    shelf.clear()


@pytest.fixture(scope="session")
def postgresql_shelf(postgres_template: URL | str) -> Iterator[Shelf]:
    """Keep scenes as databases of the PostgreSQL server, which must be there."""
    assert isinstance(postgres_template, URL)
    shelf = Shelf(Templates(postgres_template))
    yield shelf
    shelf.clear()


@contextmanager
def _opened(request: pytest.FixtureRequest, own: Settings, kind: str, *, empty: bool = False) -> Iterator[Database]:
    with ExitStack() as stack:
        url: URL | str = own.resolved_database_url
        if kind == "postgresql":
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


@contextmanager
def standing_on(request: pytest.FixtureRequest, db: Database) -> Iterator[None]:
    """Let the scenes of this fresh database be kept for other tests."""
    shelf = request.getfixturevalue(f"{db.engine.dialect.name}_shelf")
    patch = request.getfixturevalue("monkeypatch") if "monkeypatch" in request.fixturenames else None
    with ground(db, shelf, patch):
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, own_settings: Settings) -> Iterator[Database]:
    """Give a fresh, migrated database of this process, once per engine."""
    with _opened(request, own_settings, request.param) as opened:
        if request.path.parent.name in PLAYED:
            yield opened
            return
        with standing_on(request, opened):
            yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_db(request: pytest.FixtureRequest, own_settings: Settings) -> Iterator[Database]:
    """Give a database without any table, once per engine."""
    with _opened(request, own_settings, request.param, empty=True) as opened:
        yield opened


Rehearse = Callable[[str, Callable[[Database], object]], None]
_rehearsed = set[tuple[str, str]]()


@pytest.fixture
def rehearse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, db: Database) -> Rehearse:
    """Give a way to play a piece once per process and engine, on a database and in a home of its own.

    Workers that are forked afterwards have what it compiled and read, as a worker has that is no longer young.
    """

    def play(name: str, piece: Callable[[Database], object]) -> None:
        kind = db.engine.dialect.name
        if (name, kind) in _rehearsed:
            return
        _rehearsed.add((name, kind))
        own = Settings(home=tmp_path_factory.mktemp("rehearsal"))
        with use_settings(own), _opened(request, own, kind) as other:
            piece(other)

    return play
