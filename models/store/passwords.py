"""Passwords as hashes (argon2id): made and compared outside of every transaction, since both take time on purpose."""

from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.rules.boundary import require_outside_transaction
from models.rules.passwords import plain_password

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # 19 MiB: forty at once are fine


def hash_password(password: str) -> str:
    """Give the hash of a password as it is stored."""
    require_outside_transaction("hash_password")
    return _HASHER.hash(plain_password(password))


def fits(password: str, stored: str) -> bool:
    """Say whether a password is the one behind a hash; without a hash it takes as long and says no."""
    require_outside_transaction("fits")
    try:
        _HASHER.verify(stored or _nobodys(), plain_password(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _HASHER.hash("the password of nobody")
