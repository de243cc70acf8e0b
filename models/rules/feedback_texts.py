"""What an incoming text means for sending: keywords, reasonable words of stopping, and doubt (F-205, F-206)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from models.rules import feedback_harmless as harmless
from models.rules import feedback_phrases as phrases

LONGEST_READ: Final = 1600
"""Characters of the longest text that a provider delivers; more is not read."""


class Meaning(StrEnum):
    """What a text asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    WRONG_NUMBER = "wrong_number"
    DOUBT = "doubt"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text was taken for; `is_flagged` when a person should look, `locale` the language of its words."""

    meaning: Meaning
    locale: str = "en"
    is_flagged: bool = False


_Patterns = tuple[tuple[str, re.Pattern[str]], ...]


def _compiled(patterns: Mapping[str, Iterable[str]]) -> _Patterns:
    return tuple((locale, re.compile("|".join(f"(?:{one})" for one in known))) for locale, known in patterns.items())


_PHRASES: Final = _compiled(phrases.PHRASES)
_WRONG: Final = _compiled(phrases.WRONG)
_HINTS: Final = _compiled(phrases.HINTS)
_KEPT: Final = _compiled({"en": phrases.KEPT[:-1], "es": phrases.KEPT[-1:]})
_HARMLESS: Final = re.compile("|".join(f"(?:{one})" for one in harmless.HARMLESS))
_SENTENCE: Final = re.compile(r"[.!?;:\n\r\u2026,]+|\s[-\u2013\u2014]\s")
_SPELLED: Final = re.compile(r"\b(?:\w ){2,}\w\b")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_SHORTEST_SLIP: Final = 3
_LONG_WORD: Final = 8
_MOST_SLIPS: Final = 2  # in a long word; one in a short one


def read(text: str) -> Reading:
    """Say what a text means; what can be read as stopping stops, and what only may be is for a person (F-205)."""
    text = text[:LONGEST_READ]
    plain = _plain(text)
    return _keyword(plain) or _wish(text, plain) or _doubt(text, plain) or Reading(Meaning.OTHER)


def _keyword(plain: str) -> Reading | None:
    """Read a text that is one of the keywords, and nothing else."""
    if locale := _among(plain, phrases.STOP):
        return Reading(Meaning.STOP, locale, is_flagged=plain in phrases.LOOKED_AT)
    for meaning, words in ((Meaning.START, phrases.START), (Meaning.HELP, phrases.HELP)):
        if locale := _among(plain, words):
            return Reading(meaning, locale)
    return None


def _wish(text: str, plain: str) -> Reading | None:
    """Read a clear wish to stop in more words, or in words with slips."""
    if _said(plain, _KEPT):
        return None
    if locale := _among(_without_polite(_mended(plain)), phrases.STOP):
        return Reading(Meaning.STOP, locale, is_flagged=True)
    sentences = [_HARMLESS.sub(" x ", _mended(one)) for one in (plain, *_sentences(text))]
    for meaning, patterns in ((Meaning.WRONG_NUMBER, _WRONG), (Meaning.STOP, _PHRASES)):
        for one in sentences:
            if locale := _said(_without_spare(one), patterns):
                return Reading(meaning, locale, is_flagged=True)
    alone = (_without_polite(one) for one in sentences[1:])
    clear = next((one for one in alone if one not in phrases.UNCLEAR_ALONE and _among(one, phrases.STOP)), "")
    if clear or _is_shouted(text):
        return Reading(Meaning.STOP, _among(clear, phrases.STOP) or "en", is_flagged=True)
    return None


def _doubt(text: str, plain: str) -> Reading | None:
    """Read what may be a wish to stop, or its opposite: a person decides."""
    rest = _HARMLESS.sub(" x ", _mended(plain))
    if locale := _said(plain, _KEPT) or _said(rest, _HINTS) or _said(_without_spare(rest), _HINTS):
        return Reading(Meaning.DOUBT, locale, is_flagged=True)
    if any(sign in text for sign in phrases.EMOJI_DOUBT):
        return Reading(Meaning.DOUBT, is_flagged=True)
    return None


def _is_shouted(text: str) -> bool:
    """Say whether STOP stands in capitals at the start or the end of a text that is not all in capitals."""
    words = re.findall(r"[^\W\d_]+", text)
    return bool(words) and "STOP" in (words[0], words[-1]) and not text.isupper()


def _plain(text: str) -> str:
    """Write a text in small letters, without accents and marks, with single spaces."""
    signs = text.replace(phrases.EMOJI_STOP, " stop ").replace("\ufe0f", "")
    letters = unicodedata.normalize("NFKD", signs.casefold())
    bare = "".join(one for one in letters if not unicodedata.combining(one) and one not in "'\u2019\u2018`\u00b4")
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"(?<=[a-z])0(?=[a-z])", "o", bare)).split())
    joined = _SPELLED.sub(lambda found: found[0].replace(" ", ""), words)
    halves = joined.split()
    return "stop" if halves and set(halves) == {"stop"} else _STRETCHED.sub(r"\1", joined)


def _sentences(text: str) -> list[str]:
    """Split a text where its writer paused."""
    return [plain for part in _SENTENCE.split(text) if (plain := _plain(part))]


def _without_polite(plain: str) -> str:
    """Leave out the words around a wish that change nothing in it."""
    return " ".join(word for word in plain.split() if word not in phrases.POLITE)


def _without_spare(plain: str) -> str:
    """Leave out greetings and thanks, which may stand anywhere in a wish."""
    return re.sub(
        r"\b(?:please|pls|plz|pleas|kindly|thanks|thx|porfa|porfavor|por favor|gracias)\b ?", "", plain
    ).strip()


def _mended(plain: str) -> str:
    """Put the words right by which people stop, where a finger slipped."""
    return " ".join(_mended_word(word) for word in plain.split())


@lru_cache(maxsize=4096)
def _mended_word(word: str) -> str:
    """Find the one word of stopping that is a slip away from this one."""
    if len(word) < _SHORTEST_SLIP or word in harmless.REAL_WORDS:
        return word
    near = (key for key in harmless.KEYS if _slips(word, key) <= (_MOST_SLIPS if len(key) > _LONG_WORD else 1))
    return next(near, word)


def _slips(word: str, key: str) -> int:
    """Count the slips between two words: a letter too many, too few, a wrong one, or two in the wrong order."""
    if abs(len(word) - len(key)) > _MOST_SLIPS:
        return len(key)
    before: list[int] = []
    row = list(range(len(key) + 1))
    for i, letter in enumerate(word, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(key, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == key[j - 2] and word[i - 2] == other:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _among(plain: str, words: Mapping[str, frozenset[str]]) -> str:
    return next((locale for locale, known in words.items() if plain in known), "")


def _said(plain: str, patterns: _Patterns) -> str:
    return next((locale for locale, pattern in patterns if pattern.search(plain)), "")
