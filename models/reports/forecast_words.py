"""A forecast of go-live in words, for tables and pages of our own people: keys, dates and shares (E-41)."""

from collections.abc import Mapping
from typing import Final

from models.reports.forecast_views import Forecast, Last, What, WhatIf

DELAY: Final = 14
"""Calendar days that a table supposes a payer to be late."""
_SUPPOSED: Final = {
    What.RETURNED_FORM: "if a form of {payer} comes back",
    What.PAYER_DELAYED: "if {payer} takes {days} days more",
    What.PAYER_DROPPED: "if {payer} is no longer among the top three",
}
_MOST_SHOWN: Final = 5


def forecast_row(found: Forecast, supposed: Mapping[What, Forecast | None]) -> dict[str, str]:
    """Write one line of the table over all practices; what is supposed is of the payer in the column `last`."""
    dates = found.dates
    row = {
        "practice": found.practice,
        "10 %": str(dates.early),
        "25 %": str(dates.sooner),
        "50 %": str(dates.likely),
        "75 %": str(dates.later),
        "90 %": str(dates.late),
        "target": str(found.target_on or ""),
        "chance": _percent(dates.chance),
        "last": _named(dates.blocker),
    }
    heads = {
        What.RETURNED_FORM: "if its form comes back",
        What.PAYER_DELAYED: f"if it takes {DELAY} days more",
        What.PAYER_DROPPED: "if it is not among the top three",
    }
    return row | {head: _moved(found, supposed.get(what)) for what, head in heads.items()}


def _moved(before: Forecast, after: Forecast | None) -> str:
    if after is None:
        return ""
    days = (after.dates.likely - before.dates.likely).days
    return f"{after.dates.likely} ({days:+d} days)" if days else "no change"


def _named(last: Last | None) -> str:
    return f"{last.subject} ({last.share:.0%})" if last else ""


def _percent(chance: float | None) -> str:
    return "" if chance is None else f"{chance:.0%}"


def what_if_sentence(before: Forecast, after: Forecast, supposed: WhatIf) -> str:
    """Say how a supposition moves the dates and the chance."""
    words = _SUPPOSED[supposed.what].format(payer=supposed.payer, days=supposed.days)
    then, now = after.dates, before.dates
    sentence = (
        f"{words.capitalize()}, {before.practice} goes live between {then.early} and {then.late}, most likely around "
        f"{then.likely} instead of {now.likely}."
    )
    if now.chance is None or then.chance is None:
        return sentence
    return f"{sentence} The chance to meet {before.target_on} is {then.chance:.0%} instead of {now.chance:.0%}."


def forecast_markdown(found: Forecast) -> str:
    """Write the page of one practice: the range, the chance, what is last most often, and each enrollment."""
    dates = found.dates
    blocks = [f"# Go-live of {found.practice}", _range(found)]
    if dates.chance is not None:
        blocks.append(f"The chance to meet the target, {found.target_on}, is {dates.chance:.0%}.")
    lasts = [f"| {last.subject} | {last.share:.0%} |" for last in found.lasts[:_MOST_SHOWN]]
    blocks += ["## What go-live waits for last", "\n".join(["| what | share |", "|---|---|", *lasts])]
    if found.enrollments:
        heads = ["| enrollment | state | 10 % | 50 % | 90 % |", "|---|---|---|---|---|"]
        lines = [
            f"| {one.payer} {one.transaction} | {one.state or 'planned'} | {one.early} | {one.likely} | {one.late} |"
            for one in found.enrollments
        ]
        blocks += ["## Enrollments of the top three payers", "\n".join([*heads, *lines])]
    return "\n\n".join(blocks) + "\n"


def _range(found: Forecast) -> str:
    dates = found.dates
    return (
        f"As forecast on {found.as_of}: one time in ten before {dates.early}, one in four before {dates.sooner}, half "
        f"before {dates.likely}, three in four before {dates.later}, nine in ten before {dates.late}."
    )
