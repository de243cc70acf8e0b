"""Known ways to get it wrong, each planted on purpose: every one of them must be found, and nothing where none is."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from prefect.serializers import PickleSerializer
from sqlalchemy import Connection, String, create_engine, event, select, text, update
from sqlalchemy.orm import Session

from deployments import prove
from deployments.histories.chance import Faults
from deployments.histories.feedback_pure import PureSide
from models.db import ConstraintBroken, Database, DatabaseFailure
from models.migrations import migrate
from models.migrations.migrate import MigrationRefusedError
from models.rules import feedback_decision, feedback_timing
from models.rules.decisions import Process
from models.rules.feedback import CADENCE
from models.rules.feedback_facts import Decision, Request, after
from models.rules.feedback_windows import next_allowed
from models.rules.messages import MessageKind
from models.rules.roles import Role
from models.store import events, messages
from models.store.claims import LEASE, Claim
from models.store.messages import NewMessage, Outcome
from models.tables.appointments import ClaimKind, SlotClaimRow
from models.tables.base import new_id
from models.tables.events import Event
from models.tables.messages import Message, MessageState
from tasks import policy
from tests.booking import a_booking, at
from tests.flows.test_canary import found_in
from tests.rules.feedbacks import HOUR, NEW_YORK, a_request, local
from tests.store.journeys import Play, begun

pytestmark = pytest.mark.slow

ONCE = pytest.mark.parametrize("db", ["sqlite"], indirect=True)
"""What is planted there is the same on both engines."""
SEEDS, DAYS = 40, 150
AT_ONCE = 2
NOBODY = "Rosalind Quillfeather"


@dataclass(frozen=True)
class Bug:
    """One bug of a rule or a store: what it replaces by what, and the promises of which it breaks one at least."""

    name: str
    broken: str
    planted: dict[str, Callable[..., Any]]


def an_hour_early(request: Request) -> datetime:
    return planned_at(request) - HOUR


def from_the_check_out(request: Request) -> datetime:
    asks = request.policy.asks[: request.number + 1]
    return request.checked_out_at + sum((ask.after for ask in asks), timedelta(0)) - (len(asks) - 1) * 18 * HOUR


def first_place_only(moment: datetime, places: Any, **rest: Any) -> datetime:
    return next_allowed(moment, places[:1], **rest)


def without_a_timer(*given: Any, **rest: Any) -> Decision:
    decision: Decision = plan(*given, **rest)
    return decision._replace(effects=()) if decision.fields["due_at"].day == 1 else decision  # type: ignore[attr-defined]


def due_again(self: PureSide, *, as_of: datetime) -> None:
    for one in self.messages.values():
        if one.lease_until is not None and one.lease_until < as_of:
            one.state, one.lease_until = MessageState.PENDING, None


def losing_every_ninth(numbers: Iterator[int] = count(1)) -> Callable[..., Request]:  # noqa: B008 - counts on purpose
    def lose(request: Request, decision: Decision) -> Request:
        return request if decision.fields and next(numbers) % 9 == 0 else after(request, decision)

    return lose


planned_at, plan = feedback_timing.planned_at, feedback_decision._plan
DECISION, TIMING, ASKING, PURE = (
    "models.rules.feedback_decision.",
    "models.rules.feedback_timing.",
    "models.rules.feedback_asking.",
    "deployments.histories.feedback_pure.",
)
BUGS = (
    Bug("asking an hour early", "I1", {f"{DECISION}planned_at": an_hour_early}),
    Bug("attempts that do not count from the one before", "I2", {f"{DECISION}planned_at": from_the_check_out}),
    Bug("an answer that does not end the asking", "I3", {f"{DECISION}_answered": lambda *_, **__: Decision()}),
    Bug("a text without consent", "I3", {f"{ASKING}may_be_texted": lambda person: person.has_phone}),
    Bug("a mail to a stopped address", "I3", {f"{ASKING}may_be_mailed": lambda person: person.has_email}),
    Bug(
        "an exclusion that is looked at only when a visit is checked out",
        "I3",
        {f"{PURE}PureSide._stop_person": lambda *_, **__: None, f"{DECISION}never": lambda *_: None},
    ),
    Bug("no omission period", "I4", {f"{ASKING}is_omitted": lambda *_, **__: False}),
    Bug("no limit for a day and a week", "I4", {f"{TIMING}_free_of_limits": lambda moment, _: moment}),
    Bug(
        "a claim that does not look again",
        "I3 I22",
        {f"{PURE}still_fits": lambda *_, **__: True, "deployments.prove.Faults": partial(Faults, unavailable=0.7)},
    ),
    Bug("windows of one zone alone", "I22", {f"{TIMING}next_allowed": first_place_only}),
    Bug(
        "a blind retry of what is unknown",
        "I5",
        {f"{PURE}conclude": lambda *_: Outcome(MessageState.PENDING, "absent")},
    ),
    Bug("a dead worker's message that is simply due again", "I5", {f"{PURE}PureSide.recover": due_again}),
    Bug("a timer that is not set", "I6 I20", {f"{DECISION}_plan": without_a_timer}),
    Bug("an update that is lost to another one", "I3 I4 I5 I6 I20", {f"{PURE}after": losing_every_ninth()}),
)


def promises_broken() -> set[str]:
    """Play histories until one breaks a promise; name the promises that are broken in it."""
    for start in range(0, SEEDS, AT_ONCE):
        proof = prove.prove(range(start, start + AT_ONCE), days=DAYS)
        if proof.broken:
            return {one.promise for _, one in proof.broken}
    return set()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_of_the_rules_or_of_a_store_breaks_its_promise(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, fault in bug.planted.items():
        monkeypatch.setattr(place, fault)
    assert promises_broken() & set(bug.broken.split()), bug.name


def test_a_provider_that_is_mostly_away_breaks_no_promise_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployments.prove.Faults", partial(Faults, unavailable=0.7))
    assert prove.prove(range(6), days=DAYS).broken == []


def real_hours(night: datetime) -> timedelta:
    """Say how long after a check-out the first attempt is planned."""
    return feedback_timing.planned_at(a_request(checked_out_at=night)) - night


def on_the_wall_clock(request: Request) -> datetime:
    wall = request.checked_out_at.astimezone(ZoneInfo(NEW_YORK)) + CADENCE[0].after
    return wall.astimezone(request.checked_out_at.tzinfo)


def test_three_hours_on_the_wall_clock_are_found_in_both_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    nights = (local(3, 14, 0, 30), local(11, 7, 0, 30))
    assert {real_hours(night) for night in nights} == {3 * HOUR}
    monkeypatch.setattr(f"{TIMING}planned_at", on_the_wall_clock)
    assert [real_hours(night) for night in nights] == [2 * HOUR, 4 * HOUR]


def queue_reminder(play: Play) -> None:
    about = (play.practice_id, Process.ONBOARDING, play.journey_id)
    one = NewMessage(*about, "one", MessageKind.REMINDER, Role.PRIMARY_CONTACT, "", "", {}, play.now)
    play.db.transaction(lambda s: messages.queue(s, [one], as_of=play.now))


@ONCE
@pytest.mark.parametrize("is_planted", [False, True])
def test_a_lease_without_a_fence_lets_a_late_worker_write(
    db: Database, monkeypatch: pytest.MonkeyPatch, is_planted: bool
) -> None:
    play = begun(db)
    queue_reminder(play)
    if is_planted:
        monkeypatch.setattr("models.store.messages.new_id", lambda: 7)
    late = db.transaction(lambda s: messages.claim_due(s, as_of=play.now, limit=1))
    play.now += LEASE + timedelta(seconds=1)
    db.transaction(lambda s: messages.recover(s, as_of=play.now))
    db.transaction(lambda s: messages.claim_due(s, as_of=play.now, limit=1))
    outcomes = {number: Outcome(MessageState.SENT) for number in late.ids}
    written = db.transaction(lambda s: messages.record_outcomes(s, outcomes, fence=late.fence, as_of=play.now))
    assert bool(late.ids)
    assert bool(written) is is_planted


@ONCE
@pytest.mark.parametrize("is_planted", [False, True])
def test_a_history_without_a_chain_hides_what_was_edited(
    db: Database, monkeypatch: pytest.MonkeyPatch, is_planted: bool
) -> None:
    if is_planted:
        monkeypatch.setattr("models.store.events._digest", lambda *_: "0" * 64)
    play = begun(db)
    db.transaction(lambda s: s.execute(update(Event).values(actor="somebody-else")))
    report = db.read(lambda s: events.check_chain(s, play.practice_id))
    assert report.is_intact is is_planted


@ONCE
@pytest.mark.parametrize("is_planted", [False, True])
def test_looking_before_booking_is_no_guard_against_two_at_once(db: Database, is_planted: bool) -> None:
    """Both have looked, both found the time free; only the database itself can refuse the second."""
    if is_planted:
        for what in ("insert", "update"):
            db.transaction(lambda s, what=what: s.execute(text(f"DROP TRIGGER IF EXISTS slot_taken_{what}")))  # type: ignore[misc]
    made = a_booking(db)

    def book(session: Session) -> None:
        for clock in ("10:00", "10:15"):
            wish = made.wish(at(clock))._asdict()
            session.add(SlotClaimRow(**wish, kind=ClaimKind.REQUEST, is_exclusive=True))
            session.flush()

    if is_planted:
        db.transaction(book)
        return
    with pytest.raises(ConstraintBroken, match="slot_taken"):
        db.transaction(book)


@pytest.mark.parametrize("is_planted", [False, True])
def test_a_person_in_the_words_of_an_error_is_found(monkeypatch: pytest.MonkeyPatch, is_planted: bool) -> None:
    if is_planted:
        monkeypatch.setattr(policy, "safe", lambda function: function)

    def fail() -> None:
        raise ValueError(NOBODY)

    with pytest.raises(Exception) as failure:  # noqa: PT011 - which one it is does not matter, its words do
        policy.safe(fail)()
    told = [str(one) for one in (failure.value, failure.value.__cause__, failure.value.__context__) if one]
    assert any(NOBODY in words for words in told) is is_planted


def test_a_result_in_base64_is_found_where_a_plain_search_passes_it_by() -> None:
    kept = PickleSerializer().dumps({"told": NOBODY})
    assert NOBODY.encode() not in kept
    pattern = re.compile(NOBODY.encode())
    assert found_in(b"result: " + kept, pattern)
    assert not found_in(b"result: " + PickleSerializer().dumps({"told": 42}), pattern)
    assert policy.effect()(promises_broken).persist_result is False


class Tally:
    """A number in a table of its own, and two workers that add one to it: the second while the first is at it."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.db._pause = lambda _seconds: None
        db.change_schema(lambda connection: connection.execute(text("CREATE TABLE tally AS SELECT 0 AS number")))

    def add(self, between: Callable[[], None] = lambda: None) -> None:
        """Read the number, let something happen, and write the next one."""

        def work(session: Session) -> None:
            number = session.scalar(text("SELECT number FROM tally")) or 0
            between()
            session.execute(text("UPDATE tally SET number = :next"), {"next": number + 1})

        self.db.transaction(work)

    def added_by_two(self) -> int:
        """Say how many of two workers were told that they have added one."""
        told = list[bool]()

        def add_beside() -> None:
            with suppress(DatabaseFailure):
                self.add()
                told.append(True)

        with ThreadPoolExecutor(1) as pool:
            self.add(lambda: pool.submit(add_beside).result())
        return len(told) + 1

    @property
    def number(self) -> int:
        """What has come of it."""
        return self.db.read(lambda s: s.scalar(text("SELECT number FROM tally"))) or 0


@ONCE
@pytest.mark.parametrize("is_planted", [False, True])
def test_transactions_as_sqlite_and_its_driver_bring_them_lose_an_update(
    db: Database, monkeypatch: pytest.MonkeyPatch, is_planted: bool
) -> None:
    """A SELECT begins no transaction there, so that what was read may be old by the time it is written back."""
    tally = Tally(db)
    monkeypatch.setattr("models.db.LOCK_WAIT_SECONDS", 0.05)
    if is_planted:
        monkeypatch.setattr(Database, "_turn", nullcontext)
        tally.db = Database(db.url, create_engine(db.url))
    told = tally.added_by_two()
    assert (tally.number == told) is not is_planted
    tally.db.close()


def select_then_update(session: Session, *, as_of: datetime, limit: int) -> Claim:
    due = select(Message.id).where(Message.state == MessageState.PENDING, Message.due_at <= as_of).limit(limit)
    claim = Claim(new_id(), tuple(session.scalars(due).all()))
    values = {"state": MessageState.CLAIMED, "fence": claim.fence, "lease_until": as_of + LEASE}
    session.execute(update(Message).where(Message.id.in_(claim.ids)).values(values))
    return claim


@pytest.mark.parametrize("db", ["postgresql"], indirect=True)  # SQLite lets one writer in at a time
@pytest.mark.parametrize("claim_due", [messages.claim_due, select_then_update])
def test_a_claim_that_selects_and_then_updates_is_given_to_two(db: Database, claim_due: Callable[..., Claim]) -> None:
    """The second worker claims as soon as the first one's first statement is answered."""
    play = begun(db)
    queue_reminder(play)
    claim = partial(claim_due, as_of=play.now, limit=10)
    beside = list[Claim]()

    def first(session: Session) -> Claim:
        times = count()
        connection = session.connection()

        def second(*_: object) -> None:
            if next(times) == 0:
                beside.append(pool.submit(db.transaction, claim).result())

        event.listen(connection, "after_cursor_execute", second)
        return claim(session)

    with ThreadPoolExecutor(1) as pool:
        claimed = db.transaction(first)
    assert len(claimed.ids) == 1
    assert (beside[0].ids == claimed.ids) is (claim_due is select_then_update)


def rebuilt_with_keys_on(self: Database, work: Callable[[Connection], Any]) -> Any:
    with self._turn(), self.engine.begin() as connection:
        return work(connection)


@pytest.mark.parametrize("empty_db", ["sqlite"], indirect=True)  # PostgreSQL changes tables without a copy of them
@pytest.mark.parametrize("is_planted", [False, True])
def test_rebuilding_a_parent_with_foreign_keys_on_deletes_its_children(
    empty_db: Database, monkeypatch: pytest.MonkeyPatch, is_planted: bool
) -> None:
    """Two guards stand before it: keys are off, and rows are counted before anything is for good."""
    if is_planted:
        monkeypatch.setattr(Database, "_rebuilt", rebuilt_with_keys_on)

    def rebuild(connection: Connection) -> int:
        children = "CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id REFERENCES parents ON DELETE CASCADE)"
        for statement in ("CREATE TABLE parents (id INTEGER PRIMARY KEY, name VARCHAR(9))", children):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("INSERT INTO parents VALUES (1, 'a')")
        connection.exec_driver_sql("INSERT INTO children VALUES (10, 1)")
        before = migrate._rows(connection)
        with Operations(MigrationContext.configure(connection)).batch_alter_table("parents") as batch:
            batch.alter_column("name", type_=String(99), existing_type=String(9))
        migrate._refuse_losses(before, migrate._rows(connection), meant=frozenset())
        return migrate._rows(connection)["children"]

    if is_planted:
        with pytest.raises(MigrationRefusedError, match="rows of children would change; nothing was changed"):
            empty_db.change_schema(rebuild)
        return
    assert empty_db.change_schema(rebuild) == 1
