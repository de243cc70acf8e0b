"""Locks, ends of sessions, one-time codes and recovery codes."""

from datetime import UTC, datetime, timedelta

import pytest

from models.rules.sign_in import (
    FAILURES,
    LONGEST_HALF_SESSION,
    LONGEST_LOCK,
    LONGEST_SESSION,
    EndReason,
    Stage,
    Standing,
    Tries,
    accepted_step,
    code_at,
    in_groups,
    recovery_code,
    secret_of,
    setup_link,
    step_of,
    typed_code,
    why_over,
    written_secret,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
IDLE = 15 * MINUTE
SECRET = b"12345678901234567890"
RFC_6238 = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}
"""Appendix B of RFC 6238 (SHA-1), the last six digits."""


def failed(times: int, *, tries: Tries | None = None, as_of: datetime = NOON) -> Tries:
    tries = tries or Tries()
    for _ in range(times):
        tries = tries.failed(as_of=as_of)
    return tries


def test_the_fifth_failure_locks_for_a_quarter_of_an_hour() -> None:
    assert not failed(FAILURES - 1).is_locked(as_of=NOON)
    locked = failed(FAILURES)
    assert locked.is_locked(as_of=NOON + 15 * MINUTE - timedelta(seconds=1))
    assert not locked.is_locked(as_of=NOON + 15 * MINUTE)


def test_failures_further_apart_than_the_window_do_not_add_up() -> None:
    before = failed(FAILURES - 1)
    assert not before.failed(as_of=NOON + 15 * MINUTE).is_locked(as_of=NOON + 15 * MINUTE)
    assert before.failed(as_of=NOON + 14 * MINUTE).is_locked(as_of=NOON + 15 * MINUTE)


def test_each_lock_in_a_row_is_twice_as_long_up_to_a_day() -> None:
    tries, at, lasted = Tries(), NOON, []
    for _ in range(9):
        tries = failed(FAILURES, tries=tries, as_of=at)
        assert tries.locked_until is not None
        lasted.append(tries.locked_until - at)
        at = tries.locked_until
    assert lasted[:3] == [15 * MINUTE, 30 * MINUTE, 60 * MINUTE]
    assert lasted[-1] == LONGEST_LOCK


@pytest.mark.parametrize(
    ("created", "seen", "stage", "over"),
    [
        (timedelta(hours=1), 14 * MINUTE, Stage.FULL, None),
        (timedelta(hours=1), 15 * MINUTE, Stage.FULL, EndReason.IDLE),
        (LONGEST_SESSION, MINUTE, Stage.FULL, EndReason.TOO_OLD),
        (LONGEST_SESSION - MINUTE, MINUTE, Stage.FULL, None),
        (LONGEST_HALF_SESSION - MINUTE, LONGEST_HALF_SESSION - MINUTE, Stage.CODE, None),
        (LONGEST_HALF_SESSION, MINUTE, Stage.CODE, EndReason.TOO_OLD),
        (LONGEST_HALF_SESSION, MINUTE, Stage.SET_UP, EndReason.TOO_OLD),
        (-MINUTE, -MINUTE, Stage.FULL, None),
    ],
)
def test_a_session_ends_when_idle_or_too_old(
    created: timedelta, seen: timedelta, stage: Stage, over: EndReason | None
) -> None:
    assert why_over(Standing(stage, NOON - created, NOON - seen), idle=IDLE, as_of=NOON) is over


@pytest.mark.parametrize(("seconds", "code"), RFC_6238.items())
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert code_at(SECRET, step_of(moment)) == code
    assert accepted_step(SECRET, code, last=0, as_of=moment) == step_of(moment)


@pytest.mark.parametrize(("away", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_counts_one_step_around_now(away: int, is_taken: bool) -> None:
    step = step_of(NOON)
    found = accepted_step(SECRET, code_at(SECRET, step + away), last=0, as_of=NOON)
    assert found == (step + away if is_taken else None)


def test_no_step_counts_twice_nor_one_before_it() -> None:
    step = step_of(NOON)
    assert accepted_step(SECRET, code_at(SECRET, step), last=step, as_of=NOON) is None
    assert accepted_step(SECRET, code_at(SECRET, step - 1), last=step, as_of=NOON) is None
    assert accepted_step(SECRET, code_at(SECRET, step + 1), last=step, as_of=NOON) == step + 1


def test_a_secret_is_written_as_apps_take_it() -> None:
    assert written_secret(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert secret_of(written_secret(SECRET)) == SECRET
    assert secret_of(written_secret(b"seven b")) == b"seven b"
    assert in_groups("ABCDEFGHIJ") == "ABCD EFGH IJ"
    link = setup_link("ABCD", issuer="Kareo Success & Team", account="coach-1")
    assert link == (
        "otpauth://totp/Kareo%20Success%20%26%20Team:coach-1?secret=ABCD&issuer=Kareo%20Success%20%26%20Team"
        "&digits=6&period=30"
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("123456", ("123456", "")),
        (" 123 456 ", ("123456", "")),
        ("abcd-efgh-2345-6777", ("", "ABCDEFGH23456777")),
        ("12345", ("", "")),
        ("١٢٣٤٥٦", ("", "")),
        ("ABCD-EFGH-1890-6777", ("", "")),
        ("", ("", "")),
    ],
)
def test_codes_are_read_as_people_type_them(typed: str, read: tuple[str, str]) -> None:
    assert typed_code(typed) == read


def test_a_recovery_code_is_read_as_it_was_written() -> None:
    written = recovery_code(bytes(range(10)))
    assert [len(part) for part in written.split("-")] == [4, 4, 4, 4]
    assert typed_code(written.lower())[1] == written.replace("-", "")
