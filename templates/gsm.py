"""The alphabet of short text messages: one part holds 160 of these, but only 70 of any other."""

import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€")
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


def _letter(letter: str) -> str:
    if letter in BASIC or letter in EXTENDED:
        return letter
    plain = _PLAIN.get(letter) or unicodedata.normalize("NFKD", letter)
    return "".join(part for part in plain if part in BASIC) or "?"
