"""What is outlived is purged and nothing else: no open matter, no other practice, nothing under a legal hold."""

import os
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from deployments import purge as command
from models.db import Database
from models.rules.decisions import Refusal
from models.rules.reply_checker import Verdict
from models.rules.reputation_private import AnswerState
from models.rules.retention import KEEPINGS, Kept
from models.settings import Settings, use_settings
from models.store import legal_holds, portal, private_answers, requests, restores
from models.store.events import check_chain
from models.store.keys import keys_of
from models.store.legal_holds import Order
from models.store.retention import OUTLIVED, last_run, purge_batch
from models.store.vital_signs import stored_signs
from models.tables.base import Base, new_id
from models.tables.feedback import FeedbackAnswerRow, PrivateAnswerRow
from models.tables.keeping import KeepingKind
from models.tables.practice_systems import DeadChangeRow
from tasks import retention
from tasks.moment import standing_at
from tests.booking import at
from tests.rotating import KilledError, in_clear, killed_at
from tests.store.texting import Texting, a_texting

LATER = timedelta(days=7 * 366)
WORDS = "So kind, all of you."


class Office:
    """A practice with one value of every class that is purged."""

    def __init__(self, texting: Texting) -> None:
        self.texting, self.asking = texting, texting.asking
        self.db, self.practice = texting.db, texting.asking.practice
        self.visit = self._asked_for_an_appointment()
        texting.text("Thank you")
        self.request = self.asking.check_out()
        self.db.transaction(self._answered)

    def _asked_for_an_appointment(self) -> int:
        booking = self.asking.booking
        booking.choose(at("10:00"))
        return booking.submitted(booking.submission(at("10:00"))).appointment_id

    def _answered(self, session: Session) -> None:
        keys, number, now = keys_of(session, self.practice), new_id(), self.asking.now
        words = keys.seal(WORDS, table="feedback_answers", column="words", row_id=self.request)
        session.add(
            FeedbackAnswerRow(
                request_id=self.request,
                practice_id=self.practice,
                is_satisfied=True,
                words=words,
                locale="en",
                answered_at=now,
            )
        )
        session.flush()
        session.add(
            PrivateAnswerRow(
                id=number,
                practice_id=self.practice,
                request_id=self.request,
                state=AnswerState.TAKEN_BACK,
                words=keys.seal(WORDS, table="private_answers", column="words", row_id=number),
                verdict=Verdict.CLEAN,
            )
        )
        dead = new_id()
        content = keys.seal("{}", table="dead_changes", column="content", row_id=dead)
        row = {"id": dead, "practice_id": self.practice, "system_id": "1", "fingerprint": "x", "content": content}
        session.execute(insert(DeadChangeRow), [row | {"problem": "", "tries": 1, "seen_at": now, "settled_at": now}])

    def left(self, kind: Kept) -> int:
        """Count what is there of a class."""

        def count(session: Session) -> int:
            places = [one.place for one in OUTLIVED if one.kind is kind]
            return sum(
                len([1 for (value,) in session.query(place.rows.c[place.column]).all() if value]) for place in places
            )

        return self.db.read(count)

    def change(self, table: str, **values: object) -> None:
        """Change every row of a table."""
        self.db.transaction(lambda s: s.execute(update(Base.metadata.tables[table]).values(**values)))

    def everything(self) -> dict[Kept, int]:
        """Count every class in the database."""
        return {kind: self.left(kind) for kind in Kept if kind is not Kept.FILES}


@pytest.fixture
def office(db: Database) -> Office:
    made = Office(a_texting(db))
    made.change("pushes", state="done")
    made.change("work_items", closed_at=made.asking.now)
    made.change("threads", waits_for_us=False)
    made.change("messages", state="sent", settled_at=made.asking.now)
    return made


def hold(db: Database, *, matter: str = "case-7", by: str = "manager-1", key: str = "1") -> Refusal | None:
    order = Order("maple-street", matter, by, key)
    return db.transaction(lambda s: legal_holds.set_hold(s, order, as_of=at("12:00")))


def lift(db: Database, *, matter: str = "case-7", key: str = "2") -> Refusal | None:
    order = Order("maple-street", matter, "manager-1", key)
    return db.transaction(lambda s: legal_holds.lift_hold(s, order, as_of=at("12:00")))


def purge(as_of: datetime) -> dict[str, int]:
    return dict(retention.purge.fn(as_of=as_of))


def test_each_class_goes_when_its_period_is_over_and_not_before(office: Office) -> None:
    before = office.everything()
    assert all(before.values()), before
    now = office.asking.now
    assert retention.count_outlived.fn(as_of=now + timedelta(days=89)) == {}
    assert purge(now + timedelta(days=89)) == {}
    assert office.everything() == before
    soon = now + timedelta(days=91)
    assert retention.count_outlived.fn(as_of=soon) == {Kept.REPORTS: 1, Kept.CHANGES: 1}
    assert office.everything() == before, "counting changes nothing"
    assert purge(soon) == {Kept.REPORTS: 1, Kept.CHANGES: 1}
    assert purge(soon) == {}
    assert purge(now + LATER) == {Kept.REQUESTS: 1, Kept.CONVERSATIONS: before[Kept.CONVERSATIONS], Kept.FEEDBACK: 2}
    assert not any(office.everything().values())


def test_what_was_purged_is_empty_wherever_it_was_shown(office: Office) -> None:
    db, practice = office.db, office.practice
    purge(office.asking.now + LATER)
    assert db.read(lambda s: requests.open_request(s, office.visit)) is None
    assert db.read(lambda s: portal.people_of(s, practice, [office.visit])) == {}
    row = db.read(lambda s: private_answers.answer_of(s, practice, office.request))
    assert row is not None
    assert db.read(lambda s: private_answers.opened(keys_of(s, practice), row)) == ""
    assert in_clear(db, practice), "patients and people stay"
    assert db.read(lambda s: check_chain(s, practice)).is_intact


@pytest.mark.parametrize(
    ("kind", "table", "values"),
    [
        (Kept.REPORTS, "provider_events", {"outcome": "unattributed"}),
        (Kept.CHANGES, "dead_changes", {"settled_at": None}),
        (Kept.REQUESTS, "pushes", {"state": "unknown"}),
        (Kept.REQUESTS, "work_items", {"closed_at": None}),
        (Kept.CONVERSATIONS, "threads", {"waits_for_us": True}),
        (Kept.FEEDBACK, "private_answers", {"state": "draft"}),
    ],
)
def test_what_an_open_matter_needs_stays(office: Office, kind: Kept, table: str, values: dict[str, object]) -> None:
    before = office.left(kind)
    office.change(table, **values)
    purge(office.asking.now + LATER)
    assert office.left(kind) == before


def test_a_class_whose_setting_is_0_is_kept_for_ever(office: Office, own_settings: Settings) -> None:
    ever = {f"keep_{kind.value}_days": 0 for kind in Kept}
    with use_settings(own_settings.model_copy(update=ever)):
        assert purge(office.asking.now + LATER) == {}


def test_a_legal_hold_keeps_everything_until_it_is_lifted(office: Office, own_settings: Settings) -> None:
    db, later = office.db, office.asking.now + LATER
    file = own_settings.home / "payer-files" / "done" / "old.835"
    file.parent.mkdir(parents=True)
    file.write_text("ISA")
    os.utime(file, (0, 0))
    before = office.everything()
    assert hold(db) is None
    assert retention.count_outlived.fn(as_of=later) == {}
    assert purge(later) == {}
    assert office.everything() == before
    assert file.exists(), "a file may be about the practice"
    assert lift(db) is None
    assert purge(later)[Kept.FILES] == 1
    assert not file.exists()
    assert not any(office.everything().values())


def test_a_hold_that_comes_while_a_purge_runs_stops_its_next_batch(office: Office) -> None:
    db, later = office.db, office.asking.now + LATER
    [one] = [one for one in OUTLIVED if one.kind is Kept.REQUESTS]
    hold(db)
    count = db.transaction(lambda s: purge_batch(s, one, office.practice, before=later, limit=9))
    assert count == 0


def test_holds_are_listed_and_written_into_the_history(office: Office) -> None:
    db = office.db
    assert hold(db) is None
    assert hold(db, matter="case-8", key="3") is None
    assert [row["matter"] for row in retention.hold_rows()] == ["case-7", "case-8"]
    again = hold(db, key="4")
    assert again is not None
    assert (
        again.sentence == "maple-street is under a legal hold for case-7 already, since 2026-11-23, set by manager-1."
    )
    assert lift(db) is None
    refused = lift(db, key="5")
    assert refused is not None
    assert "under no legal hold for case-7" in refused.sentence
    stranger = hold(db, matter="case-9", by="stranger", key="6")
    assert stranger is not None
    assert "nobody with the key stranger" in stranger.sentence
    assert [row["matter"] for row in retention.hold_rows()] == ["case-8"]
    assert db.read(lambda s: check_chain(s, office.practice)).is_intact


@pytest.mark.parametrize("before", [True, False])
def test_killed_at_every_commit_a_purge_goes_on(office: Office, before: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    later, deaths = office.asking.now + LATER, 0
    for number in range(1, 50):
        try:
            with killed_at(number, before=before):
                retention.purge_all(as_of=later)
            break
        except KilledError:
            deaths += 1
    assert deaths > 3
    assert not any(office.everything().values())


def test_the_last_run_is_known_and_an_alarm_stands_when_there_is_none_for_days(office: Office) -> None:
    db, later = office.db, office.asking.now + LATER
    assert db.read(lambda s: last_run(s, KeepingKind.PURGE)) is None
    purge(later)
    assert db.read(lambda s: stored_signs(s, as_of=later)).purged_at == later


def test_on_the_command_line(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    with standing_at(lambda: office.asking.now + timedelta(days=91)):
        assert command.main(["--dry-run"]) == 0
        assert command.main([]) == 0
        assert command.main([]) == 0
    told = capsys.readouterr().out
    assert told == (
        "changes: 1 would be purged\nreports: 1 would be purged\n"
        "changes: 1 purged\nreports: 1 purged\nNothing is outlived.\n"
    )
    now = office.asking.now
    office.db.transaction(lambda s: restores.begin(s, made_at=now, stopped_at=now, as_of=now))
    assert command.main([]) == 75
    assert "in quarantine" in capsys.readouterr().err


def test_every_class_has_a_setting_a_period_and_a_reason(own_settings: Settings) -> None:
    assert [one.kind for one in KEEPINGS] == list(Kept)
    assert all(own_settings.days_kept(one.kind) == one.days for one in KEEPINGS)
    assert all(one.why for one in KEEPINGS)
    assert {one.kind for one in OUTLIVED} == set(Kept) - {Kept.FILES}
