"""Post-visit feedback: the cadence and the other choices of a practice, and the words in which everything is told."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from models.rules.messages import Channel
from models.rules.roles import Role


@dataclass(frozen=True, slots=True)
class Ask:
    """One attempt: how long after the one before (the first: after the check-out), and by which ways, all at once."""

    after: timedelta
    channels: tuple[Channel, ...]


CADENCE: Final = (
    Ask(timedelta(hours=3), (Channel.TEXT,)),  # after the visit is checked out
    Ask(timedelta(days=1), (Channel.EMAIL,)),
    Ask(timedelta(days=5), (Channel.EMAIL,)),  # the last one
)
"""F-003, F-010, F-011, F-020."""

FEWEST_ASKS: Final = 2  # F-013; one alone only behind its own flag
OMISSION_DAYS: Final = 30  # F-040
LEAST_OMISSION, MOST_OMISSION = 1, 365  # F-041
TOO_LATE: Final = timedelta(hours=24)  # F-212
LINK_VALID: Final = timedelta(days=30)  # F-215
MOST_A_DAY, MOST_A_WEEK = 1, 3  # F-202: hard limits over both channels, no settings
CONFIRMED_WITHIN: Final = timedelta(minutes=5)  # F-206


class RelativeTo(StrEnum):
    """From when the second and third attempt count."""

    PREVIOUS = "previous"
    CHECKOUT = "checkout"


class Signature(StrEnum):
    """The closing of a message, chosen from a list (F-050, F-051)."""

    THANK_YOU_PRACTICE = "thank_you_practice"
    SINCERELY_PROVIDER = "sincerely_provider"
    BEST_REGARDS_PRACTICE = "best_regards_practice"
    THANK_YOU_PROVIDER = "thank_you_provider"
    SINCERELY_PRACTICE = "sincerely_practice"


class Destination(StrEnum):
    """Where a patient can also write publicly (F-070)."""

    GOOGLE = "google"
    VITALS = "vitals"
    HEALTHGRADES = "healthgrades"
    OWN_SITE = "own_site"


class Links(StrEnum):
    """Whether the last page shows the practice's public links: to everybody or to nobody, never to some (F-210)."""

    SHOWN_TO_ALL = "shown_to_all"
    PRIVATE_ONLY_FOR_ALL = "private_only_for_all"


class Setting(StrEnum):
    """What a practice's policy consists of."""

    CADENCE = "cadence"
    METHOD = "method"
    QUESTION = "question"
    DESTINATIONS = "destinations"
    LINKS = "links"
    OMISSION_DAYS = "omission_days"
    SIGNATURE = "signature"
    SENSITIVE = "sensitive"
    SENDING = "sending"


CHANGED_BY: Final = {
    Setting.CADENCE: frozenset({Role.ONBOARDING_MANAGER}),  # F-016
    Setting.METHOD: frozenset({Role.ONBOARDING_MANAGER}),  # F-024
    Setting.QUESTION: frozenset({Role.ONBOARDING_MANAGER}),  # F-053
    Setting.DESTINATIONS: frozenset({Role.ONBOARDING_MANAGER}),  # F-071
    Setting.LINKS: frozenset({Role.ONBOARDING_MANAGER}),
    Setting.OMISSION_DAYS: frozenset({Role.PRIMARY_CONTACT}),  # F-042: the practice itself
    Setting.SIGNATURE: frozenset({Role.PRIMARY_CONTACT}),  # F-052
    Setting.SENSITIVE: frozenset({Role.ONBOARDING_MANAGER, Role.PRIMARY_CONTACT}),
    Setting.SENDING: frozenset({Role.ONBOARDING_MANAGER, Role.SUCCESS_COACH, Role.PRIMARY_CONTACT}),
}
"""Which roles may change which setting."""


class RequestState(StrEnum):
    """Where the one request of a checked-out visit stands."""

    PLANNED = "planned"
    ASKED = "asked"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


OPEN: Final = frozenset({RequestState.PLANNED, RequestState.ASKED})


class Outcome(StrEnum):
    """What became of one message of an attempt, or of an attempt as a whole."""

    WAITING = "waiting"
    SENT = "sent"
    UNSURE = "unsure"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LEFT_OUT = "left_out"


class Why(StrEnum):
    """Why nothing is sent, for a request or one of its attempts (F-213)."""

    OMISSION = "omission"
    EXCLUDED = "excluded"
    NO_CONTACT = "no_contact"
    NO_CONSENT_AND_NO_EMAIL = "no_consent_and_no_email"
    NO_EMAIL = "no_email"
    OPTED_OUT = "opted_out"
    ARCHIVED = "archived"
    CHECKLIST_RED = "checklist_red"
    DUPLICATE_PERSON = "duplicate_person"
    TEST_APPOINTMENT = "test_appointment"
    DELETED = "deleted"
    CHECK_OUT_UNDONE = "check_out_undone"
    NO_PATIENT = "no_patient"
    NO_CADENCE = "no_cadence"
    SENDING_STOPPED = "sending_stopped"
    STALE = "stale"
    ANSWERED = "answered"
    HELD_FOR_A_PERSON = "held_for_a_person"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks, to be answered with yes or no, in the languages of the page (F-053, F-061)."""

    en: str = "Were you satisfied with your visit?"
    es: str = "¿Quedó satisfecho con su visita?"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a practice chose, in one version; requests keep the version that they began with (F-014).

    Only `is_sending` is looked up in the present version: a practice that stops, stops at once.
    """

    version: int
    asks: tuple[Ask, ...] = CADENCE
    relative_to: RelativeTo = RelativeTo.PREVIOUS
    allows_one_ask: bool = False
    omission_days: int = OMISSION_DAYS
    question: Question = field(default_factory=Question)
    signature: Signature = Signature.THANK_YOU_PRACTICE
    links: Links = Links.SHOWN_TO_ALL
    destinations: tuple[Destination, ...] = ()
    is_sensitive: bool = False
    is_sending: bool = True


def faults_of(policy: Policy) -> tuple[str, ...]:
    """Say in plain sentences what is wrong with a policy; nothing when it may be used."""
    faults = []
    fewest = 1 if policy.allows_one_ask else FEWEST_ASKS
    if not fewest <= len(policy.asks) <= len(CADENCE):
        faults.append(
            f"A patient is asked {FEWEST_ASKS} or {len(CADENCE)} times, not {len(policy.asks)}; choose one of these."
        )
    if not policy.question.en.strip() or not policy.question.es.strip():
        faults.append("The page asks one question in English and in Spanish; write both.")
    if any(not ask.channels or len(set(ask.channels)) != len(ask.channels) for ask in policy.asks):
        faults.append("Each attempt goes by text, by email or by both; name each way once.")
    if any(ask.after <= timedelta(0) for ask in policy.asks):
        faults.append("Each attempt comes later than the one before; write a time greater than zero.")
    if not LEAST_OMISSION <= policy.omission_days <= MOST_OMISSION:
        faults.append(
            f"The omission period is a whole number of days from {LEAST_OMISSION} to {MOST_OMISSION}, "
            f"not {policy.omission_days}."
        )
    return tuple(faults)
