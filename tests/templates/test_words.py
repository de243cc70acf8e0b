"""Every key that the rules know has a name in both languages."""

from enum import StrEnum

import pytest

from models.rules import enrollment
from models.rules import onboarding_facts as facts
from models.rules.enrollment_facts import NoticeKind
from models.rules.enrollment_moves import TASKS
from models.rules.enrollment_watching import What
from models.rules.feedback import Signature
from models.rules.roles import Party, Role
from templates import words_journey_es as spanish
from templates.words import english_titles, name, t
from templates.words_both import BOTH
from templates.words_enrollment import ENROLLMENT, ENROLLMENT_STAFF
from templates.words_feedback import FEEDBACK, SIGNATURES
from templates.words_pages import PAGES

SPANISH = {"steps": spanish.STEPS, "calls": spanish.CALLS, "items": spanish.ITEMS, "topics": spanish.TOPICS}
ENUMS: dict[str, type[StrEnum]] = {
    "call_outcomes": facts.CallOutcome,
    "call_states": facts.CallState,
    "issues": facts.PaymentIssue,
    "item_states": facts.ItemState,
    "journey_states": facts.JourneyStatus,
    "parties": Party,
    "reasons": facts.Reason,
    "roles": Role,
    "step_states": facts.StepState,
    "training_states": facts.TrainingState,
    "transactions": facts.Transaction,
}


@pytest.mark.parametrize("group", SPANISH)
def test_every_key_of_the_rules_has_a_spanish_name_and_none_is_left_over(group: str) -> None:
    assert set(SPANISH[group]) == set(english_titles()[group])


@pytest.mark.parametrize("group", ENUMS)
def test_every_value_of_an_enum_has_a_name_in_both_languages(group: str) -> None:
    assert set(BOTH[group]) == {member.value for member in ENUMS[group]}


ENROLLMENT_ENUMS: dict[str, set[str]] = {
    "enrollment_needs": set(enrollment.Need),
    "enrollment_notices": set(NoticeKind),
    "enrollment_reasons": {*enrollment.RejectReason, *enrollment.Contradiction},
    "enrollment_states": set(enrollment.State),
    "enrollment_transactions": set(facts.Transaction),
}
WORDS = {"chase", "escalated", "unknown_word", "log_in", *(word for word, _ in TASKS.values())}
ENROLLMENT_STAFF_KEYS: dict[str, set[str]] = {
    "enrollment_short": set(facts.Transaction),
    "enrollment_state_names": set(enrollment.State),
    "enrollment_steps": set(NoticeKind),
    "enrollment_todo": WORDS,
    "enrollment_work": WORDS,
}


@pytest.mark.parametrize("group", ENROLLMENT_ENUMS)
def test_every_word_of_an_enrollment_is_there_in_both_languages(group: str) -> None:
    assert set(ENROLLMENT[group]) == ENROLLMENT_ENUMS[group]


@pytest.mark.parametrize("group", ENROLLMENT_STAFF_KEYS)
def test_every_word_of_an_enrollment_is_there_for_our_own_people(group: str) -> None:
    assert set(ENROLLMENT_STAFF[group]) == ENROLLMENT_STAFF_KEYS[group]


def test_everything_that_happens_to_an_enrollment_can_be_told() -> None:
    assert set(enrollment.Happening) | set(What) - {"take_effect", "recertify", "lapse"} <= set(
        ENROLLMENT_STAFF["enrollment_history"]
    )


def test_every_closing_of_a_message_can_be_written() -> None:
    """F-051: at least these; each names the practice or the provider, once."""
    assert set(SIGNATURES) == set(Signature)
    english = {SIGNATURES[one][0] for one in Signature}
    assert english >= {"Thank you, {practice_name}", "Sincerely, {provider_name}", "Best regards, {practice_name}"}
    for one, phrases in SIGNATURES.items():
        whose = "{practice_name}" if one.endswith("practice") else "{provider_name}"
        assert [phrase.count("{") for phrase in phrases if phrase.endswith(f", {whose}")] == [1, 1]


@pytest.mark.parametrize("group", [*BOTH, *PAGES, *ENROLLMENT, *FEEDBACK])
def test_no_phrase_is_empty(group: str) -> None:
    for english, espanol in {**BOTH, **PAGES, **ENROLLMENT, **FEEDBACK}[group].values():
        assert english.strip()
        assert espanol.strip()


def test_names_come_in_the_language_asked_for() -> None:
    assert name("steps", "handoff_call", locale="en") == "Handoff Call"
    assert name("steps", "handoff_call", locale="es-US") == "Llamada de traspaso"
    assert t("roles.success_coach", "en") == "Success Coach"


def test_a_key_without_a_name_is_shown_as_it_is() -> None:
    assert name("items", "Notary stamp", locale="es") == "Notary stamp"


def test_a_text_key_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError):
        t("page.nonsense", "en")
