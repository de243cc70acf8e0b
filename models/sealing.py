"""Sealing of personal fields: one key per practice, wrapped by a master key, each value bound to its place."""

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.settings import MASTER_KEY_BYTES, Settings, SettingsError

INSTALLATION = 0  # the practice id of people who belong to no practice
LOOKUP_KEY = 0  # the key id of the key behind blind indexes: rotation must not change them
_VERSION = "1"
_NONCE_BYTES = 12


class SealBrokenError(Exception):
    """A sealed value was changed, or stands in another place than the one it was sealed for."""


class KeyDestroyedError(Exception):
    """The practice's key was destroyed when it left; the value cannot be read by anybody any more."""


class WrongMasterKeyError(SettingsError):
    """The master key is not the one that the database was filled with."""

    def __init__(self) -> None:
        sentence = (
            "The master key does not fit this database. Restore the file keys.json, or the value of "
            "GOLIVE_MASTER_KEY, that belongs to it; nothing was changed."
        )
        super().__init__([sentence])


class KeyRing:
    """The master key: wraps and unwraps the keys of practices, and keeps unwrapped ones for this process.

    An earlier master key only unwraps, while the keys of practices are being wrapped anew.
    """

    def __init__(self, master: bytes, *earlier: bytes) -> None:
        self._cipher = AESGCM(master)
        self._earlier = tuple(AESGCM(one) for one in earlier)
        self._unwrapped: dict[tuple[int, int, str], bytes] = {}

    def new_key(self, *, practice_id: int, key_id: int) -> str:
        """Make a key and give it wrapped, as it is stored."""
        return self._wrapped(secrets.token_bytes(32), practice_id, key_id)

    def rewrapped(self, wrapped: str, *, practice_id: int, key_id: int) -> str:
        """Give a stored key as it is wrapped by the present master key; raises as `unwrap`."""
        try:
            _opened(self._cipher, wrapped, practice_id, key_id)
        except (InvalidTag, ValueError):
            return self._wrapped(self.unwrap(wrapped, practice_id=practice_id, key_id=key_id), practice_id, key_id)
        return wrapped

    def unwrap(self, wrapped: str, *, practice_id: int, key_id: int) -> bytes:
        """Give a stored key in clear.

        Raises:
            WrongMasterKeyError: it was wrapped by another master key, or for another practice.
        """
        known = self._unwrapped.get((practice_id, key_id, wrapped))
        if known is not None:
            return known
        for cipher in (self._cipher, *self._earlier):
            with suppress(InvalidTag, ValueError):
                key = _opened(cipher, wrapped, practice_id, key_id)
                self._unwrapped[practice_id, key_id, wrapped] = key
                return key
        raise WrongMasterKeyError

    def _wrapped(self, key: bytes, practice_id: int, key_id: int) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _text(nonce + self._cipher.encrypt(nonce, key, _bound("key", practice_id, key_id)))


def _opened(cipher: AESGCM, wrapped: str, practice_id: int, key_id: int) -> bytes:
    raw = _raw(wrapped)
    return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound("key", practice_id, key_id))


class Keys:
    """The keys of one practice: seals with the active one, reads with all that are left. None marks a destroyed key."""

    def __init__(self, practice_id: int, *, active: int | None, keys: Mapping[int, bytes | None]) -> None:
        self.practice_id = practice_id
        self.active = active
        self._keys = keys
        self._ciphers = {number: AESGCM(key) for number, key in keys.items() if key and number != LOOKUP_KEY}

    def seal(self, plain: str, *, table: str, column: str, row_id: int) -> str:
        """Seal one field for exactly this place.

        Raises:
            KeyDestroyedError: the practice has no active key any more.
        """
        if self.active is None:
            raise KeyDestroyedError(self._gone())
        nonce = secrets.token_bytes(_NONCE_BYTES)
        place = _bound(self.practice_id, self.active, table, column, row_id)
        sealed = self._ciphers[self.active].encrypt(nonce, plain.encode(), place)
        return f"{mark_of(self.active)}{_text(nonce + sealed)}"

    @property
    def is_gone(self) -> bool:
        """Say whether the practice's keys were destroyed: nothing sealed can be read, nothing more be sealed."""
        return self.active is None

    def unseal(self, sealed: str, *, table: str, column: str, row_id: int) -> str:
        """Read one field.

        Raises:
            SealBrokenError: it was changed or moved.
            KeyDestroyedError: its key is gone.
        """
        version, _, rest = sealed.partition(".")
        number, _, body = rest.partition(".")
        if version != _VERSION or not number.isdecimal() or int(number) not in self._keys:
            raise SealBrokenError(_broken(table, column, row_id))
        cipher = self._ciphers.get(int(number))
        if cipher is None:
            raise KeyDestroyedError(self._gone())
        place = _bound(self.practice_id, int(number), table, column, row_id)
        try:
            raw = _raw(body)
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place).decode()
        except (InvalidTag, ValueError):
            raise SealBrokenError(_broken(table, column, row_id)) from None

    def shown(self, sealed: str, *, table: str, column: str, row_id: int) -> str:
        """Read one field for a page; empty where it is empty, or where nobody can read it any more."""
        try:
            return self.unseal(sealed, table=table, column=column, row_id=row_id) if sealed else ""
        except (KeyDestroyedError, SealBrokenError):
            return ""

    def blind(self, value: str, *, purpose: str) -> str:
        """Give the look-up code of a value (normalised by the caller): equal only within practice and purpose.

        Raises:
            KeyDestroyedError: the practice's key is gone.
        """
        key = self._keys.get(LOOKUP_KEY)
        if key is None:
            raise KeyDestroyedError(self._gone())
        return hmac.new(key, _bound(purpose, value), hashlib.sha256).hexdigest()

    def _gone(self) -> str:
        return f"the key of practice {self.practice_id} was destroyed; its personal fields cannot be read any more"


def mark_of(key_id: int) -> str:
    """Give what every value begins with that a key has sealed."""
    return f"{_VERSION}.{key_id}."


def key_ring(chosen: Settings) -> KeyRing:
    """Give the master key of the settings, or of the key file, which is made at the first start.

    Raises:
        SettingsError: the key file is damaged or readable by others.
    """
    given = chosen.master_key_bytes()
    if given:
        earlier = chosen.earlier_master_key_bytes()
        return _ring((given, earlier) if earlier else (given,))
    return _ring(keys_of_file(chosen.keys_file))


@lru_cache(maxsize=8)
def _ring(masters: tuple[bytes, ...]) -> KeyRing:
    return KeyRing(*masters)


def key_of_file(path: Path) -> bytes:
    """Read the key of a key file; make one, mode 0600, when it is missing. Raises as `key_ring`."""
    return keys_of_file(path)[0]


def keys_of_file(path: Path) -> tuple[bytes, ...]:
    """Read the key of a key file, and the earlier one while it is kept. Makes one and raises as `key_of_file`."""
    if not path.exists():
        _make_key_file(path)
    state = path.stat()
    if state.st_mode & 0o077:
        raise SettingsError(
            [f"The key file {path.name} can be read by others. Run: chmod 600 {path.name} in the folder {path.parent}."]
        )
    return _kept_in(path, (state.st_ino, state.st_mtime_ns, state.st_ctime_ns, state.st_size))


@lru_cache(maxsize=8)
def _kept_in(path: Path, _state: tuple[int, ...]) -> tuple[bytes, ...]:
    """Read the keys of a file once for each of its states: they are asked for with every sealed row."""
    found: tuple[bytes, ...] = ()
    with suppress(ValueError, KeyError, TypeError):
        kept = json.loads(path.read_text())
        found = tuple(_checked(kept, *names) for names in _NAMES if names[0] in kept)
    if not found or not all(found):
        raise SettingsError(
            [f"The key file {path.name} is damaged. Restore it from your backup; do not make a new one."]
        )
    return found


def turn_key_file(path: Path) -> bool:
    """Put a new key before the one of a key file, which stays readable; False when there is an earlier one already.

    Raises as `key_ring`.
    """
    present, *earlier = keys_of_file(path)
    if earlier:
        return False
    _draft(path, secrets.token_bytes(MASTER_KEY_BYTES), present).replace(path)
    return True


def forget_earlier_key(path: Path) -> bool:
    """Remove the earlier key from a key file; False when there is none. Raises as `key_ring`."""
    present, *earlier = keys_of_file(path)
    if earlier:
        _draft(path, present).replace(path)
    return bool(earlier)


_NAMES = (("master_key", "check"), ("earlier_key", "earlier_check"))


def _checked(kept: Mapping[str, str], key: str, check: str) -> bytes:
    """Give a key of a file; empty when it does not fit what was written beside it."""
    master = base64.b64decode(kept[key], validate=True)
    sound = len(master) == MASTER_KEY_BYTES and hmac.compare_digest(kept[check], _check(master))
    return master if sound else b""


def _make_key_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _draft(path, secrets.token_bytes(MASTER_KEY_BYTES))
    with suppress(FileExistsError):  # another process was first: its key counts
        path.hardlink_to(draft)
    draft.unlink()


def _draft(path: Path, *keys: bytes) -> Path:
    """Write a key file beside its place, on the disk before it gets its name."""
    kept = dict[str, str]()
    for key, (name, check) in zip(keys, _NAMES, strict=False):
        kept |= {name: base64.b64encode(key).decode(), check: _check(key)}
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(kept))
        file.flush()
        os.fsync(file.fileno())
    return draft


def _check(master: bytes) -> str:
    return hmac.new(master, b"golive key file", hashlib.sha256).hexdigest()[:32]


def _bound(*parts: str | int) -> bytes:
    """Write parts as JSON writes a list; its encoder would be made anew for each field of each person."""
    written = (json.encoder.encode_basestring(one) if isinstance(one, str) else str(one) for one in parts)
    return f"[{', '.join(written)}]".encode()


def _broken(table: str, column: str, row_id: int) -> str:
    return f"the sealed field {table}.{column} of row {row_id} was changed or moved"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _raw(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)
