"""The alphabet of short text messages: one part holds 160 of these, but only 70 of any other."""

import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€")
LONGEST_LOST = 8
_CUT = "..."
_PLAIN = {
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{MIDDLE DOT}": "-",
    "\N{BULLET}": "-",
}


def to_gsm(text: str) -> str:
    """Write a text in the basic alphabet (3GPP TS 23.038): accents that it lacks are dropped, the rest is `?`."""
    return "".join(_letter(letter) for letter in unicodedata.normalize("NFC", text))


def gsm_length(text: str) -> int:
    """Count the places that a text takes; letters of the extension table take two."""
    return sum(2 if letter in EXTENDED else 1 for letter in text)


def shortened(name: str, places: int) -> str:
    """Write a name in at most so many places, cut behind a whole word where one ends near; dots show the cut."""
    plain = to_gsm(name)
    if gsm_length(plain) <= places:
        return plain
    kept = plain
    while kept and gsm_length(kept) > places - len(_CUT):
        kept = kept[:-1]
    words, _, rest = kept.rpartition(" ")
    is_whole = plain[len(kept) :].startswith(" ")
    if words and not is_whole and len(rest) <= LONGEST_LOST:
        kept = words
    return kept.rstrip(" ,.&-") + _CUT


def _letter(letter: str) -> str:
    if letter in BASIC or letter in EXTENDED:
        return letter
    plain = _PLAIN.get(letter) or unicodedata.normalize("NFKD", letter)
    return "".join(part for part in plain if part in BASIC) or "?"
