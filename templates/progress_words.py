"""What a practice reads of its way, in its language: what happened, what comes, and when; on pages and in reports."""

from collections.abc import Callable, Mapping
from datetime import date

from models.reports.enrollment import Ahead, NextDay
from models.reports.onboarding_views import Happening, HistoryLine, NextDate
from templates.words import name, t

Written = Callable[[date], str]
WrittenSpan = Callable[[date, date], str]


def happening_words(each: NextDate, *, locale: str) -> str:
    """Name one date ahead."""
    match each.kind:
        case Happening.CALL:
            return name("calls", each.key, locale=locale)
        case Happening.SESSION:
            return f"{t('page.training', locale)}: {name('topics', each.key, locale=locale)}"
        case Happening.REPORT:
            return t("page.report", locale)


def told_words(line: HistoryLine, payers: Mapping[str, str], *, locale: str) -> str:
    """Tell one line of the history as it concerns a practice."""
    first, _, second = line.subject.partition(":")
    group = {"step": "steps", "call": "calls", "docu": "items"}.get(line.kind[:4], "items")
    return t(f"told.{line.kind}", locale).format(
        what=name(group, line.subject, locale=locale),
        payer=payers.get(first, first),
        transaction=name("transactions", second, locale=locale),
    )


def ahead_words(ahead: NextDay, *, locale: str, day: Written, near: Written, span: WrittenSpan) -> str:
    """Say what the next date of an enrollment means; `near` and `span` write days that are only roughly known."""
    match ahead:
        case NextDay(kind=Ahead.PLEASE_BY, first=first) if first is not None:
            return t("page.due", locale).format(day=day(first))
        case NextDay(kind=Ahead.EXPECTED, first=first, last=last) if first is not None and last is not None:
            if first >= last:
                return t("page.enroll.expected_day", locale).format(day=near(last))
            return t("page.enroll.expected", locale).format(span=span(first, last))
        case _:
            return t(f"page.enroll.{ahead.kind}", locale).format(day=day(ahead.first) if ahead.first else "")
