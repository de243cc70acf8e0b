"""Feedback through the forms that people use: chosen, refused in plain words, shown, played under other settings."""

from collections.abc import Callable
from typing import Any

import pytest
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import State

from flows import feedback, feedback_settings, feedback_simulation
from models.db import Database
from models.inputs.feedback_policy_forms import Ways
from models.rules.feedback import Links, Signature
from models.settings import Settings, use_settings
from tests.flows.conftest import Clock
from tests.store.asking import DAY, NOON, Asking, an_asking

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect"), pytest.mark.usefixtures("prefect")]

P, MANAGER, OFFICE, COACH = "maple-street", "manager-1", "office", "coach-1"
PRIVATE = ("Rosa", "Marsh", "rosa@", "5550142")


@pytest.fixture
def asking(db: Database, clock: Clock) -> Asking:
    """Give a practice that asks."""
    clock.now = NOON
    return an_asking(db)


def run(wanted: Callable[..., Any], **form: Any) -> State[Any]:
    state: State[Any] = wanted(**form, return_state=True)
    return state


def said(wanted: Callable[..., Any], **form: Any) -> str:
    state = run(wanted, **form)
    assert state.is_completed(), state.message
    return state.message or ""


def refused(wanted: Callable[..., Any], **form: Any) -> str:
    state = run(wanted, **form)
    assert state.name == "Refused"
    return state.message or ""


def artifact(key: str) -> str:
    found: Any = Artifact.get(key)  # typed for callers that wait as well
    assert found is not None
    return str(found.data)


@pytest.mark.usefixtures("asking")
def test_everything_is_chosen_by_form_by_whoever_may(own_settings: Settings) -> None:
    """F-014 to F-016, F-024, F-042, F-050, F-053, F-070, F-071, F-210."""
    manager, office = {"practice": P, "by": MANAGER}, {"practice": P, "by": OFFICE}
    with use_settings(own_settings):
        said(feedback_settings.set_feedback_cadence, **manager, first_hours=4, third_days=0)
        said(feedback_settings.set_feedback_method, **manager, first=Ways.BOTH)
        words = {"english": "Were you well cared for?", "spanish": "¿Fue bien atendido?"}
        said(feedback_settings.set_feedback_question, **manager, **words)
        said(feedback_settings.set_review_destinations, **manager, google="https://g.page/r/x")
        said(feedback_settings.set_public_links, **manager, links=Links.PRIVATE_ONLY_FOR_ALL)
        said(feedback_settings.set_omission_period, **office, days=60)
        said(feedback_settings.set_signature_line, **office, signature=Signature.SINCERELY_PROVIDER)
        said(feedback_settings.set_neutral_wording, **office, is_neutral=True)
        assert "0 messages that waited" in said(feedback_settings.stop_feedback, practice=P, by=COACH)
        assert "version 11" in said(feedback_settings.resume_feedback, practice=P, by=COACH)
        said(feedback_settings.show_feedback_settings, practice=P)
    page = artifact(f"feedback-settings-{P}")
    for words_shown in (
        "4 hours after the check-out; 1 day after the one before",
        "text and email, then email",
        "60 days",
    ):
        assert words_shown in page
    assert "https://g.page/r/x" in page
    assert "'version': '11'" in artifact(f"feedback-history-{P}") or '"version": "11"' in artifact(
        f"feedback-history-{P}"
    )


@pytest.mark.usefixtures("asking")
def test_what_cannot_be_is_refused_as_the_state_of_the_run() -> None:
    """F-013, F-016, F-041, F-053, F-070."""
    office, manager = {"practice": P, "by": OFFICE}, {"practice": P, "by": MANAGER}
    assert refused(feedback_settings.set_feedback_cadence, **office, first_hours=4).startswith(
        "Only the Onboarding Manager can change how often"
    )
    assert "2 or 3 times, not 1" in refused(
        feedback_settings.set_feedback_cadence, **manager, second_days=0, third_days=0
    )
    assert "no third attempt" in refused(feedback_settings.set_feedback_cadence, **manager, second_days=0)
    assert "chosen already" in refused(feedback_settings.set_feedback_cadence, **manager)
    assert "must be like https://" in refused(
        feedback_settings.set_review_destinations, **manager, own_site="http://example.com"
    )
    blank = {"english": "Were you well cared for?", "spanish": "      "}
    assert "write both" in refused(feedback_settings.set_feedback_question, **manager, **blank)
    assert "There is no practice" in refused(feedback_settings.show_feedback_settings, practice="oak")


def test_requests_are_asked_listed_explained_and_played_again(
    asking: Asking, clock: Clock, own_settings: Settings
) -> None:
    """F-003, F-163, F-213."""
    asking.patient()
    appointment = asking.row(asking.check_out()).appointment_id
    assert "planned for" in said(feedback.why_feedback, appointment=appointment)
    clock.now = asking.now = NOON + DAY / 8 + DAY / 1440
    assert feedback.ask_for_feedback() == {"feedback_asked": 1}
    with use_settings(own_settings):
        assert feedback.reconcile_deliveries() == {}
    assert feedback.list_feedback_requests(P) == 1
    assert "1 visits checked out, 1 asked" in said(feedback.feedback_overview, practice=P)
    told = said(feedback_simulation.simulate_cadence, practice=P, third_days=0, first=Ways.EMAIL)
    assert told == (
        "1 visits: 2 messages to 1 people instead of 3 to 1, for 0.00 USD instead of 0.01. Nothing was changed."
    )
    page = artifact(f"feedback-simulation-{P}")
    assert "| attempt 1. text | 1 | 0 |" in page
    assert "data:image/png;base64," in page
    assert "nobody is asked" in said(feedback.mark_test_appointment, appointment=appointment, by="desk")
    said(feedback.feedback_overview, practice=P)
    assert "data:image/png;base64," in artifact(f"feedback-reasons-{P}")
    said(feedback.send_test_message, practice=P, by=OFFICE, attempt=2)
    shown = page + artifact(f"feedback-requests-{P}") + artifact(f"feedback-overview-{P}")
    assert not [name for name in PRIVATE if name in shown]


@pytest.mark.usefixtures("asking")
def test_a_simulation_without_visits_or_with_a_window_that_never_opens_is_refused() -> None:
    assert "checked out no visit" in refused(feedback_simulation.simulate_cadence, practice=P)
    assert "closes later" in refused(feedback_simulation.simulate_cadence, practice=P, opens_at=20, closes_at=9)
    assert "There is no practice" in refused(feedback_simulation.simulate_cadence, practice="oak")
