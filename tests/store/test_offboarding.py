"""A practice leaves in order: everything ended, everything handed over, keys destroyed when two people want it."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from deployments import offboard as command
from models.db import Database
from models.inputs.answers import Answer
from models.inputs.intake import StaffIntake
from models.rules.decisions import Process
from models.rules.messages import MessageKind
from models.rules.offboarding import Leaving, Offboarding, Order, Stage
from models.rules.roles import Role
from models.settings import Settings
from models.store import (
    accounts,
    key_rotations,
    legal_holds,
    messages,
    offboarding_end,
    practice_export,
    practices,
    restores,
    systems,
    timers,
)
from models.store.events import check_chain
from models.store.keys import keys_of
from models.store.messages import NewMessage
from models.store.offboarding_facts import of_practice, present
from models.store.practices import find_practice
from models.store.work_items import open_for
from models.tables.base import Base, new_id
from models.tables.booking import WidgetRow
from models.tables.feedback import FeedbackRequestRow
from models.tables.messages import Message, MessageState
from models.tables.onboarding import JourneyRow
from models.tables.practice_systems import CursorKind
from models.tables.texting import ProviderEventRow
from tasks import bundles, offboarding
from tasks.moment import standing_at
from tests.factories import a_signed_journey, an_intake
from tests.rotating import KilledError, in_clear, killed_at, sealed
from tests.store.test_retention import Office
from tests.store.texting import a_texting

PRACTICE = "maple-street"
DAY = timedelta(days=1)


class Leavers:
    """A practice with something of every kind, that leaves step by step."""

    def __init__(self, office: Office, settings: Settings) -> None:
        self.office, self.db, self.number = office, office.db, office.practice
        self.settings = settings
        self.now = office.asking.now
        self.keys = 0
        self.db.transaction(self._team)

    def _team(self, session: Session) -> None:
        """Let there be a second manager, and a coach of this practice."""
        people = (("manager-2", Role.ONBOARDING_MANAGER), ("coach-1", Role.SUCCESS_COACH))
        team = [StaffIntake(key=key, name=key, email=f"{key}@golive.example.com", role=role) for key, role in people]
        practices.register_staff(session, team, as_of=self.now)
        practices.assign(session, self.number, Role.SUCCESS_COACH, "coach-1", as_of=self.now)

    def order(self, by: str = "manager-1") -> Order:
        self.keys += 1
        return Order(PRACTICE, by, f"test:{self.keys}")

    def ask(self, by: str = "manager-1") -> Answer:
        return offboarding.begin(self.order(by), Leaving.PRACTICE_ASKED, as_of=self.now)

    def export(self, by: str = "manager-1") -> Answer:
        return offboarding.make_export(self.order(by), as_of=self.now)

    def hand_over(self, digest: str = "", by: str = "manager-1") -> Answer:
        return offboarding.note_handed_over(self.order(by), digest or self.one.digest, as_of=self.now)

    def confirm(self, by: str = "manager-2") -> Answer:
        return offboarding.confirm_destruction(self.order(by), as_of=self.now)

    def call_off(self, by: str = "manager-1") -> Answer:
        return offboarding.stop_leaving(self.order(by), as_of=self.now)

    def resume(self, by: str = "manager-1") -> Answer:
        return offboarding.resume_practice(self.order(by), as_of=self.now)

    def go_on(self) -> dict[str, int]:
        return dict(offboarding.advance(as_of=self.now))

    def to(self, stage: Stage) -> None:
        """Take the practice as far as this stage."""
        steps: dict[Stage, Callable[[], object]] = {
            Stage.STOPPED: self.ask,
            Stage.EXPORTED: self.export,
            Stage.WAITING: self.hand_over,
            Stage.CONFIRMED: self.confirm,
            Stage.DESTROYED: self._wait,
        }
        for one, step in steps.items():
            step()
            if one is stage:
                break
        assert self.one.stage is stage

    def _wait(self) -> None:
        self.now += 31 * DAY
        self.go_on()

    @property
    def one(self) -> Offboarding:
        found = self.db.read(partial(of_practice, practice=PRACTICE))
        assert found is not None
        return found

    @property
    def files(self) -> list[Path]:
        return sorted(self.settings.export_folder.glob("*.zip"))

    def history(self) -> list[str]:
        rows = Base.metadata.tables["events"].c
        query = select(rows.kind).where(rows.process == "practice", rows.practice_id == self.number)
        return list(self.db.read(lambda s: s.scalars(query.order_by(rows.position)).all()))

    def rows(self, table: str, **values: object) -> int:
        """Count rows of the practice with these values."""
        rows = Base.metadata.tables[table]
        which = [rows.c[name] == value for name, value in values.items()]
        query = select(func.count()).select_from(rows).where(rows.c.practice_id == self.number, *which)
        return self.db.read(lambda s: s.scalar(query)) or 0


@pytest.fixture
def leavers(db: Database, own_settings: Settings) -> Leavers:
    return Leavers(Office(a_texting(db)), own_settings)


def in_state(leavers: Leavers, state: MessageState, to: Role = Role.PATIENT) -> int:
    """Queue one more message and put it into a state; gives its number."""

    def queue(session: Session) -> int:
        key = f"extra:{new_id()}"
        one = NewMessage(
            leavers.number, Process.TEXTING, 1, key, MessageKind.TEXT_HELP, to, "office", "", {}, leavers.now
        )
        messages.queue(session, [one], as_of=leavers.now)
        number = session.scalars(select(Message.id).where(Message.key == key)).one()
        lease = leavers.now + timedelta(minutes=2)
        values = {"state": state, "fence": 7, "lease_until": lease} if state is not MessageState.PENDING else {}
        session.execute(update(Message).where(Message.id == number).values(**values or {"attempts": 0}))
        return number

    return leavers.db.transaction(queue)


def state_of(db: Database, number: int) -> tuple[MessageState, str]:
    row = db.read(lambda s: s.execute(select(Message.state, Message.outcome).where(Message.id == number)).one())
    return row[0], row[1]


def test_from_the_moment_it_is_asked_for_nothing_waits_and_nothing_is_sent(leavers: Leavers) -> None:
    db = leavers.db
    waiting = in_state(leavers, MessageState.PENDING)
    journey = db.read(lambda s: s.scalar(select(JourneyRow.id).where(JourneyRow.practice_id == leavers.number)))
    answer = leavers.ask()
    assert answer.is_done
    assert "Nothing is sent for it any more" in answer.sentence
    assert leavers.one.stage is Stage.STOPPED
    assert state_of(db, waiting) == (MessageState.CANCELLED, "practice_leaves")
    late = in_state(leavers, MessageState.PENDING)
    ours = in_state(leavers, MessageState.PENDING, to=Role.SUCCESS_COACH)
    claim = db.transaction(partial(messages.claim_due, as_of=leavers.now, limit=99))
    assert late not in claim.ids
    assert ours in claim.ids, "our own staff is told on"
    assert db.read(messages.next_due) != leavers.now - DAY
    assert journey is None or leavers.rows("journeys", status="cancelled") == 1
    assert leavers.rows("timers", state="open") == 0
    assert leavers.rows("pushes", state="pending") == 0
    assert [one.key for one in db.read(open_for) if one.practice == PRACTICE] == []
    looks = db.transaction(lambda s: systems.claim_looks(s, kinds=list(CursorKind), as_of=leavers.now + DAY, limit=9))
    assert looks == []
    widget = db.read(lambda s: s.scalar(select(WidgetRow.is_open).where(WidgetRow.practice_id == leavers.number)))
    assert not widget
    open_requests = select(func.count()).where(FeedbackRequestRow.state.in_(("planned", "asked")))
    assert db.read(lambda s: s.scalar(open_requests)) == 0
    assert leavers.history().count("offboarding_asked") == 1
    assert db.read(lambda s: check_chain(s, leavers.number)).is_intact


def test_a_message_that_is_being_sent_at_that_moment_is_awaited_and_never_tried_again(leavers: Leavers) -> None:
    db = leavers.db
    claimed, sending = (in_state(leavers, one) for one in (MessageState.CLAIMED, MessageState.SENDING))
    leavers.ask()
    assert state_of(db, claimed)[0] is MessageState.CANCELLED
    marked = db.transaction(partial(messages.mark_sending, ids=[claimed], fence=7, as_of=leavers.now))
    assert marked == frozenset(), "whoever had claimed it makes no call"
    refused = leavers.export()
    assert "The outcome of 1 messages or writes is still to come" in refused.sentence
    assert leavers.files == []
    later = db.transaction(lambda s: messages.try_later(s, sending, "unavailable", fence=7, as_of=leavers.now))
    assert later is MessageState.CANCELLED
    assert leavers.export().is_done


def test_a_message_that_was_claimed_before_is_not_marked_after(leavers: Leavers) -> None:
    leavers.ask()
    number = in_state(leavers, MessageState.CLAIMED)
    marked = leavers.db.transaction(partial(messages.mark_sending, ids=[number], fence=7, as_of=leavers.now))
    assert marked == frozenset()


def test_access_of_its_people_ends_and_that_of_others_stays(leavers: Leavers) -> None:
    db = leavers.db

    def invited(session: Session) -> None:
        practice = find_practice(session, PRACTICE)
        assert practice is not None
        holder = accounts.person_holder(session, practice, "office")
        assert holder is not None
        accounts.make_account(session, holder, "index-of-office", as_of=leavers.now)
        staff = accounts.staff_holder(session, "manager-2")
        assert staff is not None
        accounts.make_account(session, staff, "index-of-manager", as_of=leavers.now)

    db.transaction(invited)
    leavers.ask()
    rows = Base.metadata.tables["accounts"].c
    states = db.read(lambda s: s.execute(select(rows.person_id.is_not(None), rows.state).order_by(rows.id)).all())
    assert [(bool(person), state.value) for person, state in states] == [(True, "ended"), (False, "invited")]


def read_back(path: Path) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(path) as archive:
        return {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))
            for name in archive.namelist()
            if name.endswith(".csv")
        }


def test_the_export_holds_every_row_and_every_sealed_word_in_clear(leavers: Leavers) -> None:
    clear = in_clear(leavers.db, leavers.number)
    leavers.ask()
    answer = leavers.export()
    assert answer.is_done, answer.sentence
    [path] = leavers.files
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    tables = read_back(path)
    assert set(tables) == {one.name for one in practice_export.exported_tables()}
    text = json.dumps(tables, ensure_ascii=False).replace('\\\\\\"', '"').replace('\\"', '"')
    assert all(word in text or word.replace('"', '\\"') in text for word in clear.values())
    assert len(tables["people"]) == leavers.rows("people")
    assert len(tables["events"]) > 5
    assert not any(value.startswith("1.1.") for rows in tables.values() for row in rows for value in row.values())
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["cells_that_could_not_be_opened"] == 0
    assert manifest["left_out"]["practice_keys"] == "the keys themselves"
    assert leavers.one.digest == bundles.digest_of(path)
    assert leavers.one.bundle == path.name
    assert "maple" not in path.name


def test_every_table_is_exported_or_left_out_for_a_reason() -> None:
    exported = {one.name for one in practice_export.exported_tables()}
    assert exported | set(practice_export.WITHHELD) == set(Base.metadata.tables)
    assert not exported & set(practice_export.WITHHELD)


def test_a_cell_that_would_be_a_formula_is_text(leavers: Leavers) -> None:
    db = leavers.db

    def rename(session: Session) -> None:
        session.execute(update(Base.metadata.tables["practices"]).values(name='=HYPERLINK("http://x.test")'))

    db.transaction(rename)
    leavers.to(Stage.EXPORTED)
    [row] = read_back(leavers.files[0])["practices"]
    assert row["name"] == """'=HYPERLINK("http://x.test")"""


def test_another_practice_is_in_no_table_of_the_export(leavers: Leavers) -> None:
    a_signed_journey(leavers.db, an_intake("oak", name="Oak Dental"))
    leavers.to(Stage.EXPORTED)
    [row] = read_back(leavers.files[0])["practices"]
    assert row["key"] == PRACTICE
    assert b"Oak Dental" not in b"".join(zipfile.ZipFile(leavers.files[0]).read(n) for n in _names(leavers.files[0]))


def _names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_what_is_damaged_is_counted_and_stops_nothing(leavers: Leavers) -> None:
    rows = Base.metadata.tables["providers"]
    leavers.db.transaction(lambda s: s.execute(update(rows).values(name="1.1.AAAA")))
    leavers.to(Stage.EXPORTED)
    with zipfile.ZipFile(leavers.files[0]) as archive:
        assert json.loads(archive.read("manifest.json"))["cells_that_could_not_be_opened"] == leavers.rows("providers")


def test_a_file_that_lacks_a_row_never_gets_a_name(leavers: Leavers, monkeypatch: pytest.MonkeyPatch) -> None:
    leavers.ask()
    real = practice_export.count_rows
    with monkeypatch.context() as patch:
        patch.setattr(bundles, "count_rows", lambda *given: real(*given) + (given[1].name == "people"))
        assert "does not hold the rows" in leavers.export().sentence
    assert list(leavers.settings.export_folder.glob("*.zip")) == []
    assert list(leavers.settings.export_folder.glob(".draft*")) == []
    assert leavers.one.stage is Stage.STOPPED
    assert leavers.export().is_done


def test_an_export_killed_at_its_name_is_made_anew_and_one_file_is_left(
    leavers: Leavers, monkeypatch: pytest.MonkeyPatch
) -> None:
    leavers.ask()
    with pytest.raises(KilledError), killed_at(1, before=True):
        leavers.export()
    assert leavers.one.stage is Stage.STOPPED, "a file without its line counts for nothing"
    leavers.now += DAY
    assert leavers.go_on()["exported"] == 1
    assert [path.name for path in leavers.files] == [leavers.one.bundle]
    leavers.now += DAY
    assert leavers.export().is_done, "until it was handed over it may be made anew"
    assert [path.name for path in leavers.files] == [leavers.one.bundle]


def test_only_the_export_that_was_made_can_be_handed_over(leavers: Leavers) -> None:
    leavers.ask()
    assert "There is no export yet" in leavers.hand_over("0123456789ab").sentence
    leavers.export()
    assert "its SHA-256 begins with" in leavers.hand_over("0123456789ab").sentence
    leavers.files[0].write_bytes(b"other")
    assert "is gone or was changed" in leavers.hand_over().sentence
    leavers.export()
    done = leavers.hand_over(leavers.one.digest[:12].upper())
    assert done.is_done
    assert "Somebody other than manager-1 confirms" in done.sentence
    assert leavers.one.destroy_at == leavers.now + 30 * DAY
    assert "handed over on" in leavers.export().sentence
    assert "offboarding.confirm" in [one.key for one in leavers.db.read(open_for)]


def test_two_people_must_want_it_and_the_second_is_a_manager(leavers: Leavers) -> None:
    leavers.ask(by="coach-1")
    assert "was not handed over yet" in leavers.confirm().sentence
    leavers.export()
    leavers.hand_over()
    assert "coach-1 may not do that" in leavers.confirm(by="coach-1").sentence
    assert "There is nobody with the key nobody" in leavers.confirm(by="nobody").sentence
    assert leavers.confirm(by="manager-1").is_done
    assert "manager-1 confirmed it on" in leavers.confirm(by="manager-2").sentence


def test_whoever_asked_cannot_confirm(leavers: Leavers) -> None:
    leavers.to(Stage.WAITING)
    assert "Two people must want it: manager-1 asked for it" in leavers.confirm(by="manager-1").sentence


@pytest.mark.parametrize("by", ["enroll-1", "billing-1", "office"])
def test_others_may_not_begin_it(leavers: Leavers, by: str) -> None:
    refused = leavers.ask(by=by)
    assert not refused.is_done
    assert leavers.db.read(present) == []


def test_the_keys_are_destroyed_when_it_is_confirmed_and_the_period_is_over_and_not_before(leavers: Leavers) -> None:
    db = leavers.db
    leavers.to(Stage.CONFIRMED)
    leavers.now += 29 * DAY
    assert leavers.go_on() == {}
    assert in_clear(db, leavers.number)
    leavers.now += 2 * DAY
    assert db.read(partial(offboarding_end.is_due, as_of=leavers.now))
    assert leavers.go_on() == {"destroyed": 1, "finished": 1}
    assert leavers.one.stage is Stage.DESTROYED
    assert db.read(lambda s: keys_of(s, leavers.number)).is_gone
    assert db.read(lambda s: sealed(s, leavers.number)), "the rows stay, and nobody reads them"
    assert leavers.files == []
    assert leavers.one.finished_at == leavers.now
    assert leavers.go_on() == {}, "nothing happens twice"
    assert leavers.history()[-1] == "keys_destroyed"
    assert db.read(lambda s: check_chain(s, leavers.number)).is_intact
    reports = select(func.count()).where(ProviderEventRow.content != "")
    assert db.read(lambda s: s.scalar(reports)) == 0, "reports of its texts lay under the installation's key"
    for answer in (leavers.call_off(), leavers.export(), leavers.ask(), leavers.resume()):
        assert "keys" in answer.sentence
        assert not answer.is_done


def test_opt_outs_and_consents_and_history_remain(leavers: Leavers) -> None:
    leavers.office.texting.text("STOP")
    before = {name: leavers.rows(name) for name in ("message_stops", "consents")}
    assert all(before.values()), before
    leavers.to(Stage.DESTROYED)
    assert {name: leavers.rows(name) for name in before} == before


def test_late_confirmation_destroys_at_once(leavers: Leavers) -> None:
    leavers.to(Stage.WAITING)
    leavers.now += 40 * DAY
    assert leavers.go_on() == {"kept": 1}
    assert leavers.confirm().is_done
    assert leavers.one.stage is Stage.DESTROYED


def test_a_legal_hold_that_comes_while_it_waits_keeps_everything_until_it_is_lifted(leavers: Leavers) -> None:
    db = leavers.db
    leavers.to(Stage.CONFIRMED)
    held = legal_holds.Order(PRACTICE, "case-7", "manager-1", "hold")
    assert db.transaction(lambda s: legal_holds.set_hold(s, held, as_of=leavers.now)) is None
    leavers.now += 31 * DAY
    assert leavers.go_on() == {"kept": 1}
    assert "A legal hold stands" in offboarding.listed(as_of=leavers.now)[0]["next"]
    assert in_clear(db, leavers.number)
    lifted = legal_holds.Order(PRACTICE, "case-7", "manager-1", "lift")
    assert db.transaction(lambda s: legal_holds.lift_hold(s, lifted, as_of=leavers.now)) is None
    assert leavers.go_on() == {}, "it looks again a day later"
    leavers.now += DAY
    assert leavers.go_on() == {"destroyed": 1, "finished": 1}


def test_called_off_nothing_is_destroyed_and_nothing_comes_back_until_a_person_resumes_it(leavers: Leavers) -> None:
    db = leavers.db
    leavers.to(Stage.CONFIRMED)
    assert "Call the offboarding off first" in leavers.resume().sentence
    assert leavers.call_off().is_done
    assert leavers.files == [], "an export that nobody needs does not lie about"
    leavers.now += 60 * DAY
    assert leavers.go_on() == {}
    assert in_clear(db, leavers.number)
    late = in_state(leavers, MessageState.PENDING)
    assert late not in db.transaction(partial(messages.claim_due, as_of=leavers.now, limit=99)).ids
    assert "called off" in leavers.confirm().sentence
    answer = leavers.resume()
    assert answer.is_done
    assert "can be written to again" in answer.sentence
    assert late in db.transaction(partial(messages.claim_due, as_of=leavers.now, limit=99)).ids
    assert leavers.one.stage is Stage.RESUMED
    assert db.read(present) == []
    assert leavers.ask().is_done, "it may leave another time"


def test_the_same_order_twice_does_nothing_twice(leavers: Leavers) -> None:
    order = leavers.order()
    for _ in range(2):
        assert offboarding.begin(order, Leaving.PRACTICE_ASKED, as_of=leavers.now).is_done
    assert leavers.rows("offboardings") == 1
    assert "was asked for already" in leavers.ask().sentence
    leavers.export()
    order = leavers.order()
    for _ in range(2):
        assert offboarding.note_handed_over(order, leavers.one.digest, as_of=leavers.now).is_done
    assert leavers.history().count("export_handed_over") == 1


def killed_again_and_again(leavers: Leavers, before: bool) -> int:
    """Do all that can be done, killed at each commit once, one commit later each time; gives how often it was."""
    for number in range(1, 99):
        try:
            with killed_at(number, before=before):
                if not leavers.db.read(present):
                    leavers.ask()
                leavers.go_on()
        except KilledError:
            continue
        return number - 1
    return 99


@pytest.mark.parametrize("before", [True, False])
def test_killed_at_every_commit_it_goes_on_where_it_was(leavers: Leavers, before: bool) -> None:
    assert killed_again_and_again(leavers, before) >= 12
    assert leavers.rows("offboardings") == 1
    assert leavers.one.stage is Stage.EXPORTED
    leavers.hand_over()
    leavers.confirm()
    leavers.now += 31 * DAY
    assert killed_again_and_again(leavers, before) > 2
    leavers.now += DAY
    leavers.go_on()
    assert leavers.one.finished_at is not None
    assert leavers.files == []
    assert leavers.history().count("keys_destroyed") == 1
    assert leavers.rows("timers", state="open") == 0


def test_a_rotation_under_way_ends_and_none_begins(leavers: Leavers) -> None:
    db = leavers.db
    assert db.transaction(lambda s: key_rotations.begin(s, PRACTICE, by="manager-1", as_of=leavers.now)) is None
    leavers.to(Stage.DESTROYED)
    assert [one for one in db.read(key_rotations.under_way) if one.practice_id == leavers.number] == []
    later = leavers.now + 800 * DAY
    db.transaction(lambda s: key_rotations.begin_old_ones(s, days=365, as_of=later))
    assert leavers.number not in {one.practice_id for one in db.read(key_rotations.under_way)}
    assert PRACTICE not in {one.practice for one in db.read(key_rotations.ages)}


def test_watches_of_enrollments_stand_still_and_go_on(leavers: Leavers) -> None:
    db = leavers.db
    timer = timers.NewTimer(leavers.number, Process.ENROLLMENT, 5, "follow_up", "", 0, leavers.now + DAY)
    db.transaction(lambda s: timers.set_timers(s, [timer]))
    leavers.ask()
    assert leavers.rows("timers", process="enrollment", state="held") == 1
    leavers.now += 10 * DAY
    leavers.call_off()
    leavers.resume()
    assert leavers.rows("timers", process="enrollment", state="open", due_at=timer.due_at + 10 * DAY) == 1


def test_on_the_command_line(leavers: Leavers, capsys: pytest.CaptureFixture[str]) -> None:
    db = leavers.db
    moments: list[datetime] = [leavers.now]
    with standing_at(lambda: moments[0]):
        assert command.main([]) == 0
        assert command.main(["ask", PRACTICE, "--reason", "practice_closed", "--by", "manager-1"]) == 0
        assert command.main(["ask", PRACTICE, "--reason", "practice_closed", "--by", "manager-1"]) == 75
        assert command.main(["export", PRACTICE, "--by", "manager-1"]) == 0
        assert command.main(["hand-over", PRACTICE, "--digest", leavers.one.digest, "--by", "manager-1"]) == 0
        assert command.main(["confirm", PRACTICE, "--by", "manager-1"]) == 75
        assert command.main(["call-off", PRACTICE, "--by", "manager-1"]) == 0
        assert command.main(["status"]) == 0
        assert command.main(["resume", PRACTICE, "--by", "manager-1"]) == 0
        assert command.main(["go-on"]) == 0
        with pytest.raises(SystemExit):
            command.main(["ask", PRACTICE, "--reason", "no_idea", "--by", "manager-1"])
        db.transaction(lambda s: restores.begin(s, made_at=moments[0], stopped_at=moments[0], as_of=moments[0]))
        assert command.main(["go-on"]) == 75
    told = capsys.readouterr()
    assert "No practice leaves." in told.out
    assert "for its owner only" in told.out
    assert "resume-practice" in told.out
    assert "Two people must want it" in told.err
    assert "in quarantine" in told.err
