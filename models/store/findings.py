"""What a check of words found, as rows keep it: places and reasons, no word."""

from collections.abc import Iterable, Sequence

from models.rules.reply_checker import Finding
from models.rules.reply_words import Why


def kept(findings: Iterable[Finding]) -> list[list[object]]:
    """Write findings as rows keep them."""
    return [[one.why.value, one.start, one.end, one.is_doubtful] for one in findings]


def found(rows: Iterable[Sequence[object]]) -> tuple[Finding, ...]:
    """Read findings as rows keep them."""
    read = [(Why(str(why)), int(str(start)), int(str(end)), bool(doubt)) for why, start, end, doubt in rows]
    return tuple(Finding(*one) for one in read)
