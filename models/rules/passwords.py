"""What a password must be: long, not one that everybody tries, not made of the account's own name or address."""

import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum
from typing import Final

SHORTEST: Final = 12
LONGEST: Final = 128
FEWEST_SIGNS: Final = 5  # different ones
SHORTEST_WORD: Final = 4  # of a name or address that must not stand in a password

_WORDS: Final = """
abc abcd access adidas admin administrador administrator amanda america andrea andrew angel angels anthony apple
arsenal asdf asdfgh asdfghjkl ashley august austin autumn baby babygirl bailey banana barcelona baseball basketball
batman beautiful bienvenido blink bond bonita boomer brandon buster butterfly cameron carlos celtic changeme charlie
cheese chelsea chicago chocolate christian clinic clinica coffee computer consultorio contrasena cookie cowboys dallas
daniel danielle default diamond doctor dragon eagles elephant estrella family flower football freedom friend friends
gabriel george ginger golive google guest hannah hello hockey hospital hunter iloveu iloveyou internet jasmine
jennifer jessica jesus john jordan joseph joshua junior kareo killer letmein lincoln liverpool login london love
lovely loveme lover madison maggie master matrix matthew medical mercedes merlin michael michelle michigan mickey
money monica monkey monster morgan mother mustang mylove naruto nicole nothing nurse office onboarding orange pass
passphrase passw password passwort patient patientpop patrick peanut pepper phoenix player pokemon pookie prince
princess purple qazwsx qwer qwert qwerty qwertyuiop raiders rainbow ranger reception robert root samantha samsung
santiago scooter secret secreto senha september shadow silver slipknot snoopy soccer softball spiderman spring
starwars steelers stella summer sunflower sunshine superman superstar system taylor teamo temp temporary tequiero test
testing thomas thunder tigers tigger trustno twilight unknown vanessa victoria wachtwoord warrior welcome whatever
william winter yankees yellow zaq zxcv zxcvbn zxcvbnm
"""
COMMON: Final = frozenset(_WORDS.split())
"""Words that the commonest passwords are made of; digits and signs around them make no secret."""
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "01234567890123456789",
    "qazwsxedcrfvtgbyhnujmikolp",
)
_SHORTEST_RUN: Final = 4
MOST_COMMON_WORDS: Final = 2  # several in a row are a phrase
_LOOKS_LIKE: Final = str.maketrans("4@31!0$57", "aaeiiosst")
_WORD: Final = re.compile(r"[^\W\d_]+")


class Fault(StrEnum):
    """What is wrong with a password."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_EVEN = "too_even"
    COMMON = "common"
    OWN_WORDS = "own_words"


def plain_password(typed: str) -> str:
    """Give a password in one form of its signs (NFKC), so that every keyboard types the same one."""
    return unicodedata.normalize("NFKC", typed)


def password_fault(password: str, *, own: Collection[str] = ()) -> Fault | None:
    """Say what is wrong with a password; `own` are names, addresses and keys of its account and practice."""
    password = plain_password(password)
    if len(password) < SHORTEST:
        return Fault.TOO_SHORT
    if len(password) > LONGEST:
        return Fault.TOO_LONG
    lowered = _folded(password)
    if len(set(lowered)) < FEWEST_SIGNS or _is_repeated(lowered):
        return Fault.TOO_EVEN
    if any(word in lowered for text in own for word in _words(text)):
        return Fault.OWN_WORDS
    return Fault.COMMON if _is_common(lowered) else None


def _folded(text: str) -> str:
    """Give a text in small letters without accents."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in split if not unicodedata.combining(sign))


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(_folded(text)) if len(word) >= SHORTEST_WORD]


def _is_repeated(text: str) -> bool:
    """Say whether a text is one piece twice or more often."""
    return text in (text + text)[1:-1]


def _is_common(text: str) -> bool:
    """Say whether a password is one or two common words, or runs of keys, with digits and signs around them."""
    return any(_is_made_of_common(one) for one in {text, text.translate(_LOOKS_LIKE)})


def _is_made_of_common(text: str) -> bool:
    left, words = _without_runs(text), 0
    for word in sorted(COMMON, key=len, reverse=True):
        words += word in left
        left = left.replace(word, " ")
    return words <= MOST_COMMON_WORDS and len(re.sub(r"[\W\d_]+", "", left)) < SHORTEST_WORD


def _without_runs(text: str) -> str:
    """Take out stretches of keys that lie beside each other, forwards or backwards."""
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for size in range(min(len(row), len(text)), _SHORTEST_RUN - 1, -1):
            for at in range(len(row) - size + 1):
                text = text.replace(row[at : at + size], "")
    return text
