"""The feedback pages under load: nothing fails, each link gives one answer, and the figures are there to see."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import func, select

from models.db import Database, open_database
from models.settings import Settings, use_settings
from models.tables.feedback import FeedbackAnswerRow
from tests.benchmarks.bench_pages import (
    ANSWER,
    GET,
    TELL,
    Answered,
    ask_all,
    errors,
    fill_links,
    percentile,
    serving,
    show,
)

DISK = Path("/var/tmp")  # noqa: S108 - the test's own folder may be in memory
pytestmark = pytest.mark.slow


@pytest.fixture
def home() -> Iterator[Path]:
    """Give a home on a real disk."""
    with TemporaryDirectory(dir=DISK if DISK.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def served(home: Path, sqlite_template: Path) -> Iterator[Database]:
    with use_settings(Settings(home=home)) as chosen:
        shutil.copy(sqlite_template, chosen.database_file)
        opened = open_database(chosen.resolved_database_url)
        yield opened
        opened.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _load(db: Database, home: Path, *, rate: int, seconds: int) -> list[Answered]:
    port, links = _free_port(), fill_links(db, rate * seconds)
    with serving(home, port) as processor_seconds:
        answered = ask_all(port, links, rate=rate, seconds=seconds)
    show(answered, rate=rate, cpu_seconds=processor_seconds())
    return answered


def _answers(db: Database) -> tuple[int, int]:
    row = FeedbackAnswerRow
    counted = select(func.count(), func.count(row.completed_at))
    given, complete = db.read(lambda s: s.execute(counted).one())
    return given, complete


def test_every_page_is_answered_and_every_link_gives_one_answer(served: Database, home: Path) -> None:
    """F-215, at 100 requests a second; how fast that is stays to be seen by the table."""
    answered = _load(served, home, rate=100, seconds=5)
    kinds = [one.kind for one in answered]
    assert errors(answered) == {}
    assert (len(kinds), kinds.count(GET) > 0) == (500, True)
    assert _answers(served) == (kinds.count(ANSWER) + kinds.count(TELL), kinds.count(TELL))


@pytest.mark.bench
def test_pages_answer_within_a_tenth_of_a_second_at_200_a_second(served: Database, home: Path) -> None:
    answered = _load(served, home, rate=200, seconds=30)
    assert errors(answered) == {}
    assert percentile(answered, 99) < 100
