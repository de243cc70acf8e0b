"""Access to the portal through its flows: once per run, refused in plain words, and nothing personal in Prefect."""

import pytest
from sqlalchemy import select

from flows import access, messages
from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.settings import Settings
from models.tables.access import AccountRow, InvitationRow
from tests.factories import a_journey, an_intake
from tests.flows.conftest import Clock
from tests.flows.test_canary import Logs, _pattern, _storage, in_prefect, logs, run, wait_until_written

__all__ = ["_storage", "logs"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

MARKS = {"office": "Zqorin Hathersage", "mail": "zqorin.hathersage@example.com", "staff": "Zqedda Millbrook"}


@pytest.mark.usefixtures("prefect")
def test_people_are_invited_and_lose_their_access_and_prefect_learns_keys_only(
    db: Database, own_settings: Settings, clock: Clock, logs: Logs
) -> None:
    people = [{"key": "office", "name": MARKS["office"], "email": MARKS["mail"], "is_primary_contact": True}]
    team = [{**one.model_dump(), "name": MARKS["staff"]} for one in an_intake().team]
    a_journey(db, an_intake(people=people, team=team))
    invited = run(access.invite_to_portal, "office", "manager-1", "maple-street")
    assert (invited.is_completed(), invited.message) == (True, "Recorded: portal invited.")
    refused = run(access.invite_to_portal, "office", "coach-1", "maple-street")
    assert refused.name == "Refused"
    assert run(access.reset_second_factor, "office", "manager-1", "maple-street").name == "Refused"
    run(messages.deliver_messages)
    assert [one.subject for one in read_mailbox(own_settings.mailbox_folder) if "portal" in one.subject]
    assert run(access.end_portal_access, "office", "manager-1", "maple-street").is_completed()
    states = db.read(lambda s: s.scalars(select(AccountRow.state)).all())
    assert [str(one) for one in states] == ["ended"]
    expires = db.read(lambda s: s.scalars(select(InvitationRow.expires_at)).one())
    assert expires == clock.now, "the link ended with the account"
    wait_until_written()
    pattern = _pattern(MARKS)
    assert in_prefect(pattern) == set()
    assert logs.marks(pattern) == set()
