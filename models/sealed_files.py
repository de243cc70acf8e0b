"""Sealed files: read and written in pieces of a mebibyte, so that neither a changed nor a cut one is ever taken.

First a line that names the format, then one line of JSON that everybody may read and nobody may change, then the
pieces. Each file has a key of its own, derived from the backup key; each piece is bound to the file's head, to its own
number, and to whether it is the last one.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT: Final = b"golive sealed file 1\n"
LONGEST_HEAD: Final = 1 << 20
PIECE: Final = 1 << 20
_TAG: Final = 16
_SALT: Final = 32


class SealedFileError(Exception):
    """A sealed file cannot be used; the sentence says why and holds nothing of its content."""


def seal_file(source: BinaryIO, target: BinaryIO, *, key: bytes, about: Mapping[str, Any]) -> None:
    """Write everything that `source` still holds, sealed; `about` can be read without the key."""
    salt = secrets.token_bytes(_SALT)
    head = {"about": about, "key": _name_of(key), "salt": base64.b64encode(salt).decode()}
    line = json.dumps(head, sort_keys=True).encode() + b"\n"
    target.write(FORMAT + line)
    cipher, place = _cipher(key, salt), _place(line)
    target.writelines(
        cipher.encrypt(_nonce(number, is_last=is_last), piece, place)
        for number, (piece, is_last) in enumerate(_pieces(source, PIECE))
    )


def read_about(source: BinaryIO) -> dict[str, Any]:
    """Read what a sealed file says of itself; without the key nobody can tell whether it is true.

    Raises:
        SealedFileError: it is no sealed file.
    """
    about: dict[str, Any] = _head(source)[0]["about"]
    return about


def unseal_file(source: BinaryIO, target: BinaryIO, *, key: bytes) -> dict[str, Any]:
    """Write the content of a sealed file in clear, and give what it says of itself.

    Raises:
        SealedFileError: it is no sealed file, has another key, was changed or was cut. What was written by then is
            no use to anybody.
    """
    head, line = _head(source)
    if head["key"] != _name_of(key):
        message = "it was sealed with another key; set GOLIVE_BACKUP_KEY to the key of its time"
        raise SealedFileError(message)
    cipher, place = _cipher(key, base64.b64decode(head["salt"])), _place(line)
    for number, (piece, is_last) in enumerate(_pieces(source, PIECE + _TAG)):
        try:
            target.write(cipher.decrypt(_nonce(number, is_last=is_last), piece, place))
        except InvalidTag:
            break
    else:
        about: dict[str, Any] = head["about"]
        return about
    message = "it was changed, or its end is missing; take another one"
    raise SealedFileError(message)


def _pieces(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Cut into pieces and tell the last one, which may be empty."""
    piece = source.read(size)
    while True:
        following = source.read(size)
        yield piece, not following
        if not following:
            return
        piece = following


def _head(source: BinaryIO) -> tuple[dict[str, Any], bytes]:
    if source.read(len(FORMAT)) != FORMAT:
        message = "it is no sealed file of golive, or of a format that this version does not know"
        raise SealedFileError(message)
    line = source.readline(LONGEST_HEAD)
    try:
        head = json.loads(line)
        sound = len(base64.b64decode(head["salt"], validate=True)) == _SALT
        sound = sound and isinstance(head["about"], dict) and isinstance(head["key"], str)
    except (ValueError, KeyError, TypeError, binascii.Error):
        sound = False
    if not sound:
        message = "its first lines are damaged; take another one"
        raise SealedFileError(message)
    return head, line


def _name_of(key: bytes) -> str:
    return hashlib.sha256(b"golive name of a backup key" + key).hexdigest()[:16]


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=FORMAT).derive(key))


def _place(line: bytes) -> bytes:
    return hashlib.sha256(FORMAT + line).digest()


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
