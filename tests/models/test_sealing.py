"""Sealed fields open only where they were sealed, and keys are guarded."""

import base64
import hashlib
import hmac
import json
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from models.sealing import (
    LOOKUP_KEY,
    KeyDestroyedError,
    KeyRing,
    Keys,
    SealBrokenError,
    WrongMasterKeyError,
    forget_earlier_key,
    key_of_file,
    key_ring,
    keys_of_file,
    turn_key_file,
)
from models.settings import Settings, SettingsError

RING = KeyRing(bytes(range(32)))
NAME = "Zoë Example"


def keys(practice_id: int = 7, *, active: int = 1, ring: KeyRing = RING) -> Keys:
    return Keys(practice_id, active=active, keys=opened(practice_id, ring=ring))


def opened(practice_id: int, *, ring: KeyRing = RING) -> dict[int, bytes | None]:
    wrapped = {number: ring.new_key(practice_id=practice_id, key_id=number) for number in (LOOKUP_KEY, 1, 2)}
    return {number: ring.unwrap(one, practice_id=practice_id, key_id=number) for number, one in wrapped.items()}


OURS = keys()
SEALED = OURS.seal(NAME, table="people", column="name", row_id=41)


def test_a_sealed_field_shows_nothing_and_opens_in_its_place() -> None:
    assert "Example" not in SEALED
    assert OURS.unseal(SEALED, table="people", column="name", row_id=41) == NAME


def test_sealing_twice_gives_different_texts() -> None:
    assert OURS.seal(NAME, table="people", column="name", row_id=41) != SEALED


@pytest.mark.parametrize(
    ("table", "column", "row_id"),
    [("people", "name", 42), ("people", "email", 41), ("contacts", "name", 41), ("people.name", "", 41)],
)
def test_a_sealed_field_that_was_moved_does_not_open(table: str, column: str, row_id: int) -> None:
    with pytest.raises(SealBrokenError) as caught:
        OURS.unseal(SEALED, table=table, column=column, row_id=row_id)
    assert NAME not in str(caught.value)
    assert SEALED not in str(caught.value)


def test_another_practice_cannot_open_it_even_with_the_same_key() -> None:
    shared = opened(7)
    sealed = Keys(7, active=1, keys=shared).seal(NAME, table="people", column="name", row_id=41)
    with pytest.raises(SealBrokenError):
        Keys(8, active=1, keys=shared).unseal(sealed, table="people", column="name", row_id=41)


def test_no_bit_of_a_sealed_field_can_be_flipped() -> None:
    version, number, body = SEALED.split(".")
    raw = base64.urlsafe_b64decode(body)
    for position in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[position // 8] ^= 1 << position % 8
        text = base64.urlsafe_b64encode(changed).decode()
        with pytest.raises(SealBrokenError):
            OURS.unseal(f"{version}.{number}.{text}", table="people", column="name", row_id=41)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("", id="empty"),
        pytest.param("plain text", id="plain"),
        pytest.param("1.1.", id="no body"),
        pytest.param("1.1.!!", id="not base64"),
        pytest.param("1.9.AAAA", id="unknown key"),
        pytest.param("2" + SEALED[1:], id="unknown version"),
        pytest.param("1.2." + SEALED[4:], id="other key"),
    ],
)
def test_what_was_never_sealed_here_does_not_open(broken: str) -> None:
    with pytest.raises(SealBrokenError):
        OURS.unseal(broken, table="people", column="name", row_id=41)


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    both = opened(7)
    old = Keys(7, active=1, keys=both).seal(NAME, table="people", column="name", row_id=41)
    rotated = Keys(7, active=2, keys=both)
    assert rotated.unseal(old, table="people", column="name", row_id=41) == NAME
    assert rotated.seal(NAME, table="people", column="name", row_id=41).startswith("1.2.")
    assert rotated.blind("zoe", purpose="name") == Keys(7, active=1, keys=both).blind("zoe", purpose="name")


def test_a_destroyed_key_opens_seals_and_looks_up_nothing() -> None:
    gone = Keys(7, active=None, keys=dict.fromkeys((LOOKUP_KEY, 1), None))
    with pytest.raises(KeyDestroyedError):
        gone.unseal(SEALED, table="people", column="name", row_id=41)
    with pytest.raises(KeyDestroyedError):
        gone.seal(NAME, table="people", column="name", row_id=41)
    with pytest.raises(KeyDestroyedError):
        gone.blind("zoe", purpose="name")


def test_a_blind_index_is_equal_only_within_practice_and_purpose() -> None:
    assert OURS.blind("ada@example.com", purpose="email") == OURS.blind("ada@example.com", purpose="email")
    others = {
        OURS.blind("ada@example.com", purpose="email"),
        OURS.blind("ada@example.com", purpose="phone"),
        OURS.blind("eve@example.com", purpose="email"),
        keys(8).blind("ada@example.com", purpose="email"),
    }
    assert len(others) == 4


def test_a_key_wrapped_by_another_master_key_or_for_another_practice_is_refused() -> None:
    wrapped = RING.new_key(practice_id=7, key_id=1)
    for ring, practice_id, key_id in ((KeyRing(b"x" * 32), 7, 1), (RING, 8, 1), (RING, 7, 2)):
        with pytest.raises(WrongMasterKeyError, match="does not fit this database"):
            ring.unwrap(wrapped, practice_id=practice_id, key_id=key_id)


def test_the_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "new" / "keys.json"
    first = key_of_file(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert key_of_file(file) == first
    assert [one.name for one in file.parent.iterdir()] == ["keys.json"]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    found: list[bytes] = []
    start = threading.Barrier(8)

    def begin() -> None:
        start.wait()
        found.append(key_of_file(tmp_path / "keys.json"))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    key_of_file(file)
    for mode in (0o640, 0o604):
        file.chmod(mode)
        with pytest.raises(SettingsError, match=r"can be read by others\. Run: chmod 600 keys\.json"):
            key_of_file(file)


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"master_key": 5, "check": "x"}'])
def test_a_damaged_key_file_is_refused(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "keys.json"
    key_of_file(file)
    file.write_text(damage)
    with pytest.raises(SettingsError, match="is damaged"):
        key_of_file(file)


def test_a_key_file_with_another_key_written_into_it_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    key_of_file(file)
    kept = json.loads(file.read_text())
    file.write_text(json.dumps(kept | {"master_key": base64.b64encode(b"y" * 32).decode()}))
    with pytest.raises(SettingsError, match="is damaged"):
        key_of_file(file)


def test_the_key_of_the_settings_comes_before_the_file(tmp_path: Path) -> None:
    chosen = Settings(home=tmp_path, master_key=SecretStr(base64.b64encode(bytes(range(32))).decode()))
    wrapped = key_ring(chosen).new_key(practice_id=1, key_id=1)
    assert RING.unwrap(wrapped, practice_id=1, key_id=1)
    assert not chosen.keys_file.exists()


def test_an_earlier_master_key_opens_but_wraps_nothing_more() -> None:
    old, new = KeyRing(b"o" * 32), KeyRing(b"n" * 32, b"o" * 32)
    wrapped = old.new_key(practice_id=7, key_id=1)
    assert new.unwrap(wrapped, practice_id=7, key_id=1) == old.unwrap(wrapped, practice_id=7, key_id=1)
    anew = new.rewrapped(wrapped, practice_id=7, key_id=1)
    assert new.rewrapped(anew, practice_id=7, key_id=1) == anew
    alone = KeyRing(b"n" * 32)
    assert alone.unwrap(anew, practice_id=7, key_id=1) == old.unwrap(wrapped, practice_id=7, key_id=1)
    with pytest.raises(WrongMasterKeyError):
        alone.rewrapped(wrapped, practice_id=7, key_id=1)


def test_a_key_file_is_turned_once_and_keeps_both_until_the_earlier_one_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    first = key_of_file(file)
    assert not forget_earlier_key(file)
    assert turn_key_file(file)
    second = key_of_file(file)
    assert second != first
    assert not turn_key_file(file), "a run after a killed one goes on with the same new key"
    assert keys_of_file(file) == (second, first)
    assert file.stat().st_mode & 0o777 == 0o600
    assert forget_earlier_key(file)
    assert keys_of_file(file) == (second,)
    assert [one.name for one in tmp_path.iterdir()] == ["keys.json"]


def test_a_damaged_earlier_key_is_refused_like_a_damaged_key(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    turn_key_file(file)
    kept = json.loads(file.read_text())
    file.write_text(json.dumps(kept | {"earlier_key": base64.b64encode(b"y" * 32).decode()}))
    with pytest.raises(SettingsError, match="is damaged"):
        keys_of_file(file)


def test_the_earlier_key_of_the_settings_opens_too(tmp_path: Path) -> None:
    both = {"master_key": bytes(range(1, 33)), "earlier_master_key": bytes(range(32))}
    keys = {name: SecretStr(base64.b64encode(key).decode()) for name, key in both.items()}
    wrapped = RING.new_key(practice_id=1, key_id=1)
    ring = key_ring(Settings(home=tmp_path).model_copy(update=keys))
    assert ring.unwrap(wrapped, practice_id=1, key_id=1) == RING.unwrap(wrapped, practice_id=1, key_id=1)


@pytest.mark.parametrize(
    "value", ["", "zoë@example.com", 'a"b\\c', "two\nlines\t\x00\x7f", "\u2028 \U0001f600", "a, b"]
)
def test_what_was_sealed_or_looked_up_before_is_bound_as_json_writes_a_list(value: str) -> None:
    looked_up: dict[int, bytes | None] = {LOOKUP_KEY: b"l" * 32, 1: b"k" * 32}
    bound = json.dumps(["phone", value], ensure_ascii=False).encode()
    found = Keys(7, active=1, keys=looked_up).blind(value, purpose="phone")
    assert found == hmac.new(b"l" * 32, bound, hashlib.sha256).hexdigest()
