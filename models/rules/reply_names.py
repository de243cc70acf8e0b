"""Names within a public reply: which words may be one, and what makes a word one (F-211)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from models.rules.matching import folded
from models.rules.reply_words import Why

WIDEST: Final = 2
"""First and last name may have one more name between them; initials and particles do not count."""
SHORTEST: Final = 2
ADJACENT: Final = 2
_TOKEN: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|['\u2019](?=[^\W\d_]))*")
_ENDS: Final = frozenset('.!?:;\n\r\u2022\u00a1\u00bf"\u201c(')
_TITLES: Final = frozenset(
    ["mr", "mrs", "ms", "miss", "mx", "sir", "madam", "senor", "senora", "senorita", "sr", "sra", "srta", "don", "dona"]
)
_ABBREVIATED: Final = frozenset({"dr", "dra", "st", "jr"})
_PARTICLES: Final = frozenset(re.findall(r"\w+", "de del la las los el y e of the van von der da dos di du le"))
_APART: Final = frozenset({"and", "or"})
COMMON_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        will grace mark joy hope faith rose may june april august summer autumn dawn eve amber ivy lily daisy violet
        iris olive ruby pearl jade crystal star angel chance chase art bill bob drew frank gene grant guy hank harry
        jack jay jean ken lance mike miles nick norm pat pete phil ray rich rob rod skip sue ted tim tom victor wade
        ward warren wayne joe charity constance destiny felicity harmony honor justice liberty mercy patience prudence
        serenity trinity verity best long short young good day love price white black brown green gray grey blue gold
        silver bell case church cook cross field fields fox glass hall hand hart hill house hunt key king knight lake
        lamb lane law little lord major marsh mason mills moon moore noble north page park parks pope power reason
        rivers rock sharp small snow south spring stone street strong sweet swift temple true waters weeks wells west
        wise wolf wood woods bloom bond bush carpenter carter chambers clay cole dear drive early english fair fisher
        flowers foot ford freeman french friend gates goodman holiday holland home baker barber bishop booth box brand
        bridges brooks bright banks barn barnes care welcome please thank thanks sincerely regards kind kindly warm
        great well just luz sol mar paz rosa blanca leal bueno rico guerra flores cruz campos rey reyes rubio delgado
        moreno salud gracia gracias clara santos iglesias torres rios nieves mercedes amparo socorro remedios pilar
        virtudes leon marina estrella esperanza victoria soledad gloria milagros consuelo dolores concepcion asuncion
        encarnacion trinidad fuentes prado bosque rojo calvo cano cordero duran franco guerrero herrera hidalgo lobo
        marino medina mesa mora paredes pastor prieto rivera robles roca salas serrano sierra toro valle vega villa
        barrera cabello caballero cortes corona costa amor
        """,
    )
)
"""Words that are names as well: one counts as a name only where a sentence gives no other reason for its capital."""


class Token(NamedTuple):
    """One word of a reply, folded, with its place; `opens` says that a sentence begins with it.

    Words of one group, between full stops and conjunctions, can make up a whole name.
    """

    word: str
    start: int
    end: int
    has_capital: bool
    opens: bool
    is_addressed: bool
    group: int

    @property
    def can_name(self) -> bool:
        """Say whether it can be a name by itself, which initials and particles cannot."""
        return len(self.word) >= SHORTEST and self.word not in _PARTICLES


class Named(NamedTuple):
    """Some words that name somebody."""

    why: Why
    start: int
    end: int
    is_doubtful: bool


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Which folded words of a reply are names: patients' whole names and single ones, our own, and the signature's."""

    whole: frozenset[str] = field(default=frozenset(), repr=False)
    single: frozenset[str] = field(default=frozenset(), repr=False)
    own: frozenset[str] = field(default=frozenset(), repr=False)
    own_whole: frozenset[str] = field(default=frozenset(), repr=False)
    signed: frozenset[str] = field(default=frozenset(), repr=False)


def name_words(text: str) -> frozenset[str]:
    """Fold the words of a name; initials and particles are no names."""
    words = (folded(found.group()) for found in _TOKEN.finditer(text))
    return frozenset(word for word in words if len(word) >= SHORTEST and word not in _PARTICLES)


def whole_names(first: str, last: str) -> frozenset[str]:
    """Give every pair of a first and a last name of somebody, folded."""
    return frozenset(f"{one} {other}" for one in name_words(first) for other in name_words(last))


def pairs_within(name: str) -> frozenset[str]:
    """Give every pair of words of one of our own names, in their order: Avery Stone, of Dr. Avery J. Stone."""
    words = [one.word for one in _tokens(name) if one.can_name]
    return frozenset(f"{one} {other}" for place, one in enumerate(words) for other in words[place + 1 :])


def candidates(text: str) -> frozenset[str]:
    """Give what has to be looked up in the practice's records: each word, and each pair that stands close enough."""
    tokens = list(_tokens(text))
    single = {one.word for one in tokens if one.can_name}
    pairs = {f"{one.word} {other.word}" for one, other in _pairs(tokens)}
    return frozenset(single | pairs | {f"{two} {one}" for one, two in map(str.split, pairs)})


def find_names(text: str, known: KnownNames) -> Iterator[Named]:
    """Find who is named: whole names of patients, people by title, patients' single names, the reviewer as signed."""
    tokens = list(_tokens(text))
    shouts = text.isupper()
    taken = set[int]()
    for one, other in _pairs(tokens):
        if _is_whole(one, other, known):
            taken |= {one.start, other.start}
            yield Named(Why.PATIENT_NAME, one.start, other.end, is_doubtful=False)
    for place, one in enumerate(tokens):
        if one.start in taken:
            continue
        named = _by_title(tokens, place, known) or _single(one, known, shouts=shouts)
        if named is not None:
            yield named


def _tokens(text: str) -> Iterator[Token]:
    end = group = 0
    for found in _TOKEN.finditer(text):
        between = text[end : found.start()]
        opens = not end or (bool(_ENDS & set(between)) and not _is_abbreviated(text[:end]))
        end = found.end()
        word = folded(found.group())
        group += opens or word in _APART
        is_addressed = text[end : end + 1] == ","
        yield Token(word, found.start(), end, found.group()[0].isupper(), opens, is_addressed, group)


def _is_abbreviated(before: str) -> bool:
    """Say whether a full stop after these words belongs to an initial or a title."""
    last = _TOKEN.findall(before[-30:])[-1:]
    return any((len(word) == 1 and word.isupper()) or folded(word) in _TITLES | _ABBREVIATED for word in last)


def _pairs(tokens: list[Token]) -> Iterator[tuple[Token, Token]]:
    naming = [one for one in tokens if one.can_name]
    for place, one in enumerate(naming):
        for other in naming[place + 1 : place + 1 + WIDEST]:
            if other.group == one.group:
                yield one, other


def _is_whole(one: Token, other: Token, known: KnownNames) -> bool:
    is_adjacent = other.start - one.end <= ADJACENT  # Lopez, Maria
    ways = {f"{one.word} {other.word}", *([f"{other.word} {one.word}"] if is_adjacent else [])}
    if not known.whole & ways:
        return False
    if f"{one.word} {other.word}" in known.own_whole:
        return False
    words = [token for token in (one, other) if token.word in COMMON_WORDS]
    return all(token.has_capital for token in words)


def _by_title(tokens: list[Token], place: int, known: KnownNames) -> Named | None:
    """Find Mrs. Johnson, whoever she is; our own doctors and staff may be named."""
    title, one = tokens[place - 1] if place else None, tokens[place]
    if title is None or title.word not in _TITLES or one.opens or not one.has_capital or one.word in known.own:
        return None
    return Named(Why.NAME, title.start, one.end, is_doubtful=False)


def _single(one: Token, known: KnownNames, *, shouts: bool) -> Named | None:
    if one.word in known.own or not _looks_like_a_name(one, shouts=shouts):
        return None
    if one.word in known.signed:
        return Named(Why.SIGNED_NAME, one.start, one.end, is_doubtful=True)
    if one.word in known.single:
        return Named(Why.PATIENT_NAME, one.start, one.end, is_doubtful=True)
    return None


def _looks_like_a_name(one: Token, *, shouts: bool) -> bool:
    """Say whether a word can be a name where it stands: Will you call us? and Thank you, Will are not alike."""
    if not one.has_capital:
        return False
    if one.word not in COMMON_WORDS:
        return True
    return (not one.opens and not shouts) or (one.opens and one.is_addressed)
