"""Whether a public reply would tell that somebody is a patient: every place, why, and what to write (F-211)."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from models.rules.reply_names import KnownNames, find_names
from models.rules.reply_words import ENGLISH, HARMLESS_ENGLISH, Harmless, Why, Words
from models.rules.reply_words_spanish import HARMLESS_SPANISH, SPANISH

MOST_BYTES: Final = 4_096
NOBODY: Final = KnownNames()
NEUTRAL: Final = {
    "en": (
        "Thank you for sharing your feedback. We take every comment seriously. "
        "Privacy rules keep us from saying more here; please call our office so that we can listen."
    ),
    "es": (
        "Gracias por compartir su opinión. Tomamos en serio cada comentario. "
        "Por reglas de privacidad no podemos decir más aquí; llame por favor a nuestra oficina para que le escuchemos."
    ),
}
"""What may always be written, whoever reads it."""
_PHONE: Final = re.compile(r"(?<![\w/])(?:\+?\d{1,2}[\s.-]?)?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}(?!\w)")
_MAIL: Final = re.compile(r"[^\s@<>()]+\s?@\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_MASK: Final = "\u00b7"
_QUOTES: Final = str.maketrans("\u2019\u2018\u02bc\u00b4`\u2010\u2011\u2013", "'''''---")
_OF_FEEDBACK: Final = frozenset({Why.DATE, Why.HOUR, Why.MEDICAL, Why.MONEY, Why.CARE})
"""What a private answer to a patient must not say either: it travels by text or mail (F-209)."""


class Verdict(StrEnum):
    """What a check says as a whole: it may be released, only with a second person's reason, or not at all."""

    CLEAN = "clean"
    DOUBTFUL = "doubtful"
    BLOCKED = "blocked"


_BECAUSE: Final = {
    Why.PATIENT_NAME: "this is a name in the practice's patient records",
    Why.NAME: "a person is named",
    Why.SIGNED_NAME: "the reviewer is named, as signed; a reply needs no name",
    Why.DATE: "a date tells when somebody was here",
    Why.HOUR: "a time of day can tell when somebody was here",
    Why.VISIT: "this speaks of a visit",
    Why.PATIENT: "this says that somebody is a patient",
    Why.CARE: "this speaks of treatment",
    Why.MEDICAL: "this is about somebody's health",
    Why.MONEY: "this is about insurance or money",
    Why.RECORD: "this speaks of something that only a patient has here",
    Why.STATEMENT: "this confirms that the writer was here",
    Why.PHONE: "this is a phone number other than the office's own",
    Why.MAIL: "this is a mail address",
    Why.TOO_LONG: "the reply is longer than 4,096 bytes",
    Why.EMPTY: "the reply is empty",
}
_INSTEAD: Final = {
    Why.PATIENT_NAME: "Thank you for your feedback.",
    Why.NAME: "Thank you for your feedback.",
    Why.SIGNED_NAME: "Thank you for your feedback.",
    Why.DATE: "We take every comment seriously.",
    Why.HOUR: "Our office hours are on our website.",
    Why.VISIT: "Thank you for taking the time to write.",
    Why.PATIENT: "Thank you for taking the time to write.",
    Why.CARE: "We aim for a high standard in all that we do.",
    Why.MEDICAL: "Privacy rules keep us from saying more here.",
    Why.MONEY: "Please call our office so that we can listen.",
    Why.RECORD: "Privacy rules keep us from saying more here.",
    Why.STATEMENT: "We are sorry to read this and would like to know more.",
    Why.PHONE: "Please call our office.",
    Why.MAIL: "Please call our office.",
    Why.TOO_LONG: "Thank you for your feedback.",
    Why.EMPTY: "Thank you for your feedback.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One place of a reply that must not stand, or that a second person has to look at; it holds no word of it."""

    why: Why
    start: int
    end: int
    is_doubtful: bool = False

    @property
    def sentence(self) -> str:
        """Say where, why, and what may be written instead."""
        place = f"Characters {self.start + 1} to {self.end}" if self.end else "The reply"
        doubt = " perhaps" if self.is_doubtful else ""
        return f'{place}:{doubt} {_BECAUSE[self.why]}. Write for instance: "{_INSTEAD[self.why]}"'


class Own(NamedTuple):
    """What the practice may say of itself: its phone numbers, ten digits each."""

    phones: frozenset[str] = frozenset()


def check(text: str, known: KnownNames = NOBODY, own: Own = Own()) -> tuple[Finding, ...]:  # noqa: B008 - immutable
    """Find everything in a public reply that could confirm that somebody is a patient, in either language."""
    if not text.strip():
        return (Finding(Why.EMPTY, 0, 0),)
    found = [*_by_words(text), *_by_contact(text, own)]
    found += [Finding(*named) for named in find_names(_composed(text), known)]
    if len(text.encode()) > MOST_BYTES:
        found.append(Finding(Why.TOO_LONG, 0, 0))
    return tuple(_without_doubles(found))


def check_private(text: str) -> tuple[Finding, ...]:
    """Find what an answer to private feedback must not carry over a phone or a mailbox (F-209)."""
    if not text.strip():
        return (Finding(Why.EMPTY, 0, 0),)
    return tuple(_without_doubles([one for one in _by_words(text) if one.why in _OF_FEEDBACK]))


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """Sum findings up."""
    if not findings:
        return Verdict.CLEAN
    return Verdict.DOUBTFUL if all(one.is_doubtful for one in findings) else Verdict.BLOCKED


def _composed(text: str) -> str:
    """Give a text whose letters and accents are one sign each, where that keeps every place."""
    composed = unicodedata.normalize("NFC", text)
    return composed if len(composed) == len(text) else text


def _plain(text: str) -> tuple[str, list[int]]:
    """Give a text in small letters without accents and invisible signs, and the place of each of its signs."""
    plain, places = list[str](), list[int]()
    for place, sign in enumerate(text.translate(_QUOTES)):
        if unicodedata.category(sign) == "Cf":
            continue
        for part in unicodedata.normalize("NFKD", sign).lower():
            if not unicodedata.combining(part):
                plain.append(" " if part.isspace() else part)
                places.append(place)
    return "".join(plain), places


def _by_words(text: str) -> Iterator[Finding]:
    plain, places = _plain(text)
    for words, pattern in _patterns():
        for found in pattern.finditer(_masked(plain, words.why)):
            yield Finding(words.why, places[found.start()], places[found.end() - 1] + 1, words.is_doubtful)


def _masked(plain: str, why: Why) -> str:
    for pattern in _harmless(why):
        plain = pattern.sub(lambda found: _MASK * len(found.group()), plain)
    return plain


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Words, re.Pattern[str]], ...]:
    return tuple((one, _compiled(one.patterns)) for one in (*ENGLISH, *SPANISH))


@lru_cache(maxsize=len(Why))
def _harmless(why: Why) -> tuple[re.Pattern[str], ...]:
    both: tuple[Harmless, ...] = (*HARMLESS_ENGLISH, *HARMLESS_SPANISH)
    return tuple(_compiled(one.patterns) for one in both if why in one.whys)


def _compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    written = "|".join(patterns).replace(" ?", r"\s*").replace(" ", r"\s+")
    return re.compile(rf"(?<![\w])(?:{written})(?![\w])")


def _by_contact(text: str, own: Own) -> Iterator[Finding]:
    for found in _PHONE.finditer(text):
        digits = "".join(one for one in found.group() if one.isdigit())[-10:]
        if digits not in own.phones:
            yield Finding(Why.PHONE, found.start(), found.end())
    for found in _MAIL.finditer(text):
        yield Finding(Why.MAIL, found.start(), found.end())


def _without_doubles(found: list[Finding]) -> Iterator[Finding]:
    """Leave out what lies within another finding that is not less certain."""
    for one in sorted(set(found), key=lambda each: (each.start, each.end, each.why)):
        if not any(other != one and _covers(other, one) for other in found):
            yield one


def _covers(other: Finding, one: Finding) -> bool:
    if not (other.start <= one.start and one.end <= other.end and one.end) or one.is_doubtful < other.is_doubtful:
        return False
    is_wider = other.end - other.start > one.end - one.start
    return is_wider or one.is_doubtful > other.is_doubtful or other.why < one.why
