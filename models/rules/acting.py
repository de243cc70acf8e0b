"""The word under which somebody acts: a key, and the kind of person where one of our staff has the same key."""

from typing import Final

PERSON: Final = "person:"
"""What stands before the key of a practice's person where one of our staff has that key too; no key holds a colon."""


def word_of_person(key: str, *, is_shared: bool) -> str:
    """Give the word under which a practice's person acts; `is_shared`: one of our staff has, or had, this key."""
    return f"{PERSON}{key}" if is_shared else key


def key_in(word: str) -> str:
    """Give the key in a word."""
    return word.removeprefix(PERSON)


def is_person(word: str) -> bool:
    """Say whether a word can only mean a practice's person."""
    return word.startswith(PERSON)
