"""A backup becomes a database beside the present one, whole, in quarantine, or nothing does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from deployments import restore as command
from models.db import Database, open_database, use_database
from models.migrations.migrate import check
from models.rules.offboarding import Stage
from models.settings import Settings, use_settings
from models.store import messages, restores
from models.store.events import check_chain
from models.store.keys import keys_of
from models.store.offboarding_facts import present
from models.tables.messages import Message, MessageState
from models.tables.practices import Practice
from tasks import backups, offboarding, restoring
from tasks import messages as delivery
from tasks.backups import BackupFailedError, make_backup
from tasks.left_practices import FILE, note_left
from tasks.restoring import Restored, restore_beside
from tests import postgres
from tests.factories import MONDAY, a_signed_journey
from tests.keeping import with_tools

NIGHT = MONDAY + timedelta(hours=6)
LATER = NIGHT + timedelta(days=2)


@pytest.fixture
def chosen(db: Database, own_settings: Settings) -> Settings:
    a_signed_journey(db)
    return with_tools(own_settings, database_url=db.url.render_as_string(hide_password=False))


@pytest.fixture
def backup(db: Database, chosen: Settings) -> Path:
    return make_backup(db, chosen, as_of=NIGHT).backup.path


@contextmanager
def opened(db: Database, restored: Restored) -> Iterator[Database]:
    other = open_database(db.url.set(database=restored.place))
    try:
        with use_database(other):
            yield other
    finally:
        other.close()
        if not db.is_sqlite:
            postgres.execute(db.url, f'DROP DATABASE "{restored.place}" WITH (FORCE)')


def test_it_stands_beside_with_every_row_and_in_quarantine(db: Database, chosen: Settings, backup: Path) -> None:
    before = db.read(lambda s: s.scalars(select(Message.id).order_by(Message.id)).all())
    restored = restore_beside(backup, chosen, as_of=LATER)
    assert restored.place.endswith("golive_restored.db" if db.is_sqlite else "_restored")
    with opened(db, restored) as other:
        check(other)
        assert other.read(lambda s: s.scalars(select(Message.id).order_by(Message.id)).all()) == before
        since = other.read(restores.quarantine)
        assert since is not None
        assert (since.made_at, since.stopped_at, since.restored_at) == (NIGHT, LATER, LATER)
    assert db.read(restores.quarantine) is None


def test_nothing_is_claimed_or_marked_from_it(db: Database, chosen: Settings, backup: Path) -> None:
    with opened(db, restore_beside(backup, chosen, as_of=LATER)) as other:
        assert other.transaction(lambda s: messages.claim_due(s, as_of=LATER, limit=9)).ids == ()
        assert list(delivery.claims_of_messages(as_of=LATER, limit=9)) == []

        def claim_as_before(session: object) -> None:
            other_fence = Message.__table__.update().values(state=MessageState.CLAIMED, fence=7)  # type: ignore[attr-defined]
            session.execute(other_fence)  # type: ignore[attr-defined]

        other.transaction(claim_as_before)
        ids = other.read(lambda s: s.scalars(select(Message.id)).all())
        assert other.transaction(lambda s: messages.mark_sending(s, ids, fence=7, as_of=LATER)) == frozenset()


def test_a_second_restore_does_not_write_over_the_first(db: Database, chosen: Settings, backup: Path) -> None:
    again = pytest.raises(BackupFailedError, match="There is a restored database already")
    with opened(db, restore_beside(backup, chosen, as_of=LATER)), again:
        restore_beside(backup, chosen, as_of=LATER)


def test_what_breaks_on_the_way_leaves_nothing_behind(
    db: Database, chosen: Settings, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "_put_into_quarantine", broken)
        with pytest.raises(BackupFailedError, match="No space left on device"):
            restore_beside(backup, chosen, as_of=LATER)
    assert [path.suffix for path in chosen.backups.iterdir() if path.name != ".lock"] == [".golive-backup"]
    with opened(db, restore_beside(backup, chosen, as_of=LATER)):
        pass


@pytest.mark.parametrize(
    ("stopped_at", "sentence"),
    [
        (NIGHT - timedelta(hours=1), "cannot have stopped before its backup was made"),
        (LATER + timedelta(hours=1), "still to come"),
    ],
)
def test_the_end_of_the_lost_database_lies_between_backup_and_now(
    db: Database, chosen: Settings, backup: Path, stopped_at: datetime, sentence: str
) -> None:
    with pytest.raises(BackupFailedError, match=sentence):
        restore_beside(backup, chosen, stopped_at=stopped_at, as_of=LATER)


def test_a_backup_of_the_other_engine_or_of_a_newer_version_is_refused(
    db: Database, chosen: Settings, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "postgresql://nobody@127.0.0.1/none" if db.is_sqlite else f"sqlite:///{chosen.home / 'other.db'}"
    with pytest.raises(BackupFailedError, match="but the database of the settings is"):
        restore_beside(backup, chosen.model_copy(update={"database_url": other}), as_of=LATER)
    monkeypatch.setattr(restoring, "knows", lambda _: False)
    with pytest.raises(BackupFailedError, match="Install the version that made it"):
        restore_beside(backup, chosen, as_of=LATER)


def test_on_the_command_line(
    db: Database, chosen: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_backup(db, chosen, as_of=datetime.now(UTC) - timedelta(minutes=1)).backup.path
    with use_settings(chosen):
        assert command.main(["--reconcile"]) == 75
        assert command.main([str(path)]) == 0
        place = f"{db.url.database}_restored" if not db.is_sqlite else str(chosen.home / "golive_restored.db")
        with opened(db, Restored(place, backups.about_of(path), LATER)):
            assert command.main(["--status"]) == 0
            assert command.main(["--release", "--by", "coach-1"]) == 75
            assert command.main(["--reconcile"]) == 0
            assert command.main(["--release", "--by", "nobody"]) == 75
            assert command.main(["--release", "--by", "coach-1"]) == 0
            assert command.main(["--status"]) == 0
        assert command.main([str(chosen.home / "none")]) == 65
        for wrong in ([], ["--release"], ["--reconcile", "--status"], ["--stopped-at", "noon"]):
            with pytest.raises(SystemExit):
                command.main(wrong)
    told = capsys.readouterr()
    assert "in quarantine." in told.out
    assert "GOLIVE_DATABASE_URL" in told.out
    assert "The database is released" in told.out
    assert "not reconciled yet" in told.out
    assert "Run golive restore --reconcile first" in told.err
    assert "no member of staff with the key nobody" in told.err


def test_keys_that_were_destroyed_since_the_backup_do_not_come_back(
    db: Database, chosen: Settings, backup: Path
) -> None:
    practice = db.read(lambda s: s.scalars(select(Practice.id)).one())
    note_left(chosen.backups, practice, "maple-street", at=LATER)
    note_left(chosen.backups, practice, "maple-street", at=LATER)
    note_left(chosen.backups, 404, "unknown-here", at=LATER)
    restored = restore_beside(backup, chosen, as_of=LATER)
    assert "Keys of 1 practices that had left by now" in " ".join(restored.sentences)
    with opened(db, restored) as other:
        assert other.read(lambda s: keys_of(s, practice)).is_gone
        assert other.transaction(lambda s: messages.claim_due(s, as_of=LATER, limit=9)).ids == ()
        [one] = other.read(present)
        assert one.stage is Stage.DESTROYED
        offboarding.advance(as_of=LATER)
        [one] = other.read(present)
        assert one.stopped_at == LATER, "its journey and its messages end as well"
        assert other.read(lambda s: check_chain(s, practice)).is_intact
    assert not db.read(lambda s: keys_of(s, practice)).is_gone, "the present database is not touched"


def test_a_damaged_list_of_those_who_left_stops_a_restore(chosen: Settings, backup: Path) -> None:
    (chosen.backups / FILE).write_text("{")
    with pytest.raises(BackupFailedError, match="practices-that-left"):
        restore_beside(backup, chosen, as_of=LATER)
