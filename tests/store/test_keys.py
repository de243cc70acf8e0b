"""Keys of practices in the database: made, rotated, destroyed."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import inspect

from models.db import Database
from models.sealing import KeyDestroyedError, Keys, WrongMasterKeyError
from models.settings import Settings, use_settings
from models.store.keys import KeysMissingError, destroy, keys_of, keys_of_many, make_keys, make_next, switch
from models.tables.keys import PracticeKey

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def keyed(db: Database) -> Database:
    """Give a database with the keys of practice 7."""
    if not db.read(lambda s: inspect(s.connection()).has_table("practice_keys")):
        db.change_schema(PracticeKey.metadata.tables["practice_keys"].create)
    db.transaction(lambda s: make_keys(s, 7, as_of=NOW))
    return db


def opens(keys: Keys, sealed: str) -> str:
    return keys.unseal(sealed, table="people", column="name", row_id=1)


def seal(keys: Keys) -> str:
    return keys.seal("Ada Example", table="people", column="name", row_id=1)


def test_keys_are_made_once(keyed: Database) -> None:
    sealed = seal(keyed.read(lambda s: keys_of(s, 7)))
    again = keyed.transaction(lambda s: make_keys(s, 7, as_of=NOW))
    assert opens(again, sealed) == "Ada Example"


def test_a_practice_without_keys_is_a_mistake(keyed: Database) -> None:
    with pytest.raises(KeysMissingError, match="practice 8 has no keys"):
        keyed.read(lambda s: keys_of_many(s, [7, 8]))


def test_the_next_key_seals_only_once_everybody_knows_it(keyed: Database) -> None:
    assert keyed.transaction(lambda s: make_next(s, 7, as_of=NOW)) == 2
    knowing = keyed.read(lambda s: keys_of(s, 7))
    assert seal(knowing).startswith("1.1.")
    keyed.transaction(lambda s: switch(s, 7))
    assert opens(knowing, seal(keyed.read(lambda s: keys_of(s, 7)))) == "Ada Example"


def test_after_rotation_old_values_open_and_new_ones_use_the_new_key(keyed: Database) -> None:
    before = keyed.read(lambda s: keys_of(s, 7))
    old = seal(before)
    keyed.transaction(lambda s: make_next(s, 7, as_of=NOW))
    keyed.transaction(lambda s: switch(s, 7))
    after = keyed.read(lambda s: keys_of(s, 7))
    assert opens(after, old) == "Ada Example"
    assert seal(after).startswith("1.2.")
    assert after.blind("ada", purpose="name") == before.blind("ada", purpose="name")


def test_a_destroyed_practice_is_unreadable_and_cannot_be_rotated_back(keyed: Database) -> None:
    sealed = seal(keyed.read(lambda s: keys_of(s, 7)))
    keyed.transaction(lambda s: destroy(s, 7))
    gone = keyed.read(lambda s: keys_of(s, 7))
    with pytest.raises(KeyDestroyedError):
        opens(gone, sealed)
    with pytest.raises(KeysMissingError):
        keyed.transaction(lambda s: make_next(s, 7, as_of=NOW))


def test_another_master_key_is_refused(keyed: Database) -> None:
    other = Settings(home=keyed.file.parent, master_key=SecretStr("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))
    with use_settings(other), pytest.raises(WrongMasterKeyError):
        keyed.read(lambda s: keys_of(s, 7))
