"""The master key is rotated without a gap: everything opens before, between and after, on the command line too."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from deployments import rotate_keys as command
from models.db import Database
from models.rules.keeping import AT_REST, KNOWN
from models.sealing import KeyRing, WrongMasterKeyError, key_ring, keys_of_file
from models.settings import Settings, use_settings
from models.store import keys
from models.store.practices import find_practice
from tasks import key_rotation
from tasks.connectors.practice_calendar_store import CalendarFile
from tests.factories import a_signed_journey
from tests.rotating import in_clear

BEFORE = datetime.now(UTC) - KNOWN - AT_REST - timedelta(minutes=1)


@pytest.fixture
def practice(db: Database) -> int:
    a_signed_journey(db)
    found = db.read(lambda s: find_practice(s, "maple-street"))
    assert found is not None
    return found.id


def a_key() -> SecretStr:
    return SecretStr(base64.b64encode(secrets.token_bytes(32)).decode())


def test_the_key_of_the_file_is_turned_wrapped_anew_and_forgotten(
    db: Database, own_settings: Settings, practice: int
) -> None:
    before, old = in_clear(db, practice), keys_of_file(own_settings.keys_file)
    calendar = CalendarFile(
        own_settings.practice_calendar_folder, practice=practice, ring=KeyRing(*old), now=lambda: BEFORE
    )
    calendar.make()
    assert key_rotation.rotate_root(own_settings).sentence.startswith("6 keys are wrapped by the new master key")
    assert in_clear(db, practice) == before
    assert key_rotation.rotate_root(own_settings).sentence.startswith("0 keys")
    assert key_rotation.forget_root(own_settings).is_done
    assert in_clear(db, practice) == before
    [present] = keys_of_file(own_settings.keys_file)
    assert present not in old
    CalendarFile(
        own_settings.practice_calendar_folder, practice=practice, ring=KeyRing(present), now=lambda: BEFORE
    ).read(lambda opened: opened.keys)
    refused = key_rotation.forget_root(own_settings)
    assert refused.sentence == "There is no earlier master key; nothing was changed."


def test_killed_in_the_middle_both_master_keys_are_kept_and_the_next_run_ends_it(
    db: Database, own_settings: Settings, practice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = in_clear(db, practice)
    with monkeypatch.context() as patch:
        patch.setattr(key_rotation, "BATCH", 1)
        patch.setattr(keys, "key_ring", lambda chosen: _Mortal(key_ring(chosen), after=2))
        with pytest.raises(KeyboardInterrupt):
            key_rotation.rotate_root(own_settings)
    both = keys_of_file(own_settings.keys_file)
    assert len(both) == 2
    assert in_clear(db, practice) == before
    assert key_rotation.rotate_root(own_settings).is_done
    assert keys_of_file(own_settings.keys_file) == both
    assert key_rotation.forget_root(own_settings).is_done
    assert in_clear(db, practice) == before


class _Mortal:
    """A ring whose process ends when it is asked for a third time."""

    asked = 0

    def __init__(self, ring: KeyRing, *, after: int) -> None:
        self._ring, self._after = ring, after

    def rewrapped(self, wrapped: str, *, practice_id: int, key_id: int) -> str:
        _Mortal.asked += 1
        if _Mortal.asked > self._after:
            raise KeyboardInterrupt
        return self._ring.rewrapped(wrapped, practice_id=practice_id, key_id=key_id)


def test_a_master_key_of_the_environment_wants_the_one_before_beside_it(
    db: Database, own_settings: Settings, practice: int
) -> None:
    before = in_clear(db, practice)
    old = SecretStr(base64.b64encode(keys_of_file(own_settings.keys_file)[0]).decode())
    alone = own_settings.model_copy(update={"master_key": a_key()})
    with use_settings(alone):
        assert "GOLIVE_EARLIER_MASTER_KEY is empty" in key_rotation.rotate_root(alone).sentence
        with pytest.raises(WrongMasterKeyError):
            in_clear(db, practice)
    both = alone.model_copy(update={"earlier_master_key": old})
    with use_settings(both):
        assert in_clear(db, practice) == before
        assert key_rotation.rotate_root(both).is_done
        assert "take GOLIVE_EARLIER_MASTER_KEY away" in key_rotation.forget_root(both).sentence
    with use_settings(alone):
        assert in_clear(db, practice) == before


def test_on_the_command_line(
    db: Database, own_settings: Settings, practice: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([]) == 0
    assert command.main(["--go-on"]) == 0
    assert command.main(["--practice", "maple-street", "--by", "manager-1"]) == 0
    assert command.main(["--practice", "maple-street", "--by", "manager-1"]) == 75
    assert command.main([]) == 0
    assert command.main(["--root"]) == 0
    assert command.main(["--forget-root"]) == 0
    own_settings.keys_file.chmod(0o644)
    assert command.main([]) == 0, "listing opens nothing"
    assert command.main(["--root"]) == 78
    with pytest.raises(SystemExit):
        command.main(["--practice", "maple-street"])
    told = capsys.readouterr()
    assert "golive-installation" in told.out
    assert "Nothing is to be done now." in told.out
    assert "new key made" in told.out
    assert "is being rotated already" in told.err
    assert "can be read by others" in told.err
