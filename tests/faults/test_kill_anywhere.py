"""SIGKILL at every commit and around every call of a journey: a restart loses nothing and repeats nothing."""

import os
import signal
import traceback
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum

import pytest
from sqlalchemy import Connection, event, func, select, text
from sqlalchemy.orm import Session

from models.db import Database, open_database, use_database
from models.inputs.mailbox import read_mailbox
from models.inputs.outgoing import Accepted, OutgoingMail
from models.rules.decisions import Process
from models.rules.onboarding import TOPICS
from models.rules.onboarding_events import (
    AnswerQuestions,
    CompleteItem,
    ConfirmFirstClaims,
    EstablishCustomerId,
    Event,
    Graduate,
    RecordAttendance,
    RecordCall,
    RecordDocument,
    RecordEnrollment,
    RecordFirstEra,
    RegisterForTraining,
    SignAgreement,
)
from models.rules.onboarding_facts import (
    CallOutcome,
    DocumentOutcome,
    EnrollmentOutcome,
    JourneyStatus,
    Transaction,
)
from models.settings import Settings
from models.store import events, practices
from models.store.onboarding import load_journey, present_journey
from models.tables.events import Event as EventRow
from models.tables.messages import Message, MessageState
from tasks import messages as delivery
from tasks import onboarding as sweeps
from tasks.connectors import local
from tests.conftest import Rehearse
from tests.factories import MONDAY, a_journey, record
from tests.faults.points import assert_enough

pytestmark = pytest.mark.slow

DOCUMENTS = (
    "w9",
    "tax_id_letter",
    "bank_letter",
    "licenses",
    "malpractice",
    "payer_letters",
    "fee_schedule",
    "superbill",
)
HELD = CallOutcome.HELD
FINISHED = 0
LONGEST = 2_000
WHOLE = bool(os.environ.get("GOLIVE_TEST_WHOLE"))
"""Whether PostgreSQL plays every point too; SQLite does with every run."""


class Where(StrEnum):
    """Where in each round the worker is killed."""

    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"
    BEFORE_CALL = "before_call"
    AFTER_CALL = "after_call"


def _script() -> Iterator[tuple[datetime, Event]]:
    """Give the shortest way from agreement to graduation, with a silence in it."""
    day = MONDAY
    yield day, SignAgreement(date(2026, 11, 23))
    yield day, RecordCall("welcome", HELD)
    yield day, AnswerQuestions({"providers": 2})
    yield day, EstablishCustomerId(104_731)
    yield day, CompleteItem("welcome.preparation")
    yield day, CompleteItem("welcome.handoff_agenda")
    yield day, RecordCall("handoff", HELD)
    yield day, RegisterForTraining()
    day += timedelta(days=4)
    for document in DOCUMENTS:
        yield day, RecordDocument(f"document.{document}", DocumentOutcome.RECEIVED)
        yield day, RecordDocument(f"document.{document}", DocumentOutcome.ACCEPTED)
    for item in ("account", "software", "ehr", "imports"):
        yield day, CompleteItem(f"handoff.{item}")
    yield day, RecordCall("application", HELD)
    for item in ("reports", "share_forms"):
        yield day, CompleteItem(f"application.{item}")
    yield day, RecordCall("billing_rules", HELD)
    for item in ("configured", "team_trained", "fee_schedules", "insurances", "settings"):
        yield day, CompleteItem(f"billing_rules.{item}")
    day += timedelta(days=21)
    for topic in TOPICS:
        yield day, RecordAttendance("desk", topic.key, attended=True)
    for payer in ("medicare", "evergreen", "harbor"):
        yield day, RecordEnrollment(payer, Transaction.CLAIMS, EnrollmentOutcome.FINALISED)
    day += timedelta(days=8)
    yield day, ConfirmFirstClaims(received=True, submitted=True)
    yield day, RecordCall("one_week", HELD)
    yield day, RecordFirstEra(date(2026, 12, 22))
    yield day, CompleteItem("payments.auto_posting")
    for item in ("claims", "reimbursements", "review"):
        yield day, CompleteItem(f"graduation.{item}")
    yield day, Graduate()


def _go_on(db: Database, *, later: timedelta) -> None:
    """Do what is left to be done, as people and the dispatch would after a restart."""
    script = list(_script())
    journey, left = db.read(lambda session: _left(session, len(script)))
    _dispatch((script[left[0] - 1] if left and left[0] else script[-1])[0] + later)
    for number in left:
        at, one = script[number]
        record(db, journey, one, key=f"script:{number}", as_of=at)
        _dispatch(at + later)


def _left(session: Session, length: int) -> tuple[int, list[int]]:
    journey = present_journey(session, "maple-street")
    assert journey is not None
    keys = {number: f"script:{number}" for number in range(length)}
    process = Process.ONBOARDING
    done = {n for n, key in keys.items() if events.happened(session, process=process, process_id=journey, key=key)}
    return journey, [number for number in range(length) if number not in done]


def _dispatch(at: datetime) -> None:
    for size in sweeps.batches_of_journeys(as_of=at, limit=1_000):
        sweeps.advance_journeys.fn(size, as_of=at)
    for claim in sweeps.claims_of_whole_journeys(as_of=at, limit=1_000):
        sweeps.advance_whole_journeys.fn(claim, as_of=at)
    delivery.recover_messages(as_of=at)
    if delivery.is_look_up_due(as_of=at):
        delivery.look_up_unknown.fn(as_of=at)
    for claim in delivery.claims_of_messages(as_of=at, limit=1_000):
        delivery.deliver_messages.fn(claim, as_of=at)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Fuse:
    """Counts the commits that change something, and ends the process at one of them."""

    def __init__(self, burns_for: int) -> None:
        self._left = burns_for
        self._changes = 0

    def is_burnt(self, connection: Connection) -> bool:
        """Count a commit that is about to be made; True at the one that was chosen."""
        self._left -= self._is_change(connection)
        return not self._left

    def _is_change(self, connection: Connection) -> bool:
        if connection.dialect.name == "postgresql":
            return bool(connection.scalar(text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")))
        before, self._changes = self._changes, connection.connection.driver_connection.total_changes  # type: ignore[union-attr]
        return before != self._changes


def _make_mortal(db: Database, where: Where, burns_for: int) -> None:
    """Make this process die at one of its commits, or around its first call."""
    fuse = Fuse(burns_for)
    if where in (Where.BEFORE_CALL, Where.AFTER_CALL):
        _mortal_calls(where)
    elif where is Where.BEFORE_COMMIT:
        event.listen(db.engine, "commit", lambda connection: _die() if fuse.is_burnt(connection) else None)
    else:
        burnt: list[bool] = []
        event.listen(db.engine, "commit", lambda connection: burnt.append(fuse.is_burnt(connection)))
        event.listen(Session, "after_commit", lambda _session: _die() if any(burnt[-1:]) else None)


def _mortal_calls(where: Where) -> None:
    """Make the mailbox deadly: before a first attempt is written, or after any is."""
    send = local.MailboxSession.send

    def dying(self: local.MailboxSession, mail: OutgoingMail) -> Accepted:
        is_first_attempt = ".1@" in mail.message_id
        if where is Where.BEFORE_CALL and is_first_attempt:
            _die()
        accepted = send(self, mail)
        if where is Where.AFTER_CALL:
            _die()
        return accepted

    setattr(local.MailboxSession, "send", dying)  # noqa: B010 - this process is about to end


def _round(url: str, where: Where, *, later: timedelta, burns_for: int) -> int:
    """Let one worker go on until it dies; gives its exit signal, 0 when it came to the end."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    code = 1
    try:
        mine = open_database(url)
        _make_mortal(mine, where, burns_for)
        with use_database(mine):
            _go_on(mine, later=later)
        code = FINISHED
    except Exception:  # noqa: BLE001 - whatever it is, this process ends here and says why
        traceback.print_exc()
    finally:
        os._exit(code)


def _play_undisturbed(db: Database) -> None:
    journey = a_journey(db)
    _go_on(db, later=timedelta(0))
    facts = db.read(lambda session: load_journey(session, journey, as_of=MONDAY))
    assert facts.status is JourneyStatus.GRADUATED


def _progress(db: Database) -> tuple[int, int]:
    settled = (MessageState.SENT, MessageState.CANCELLED)
    lines = select(func.count()).select_from(EventRow)
    mails = select(func.count()).select_from(Message).where(Message.state.in_(settled))
    return db.read(lambda session: (session.scalar(lines) or 0, session.scalar(mails) or 0))


@pytest.mark.parametrize("where", Where)
def test_killed_at_every_point_a_journey_ends_as_if_nothing_had_happened(
    db: Database, own_settings: Settings, rehearse: Rehearse, where: Where
) -> None:
    """O-40: a journey is resumable at any point; each message reaches its reader exactly once."""
    if where in (Where.AFTER_COMMIT, Where.BEFORE_CALL) and not (db.is_sqlite or WHOLE):
        pytest.skip("set GOLIVE_TEST_WHOLE=1 to play these points on PostgreSQL too")
    rehearse("journey", _play_undisturbed)
    journey = a_journey(db)
    url = db.url.render_as_string(hide_password=False)
    rounds, status, burns_for, reached = 0, 1, 1, (0, 0)
    while status != FINISHED:
        assert rounds < LONGEST
        db.close()
        status = _round(url, where, later=timedelta(minutes=5 * rounds), burns_for=burns_for)
        assert status in (FINISHED, signal.SIGKILL), "the worker failed instead of being killed"
        rounds += 1
        before, reached = reached, _progress(db)
        burns_for = 1 if reached != before else burns_for + 1
    assert_enough(db, "journey", where, rounds - 1)
    facts = db.read(lambda session: load_journey(session, journey, as_of=MONDAY))
    assert facts.status is JourneyStatus.GRADUATED
    found = db.read(lambda session: session.scalars(select(Message)).all())
    assert {one.state for one in found} <= {MessageState.SENT, MessageState.CANCELLED}
    sent = [one for one in found if one.state is MessageState.SENT]
    assert len(read_mailbox(own_settings.mailbox_folder)) == len(sent)
    assert db.read(lambda session: events.check_chain(session, facts.practice_id)).is_intact
    assert db.read(lambda session: len(practices.all_practices(session))) == 1
