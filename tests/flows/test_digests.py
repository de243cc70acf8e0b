"""Digests through their flows: made once however often they are started, and nothing personal in Prefect or logs."""

import pytest
from sqlalchemy import select

from flows import digests, messages
from models.db import Database
from models.inputs.mailbox import read_mailbox
from models.rules.enrollment import Need, RejectReason
from models.rules.enrollment_events import Prepare
from models.settings import Settings
from models.store.digests import DIGESTS
from models.tables.messages import Message
from tasks.connectors import registry
from tasks.connectors.local import MailboxMailer
from tests.factories import MONDAY, an_intake
from tests.flows.conftest import Clock
from tests.flows.test_canary import Logs, RaisingMailer, _pattern, _storage, in_prefect, logs, run, wait_until_written
from tests.store.enrolling import enrolling

__all__ = ["_storage", "logs"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

MARKS = {"office": "Zqorin Hathersage", "mail": "zqorin.hathersage@example.com", "staff": "Zqedda Millbrook"}


@pytest.mark.usefixtures("prefect")
def test_a_digest_is_sent_once_and_tells_prefect_nothing_personal(
    db: Database, own_settings: Settings, clock: Clock, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E-26."""
    people = [{"key": "office", "name": MARKS["office"], "email": MARKS["mail"], "is_primary_contact": True}]
    team = [{**one.model_dump(), "name": MARKS["staff"]} for one in an_intake().team]
    maple = enrolling(db, an_intake(people=people, team=team))
    maple.do("medicare", Prepare((Need.W9,)))
    maple.reject("harbor", RejectReason.SIGNATURE)
    assert run(digests.send_digests).result() == {"digests": 2, "lines": 2}
    assert run(digests.send_digests, MONDAY.isoformat()).result() == {}
    with monkeypatch.context() as patched:
        patched.setattr(registry, "mailer", lambda _settings: RaisingMailer(MailboxMailer(own_settings.mailbox_folder)))
        assert run(messages.deliver_messages, "", 1).is_failed()
    clock.now = clock.now.replace(hour=clock.now.hour + 1)
    run(messages.deliver_messages)
    wait_until_written()

    pattern = _pattern(MARKS)
    assert in_prefect(pattern) == set()
    assert logs.marks(pattern) == set()
    assert any(
        "Harbor Mutual" in mail.text or "Medicare" in mail.text for mail in read_mailbox(own_settings.mailbox_folder)
    )
    fields = db.read(lambda s: s.scalars(select(Message.fields).where(Message.kind.in_(DIGESTS))).all())
    assert [list(one) for one in fields] == [["digest"], ["digest"]]
