"""What the booking pages say: phrases, faults, days and times, in one language and the practice's time zone."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date, format_time, get_month_names, get_timezone_name

from models.inputs.booking import SENTENCES, Fault
from models.rules.calendars import local_day, zone_of
from models.store.widgets import ShownChoice
from templates.moments import LOCALES
from templates.words_booking import BOOKING, FAULTS_ES, FAULTS_OF_FIELDS, NOTICES, REFERRALS, REFUSALS, Both
from templates.words_booking_texts import EXAMPLE, TEXTS

LANGUAGES = {"en": "English", "es": "Español"}
_DAY = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}
_NEAR_DAY = {"en": "EEE, MMM d", "es": "EEE d MMM"}
_CLOCK = {"en": "h:mm a", "es": "H:mm"}


@lru_cache(maxsize=8192)
def _written(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


@lru_cache(maxsize=1024)
def _zone_name(zone: str, locale: str) -> str:
    return get_timezone_name(zone, locale=locale)


@lru_cache(maxsize=4096)
def _clock(hour: int, minute: int, locale: str) -> str:
    return format_time(datetime(2026, 1, 1, hour, minute), _CLOCK[locale], locale=locale)  # noqa: DTZ001 - a clock time


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks to one visitor; `locale` is one of ours."""

    locale: str
    zone: str

    def pick(self, both: Both) -> str:
        """Choose the phrase in this language."""
        return both[LOCALES.index(self.locale)]

    def say(self, key: str, **parts: object) -> str:
        """Give a phrase, its gaps filled."""
        phrase = self.pick(BOOKING[key])
        return phrase.format(**parts) if parts else phrase

    def notice(self, code: str) -> tuple[str, str]:
        """Give title and text of a page that says why nothing happened."""
        title, text = NOTICES[code]
        return self.pick(title), self.pick(text)

    def refusal(self, code: str) -> str:
        """Say why a request is not taken in."""
        return self.pick(REFUSALS[code])

    def fault(self, fault: Fault) -> str:
        """Say what is wrong with a field."""
        if own := FAULTS_OF_FIELDS.get((fault.field, fault.code)):
            return self.pick(own)
        return self.pick((SENTENCES[fault.code], FAULTS_ES[fault.code]))

    def choice(self, choice: ShownChoice) -> str:
        """Name a reason or an insurance, in English where there is no Spanish name."""
        return (choice.name_es if self.locale == "es" else "") or choice.name

    def referrals(self) -> list[tuple[str, str]]:
        """List the answers to how somebody heard of the practice: what is kept, and what is read."""
        return [(both[0], self.pick(both)) for both in REFERRALS]

    def months(self) -> list[tuple[str, str]]:
        """List the months by number."""
        return [(str(number), name) for number, name in get_month_names("wide", locale=self.locale).items()]

    def text(self, name: str, practice: str) -> list[tuple[str, str]]:
        """Give the headings and paragraphs of a text that patients accept."""
        return [(heading, words.format(practice=practice)) for heading, words in TEXTS[name][self.locale]]

    def example(self) -> str:
        """Say that a text is only an example."""
        return EXAMPLE[self.locale]

    def local_day(self, moment: datetime) -> date:
        """Give the practice's day of a moment."""
        return local_day(moment, self.zone)

    def clock(self, moment: datetime) -> str:
        """Write the practice's time of day."""
        local = moment.astimezone(zone_of(self.zone))
        return _clock(local.hour, local.minute, self.locale)

    def day(self, day: date) -> str:
        """Write out a day without its year."""
        return _written(day, _DAY[self.locale], self.locale)

    def near_day(self, day: date) -> str:
        """Write a day briefly."""
        return _written(day, _NEAR_DAY[self.locale], self.locale)

    def weekday(self, day: date) -> str:
        """Write a weekday briefly."""
        return _written(day, "EEE", self.locale).rstrip(".")

    def month(self, day: date) -> str:
        """Write a month briefly."""
        return _written(day, "MMM", self.locale).rstrip(".")

    def moment(self, moment: datetime) -> str:
        """Write out a day and a time of the practice."""
        return f"{self.day(self.local_day(moment))}, {self.clock(moment)}"

    def near_moment(self, moment: datetime) -> str:
        """Write a day and a time of the practice briefly."""
        return f"{self.near_day(self.local_day(moment))}, {self.clock(moment)}"

    def zone_name(self) -> str:
        """Name the practice's time zone."""
        return _zone_name(self.zone, self.locale)

    def count(self, count: int) -> str:
        """Say how many times there are."""
        key = {0: "times.none", 1: "times.one"}.get(count, "times.many")
        return self.say(key, count=count)


def chosen_locale(asked: str, accepted: str, usual: str) -> str:
    """Choose the language: the one asked for, else what the browser prefers, else the practice's usual one."""
    wanted = [asked, *_preferred(accepted), usual]
    return next((one for word in wanted if (one := word.partition("-")[0].lower()) in LOCALES), "en")


def _preferred(header: str) -> list[str]:
    """List the languages of an Accept-Language header, the preferred one first."""
    weighed = []
    for part in header[:200].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), tag))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighed, key=lambda one: one[0]) if weight < 0]
