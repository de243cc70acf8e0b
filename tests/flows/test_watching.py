"""A broken promise, found by the scheduled flow and released by a person's form."""

import pytest
from sqlalchemy import text

from flows import watching
from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.settings import settings, use_settings
from tests.factories import an_intake
from tests.flows.conftest import Clock
from tests.store.enrolling import enrolling

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]


@pytest.mark.usefixtures("prefect")
def test_a_broken_promise_is_shown_and_released(db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    if not db.is_sqlite:
        pytest.skip("the store's tests run on both")
    told: list[tuple[str, dict[str, str], dict[str, str]]] = []
    monkeypatch.setattr(
        "tasks.watching.emit_event", lambda event, resource, payload: told.append((event, resource, payload))
    )
    enrolling(db, an_intake("maple-street"))
    assert watching.watch_invariants() == {}
    db.transaction(lambda s: s.execute(text("UPDATE timers SET state = 'cancelled' WHERE process = 'enrollment'")))
    with use_settings(settings().model_copy(update={"watchdog_mail": "ops@example.com"})) as ours:
        assert watching.watch_invariants() == {"enrollment_unwatched": 3}
        assert watching.watch_invariants() == {"enrollment_unwatched": 3}
    [mail] = read_mailbox(ours.mailbox_folder)
    assert mail.text.strip() == (
        "A promise is broken in maple-street: enrollment_unwatched. See docs/runbook/promises.md."
    )
    resource = {"prefect.resource.id": "golive.practice.maple-street"}
    assert told == [("golive.promise.broken", resource, {"promise": "enrollment_unwatched"})]
    assert watching.watch_invariants() == {"enrollment_unwatched": 3}
    assert len(told) == 1
    refused = watching.release_sending("maple-street", "nobody", return_state=True)
    assert refused.name == "Refused"
    released = watching.release_sending("maple-street", "manager-1", return_state=True)
    assert released.message == "Messages of maple-street go out again; 3 findings are marked as seen."
    assert watching.watch_invariants() == {}
