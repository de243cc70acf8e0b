"""SIGKILL at every commit and around every call of a submission: one enrollment at the clearinghouse, and one here."""

import os
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from models.db import Database, open_database, use_database
from models.rules.enrollment import State
from models.rules.enrollment_words import BUILT_IN, STEDI
from models.settings import Settings, settings, use_settings
from models.store import events
from models.store.submissions import SENT
from models.tables.enrollment import SubmissionRow
from models.tables.events import Event as EventRow
from tasks import clearinghouse
from tasks.connectors import registry
from tasks.connectors.payer_simulator import PayerSimulator
from tasks.connectors.stedi_wire import Wire
from tasks.moment import standing_at
from tests.conftest import Rehearse
from tests.connectors.stedi_server import BASE, EMAIL, KEY, Stedi, a_stedi
from tests.faults.points import assert_enough
from tests.faults.test_kill_anywhere import Fuse, Where
from tests.faults.test_kill_booking import CallFuse
from tests.store.submitting import NOON, Applicant, an_applicant

pytestmark = pytest.mark.slow

FINISHED = 0
LONGEST = 80
NAMES = {STEDI: "submission to Stedi", BUILT_IN: "built-in submission"}
CALLS = ((Wire, "ask"), (Wire, "tell"), (PayerSimulator, "create"), (PayerSimulator, "find"))


@dataclass
class Exchange:
    """A practice with one enrollment, and a clearinghouse."""

    applicant: Applicant
    stedi: Stedi | None
    hours: float = 0

    def there(self) -> list[str]:
        """Name every enrollment at the clearinghouse."""
        if self.stedi is not None:
            return list(self.stedi.enrollments)
        pages = registry.clearinghouse(settings()).changed_since(NOON - timedelta(days=1))
        return [one.id for page in pages for one in page]

    def go_on(self) -> None:
        """Do what is left to be done, as people, the dispatch and the poll would after a restart."""
        at = NOON + timedelta(hours=self.hours)
        if self.applicant.state() in (State.DRAFT, State.READY):
            self.applicant.submit(as_of=at)
        for claim in clearinghouse.claims_of_submissions(as_of=at, limit=10):
            clearinghouse.push_submissions.fn(claim, as_of=at)
        clearinghouse.poll_statuses.fn(as_of=at)

    def let_time_pass(self) -> None:
        """Let leases end, and let the clearinghouse pass on what it has."""
        self.hours += 3
        if self.stedi is None:
            return
        self.stedi.now = NOON + timedelta(hours=self.hours)
        for one, record in self.stedi.enrollments.items():
            if record["status"] == "STEDI_ACTION_REQUIRED":
                self.stedi.show(one, "PROVISIONING")

    def progress(self) -> tuple[int, ...]:
        """Count what grows with each step that was made for good."""

        def look(session: Session) -> list[int]:
            counted = (
                select(func.count()).select_from(EventRow),
                select(func.count()).select_from(SubmissionRow),
                select(func.count()).select_from(SubmissionRow).where(SubmissionRow.state == SENT),
            )
            return [session.scalar(one) or 0 for one in counted]

        return *self.applicant.db.read(look), len(self.there())


@contextmanager
def exchanging(db: Database, own: Settings, kind: str) -> Iterator[Exchange]:
    if kind == BUILT_IN:
        yield Exchange(an_applicant(db), None)
        return
    with a_stedi() as stedi:
        chosen = Settings(
            home=own.home,
            clearinghouse=STEDI,
            stedi_api_key=SecretStr(KEY),
            stedi_base_url=f"{stedi.url}{BASE}",
            stedi_email=EMAIL,
        )
        stedi.now = NOON
        with use_settings(chosen):
            yield Exchange(an_applicant(db, clearinghouse=STEDI), stedi)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _make_mortal(db: Database, where: Where, burns_for: int) -> None:
    """Make this process die at one of its commits, or around one of its calls."""
    if where in (Where.BEFORE_CALL, Where.AFTER_CALL):
        calls = CallFuse(where, burns_for)
        for kind, name in CALLS:
            calls.around(kind, name)
        return
    fuse, burnt = Fuse(burns_for), list[bool]()
    if where is Where.BEFORE_COMMIT:
        event.listen(db.engine, "commit", lambda connection: _die() if fuse.is_burnt(connection) else None)
        return
    event.listen(db.engine, "commit", lambda connection: burnt.append(fuse.is_burnt(connection)))
    event.listen(Session, "after_commit", lambda _session: _die() if any(burnt[-1:]) else None)


def _round(exchange: Exchange, where: Where, burns_for: int) -> int:
    """Let one worker go on until it dies; gives its exit signal, 0 when it came to the end."""
    url = exchange.applicant.db.url.render_as_string(hide_password=False)
    exchange.applicant.db.close()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    code = 1
    try:
        registry._stedi_client.cache_clear()  # connections of the other process
        mine = open_database(url)
        exchange.applicant.db = mine
        _make_mortal(mine, where, burns_for)
        with use_database(mine):
            exchange.go_on()
        code = FINISHED
    except BaseException:  # noqa: BLE001 - whatever it is, this process ends here and says why
        traceback.print_exc()
    finally:
        os._exit(code)


def _play_undisturbed(db: Database, kind: str) -> None:
    with exchanging(db, settings(), kind) as exchange, standing_at(lambda: NOON + timedelta(hours=exchange.hours)):
        for _ in range(3):
            exchange.go_on()
            exchange.let_time_pass()


@pytest.mark.parametrize("where", Where)
@pytest.mark.parametrize("kind", [STEDI, BUILT_IN])
def test_killed_at_every_point_a_submission_arrives_once(
    db: Database, own_settings: Settings, rehearse: Rehearse, kind: str, where: Where
) -> None:
    """E-10, E-11, E-15: submitted, sent and acknowledged, each once, whenever the worker dies."""
    rehearse(NAMES[kind], lambda other: _play_undisturbed(other, kind))
    with exchanging(db, own_settings, kind) as exchange, standing_at(lambda: NOON + timedelta(hours=exchange.hours)):
        rounds, killed, burns_for, status = 0, 0, 1, 1
        waiting = (State.DRAFT, State.READY, State.SUBMITTED)
        while status != FINISHED or exchange.applicant.state() in waiting:
            assert rounds < LONGEST
            before = exchange.progress()
            status = _round(exchange, where, burns_for)
            assert status in (FINISHED, signal.SIGKILL), "the worker failed instead of being killed"
            exchange.let_time_pass()
            rounds, killed = rounds + 1, killed + (status != FINISHED)
            burns_for = 1 if exchange.progress() != before else burns_for + 1
        assert rounds > (2 if "call" in where else 5)
        assert_enough(db, NAMES[kind], where, killed)
        _assert_done_once(exchange)


def _assert_done_once(exchange: Exchange) -> None:
    one = exchange.applicant
    (row,) = one.rows()
    assert (row.state, row.attempt) == (SENT, 1)
    assert exchange.there() == [row.foreign_id]
    assert one.kinds().count("submit") == 1
    assert one.kinds().count("acknowledged") == 1
    assert one.db.read(lambda s: events.check_chain(s, one.practice)).is_intact
    assert "unknown_word" not in one.tasks()
