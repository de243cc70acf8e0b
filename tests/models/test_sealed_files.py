"""Sealed files open whole and unchanged, or not at all."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.sealed_files import FORMAT, PIECE, SealedFileError, read_about, seal_file, unseal_file

KEY = bytes(range(32))
ABOUT = {"made": "2026-11-23", "rows": {"people": 2}}


def sealed(content: bytes, key: bytes = KEY) -> bytes:
    target = io.BytesIO()
    seal_file(io.BytesIO(content), target, key=key, about=ABOUT)
    return target.getvalue()


def unsealed(file: bytes, key: bytes = KEY) -> bytes:
    target = io.BytesIO()
    assert unseal_file(io.BytesIO(file), target, key=key) == ABOUT
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7])
def test_what_is_sealed_opens_again_at_every_size_around_a_piece(size: int) -> None:
    content = b"Zqexample" * (size // 9 + 1)
    file = sealed(content[:size])
    assert b"Zqexample" not in file
    assert unsealed(file) == content[:size]


def test_what_it_says_of_itself_is_read_without_the_key() -> None:
    assert read_about(io.BytesIO(sealed(b"words"))) == ABOUT


def test_the_same_content_is_never_sealed_alike() -> None:
    assert sealed(b"words")[-20:] != sealed(b"words")[-20:]


SMALL = sealed(b"a few words")


@given(place=st.integers(len(FORMAT), len(SMALL) - 1), flip=st.integers(1, 255))
@settings(max_examples=150)
def test_a_single_changed_byte_is_found_wherever_it_is(place: int, flip: int) -> None:
    changed = bytearray(SMALL)
    changed[place] ^= flip
    with pytest.raises(SealedFileError):
        unsealed(bytes(changed))


LARGE = sealed(b"x" * (2 * PIECE + 5))
WHOLE_PIECES = len(LARGE) - 21


@pytest.mark.parametrize("length", [0, 5, len(FORMAT), WHOLE_PIECES, WHOLE_PIECES - PIECE - 16, len(LARGE) - 1])
def test_a_cut_file_is_found_also_between_two_pieces(length: int) -> None:
    with pytest.raises(SealedFileError):
        unsealed(LARGE[:length])


def test_pieces_that_changed_places_are_found() -> None:
    begins = len(LARGE) - 21 - 2 * (PIECE + 16)
    first, second = LARGE[begins : begins + PIECE + 16], LARGE[begins + PIECE + 16 : WHOLE_PIECES]
    with pytest.raises(SealedFileError):
        unsealed(LARGE[:begins] + second + first + LARGE[WHOLE_PIECES:])


def test_another_key_is_told_apart_from_damage() -> None:
    with pytest.raises(SealedFileError, match="another key; set GOLIVE_BACKUP_KEY"):
        unsealed(SMALL, key=bytes(32))


@pytest.mark.parametrize("head", [b"{}\n", b"not json\n", b'{"about": {}, "key": "x", "salt": "eA=="}\n', b"[]\n"])
def test_a_damaged_head_is_refused_in_a_sentence(head: bytes) -> None:
    with pytest.raises(SealedFileError, match="first lines are damaged"):
        read_about(io.BytesIO(FORMAT + head))
