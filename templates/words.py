"""What keys are called on paper: English titles come from the rules, Spanish ones and short phrases from here."""

from collections.abc import Mapping
from functools import lru_cache

from models.rules import onboarding
from templates import words_journey_es as spanish
from templates.moments import LOCALES, known_locale
from templates.words_access import ACCESS
from templates.words_both import BOTH
from templates.words_calendar import CALENDAR
from templates.words_enrollment import ENROLLMENT, ENROLLMENT_STAFF
from templates.words_feedback import FEEDBACK
from templates.words_home import PORTAL
from templates.words_home import SPANISH as SPANISH_WORK
from templates.words_insights import INSIGHTS
from templates.words_messages import MESSAGES
from templates.words_pages import PAGES
from templates.words_patients import PATIENTS
from templates.words_private_answers import PRIVATE_ANSWERS
from templates.words_progress import PROGRESS
from templates.words_reputation import REPUTATION
from templates.words_staff import STAFF
from templates.words_visits import VISITS

_SPANISH = {"steps": spanish.STEPS, "calls": spanish.CALLS, "items": spanish.ITEMS, "topics": spanish.TOPICS}


_IN_BOTH: Mapping[str, Mapping[str, tuple[str, str]]] = {
    **BOTH,
    **PAGES,
    **ENROLLMENT,
    **FEEDBACK,
    **ACCESS,
    **INSIGHTS,
    **REPUTATION,
    **PORTAL,
    **MESSAGES,
    **PATIENTS,
    **PROGRESS,
    **PRIVATE_ANSWERS,
    **VISITS,
    **CALENDAR,
}
"""Groups of phrases that stand in both languages side by side."""


def english_titles() -> dict[str, dict[str, str]]:
    """Collect the titles of the rules: steps, calls, items (tasks, agenda, documents, facts) and topics, by key."""
    steps = onboarding.STEPS
    calls = onboarding.CALLS.values()
    items = [*(item for step in steps for item in step.items), *(item for call in calls for item in call.agenda)]
    return {
        "steps": {step.key: step.title for step in steps},
        "calls": {call.key: call.title for call in calls},
        "items": {item.key: item.title for item in items},
        "topics": {topic.key: topic.title for topic in onboarding.TOPICS},
    }


@lru_cache(maxsize=1)
def _dictionaries() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = {locale: {} for locale in LOCALES}
    for group, titles in english_titles().items():
        for key, title in titles.items():
            words["en"][f"{group}.{key}"] = title
            # A title that nobody has translated yet is shown in English rather than holding a mail back.
            words["es"][f"{group}.{key}"] = _SPANISH[group].get(key, title)
    for group, entries in _IN_BOTH.items():
        for key, (english, espanol) in entries.items():
            words["en"][f"{group}.{key}"] = english
            words["es"][f"{group}.{key}"] = espanol
    for group, phrases in {
        **STAFF,
        **ENROLLMENT_STAFF,
    }.items():  # our own people read English, whatever their practices speak
        for locale in LOCALES:
            words[locale].update((f"{group}.{key}", phrase) for key, phrase in phrases.items())
    for group, phrases in SPANISH_WORK.items():  # what a practice's people read of our lists too
        words["es"].update((f"{group}.{key}", phrase) for key, phrase in phrases.items())
    return words


def t(text_key: str, locale: str) -> str:
    """Translate a text key such as `steps.handoff_call`; raises KeyError for a key that is in no dictionary."""
    return _dictionaries()[known_locale(locale)][text_key]


def name(group: str, key: str, *, locale: str) -> str:
    """Name one key of a group: steps, calls, items, topics, or one of the groups of phrases.

    A key that is in no dictionary, such as an entry of an older journey, is shown as it is.
    """
    return _dictionaries()[known_locale(locale)].get(f"{group}.{key}", key)
