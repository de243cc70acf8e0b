"""SIGKILL at every commit and around every call of a booking: one patient, appointment and message of each kind."""

import os
import signal
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from models.db import Database, open_database, use_database
from models.inputs.mailbox import read_mailbox, read_texts
from models.rules.appointment_events import Confirm
from models.rules.appointments import PortalStatus, Status
from models.rules.decisions import Process
from models.settings import Settings
from models.store import events
from models.tables.appointments import RequestRow
from models.tables.events import Event as EventRow
from models.tables.messages import Message, MessageState
from models.tables.patients import PatientRow
from models.tables.practice_systems import PushRow, PushState
from tasks import messages as delivery
from tasks.connectors import kareo_wire, local
from tasks.connectors.kareo import KareoSystem
from tasks.connectors.practice_calendar import PracticeCalendar
from tests.booking import NOW, at
from tests.conftest import Rehearse
from tests.faults.points import assert_enough
from tests.faults.test_kill_anywhere import Fuse, Where
from tests.sides import CALENDAR, KAREO, Sides, both_sides

pytestmark = pytest.mark.slow

FINISHED = 0
LONGEST = 400
WHOLE = bool(os.environ.get("GOLIVE_TEST_WHOLE"))
"""Whether PostgreSQL plays every point too; SQLite does with every run."""
FORM = {"key": "form-1", "says_new": True}
WRITES = ("create_patient", "create_appointment", "update_appointment")
NAMES = {KAREO: "Kareo", CALENDAR: "a calendar"}
OUTCOMES = {
    KAREO: {"request_alert": 2},
    CALENDAR: {"request_alert": 2, "request_received": 1, "appointment_scheduled": 1},
}


def _go_on(sides: Sides) -> None:
    """Do what is left to be done, as the patient, the staff and the dispatch would after a restart."""
    request = _submit(sides)
    _deliver(sides)
    sides.push()
    if sides.visit(request).system_id:
        sides.do(request, Confirm("office-visit", 30), key="confirmed")
    sides.push()
    sides.watch()
    sides.changes()
    sides.tick(seconds=30)
    _deliver(sides)


def _submit(sides: Sides) -> int:
    form = sides.booking.submission(at("10:00"), says_new=True)
    sides.booking.choose(at("10:00"), who="visitor", as_of=sides.time)
    return sides.booking.submitted(form, key="form-1", who="visitor", as_of=sides.time).appointment_id


def _deliver(sides: Sides) -> None:
    delivery.recover_messages(as_of=sides.time)
    delivery.look_up_unknown.fn(as_of=sides.time)
    for claim in delivery.claims_of_messages(as_of=sides.time, limit=100):
        delivery.deliver_messages.fn(claim, as_of=sides.time)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class CallFuse:
    """Counts the calls that change something outside, and ends the process before or after one of them."""

    def __init__(self, where: Where, burns_for: int) -> None:
        self._where = where
        self._left = burns_for

    def around(self, kind: type, name: str) -> None:
        """Make one method deadly."""
        whole: Callable[..., Any] = getattr(kind, name)

        def dying(system: object, *given: object) -> object:
            self._left -= 1
            if not self._left and self._where is Where.BEFORE_CALL:
                _die()
            answer = whole(system, *given)
            if not self._left:
                _die()
            return answer

        setattr(kind, name, dying)


def _make_mortal(db: Database, where: Where, burns_for: int) -> None:
    """Make this process die at one of its commits, or around one of its calls."""
    if where in (Where.BEFORE_CALL, Where.AFTER_CALL):
        calls = CallFuse(where, burns_for)
        for kind in (KareoSystem, PracticeCalendar):
            for name in WRITES:
                calls.around(kind, name)
        calls.around(local.MailboxSession, "send")
        return
    fuse, burnt = Fuse(burns_for), list[bool]()
    if where is Where.BEFORE_COMMIT:
        event.listen(db.engine, "commit", lambda connection: _die() if fuse.is_burnt(connection) else None)
        return
    event.listen(db.engine, "commit", lambda connection: burnt.append(fuse.is_burnt(connection)))
    event.listen(Session, "after_commit", lambda _session: _die() if any(burnt[-1:]) else None)


def _round(sides: Sides, where: Where, burns_for: int) -> int:
    """Let one worker go on until it dies; gives its exit signal, 0 when it came to the end."""
    url = sides.db.url.render_as_string(hide_password=False)
    sides.db.close()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    code = 1
    try:
        _connect_anew()
        mine = open_database(url)
        object.__setattr__(sides.booking, "db", mine)
        _make_mortal(mine, where, burns_for)
        with use_database(mine):
            _go_on(sides)
        code = FINISHED
    except BaseException:  # noqa: BLE001 - whatever it is, this process ends here and says why
        traceback.print_exc()
    finally:
        os._exit(code)


def _connect_anew() -> None:
    """Leave the connections to the other process; what it knows of the description is inherited."""
    for endpoint, wire in kareo_wire._wires.items():
        wire._http = kareo_wire.Wire(endpoint)._http


def _play_undisturbed(db: Database, kind: str) -> None:
    with both_sides(db, kind) as sides:
        _go_on(sides)


def _progress(sides: Sides) -> tuple[int, ...]:
    """Count what grows with each step that was made for good."""

    def look(session: Session) -> list[int]:
        settled = (MessageState.SENT, MessageState.CANCELLED)
        counted = (
            select(func.count()).select_from(EventRow),
            select(func.count()).select_from(Message).where(Message.state.in_(settled)),
            select(func.count()).select_from(PushRow).where(PushRow.state == PushState.DONE),
            select(func.count()).select_from(RequestRow).where(RequestRow.match.is_not(None)),
            select(func.count()).select_from(PatientRow),
            select(func.count()).select_from(PatientRow).where(PatientRow.system_id != ""),
        )
        return [session.scalar(one) or 0 for one in counted]

    there = sides.everything_there()
    confirmed = sum(one.status is Status.CONFIRMED for one in there)
    return *sides.db.read(look), len(there), confirmed, sides.patients_there()


@pytest.mark.parametrize("where", Where)
@pytest.mark.parametrize("kind", [KAREO, CALENDAR])
def test_killed_at_every_point_a_booking_ends_as_if_nothing_had_happened(
    db: Database, own_settings: Settings, rehearse: Rehearse, kind: str, where: Where
) -> None:
    """A-26, A-27, A-31, A-70: submitted, placed, confirmed and seen, each once, whenever the worker dies."""
    if where in (Where.AFTER_COMMIT, Where.BEFORE_CALL) and not (db.is_sqlite or WHOLE):
        pytest.skip("set GOLIVE_TEST_WHOLE=1 to play these points on PostgreSQL too")
    rehearse(f"booking in {NAMES[kind]}", lambda other: _play_undisturbed(other, kind))
    with both_sides(db, kind) as sides:
        if sides.kareo is not None:
            sides.state.switches.tentative_is_listed = True
            sides.set_there(sides.book_there(at("16:00")), Status.TENTATIVE)
        theirs = len(sides.everything_there())
        rounds, status, burns_for = 0, 1, 1
        while status != FINISHED:
            assert rounds < LONGEST
            before = _progress(sides)
            status = _round(sides, where, burns_for)
            assert status in (FINISHED, signal.SIGKILL), "the worker failed instead of being killed"
            sides.tick(minutes=5)
            rounds += 1
            burns_for = 1 if _progress(sides) != before else burns_for + 1
        assert_enough(db, f"booking in {NAMES[kind]}", where, rounds - 1)
        _assert_done_once(sides, theirs, own_settings, kind)


def _assert_done_once(sides: Sides, theirs: int, own: Settings, kind: str) -> None:
    [line] = [line for line in sides.lines() if line.starts_at == at("10:00")]
    visit = sides.visit(line.number)
    assert (visit.status, line.status) == (Status.CONFIRMED, PortalStatus.BOOKED)
    assert len(sides.everything_there()) == theirs + 1
    assert sides.patients_there() == 1
    assert sides.shown(visit.id).status is Status.CONFIRMED
    writes = sides.db.read(lambda s: s.scalars(select(PushRow.state)).all())
    assert set(writes) == {PushState.DONE}
    assert len(writes) == 2
    found = sides.db.read(lambda s: s.scalars(select(Message).where(Message.process == Process.APPOINTMENT)).all())
    assert {one.state for one in found} == {MessageState.SENT}
    assert Counter(one.kind.value for one in found) == OUTCOMES[kind]
    assert len(read_mailbox(own.mailbox_folder)) + len(read_texts(own.mailbox_folder)) == len(found)
    assert sides.db.read(lambda s: events.check_chain(s, sides.booking.practice)).is_intact
    assert [task for task in sides.tasks() if task[0] == visit.id] == []
    assert sides.time - NOW < timedelta(days=2)
