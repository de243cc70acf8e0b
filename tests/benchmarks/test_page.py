"""The page of benchmarks: medians, spread and ratios as they were measured, and where."""

from datetime import date
from pathlib import Path

import pytest

from tests.benchmarks.page import CHART, PAGE, Machine, read, write
from tests.benchmarks.table import KEPT_IN, Measured, keep, show

MACHINE = Machine(2, "an invented processor", 1.5)
ON = date(2027, 3, 2)
OURS, FLOOR = Measured("golive", 10_000, (0.4, 0.3, 0.5)), Measured("floor: bare SQL", 10_000, (0.2, 0.1, 0.3))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the file to which this test's measurements are added."""
    file = tmp_path / "measured.jsonl"
    monkeypatch.setenv(KEPT_IN, str(file))
    return file


def written(kept: Path, docs: Path) -> str:
    write(kept, docs, machine=MACHINE, on=ON)
    return (docs / PAGE).read_text(encoding="utf-8")


def test_the_page_tells_medians_spread_and_ratio(kept: Path, tmp_path: Path) -> None:
    show("the sweep", [OURS, FLOOR])
    page = written(kept, tmp_path)
    assert "## The sweep\n" in page
    assert "| golive | 10,000 | 400 ms | 300 ms | 500 ms | 25,000 | 2.0 |" in page
    assert "| floor: bare SQL | 10,000 | 200 ms | 100 ms | 300 ms | 50,000 | 1.0 |" in page


def test_the_page_tells_where_and_when_it_was_measured(kept: Path, tmp_path: Path) -> None:
    keep("the sweep", [OURS, FLOOR])
    page = written(kept, tmp_path)
    assert "March 2, 2027: 2 cores (an invented processor), load 1.5" in page
    assert "prefect 3.8.8" in page


def test_the_chart_is_a_picture_that_the_page_shows(kept: Path, tmp_path: Path) -> None:
    keep("the sweep", [OURS, FLOOR])
    assert f"]({CHART})" in written(kept, tmp_path)
    assert (tmp_path / CHART).read_bytes().startswith(b"\x89PNG")


def test_a_work_without_a_floor_has_no_ratio(kept: Path, tmp_path: Path) -> None:
    keep("a check-out", [OURS])
    keep("the sweep", [OURS, FLOOR])
    assert "| golive | 10,000 | 400 ms | 300 ms | 500 ms | 25,000 |  |" in written(kept, tmp_path)


def test_what_was_measured_twice_counts_as_it_was_last(kept: Path) -> None:
    keep("the sweep", [FLOOR, FLOOR])
    keep("the sweep", [OURS, FLOOR])
    assert [work.ratio for work in read(kept)] == [2.0]


def test_nothing_is_kept_where_no_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEPT_IN, raising=False)
    monkeypatch.chdir(tmp_path)
    keep("the sweep", [OURS, FLOOR])
    assert list(tmp_path.iterdir()) == []


def test_a_page_of_nothing_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no measurements: run `make bench`, which makes it"):
        write(tmp_path / "missing.jsonl", tmp_path, machine=MACHINE, on=ON)
