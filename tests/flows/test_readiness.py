"""The gate before launch, played through the forms that people use."""

from datetime import timedelta
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import State
from sqlalchemy import delete

from flows import readiness
from models.db import Database
from models.rules.readiness_facts import Finding, Proof
from models.tables.booking import AlertRecipientRow
from tests.flows.conftest import Clock
from tests.store.gates import a_site

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

P, COACH, SEEN, NPI = "maple-street", "coach-1", Proof.SEEN_ON_SCREEN, "1234567893"


def run(flow: Any, *args: object) -> State[Any]:
    return flow(*args, return_state=True)  # type: ignore[no-any-return]


def ok(state: State[Any]) -> str:
    assert state.is_completed(), state.message
    return state.message or ""


def refused(state: State[Any]) -> str:
    assert state.name == "Refused"
    return state.message or ""


def shown() -> str:
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[f"readiness-{P}"])))
    return str(max(found, key=lambda one: one.created or one.id).data)


@pytest.mark.usefixtures("prefect")
def test_a_website_launches_when_every_check_was_seen_and_signed(db: Database, clock: Clock) -> None:
    """A-01 to A-12, through forms only."""
    site = a_site(db, subscriptions=("patientpop", "engage"))
    site.use_kareo()
    site.set_up()
    assert ok(run(readiness.check_readiness)) == "Looked at: 1 red."
    assert "A-06" in refused(run(readiness.launch_website, P, COACH))
    for check in ("feedback_questions", "office_hours", "profiles_unpublished"):
        ok(run(readiness.sign_off_check, P, check, SEEN, COACH))
    assert "Record their number first" in refused(run(readiness.disable_form, P, COACH))
    ok(run(readiness.record_form_count, P, 1, COACH))
    ok(run(readiness.disable_form, P, COACH))
    assert "comes after" in refused(run(readiness.sign_off_check, P, "presence_disabled", SEEN, COACH))
    ok(run(readiness.sign_off_check, P, "scheduler_disabled", SEEN, COACH))
    assert "Contact Kareo Support" in ok(run(readiness.fail_check, P, "presence_disabled", Finding.STILL_ON, COACH))
    assert "✕ failed" in shown()
    ok(run(readiness.sign_off_check, P, "presence_disabled", Proof.TOLD_BY_KAREO_SUPPORT, COACH))
    assert "The gate is green" in ok(run(readiness.launch_website, P, COACH))
    assert "already" in refused(run(readiness.launch_website, P, COACH))
    ok(run(readiness.exempt_provider, P, "office_hours", NPI, True, COACH))

    db.transaction(lambda s: s.execute(delete(AlertRecipientRow)))
    clock.now += timedelta(days=1)
    assert ok(run(readiness.check_readiness)) == "Looked at: 1 red."
    assert "**red**" in shown()
    assert site.tasks() == {"readiness.new_appointment_alerts": "onboarding_manager"}
    assert "There is no practice" in refused(run(readiness.check_readiness, "oak"))
