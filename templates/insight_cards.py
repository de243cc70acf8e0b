"""The page of Insights in words: whether patients have been satisfied, in a sentence, and what is not an exhibit."""

from collections.abc import Sequence

from models.reports.feedback_gate import GateLine
from models.reports.insights import Insights, cells, figures
from models.rules.insights import FEWEST, hidden
from templates.charts import Table
from templates.figures_enrollment import NONE, Exhibit
from templates.figures_insights import said, table_of
from templates.words import t


def answer(shown: Insights, *, locale: str) -> str:
    """Answer whether patients have been satisfied with their visit (F-091)."""
    one = shown.satisfied
    if one is None:
        return t("cards.answer_few", locale)
    return t("cards.answer", locale).format(
        count=f"{one.count:,}", of=f"{one.of:,}", share=f"{one.value:.0%}", low=f"{one.low:.0%}", high=f"{one.high:.0%}"
    )


def stars(shown: Insights, *, locale: str) -> str:
    """Say how many stars patients gave."""
    if shown.stars_mean is None:
        return t("cards.stars_few", locale)
    given = t("cards.stars", locale).format(mean=f"{shown.stars_mean:.1f}", count=f"{shown.stars_given:,}")
    return f"{given} {t('cards.good_stars', locale).format(said=said(shown.good_stars, locale))}"


def value(shown: Insights, *, locale: str) -> str:
    """Say what asking has brought (F-092)."""
    counts = {
        str(row["key"]): t("insight_labels.hidden", locale) if row["is_hidden"] else f"{row['count']:,}"
        for row in cells(shown.funnel)
    }
    return t("cards.value", locale).format(
        visits=counts["checked_out"], asked=counts["asked"], answered=counts["answered"]
    )


def opt_outs(shown: Insights, *, locale: str) -> str:
    """Say how many of 1,000 messages led to an opt-out."""
    one = shown.opt_outs
    if one is None:
        return t("cards.opt_outs_few", locale)
    rates = {"rate": one.value, "low": one.low, "high": one.high}
    said_rates = {name: f"{1000 * rate:.1f}" for name, rate in rates.items()}
    return t("cards.opt_outs", locale).format(count=f"{one.count:,}", of=f"{one.of:,}", **said_rates)


def opt_out_exhibit(shown: Insights, *, locale: str) -> Exhibit:
    """Say the same as a table, for the files."""
    one = shown.opt_outs
    heads = [t(f"insight_heads.{head}", locale) for head in ("what", "count", "of", "share", "low", "high")]
    name = t("insight_headings.opt_outs", locale)
    row = [name, *(NONE,) * 5]
    if one is not None:
        row = [name, f"{one.count:,}", f"{one.of:,}", *(f"{part:.2%}" for part in (one.value, one.low, one.high))]
    return Exhibit("opt_outs", name, opt_outs(shown, locale=locale), Table(heads, [row]))


def gate(lines: Sequence[GateLine], *, locale: str) -> Exhibit:
    """Say how often the last page showed the public links, for yes and for no (F-210)."""
    rows = [(t(f"cards.gate_{_word(one)}", locale), one.with_links, one.completed) for one in lines]
    small = {place for place, (_, _, of) in enumerate(rows) if of < FEWEST}
    frame = figures(rows, frozenset(small) | hidden([of for _, _, of in rows]))
    named = [{**row, "name": row["key"]} for row in cells(frame)]
    return Exhibit("gate", t("cards.gate", locale), t("cards.gate_note", locale), table_of(named, locale))


def _word(line: GateLine) -> str:
    return "yes" if line.is_satisfied else "no"
