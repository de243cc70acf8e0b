"""`golive prove`: histories follow from seeds, a checker reads them, a broken promise says how to see it again."""

import ast
import sys
from collections import Counter
from pathlib import Path

import pytest

from deployments import prove
from deployments.checker.feedback import FeedbackWatcher
from deployments.checker.reading import Line, breaches
from deployments.histories.trace import write

CHECKER = Path(prove.__file__).parent / "checker"
SEEDS, DAYS = range(15), 150


@pytest.fixture(scope="module")
def proof() -> prove.Proof:
    return prove.prove(SEEDS, days=DAYS)


def test_histories_with_everything_that_goes_wrong_keep_every_promise(proof: prove.Proof) -> None:
    assert proof.broken == []
    assert proof.histories == len(SEEDS)


def test_a_stop_during_a_call_that_fails_does_not_leave_the_request_waiting() -> None:
    lines = prove.history(4534, days=200)
    waited = [line for line in lines if line.get("request") == "70.3#1" and line["what"] == "request"]
    assert breaches(lines, FeedbackWatcher()) == []
    assert waited[-1]["waits_for"] == ""


def test_everything_that_can_go_wrong_does(proof: prove.Proof) -> None:
    wanted = {
        "down",
        "up",
        "clock_set_back",
        "put_off",
        "excluded",
        "included",
        "stop",
        "lifted",
        "consent",
        "answered",
    }
    assert wanted <= set(proof.happened)
    assert proof.happened["marked"] > proof.happened["handed"] > 100


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        write(prove.history(seed, days=40), tmp_path / name)
    one, same, other = ((tmp_path / name).read_bytes() for name in ("one", "same", "other"))
    assert one == same
    assert one != other


def test_several_processes_come_to_the_same_as_one() -> None:
    one, two = (list(prove.prove_many(range(4), days=20, jobs=jobs)) for jobs in (1, 2))
    assert [part.happened for part in one] == [part.happened for part in two]


def test_the_checker_imports_the_standard_library_alone() -> None:
    for file in CHECKER.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {one.module or "" for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
        names |= {alias.name for one in ast.walk(tree) if isinstance(one, ast.Import) for alias in one.names}
        foreign = {one for one in names if one.partition(".")[0] not in sys.stdlib_module_names}
        assert {one for one in foreign if not one.startswith("deployments.checker")} == set(), file.name


def _changed(lines: list[Line], what: str, **facts: object) -> list[Line]:
    """Change the first line of a kind in a trace that keeps every promise."""
    place = next(number for number, line in enumerate(lines) if line["what"] == what)
    return [*lines[:place], {**lines[place], **facts}, *lines[place + 1 :]]


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return prove.history(0, days=60)


def found_in(lines: list[Line]) -> Counter[str]:
    return Counter(one.promise for one in breaches(lines, FeedbackWatcher()))


@pytest.mark.parametrize(
    ("what", "facts", "promise"),
    [
        ("handed", {"at": "2027-01-11T16:00:00+00:00"}, "I1"),
        ("handed", {"number": 4}, "I2"),
        ("handed", {"at": "2027-01-12T03:30:00+00:00"}, "I22"),
        ("end", {"waits": True}, "I20"),
    ],
)
def test_a_line_that_should_not_be_there_is_found(
    lines: list[Line], what: str, facts: dict[str, object], promise: str
) -> None:
    assert not found_in(lines)
    assert promise in found_in(_changed(lines, what, **facts))


def test_a_message_that_reached_its_provider_twice_is_found(lines: list[Line]) -> None:
    place = next(number for number, line in enumerate(lines) if line["what"] == "handed")
    assert found_in([*lines[: place + 1], lines[place], *lines[place + 1 :]])["I5"] == 1


def test_a_request_that_nothing_ends_is_found(lines: list[Line]) -> None:
    last = max(number for number, line in enumerate(lines) if line["what"] == "request")
    open_still = {**lines[last], "state": "asked", "why": ""}
    request = {**open_still, "request": f"{lines[last]['request'].partition('#')[0]}#9"}
    assert "I20" in found_in([*lines[: last + 1], request, *lines[last + 1 :]])


def test_a_broken_promise_ends_with_the_command_that_shows_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("models.rules.feedback_timing.next_allowed", lambda moment, *_, **__: moment)
    monkeypatch.setenv("COLUMNS", "200")
    assert prove.main(["--histories", "3", "--days", "60", "--jobs", "1"]) == 1
    assert "replay: golive prove feedback --only" in capsys.readouterr().out


def test_one_history_can_be_written_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prove.main(["--only", "5", "--days", "30", "--trace", str(tmp_path / "trace")]) == 0
    assert (tmp_path / "trace").read_text(encoding="utf-8").startswith("{")
    assert "0 broken promises" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["0", "-3", "many", "1.5"])
def test_a_number_of_histories_that_is_none_is_refused_in_a_sentence(
    number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        prove.main([f"--histories={number}"])
    assert "is not a whole number from 1 to" in capsys.readouterr().err


def test_journeys_are_proved_too_and_one_of_them_can_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert prove.main(["journeys", "--histories", "3", "--days", "150", "--jobs", "1"]) == 0
    shown = capsys.readouterr().out
    assert "0 broken promises" in shown
    assert "went live" in shown
    assert prove.main(["journeys", "--only", "1", "--days", "30"]) == 0
