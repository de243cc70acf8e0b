"""A practice's key is rotated while everything works: read always, sealed anew once, the older key destroyed last."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.decisions import Refusal
from models.rules.keeping import AT_REST, KNOWN
from models.sealing import INSTALLATION, Keys
from models.store import key_rotations, keys
from models.store.events import check_chain
from models.store.sealed_places import Place, reseal
from models.store.vital_signs import stored_signs
from models.tables.events import Event
from models.tables.keys import KeyRotation, KeyState, PracticeKey
from models.tables.patients import PatientRow
from models.tables.practices import Person
from tasks import key_rotation
from tests.factories import MONDAY, a_signed_journey
from tests.rotating import KilledError, in_clear, key_numbers, killed_at
from tests.store.asking import Asking, an_asking

LONGEST = 200
IN_USE, OVER = MONDAY + KNOWN, MONDAY + KNOWN + AT_REST


@pytest.fixture
def asking(db: Database) -> Asking:
    a_signed_journey(db)
    found = an_asking(db, key="asking")
    for number in range(3):
        found.patient(str(91 + number), first=f"Rosa{number}")
    found.check_out()
    return found


def begin(db: Database, practice: str = "asking", *, by: str = "manager-1") -> Refusal | None:
    return db.transaction(lambda s: key_rotations.begin(s, practice, by=by, as_of=MONDAY))


def states(db: Database, practice: int) -> list[KeyState]:
    query = select(PracticeKey.state).where(PracticeKey.practice_id == practice).order_by(PracticeKey.key_id)
    return list(db.read(lambda s: s.scalars(query).all()))


def test_step_by_step_everything_stays_readable_and_the_older_key_goes_last(asking: Asking) -> None:
    db, practice = asking.db, asking.practice
    before = in_clear(db, practice)
    assert begin(db) is None
    assert not key_rotation.advance(as_of=IN_USE - timedelta(seconds=1))
    assert key_numbers(db, practice) == {"1"}
    done = key_rotation.advance(as_of=IN_USE)
    assert done == {"in_use": 1, "fields": len(before)}
    assert key_numbers(db, practice) == {"2"}
    assert in_clear(db, practice) == before
    assert states(db, practice) == [KeyState.ACTIVE, KeyState.RETIRED, KeyState.ACTIVE]
    assert not key_rotation.advance(as_of=OVER - timedelta(seconds=1))
    assert key_rotation.advance(as_of=OVER) == {"ended": 1}
    assert states(db, practice) == [KeyState.ACTIVE, KeyState.DESTROYED, KeyState.ACTIVE]
    assert in_clear(db, practice) == before
    assert not key_rotation.advance(as_of=OVER + AT_REST)


def test_whoever_read_the_keys_before_the_new_one_was_in_use_reads_what_it_sealed(asking: Asking) -> None:
    db, practice = asking.db, asking.practice
    begin(db)
    early = db.read(lambda s: keys.keys_of(s, practice))
    key_rotation.advance(as_of=IN_USE)
    row = db.read(lambda s: s.scalars(select(PatientRow).where(PatientRow.practice_id == practice)).first())
    assert row is not None
    assert "Rosa" in early.unseal(row.person, table="patients", column="person", row_id=row.id)


def test_what_a_slow_writer_sealed_with_the_older_key_keeps_it_alive_until_it_is_sealed_anew(asking: Asking) -> None:
    db, practice = asking.db, asking.practice
    begin(db)
    slow = db.read(lambda s: keys.keys_of(s, practice))
    key_rotation.advance(as_of=IN_USE)

    def write(session: Session) -> int:
        row = session.scalars(select(PatientRow).where(PatientRow.practice_id == practice)).first()
        assert row is not None
        row.person = slow.seal('{"first": "Slow"}', table="patients", column="person", row_id=row.id)
        return row.id

    number = db.transaction(write)
    [one] = db.read(key_rotations.under_way)
    assert not db.transaction(lambda s: key_rotations.end(s, one, as_of=OVER))
    assert key_rotation.advance(as_of=OVER) == {"fields": 1, "ended": 1}
    assert in_clear(db, practice)["patients", "person", number] == '{"first": "Slow"}'


def test_what_somebody_wrote_meanwhile_is_left_as_it_was_written(asking: Asking) -> None:
    db, practice = asking.db, asking.practice
    begin(db)
    [one] = db.read(key_rotations.under_way)
    db.transaction(lambda s: key_rotations.put_into_use(s, one, as_of=IN_USE))
    place = Place("people", "name")

    def race(session: Session) -> None:
        opened = keys.keys_of(session, practice)

        class Overtaken(Keys):
            """Lets somebody else write each value between its reading and its writing."""

            def unseal(self, sealed: str, *, table: str, column: str, row_id: int) -> str:
                theirs = opened.seal("Theirs", table=table, column=column, row_id=row_id)
                session.execute(update(Person).where(Person.id == row_id).values(name=theirs))
                return opened.unseal(sealed, table=table, column=column, row_id=row_id)

            def seal(self, plain: str, *, table: str, column: str, row_id: int) -> str:
                return opened.seal(plain, table=table, column=column, row_id=row_id)

        overtaken = Overtaken(practice, active=None, keys={})
        reseal(session, overtaken, place, older=[1], after=0, limit=10)

    db.transaction(race)
    names = {value for (table, column, _), value in in_clear(db, practice).items() if (table, column) == place[:2]}
    assert names == {"Theirs"}


def test_a_damaged_value_stays_and_keeps_the_older_key(asking: Asking) -> None:
    db, practice = asking.db, asking.practice
    begin(db)

    def damage(session: Session) -> None:
        row = session.scalars(select(PatientRow).where(PatientRow.practice_id == practice)).first()
        assert row is not None
        row.person = row.person[:-8] + "AAAAAAA="

    db.transaction(damage)
    done = key_rotation.advance(as_of=IN_USE)
    assert done["damaged"] == 1
    assert key_rotation.advance(as_of=OVER) == {"damaged": 1}
    assert states(db, practice)[1] is KeyState.RETIRED


@pytest.mark.parametrize("before", [True, False])
def test_killed_at_every_commit_it_goes_on_and_ends_the_same(
    asking: Asking, before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 3)
    db, practice = asking.db, asking.practice
    plain, deaths = in_clear(db, practice), 0
    begin(db)
    for at in (IN_USE, OVER):
        for number in range(1, LONGEST):
            try:
                with killed_at(number, before=before):
                    key_rotation.advance(as_of=at)
                break
            except KilledError:
                deaths += 1
    assert deaths > 10
    assert in_clear(db, practice) == plain
    assert states(db, practice) == [KeyState.ACTIVE, KeyState.DESTROYED, KeyState.ACTIVE]
    assert key_numbers(db, practice) == {"2"}
    kinds = select(Event.kind).where(Event.practice_id == practice, Event.key.like("key:%")).order_by(Event.position)
    assert db.read(lambda s: s.scalars(kinds).all()) == ["key_made", "key_in_use", "older_keys_destroyed"]
    assert db.read(lambda s: check_chain(s, practice)).is_intact


def test_pages_and_patients_are_found_as_before(asking: Asking) -> None:
    """Blind indexes have a key of their own that does not rotate: links in letters that went out stay good."""
    db, practice = asking.db, asking.practice
    query = select(PatientRow.phone_index, PatientRow.match_index).where(PatientRow.practice_id == practice)
    before = db.read(lambda s: s.execute(query).all())
    begin(db)
    key_rotation.advance(as_of=IN_USE)
    assert db.read(lambda s: s.execute(query).all()) == before
    late = asking.patient("99", first="Late")
    assert in_clear(db, practice)["patients", "person", late].startswith("{")
    assert key_numbers(db, practice) == {"2"}


def test_the_installation_has_a_key_of_its_own(asking: Asking) -> None:
    db = asking.db
    before = in_clear(db, INSTALLATION)
    assert begin(db, "golive-installation") is None
    key_rotation.advance(as_of=IN_USE)
    key_rotation.advance(as_of=OVER)
    assert key_numbers(db, INSTALLATION) == {"2"}
    assert in_clear(db, INSTALLATION) == before


def test_refusals_say_why(asking: Asking) -> None:
    db = asking.db
    for practice, by, words in (
        ("nowhere", "manager-1", "There is no practice with the key nowhere"),
        ("asking", "stranger", "There is nobody with the key stranger"),
    ):
        refused = begin(db, practice, by=by)
        assert isinstance(refused, Refusal)
        assert words in refused.sentence
    assert begin(db) is None
    again = begin(db)
    assert again is not None
    assert "is being rotated already, since 2026-11-23 15:00 UTC" in again.sentence
    db.transaction(lambda s: s.execute(update(KeyRotation).values(ended_at=MONDAY)))
    db.transaction(lambda s: keys.destroy(s, asking.practice))
    gone = begin(db)
    assert gone is not None
    assert "were destroyed when it left" in gone.sentence


def test_a_practice_that_is_erased_meanwhile_ends_its_rotation_only(asking: Asking) -> None:
    db = asking.db
    begin(db)
    begin(db, "maple-street")
    db.transaction(lambda s: keys.destroy(s, asking.practice))
    done = key_rotation.advance(as_of=IN_USE)
    assert done["fields"] > 0
    key_rotation.advance(as_of=OVER)
    assert db.read(key_rotations.under_way) == []
    assert states(db, asking.practice) == [KeyState.DESTROYED] * 3


def test_keys_that_are_old_are_rotated_by_themselves(asking: Asking) -> None:
    db, later = asking.db, MONDAY + timedelta(days=366)
    assert db.transaction(lambda s: key_rotations.begin_old_ones(s, days=0, as_of=later)) == 0
    assert key_rotation.advance(as_of=later) == {"begun": 3}
    assert key_rotation.advance(as_of=later + KNOWN)["in_use"] == 3
    assert {one["rotation"] for one in key_rotation.listed()} == {"new key in use"}
    assert key_rotation.advance(as_of=later + KNOWN + AT_REST) == {"ended": 3}
    assert db.read(lambda s: stored_signs(s, as_of=later)).oldest_key == later
    assert {one["rotation"] for one in key_rotation.listed()} == {""}
