"""A practice leaves by the forms in Prefect, and neither Prefect nor a log line learns a name of it."""

from datetime import timedelta

import pytest

from flows import offboarding
from models.db import Database
from models.rules.offboarding import Leaving
from models.settings import Settings
from models.store.keys import keys_of
from models.store.offboarding_facts import of_practice
from tests.factories import a_signed_journey, an_intake
from tests.flows.conftest import Clock
from tests.flows.test_canary import Logs, _pattern, _storage, in_prefect, logs, run, wait_until_written

__all__ = ["_storage", "logs"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

KEY = "maple-street"
MARKS = {"name": "Zqadana Zqwhitaker", "email": "zqadana@example.com", "provider": "Dr. Zqavery Zqstone"}


@pytest.mark.usefixtures("prefect")
def test_from_the_first_form_to_the_last_key(db: Database, own_settings: Settings, clock: Clock, logs: Logs) -> None:
    person = {"key": "office", "name": MARKS["name"], "email": MARKS["email"], "is_primary_contact": True}
    providers = [{"npi": "1234567893", "name": MARKS["provider"]}]
    a_signed_journey(db, an_intake(KEY, people=[person], providers=providers))
    assert run(offboarding.offboard_practice, KEY, Leaving.PRACTICE_ASKED, "enroll-1").name == "Refused"
    assert run(offboarding.offboard_practice, KEY, Leaving.PRACTICE_ASKED, "coach-1").is_completed()
    assert run(offboarding.export_practice, KEY, "coach-1").is_completed()
    one = db.read(lambda s: of_practice(s, KEY))
    assert one is not None
    assert run(offboarding.hand_over_export, KEY, "0123456789ab", "coach-1").name == "Refused"
    assert run(offboarding.hand_over_export, KEY, one.digest, "coach-1").is_completed()
    assert run(offboarding.confirm_destruction, KEY, "coach-1").name == "Refused"
    assert run(offboarding.confirm_destruction, KEY, "manager-1").is_completed()
    clock.now += timedelta(days=31)
    assert run(offboarding.go_on_with_offboardings).result() == {"destroyed": 1, "finished": 1}
    assert run(offboarding.call_off_offboarding, KEY, "manager-1").name == "Refused"
    assert run(offboarding.resume_practice, KEY, "manager-1").name == "Refused"
    assert db.read(lambda s: keys_of(s, one.practice_id)).is_gone
    wait_until_written()
    pattern = _pattern(MARKS)
    assert in_prefect(pattern) == set()
    assert logs.marks(pattern) == set()
    assert list(own_settings.export_folder.glob("*.zip")) == []
