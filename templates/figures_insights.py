"""Insights in words: each exhibit is a heading, a note, a chart and the table of its figures, in both languages."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd
from babel.dates import format_date

from models.reports.insights import Insights, cells
from models.rules.insight_prompts import Prompt
from models.rules.insights import Share
from templates import charts_insights
from templates.charts import Picture, Row, Table
from templates.figures_enrollment import NONE, Exhibit
from templates.words import t

Names = Mapping[str, str]
_HEADS: Final = ("what", "count", "of", "share", "low", "high")
_NO_NAMES: Final[Names] = {}


def exhibits(
    figures: Insights, *, locale: str, providers: Names = _NO_NAMES, locations: Names = _NO_NAMES
) -> tuple[Exhibit, ...]:
    """Say the figures in the order in which people read them; what has no rows is left out.

    `providers` and `locations` are names by id; whoever may not read them gets the numbers.
    """
    named = {"providers": providers, "locations": locations}
    made = (
        _overview(figures, locale),
        _months(figures, locale),
        _funnel(figures, locale),
        *(_response(figures, kind, named.get(kind, _NO_NAMES), locale) for kind in _KINDS),
        _reasons(figures, locale),
    )
    return tuple(one for one in made if one.table.rows)


def lead(figures: Insights, *, locale: str) -> str:
    """Answer in one line whether patients have been satisfied with their visit (F-091)."""
    heading = t("insight_headings.sentiment", locale)
    return f"{heading}: {said(figures.satisfied, locale)}. {t('insight_headings.overview', locale)}: {mean(figures)}."


def mean(figures: Insights) -> str:
    """Write the mean of the stars with their count."""
    return NONE if figures.stars_mean is None else f"{figures.stars_mean:.1f} ({figures.stars_given:,})"


def said(share: Share | None, locale: str) -> str:
    """Write a share with its counts and interval."""
    if share is None:
        return t("insight_labels.hidden", locale)
    counts = t("insight_labels.of", locale).format(count=f"{share.count:,}", of=f"{share.of:,}")
    return f"{share.value:.0%} ({counts}, {share.low:.0%}{NONE}{share.high:.0%})"


def step_words(prompt: Prompt, *, locale: str) -> str:
    """Write a next best step with the figures that caused it (F-092)."""
    because = prompt.because
    return t(f"insight_steps.{prompt.step}", locale).format(
        percent=f"{because.value:.0%}",
        other="" if prompt.other is None else f"{prompt.other.value:.0%}",
        count=f"{because.count:,}",
        permille=f"{1000 * because.value:.0f}",
    )


def _overview(figures: Insights, locale: str) -> Exhibit:
    named = [
        {**row, "name": t(f"insight_labels.{'star' if row['key'] == 1 else 'stars'}", locale).format(key=row["key"])}
        for row in cells(figures.stars)
    ]
    shown = [row for row in named if not row["is_hidden"]]
    return _exhibit("overview", named if figures.stars_given else [], locale, _counted(shown, "overview", locale))


def _months(figures: Insights, locale: str) -> Exhibit:
    rows = [{**row, "name": month(row["key"], locale)} for row in cells(figures.satisfied_by_part) if row["of"] != 0]
    is_trend = len(rows) > 1
    return _exhibit("sentiment_parts", rows if is_trend else [], locale, _drawn_trend(rows, locale))


def month(day: date, locale: str) -> str:
    """Write a month with its year, briefly."""
    return format_date(day, "MMM y", locale=locale)


def _funnel(figures: Insights, locale: str) -> Exhibit:
    rows = [{**row, "name": t(f"insight_stages.{row['key']}", locale)} for row in cells(figures.funnel)]
    is_empty = rows[0]["of"] == 0
    shown = [row for row in rows if not row["is_hidden"]]
    return _exhibit("funnel", [] if is_empty else rows, locale, _counted(shown, "funnel", locale))


_KINDS: Final = ("attempts", "ways", "languages", "providers", "locations")


def _response(figures: Insights, kind: str, names: Names, locale: str) -> Exhibit:
    frame = _frames(figures)[kind]
    rows = [{**row, "name": _label(kind, row["key"], names, locale)} for row in cells(frame)]
    title = t(f"insight_headings.{kind}", locale)
    note = "ways" if kind in {"attempts", "ways"} else "response"
    shown = [row for row in rows if not row["is_hidden"]]
    words = t(f"insight_notes.{note}", locale)
    return _exhibit(kind, rows, locale, charts_insights.shares(_plain(shown), title=title, description=words), note)


def _frames(figures: Insights) -> Mapping[str, pd.DataFrame]:
    return {
        "attempts": figures.by_attempt,
        "ways": figures.by_way,
        "languages": figures.by_language,
        "providers": figures.by_provider,
        "locations": figures.by_location,
    }


def _label(kind: str, key: object, names: Names, locale: str) -> str:
    number = f"{int(key)}" if isinstance(key, int | float) else str(key)
    if kind in {"ways", "languages"}:
        return t(f"insight_labels.{number}", locale)
    if kind == "attempts":
        return t("insight_labels.attempt", locale).format(key=number)
    return names.get(number) or t(f"insight_labels.{kind.removesuffix('s')}", locale).format(key=number)


def _reasons(figures: Insights, locale: str) -> Exhibit:
    rows = [{**row, "name": t(f"insight_reasons.{row['key']}", locale)} for row in cells(figures.reasons)]
    shown = [row for row in rows if not row["is_hidden"]]
    return _exhibit("reasons", rows, locale, _counted(shown, "reasons", locale))


def _counted(rows: Sequence[Row], key: str, locale: str) -> Picture:
    title, words = t(f"insight_headings.{key}", locale), t(f"insight_notes.{key}", locale)
    plain = [{"name": row["name"], "count": row["count"]} for row in rows]
    return charts_insights.counts(plain, title=title, description=words)


def _drawn_trend(rows: Sequence[Row], locale: str) -> Picture:
    words = t("insight_notes.sentiment_parts", locale)
    title = t("insight_headings.sentiment_parts", locale)
    return charts_insights.trend(_plain(rows), title=title, description=words)


def _plain(rows: Sequence[Row]) -> list[Row]:
    return [{name: row[name] for name in ("name", "share", "low", "high")} for row in rows]


def _exhibit(key: str, rows: Sequence[Row], locale: str, picture: Picture, note: str = "") -> Exhibit:
    table = table_of(rows, locale)
    words = f"{t(f'insight_notes.{note or key}', locale)} {t('insight_notes.interval', locale)}"
    return Exhibit(key, t(f"insight_headings.{key}", locale), words, table, picture)


def table_of(rows: Sequence[Row], locale: str) -> Table:
    """Write rows of figures with their names as words; what is hidden says so."""
    return Table([t(f"insight_heads.{one}", locale) for one in _HEADS], [_line(row, locale) for row in rows])


def _line(row: Row, locale: str) -> tuple[str, ...]:
    if row["is_hidden"]:
        return (str(row["name"]), t("insight_labels.kept_back", locale), *(NONE,) * 4)
    parts: list[Any] = [row[name] for name in ("share", "low", "high")]
    return (str(row["name"]), f"{row['count']:,}", f"{row['of']:,}", *(f"{one:.1%}" for one in parts))
