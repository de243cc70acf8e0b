"""What the pages of Reputation say, in the reader's language and the practice's time zone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from deployments.web.wording import Voice
from models.rules.calendars import local_day
from models.rules.reply_checker import Finding
from models.store.reviews import ShownReview
from templates.words import name, t


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a reply's words; `number` is that of the finding in it, 0 where there is none."""

    words: str
    number: int = 0
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class ReputationVoice:
    """Speaks to one reader."""

    locale: str
    zone: str
    today: date

    def say(self, key: str, **parts: object) -> str:
        """Give a phrase, its gaps filled."""
        phrase = t(f"reputation.{key}", self.locale)
        return phrase.format(**parts) if parts else phrase

    def name(self, group: str, key: str) -> str:
        """Name one key of a group."""
        return name(group, key, locale=self.locale)

    def fault(self, code: str, **parts: object) -> str:
        """Say what is wrong, or why something cannot be done now."""
        phrase = t(f"reputation_faults.{code}", self.locale)
        return phrase.format(**parts) if parts else phrase

    def stars(self, count: int | None) -> str:
        """Say how many stars there are."""
        key = {None: "none", 1: "one"}.get(count, "many")
        return self.say(f"stars.{key}", count=count)

    def day(self, moment: datetime) -> str:
        """Write the practice's day of a moment."""
        return self._voice.day(local_day(moment, self.zone))

    def moment(self, moment: datetime) -> str:
        """Write a moment briefly, with its zone."""
        return self._voice.zoned(moment)

    @property
    def _voice(self) -> Voice:
        return Voice(self.locale, self.zone, self.today)

    def state(self, review: ShownReview) -> str:
        """Give the key under which the reply of a review is named."""
        if review.reply_state is not None:
            return review.reply_state.value
        return "there" if review.is_answered_there else "none"

    def finding(self, finding: Finding) -> str:
        """Say why some words must not stand."""
        because = t(f"reputation_because.{finding.why}", self.locale)
        said = self.say("finding.doubt" if finding.is_doubtful else "finding", because=because)
        return said[:1].upper() + said[1:]

    def instead(self, finding: Finding) -> str:
        """Say what to write instead."""
        return self.say("instead", words=t(f"reputation_instead.{finding.why}", self.locale))


def marked(words: str, findings: Sequence[Finding]) -> Iterator[Part]:
    """Cut a reply into stretches, so that what was found in it can be marked; overlaps are marked once."""
    at = 0
    for number, one in enumerate(findings, start=1):
        start = max(one.start, at)
        if one.end <= start:
            continue
        if start > at:
            yield Part(words[at:start])
        yield Part(words[start : one.end], number, one.is_doubtful)
        at = one.end
    if at < len(words):
        yield Part(words[at:])
