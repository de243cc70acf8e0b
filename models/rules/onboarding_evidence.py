"""What follows from recorded facts alone: which items they settle, and who is waited for."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Protocol

from models.rules.onboarding import PAYMENT_WINDOW_DAYS, TOP_PAYERS
from models.rules.onboarding_facts import (
    SETTLED,
    CallFacts,
    CallKey,
    CallState,
    EnrollmentKey,
    EnrollmentOutcome,
    ItemFacts,
    ItemState,
    PayerFacts,
    RegistrationFacts,
    TrainingKey,
    TrainingState,
)
from models.rules.onboarding_template import Template
from models.rules.roles import Party

LEARNED = frozenset({TrainingState.ATTENDED, TrainingState.EXCUSED})
_UNRANKED = TOP_PAYERS + 1


class Known(Protocol):
    """What a journey and a decision in the making both show."""

    @property
    def template(self) -> Template: ...  # noqa: D102
    @property
    def items(self) -> Mapping[str, ItemFacts]: ...  # noqa: D102
    @property
    def calls(self) -> Mapping[CallKey, CallFacts]: ...  # noqa: D102
    @property
    def trainees(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def training(self) -> Mapping[TrainingKey, RegistrationFacts]: ...  # noqa: D102
    @property
    def payers(self) -> tuple[PayerFacts, ...]: ...  # noqa: D102
    @property
    def enrollments(self) -> Mapping[EnrollmentKey, EnrollmentOutcome]: ...  # noqa: D102


def top_payers(payers: Iterable[PayerFacts]) -> list[PayerFacts]:
    """Name the three payers that come first: chosen ones, then by expected claims (E-04, O-25)."""
    ranked = sorted(payers, key=lambda each: (each.chosen_rank or _UNRANKED, -each.expected_claims, each.key))
    return ranked[:TOP_PAYERS]


def top_enrollments(known: Known) -> list[EnrollmentKey]:
    """List what go-live waits for: every planned transaction of the top three payers (O-25, O-28)."""
    return [(payer.key, kind) for payer in top_payers(known.payers) for kind in payer.transactions]


def top_payers_finalised(known: Known) -> bool:
    """Say whether every planned transaction of the top three payers is finalised (O-28)."""
    outcomes = (known.enrollments.get(key) for key in top_enrollments(known))
    return bool(known.payers) and all(outcome is EnrollmentOutcome.FINALISED for outcome in outcomes)


def training_completed(known: Known) -> bool:
    """Say whether everybody who is registered, or named as a user to train, learned every topic (O-21)."""
    people = {person for person, _ in known.training} | set(known.trainees)
    needed = [(person, topic) for person in people for topic in known.template.topics]
    return bool(needed) and all(key in known.training and known.training[key].state in LEARNED for key in needed)


def one_week_call_held(known: Known) -> bool:
    """Say whether the call one week after go-live was held (O-30)."""
    return any(name == "one_week" and call.state is CallState.HELD for (name, _), call in known.calls.items())


def no_enrollment_in_trouble(known: Known) -> bool:
    """Say whether no planned payer's enrollment is in trouble."""
    return EnrollmentOutcome.IN_TROUBLE not in known.enrollments.values()


DERIVED: Mapping[str, Callable[[Known], bool]] = {
    "training.completed": training_completed,
    "enrollments.top_payers": top_payers_finalised,
    "graduation.one_week": one_week_call_held,
    "graduation.enrollments": no_enrollment_in_trouble,
}


def waits_for(known: Known, item: str) -> Party | None:
    """Name who is waited for because of one item; nobody once it is settled or before it opened (O-42)."""
    facts = known.items.get(item)
    if facts is None or facts.state in SETTLED:
        return None
    if facts.state is ItemState.RECEIVED or _is_ours(known, item):
        return Party.US
    return known.template.items[item].party


def _is_ours(known: Known, item: str) -> bool:
    """Say whether we must act first: nobody can train without a place, no payer answers an enrollment in trouble."""
    match item:
        case "training.completed":
            return all(place.state is not TrainingState.REGISTERED for place in known.training.values())
        case "enrollments.top_payers":
            outcomes = (known.enrollments.get(key) for key in top_enrollments(known))
            return EnrollmentOutcome.IN_TROUBLE in outcomes
        case _:
            return False


def payment_window(went_live_on: date) -> tuple[date, date]:
    """Give the days between which the first payments are expected (O-32)."""
    first, last = PAYMENT_WINDOW_DAYS
    return went_live_on + timedelta(days=first), went_live_on + timedelta(days=last)
