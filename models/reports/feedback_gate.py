"""The gate meter: how often the last page showed public links, for yes and for no, which must be the same (F-210)."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from models.store.sets import among
from models.tables.feedback import FeedbackAnswerRow
from models.tables.practices import Practice

ALL: Final = ""


@dataclass(frozen=True, slots=True)
class GateLine:
    """What one practice's answers led to, or all practices' under the empty name; `links` are those shown in sum.

    Whoever left after yes or no saw no last page, and counts in `answered` only.
    """

    practice: str
    is_satisfied: bool
    answered: int
    completed: int
    with_links: int
    links: int

    @property
    def rate(self) -> float | None:
        """The part of last pages that showed links; none where nobody came so far."""
        return self.with_links / self.completed if self.completed else None


def gate_rows(
    session: Session, practices: Collection[int] | None = None, *, since: datetime | None = None
) -> list[GateLine]:
    """Count answers and links, two lines per practice (yes, no), then two for all; `since` is when they answered."""
    counted: dict[tuple[str, bool], Counter[str]] = {}
    for key, satisfied, answered, completed, with_links, links in session.execute(_counts(session, practices, since)):
        numbers = Counter(answered=answered, completed=completed, with_links=with_links, links=links)
        for name in (key, ALL):
            counted.setdefault((name, satisfied), Counter()).update(numbers)
    names = sorted({name for name, _ in counted} - {ALL})
    return [_line(counted, name, is_satisfied=answer) for name in (*names, ALL) for answer in (True, False)]


def _line(counted: dict[tuple[str, bool], Counter[str]], name: str, *, is_satisfied: bool) -> GateLine:
    found = counted.get((name, is_satisfied), Counter[str]())
    return GateLine(name, is_satisfied, found["answered"], found["completed"], found["with_links"], found["links"])


def _counts(session: Session, practices: Collection[int] | None, since: datetime | None) -> Any:  # noqa: ANN401 - a statement
    row = FeedbackAnswerRow
    shown = func.coalesce(row.links_shown, 0)
    query = (
        select(
            Practice.key,
            row.is_satisfied,
            func.count(),
            func.count(row.completed_at),
            func.sum(cast(shown > 0, Integer)),
            func.sum(shown),
        )
        .join(Practice, Practice.id == row.practice_id)
        .group_by(Practice.key, row.is_satisfied)
    )
    if practices is not None:
        query = query.where(among(session, row.practice_id, practices))
    return query if since is None else query.where(row.answered_at >= since)


def gates_found(session: Session, practices: Collection[int] | None = None) -> list[str]:
    """Name the practices in which one policy showed different numbers of links to different people: always a bug.

    A practice may change its links, so last pages are compared under the version that they were made from; under one
    version everybody sees the same, whatever the answer and the stars (F-210).
    """
    row = FeedbackAnswerRow
    differing = (
        select(Practice.key)
        .join(row, row.practice_id == Practice.id)
        .where(row.completed_at.is_not(None))
        .group_by(Practice.key, row.shown_version)
        .having(func.min(func.coalesce(row.links_shown, -1)) != func.max(func.coalesce(row.links_shown, -1)))
    )
    if practices is not None:
        differing = differing.where(among(session, row.practice_id, practices))
    return sorted(set(session.scalars(differing)))


def gate_table(lines: Iterable[GateLine]) -> list[dict[str, object]]:
    """Write the lines for a table: one row per practice with its two rates, the last for all practices."""
    rows: dict[str, dict[str, object]] = {}
    for one in lines:
        word = "yes" if one.is_satisfied else "no"
        row = rows.setdefault(one.practice, {"practice": one.practice or "all practices"})
        row |= {
            f"{word}_answers": one.answered,
            f"{word}_last_pages": one.completed,
            f"{word}_with_links": one.with_links,
        }
        row[f"{word}_rate"] = "" if one.rate is None else f"{one.rate:.0%}"
    return list(rows.values())
