"""What pages say of keys, days and people: one voice per page, in one language and one time zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from babel.dates import format_date, format_time

from models.reports.onboarding_views import HistoryLine, NextDate, Wait
from models.rules.calendars import zone_of
from models.rules.readiness_facts import TASK as GATE_TASK
from models.rules.readiness_gate import task_words
from models.rules.roles import Party
from templates.moments import SHORT_DAYS, format_business_days, format_moment, known_locale
from templates.progress_words import happening_words, told_words
from templates.words import name, t

_PATTERNS = {"en": ("EEE, MMM d", "EEE, MMM d, y", "h:mm a"), "es": ("EEE d MMM", "EEE d MMM y", "H:mm")}
_MONTHS = {"en": "MMM", "es": "LLL"}
_DAY_MINUTES = 24 * 60


@lru_cache(maxsize=4096)
def _short_day(day: date, locale: str, *, with_year: bool) -> str:
    return format_date(day, _PATTERNS[locale][with_year], locale=locale)


@lru_cache(maxsize=4096)
def _clock_of(minute: int, locale: str) -> str:
    return format_time(time(minute // 60, minute % 60), _PATTERNS[locale][2], locale=locale)


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks to one reader: `today` decides which days need their year, `to_practice` who “you” is."""

    locale: str
    zone: str
    today: date
    to_practice: bool = False

    def say(self, key: str, **parts: object) -> str:
        """Give a phrase of the pages, its gaps filled."""
        phrase = t(f"page.{key}", self.locale)
        return phrase.format(**parts) if parts else phrase

    def name(self, group: str, key: str) -> str:
        """Name one key of a group."""
        return name(group, key, locale=self.locale)

    def day(self, day: date | None) -> str:
        """Write a day briefly, with its year when that is not this one; nothing for no day."""
        return "" if day is None else _short_day(day, self.locale, with_year=day.year != self.today.year)

    def near_date(self, day: date, *, with_year: bool | None = None) -> str:
        """Write a day without its weekday, for what is only roughly known."""
        is_other_year = day.year != self.today.year if with_year is None else with_year
        return format_date(day, SHORT_DAYS[self.locale][is_other_year], locale=self.locale)

    def span(self, first: date, last: date) -> str:
        """Write a stretch of days; the year is said once where one year holds both."""
        early = self.near_date(first, with_year=first.year != last.year)
        return self.say("span", early=early, late=self.near_date(last))

    def month(self, day: date) -> str:
        """Name the month of a day briefly."""
        return format_date(day, _MONTHS[self.locale], locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Write a moment briefly, in the zone of this voice."""
        return f"{self.day(self._local(moment).date())}, {self.clock(moment)}"

    def clock(self, moment: datetime) -> str:
        """Write the time of day of a moment, in the zone of this voice."""
        return format_time(self._local(moment).time(), _PATTERNS[self.locale][2], locale=self.locale)

    def minute(self, minute: int) -> str:
        """Write a minute of a local day as its time of day; the end of the day is midnight."""
        return _clock_of(minute % _DAY_MINUTES, self.locale)

    def zoned(self, moment: datetime) -> str:
        """Write a moment briefly, with the short name of its zone; the time of day stays on one line."""
        local = self._local(moment)
        clock = f"{self.clock(moment)} {local.tzname()}".replace(" ", "\N{NO-BREAK SPACE}")
        return f"{self.day(local.date())}, {clock}"

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(zone_of(self.zone))

    def whole_moment(self, moment: datetime) -> str:
        """Write a moment out, with the short name of its zone."""
        return format_moment(moment, locale=self.locale, zone=self.zone)

    def days(self, count: int) -> str:
        """Write a number of business days."""
        return format_business_days(count, locale=self.locale)

    def party(self, party: Party | str) -> str:
        """Name a side as this reader sees it."""
        if self.to_practice and party == Party.PRACTICE:
            return self.say("you")
        return self.name("parties", party)

    def since(self, wait: Wait) -> str:
        """Say since when somebody is waited for, and how long that is."""
        since = f"{self.say('since')} {self.day(wait.since_on)}"
        return f"{since}, {self.days(wait.business_days)}" if wait.business_days else since

    def happening(self, each: NextDate) -> str:
        """Name one date ahead."""
        return happening_words(each, locale=self.locale)

    def told(self, line: HistoryLine, payers: Mapping[str, str]) -> str:
        """Tell one line of the history: to staff in full, to a practice what concerns it."""
        if not self.to_practice:
            return line.sentence
        return told_words(line, payers, locale=self.locale)

    def task(self, key: str) -> str:
        """Name one work item by its key."""
        titled = self._titled(key)
        if titled != key:
            return titled
        kind, subject = _split(key)
        parts = subject.split(":")
        match kind:
            case "call" | "record":
                what = self.name("calls", parts[0])
            case "check":
                what = self.name("items", subject)
            case "enrollment":
                what = f"{parts[0]}, {self.name('transactions', parts[-1])}"
            case "silent" | "propose_pause":
                what = f"{self.name('steps', parts[0])}, {self.party(parts[-1])}"
            case "assign":
                what = self.name("roles", parts[0])
            case "late":
                what = self.say(f"level.{parts[0]}").lower()
            case "payment_issue":
                what = self.name("issues", parts[-1])
            case "training":
                what = self.name("topics", subject.rpartition(".")[2])
            case _:
                return key
        return t(f"work.{kind}", self.locale).format(what=what)

    def _titled(self, key: str) -> str:
        """Name a work item that has a title of its own; the key itself when it has none."""
        if key.startswith(GATE_TASK):
            return task_words(key)
        if key.startswith("message."):
            return self.name("visit_work", "message")
        titled = self.name("items", key)
        return titled if titled != key else self.name("visit_work", key)


def _split(key: str) -> tuple[str, str]:
    """Take a work item's key apart: `record.call:welcome:1` is a record of `welcome:1`."""
    for kind in ("record.call:", "call:"):
        if key.startswith(kind):
            return kind.partition(".")[0].rstrip(":"), key.removeprefix(kind)
    kind, _, subject = key.partition(".")
    return kind, subject


def voice_for(locale: str, *, zone: str, today: date, to_practice: bool = False) -> Voice:
    """Make the voice of a page; an unknown language becomes English."""
    return Voice(known_locale(locale), zone, today, to_practice)
