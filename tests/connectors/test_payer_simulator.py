"""The built-in payers: plans that follow from a key alone, mixtures of waiting times, one file for all processes."""

import multiprocessing
import sqlite3
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest

from models.inputs.clearinghouse import NewDocument
from models.rules.enrollment import State
from models.rules.enrollment_words import BUILT_IN, state_shown
from models.rules.onboarding_facts import Transaction
from tasks.connectors.payer_simulator import PayerSimulator
from tasks.connectors.payer_simulator_plan import (
    ASKED,
    DEVELOPED,
    LATENCIES,
    LIVE,
    PROVISIONING,
    RECEIVED,
    REFUSED,
    REJECTED,
    RETURNED,
    TEST_REQUIRED,
    Answer,
    plan,
    shown,
    unfold,
)
from tasks.connectors.payer_simulator_store import SimulatorFile
from tasks.connectors.ports import OutsideError, Rejected, Unavailable
from tests.connectors.clearinghouses import NAME, TAX_ID, an_enrollment, key_that_is_returned

pytestmark = pytest.mark.slow

BEGUN = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)
MANY = 4_000


def plans(payer_class: str = "commercial", transaction: Transaction = Transaction.ERA) -> list[tuple[Answer, ...]]:
    return [plan(f"golive-{number:x}-1-1", payer_class, transaction, BEGUN) for number in range(MANY)]


def create_elsewhere(file: Path, keys: list[str]) -> list[str]:
    system = PayerSimulator(SimulatorFile(file), now=lambda: BEGUN)
    return [system.create(an_enrollment(key)).id for key in keys]


def test_a_plan_follows_from_its_arguments_alone() -> None:
    one = plan("golive-1-1-1", "medicare", Transaction.CLAIMS, BEGUN, 1)
    assert one == plan("golive-1-1-1", "medicare", Transaction.CLAIMS, BEGUN, 1)
    assert one != plan("golive-1-1-1", "medicare", Transaction.CLAIMS, BEGUN, 2)
    assert one != plan("golive-1-1-2", "medicare", Transaction.CLAIMS, BEGUN, 1)
    later = plan("golive-1-1-1", "medicare", Transaction.CLAIMS, BEGUN + DAY, 1)
    assert [each.at - DAY for each in later] == [each.at for each in one]


def test_every_plan_begins_with_receipt_goes_forward_and_ends() -> None:
    for transaction in Transaction:
        for one in plans(transaction=transaction)[:500]:
            words = [each.word for each in one]
            assert words[0] == RECEIVED
            assert words[-1] in (LIVE, REJECTED)
            assert PROVISIONING in words
            assert [each.at for each in one] == sorted(each.at for each in one)
            assert all(state_shown(BUILT_IN, word) for word in words)
            assert all((each.word == ASKED) == (each.answered_at is not None) for each in one)
            assert all((each.word == REJECTED) == (each.reason is not None) for each in one)


def test_shares_are_what_they_are_said_to_be() -> None:
    drawn = plans(transaction=Transaction.CLAIMS)
    words = Counter(word for one in drawn for word in {each.word for each in one})
    returned = sum(one[1].word == ASKED for one in drawn)
    assert returned / MANY == pytest.approx(RETURNED, abs=0.02)
    assert words[REJECTED] / MANY == pytest.approx(REFUSED, abs=0.02)
    assert words[ASKED] / MANY == pytest.approx(RETURNED + DEVELOPED - RETURNED * DEVELOPED, abs=0.02)
    assert 0.03 < words[TEST_REQUIRED] / MANY < 0.08
    assert not any(TEST_REQUIRED in {each.word for each in one} for one in plans())


@pytest.mark.parametrize(
    ("payer_class", "least", "most"),
    [("medicare", 28, 48), ("medicaid", 18, 40), ("commercial", 10, 40), ("any", 35, 90), ("never heard of", 35, 90)],
)
def test_payers_take_as_long_as_the_turnaround_table_says_e_05(payer_class: str, least: int, most: int) -> None:
    days = sorted((one[-1].at - BEGUN) / DAY for one in plans(payer_class) if one[-1].word == LIVE)
    assert least < median(days) < most
    assert days[0] < least
    assert days[-1] < 160 + 25


def test_components_of_a_mixture_are_whole() -> None:
    for components in LATENCIES.values():
        assert sum(one.share for one in components) == pytest.approx(1)
        assert all(one.least < one.often < one.most for one in components)


def test_an_answer_that_comes_early_brings_the_rest_forward() -> None:
    key = key_that_is_returned()
    planned = plan(key, "commercial", Transaction.ERA, BEGUN)
    asked = planned[1]
    assert asked.answered_at is not None
    early = unfold(planned, {1: asked.at + timedelta(hours=1)})
    gained = asked.answered_at - asked.at - timedelta(hours=1)
    assert [one.at for one in early[2:]] == [one.at - gained for one in planned[2:]]
    assert unfold(planned, {1: asked.answered_at + DAY}) == planned
    assert shown(planned, as_of=BEGUN - DAY) == 0
    assert shown(planned, as_of=BEGUN + 400 * DAY) == len(planned) - 1


def test_half_a_year_passes_as_planned(tmp_path: Path) -> None:
    clock = [BEGUN]
    system = PayerSimulator(SimulatorFile(tmp_path / "payers.db"), now=lambda: clock[0])
    keys = [f"golive-{number:x}-1-1" for number in range(20)]
    made = {system.create(an_enrollment(key)).id: key for key in keys}
    seen: dict[str, list[str]] = {one: [RECEIVED] for one in made}
    for _ in range(190):
        since, clock[0] = clock[0], clock[0] + DAY
        for page in system.changed_since(since):
            for one in page:
                if seen[one.id][-1] != one.word:
                    seen[one.id].append(one.word)
    for id_, key in made.items():
        planned = [each.word for each in plan(key, "commercial", Transaction.ERA, BEGUN)]
        assert seen[id_][-1] == planned[-1]
        assert [each.word for each in system.history(id_)] == planned
    assert {state_shown(BUILT_IN, words[-1]) for words in seen.values()} <= {State.PROVING, State.REJECTED}


def test_a_form_that_is_handed_over_early_is_worked_on_early(tmp_path: Path) -> None:
    clock = [BEGUN]
    key = key_that_is_returned()
    planned = plan(key, "commercial", Transaction.ERA, BEGUN)
    system = PayerSimulator(SimulatorFile(tmp_path / "payers.db"), now=lambda: clock[0])
    made = system.create(an_enrollment(key))
    clock[0] = planned[1].at + timedelta(minutes=5)
    (task,) = system.tasks(made.id)
    system.upload(NewDocument(made.id, task.id, "form.pdf", b"%PDF-1"))
    system.upload(NewDocument(made.id, task.id, "form.pdf", b"%PDF-12"))
    assert [one.size for one in system.documents(made.id)] == [7]
    clock[0] += DAY
    shown_now = system.enrollment(made.id)
    assert shown_now is not None
    assert (shown_now.word, shown_now.changed_at < planned[2].at) == (PROVISIONING, True)


def test_the_same_key_is_the_same_enrollment(tmp_path: Path) -> None:
    system = PayerSimulator(SimulatorFile(tmp_path / "payers.db"), now=lambda: BEGUN)
    assert system.create(an_enrollment()) == system.create(an_enrollment())


def test_nothing_private_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "simulator" / "payers.db"
    PayerSimulator(SimulatorFile(file), now=lambda: BEGUN).create(an_enrollment())
    content = b"".join(one.read_bytes() for one in file.parent.iterdir())
    assert not any(word.encode() in content for word in (NAME, TAX_ID, "12 Maple Street", "1234567893"))
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.slow
def test_two_processes_with_the_same_keys_make_each_enrollment_once(tmp_path: Path) -> None:
    file, keys = tmp_path / "payers.db", [f"golive-{number:x}-1-1" for number in range(40)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        first, second = (processes.submit(create_elsewhere, file, keys) for _ in range(2))
        assert first.result(timeout=120) == second.result(timeout=120)


def test_what_is_decided_cannot_be_taken_back_and_the_rest_can(tmp_path: Path) -> None:
    clock = [BEGUN]
    system = PayerSimulator(SimulatorFile(tmp_path / "payers.db"), now=lambda: clock[0])
    one, two = (system.create(an_enrollment(f"golive-{number}-1-1")) for number in (1, 2))
    system.cancel(one.id)
    clock[0] += 300 * DAY
    cancelled = system.enrollment(one.id)
    assert cancelled is not None
    assert (cancelled.word, cancelled.changed_at) == ("CANCELED", BEGUN)
    with pytest.raises(Rejected, match="cancel_by_support"):
        system.cancel(two.id)


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [(b"not a database, surely not" * 50, Rejected, "simulator_unreadable"), (None, Unavailable, "simulator_not")],
)
def test_a_file_that_cannot_be_used_is_said_without_its_path(
    tmp_path: Path, content: bytes | None, kind: type[OutsideError], code: str
) -> None:
    file = tmp_path / "payers.db"
    system = PayerSimulator(SimulatorFile(file), now=lambda: BEGUN)
    if content is None:
        (tmp_path / "here").write_text("a file, no folder")
        system = PayerSimulator(SimulatorFile(tmp_path / "here" / "payers.db"), now=lambda: BEGUN)
    else:
        file.write_bytes(content)
    with pytest.raises(kind, match=code) as failure:
        system.create(an_enrollment())
    assert failure.value.__context__ is None


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "payers.db"
    system = PayerSimulator(SimulatorFile(file), now=lambda: BEGUN)
    system.create(an_enrollment())
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(Rejected, match="simulator_unreadable"):
        system.find("golive-1-1-1")
