"""The folder of files from payers: each file once whatever happens between its steps, and what cannot be read."""

import hashlib
import os
import re
import threading
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.db import Database
from models.inputs.answers import Answer
from models.inputs.payer_files import Kind
from models.settings import Settings, settings
from models.store import payer_files as store
from models.store import practices
from models.tables.events import Event
from models.tables.payer_files import DepositRow, PayerFileRow, RemittanceRow
from tasks import payer_files, payer_folder
from tests import edi
from tests.factories import an_intake
from tests.store.payer_office import MARCH, Office, an_office

LONG_AGO = 1_000_000_000


def content(trace: str = "880001", **facts: str) -> bytes:
    return edi.encode(edi.interchange(edi.group(Kind.REMITTANCE, edi.remittance(trace=trace, **facts))))  # type: ignore[arg-type]


def place(name: str = "") -> Path:
    folder = settings().payer_folder
    (folder / "inbox").mkdir(parents=True, exist_ok=True)
    return folder / name


def put(name: str, what: bytes = b"", *, age: int = LONG_AGO) -> Path:
    path = place() / "inbox" / name
    path.write_bytes(what or content())
    os.utime(path, (age, age))
    return path


def run() -> Counter[str]:
    found = payer_files.waiting_files.fn(limit=1_000)
    assert not isinstance(found, str), found
    counts = Counter({"still being written": found[1]})
    for batch in found[0]:
        counts += payer_files.read_waiting_files.fn(batch, as_of=MARCH)[0]
    return +counts


def names(where: str) -> list[str]:
    return sorted(one.name for one in place(where).iterdir())


def rows(db: Database, table: type[PayerFileRow | RemittanceRow]) -> int:
    return db.read(lambda s: s.scalar(select(func.count()).select_from(table))) or 0


def test_a_file_is_read_once_and_moved_under_its_hash(db: Database) -> None:
    put("monday.835")
    assert run() == {"file": 1, "remittances": 1}
    (done,) = names("done")
    assert re.fullmatch(rf"{hashlib.sha256(content()).hexdigest()[:16]}-[0-9a-f]+\.835", done)
    assert names("inbox") == []
    assert run() == {}
    put("the same again.835")
    assert run() == {"known files": 1}
    assert rows(db, RemittanceRow) == 1


def test_a_refused_file_goes_aside_with_the_reason_and_the_place_beside_it_e_30(db: Database) -> None:
    put("cut.835", content()[:-20])
    assert run() == {"refused": 1}
    file, reason = names("refused")
    assert reason == f"{file}.reason.txt"
    said = place(f"refused/{reason}").read_text()
    assert "The file ends before its IEA segment" in said
    assert "segment" in said.partition("(At ")[2]
    state = db.read(lambda s: s.execute(select(PayerFileRow.state, PayerFileRow.reason)).one())
    assert state == ("refused", said.strip())


def test_a_file_that_is_still_written_is_left_alone_until_it_is_quiet(db: Database) -> None:
    path = put("growing.835", content()[:300])
    os.utime(path)
    put("sent.835.part")
    assert run() == {"still being written": 2}
    path.write_bytes(content())
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert run() == {"file": 1, "remittances": 1, "still being written": 1}


def test_a_kill_between_commit_and_move_is_healed(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    put("monday.835")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(payer_folder.PayerFolder, "done", killed)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert names("inbox") == ["monday.835"]
    assert rows(db, RemittanceRow) == 1
    assert run() == {"known files": 1}
    assert names("inbox") == []
    assert rows(db, RemittanceRow) == 1


def test_a_kill_before_the_commit_loses_nothing(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    put("monday.835")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "match_records", killed)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert (rows(db, PayerFileRow), rows(db, RemittanceRow)) == (0, 0)
    assert run() == {"file": 1, "remittances": 1}


def test_a_kill_between_the_reason_and_the_move_is_healed(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    put("cut.835", content()[:-20])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(payer_folder.PayerFolder, "_move", killed)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert run() == {"refused": 1}
    assert len(names("refused")) == 2
    assert rows(db, PayerFileRow) == 1


def test_two_workers_at_once_read_each_file_once(db: Database) -> None:
    for number in range(30):
        put(f"{number}.835", content(f"T{number}"))
    counts, start = list[Counter[str]](), threading.Barrier(2)

    def work() -> None:
        start.wait()
        counts.append(run())

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    both = counts[0] + counts[1]
    assert (both["file"], both["remittances"]) == (30, 30), both
    assert not [what for what in both if what.startswith("failed")]
    assert rows(db, RemittanceRow) == 30
    assert (len(names("done")), names("inbox")) == (30, [])


def test_folders_links_pipes_and_huge_files_are_refused_plainly(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = place("inbox")
    (inbox / "folder").mkdir()
    outside = place("secret.txt")
    outside.write_text("not for golive")
    (inbox / "link").symlink_to(outside)
    os.mkfifo(inbox / "pipe")
    monkeypatch.setattr(payer_files, "LARGEST_FILE", 1_000)
    put("huge.835", content() * 10)
    for odd in inbox.iterdir():
        os.utime(odd, (LONG_AGO, LONG_AGO), follow_symlinks=False)
    assert run() == {"refused": 4}
    reasons = {place(f"refused/{name}").read_text().strip() for name in names("refused") if name.endswith(".txt")}
    assert reasons == {payer_folder.SENTENCES[odd] for odd in payer_folder.Odd if odd != payer_folder.Odd.NOT_READABLE}
    assert outside.read_text() == "not for golive"
    assert names("inbox") == []
    assert rows(db, PayerFileRow) == 0


def test_a_file_that_may_not_be_read_is_refused_plainly(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    put("locked.835")
    opened = os.open

    def forbidden(path: object, flags: int, *rest: int) -> int:
        if str(path).endswith("locked.835"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", forbidden)
    assert run() == {"refused": 1}
    assert names("inbox") == []


def test_names_may_hold_anything(db: Database) -> None:
    wild = ("\n", "-rf", "ü" * 120, "a" * 250, "$(reboot)", "é\udcff", " ", "x.reason.txt")
    for number, name in enumerate(wild):
        put(name, content(f"W{number}"))
    assert run() == {"file": len(wild), "remittances": len(wild)}
    assert len(names("done")) == len(wild)
    put("b" * 250, b"nothing of X12")
    assert run() == {"refused": 1}
    assert len(names("refused")) == 2


def test_no_name_that_a_sender_gave_is_written_again_e_34(db: Database) -> None:
    put("Rosalind Quick.835", content())
    put("Quick, Rosalind 1984-02-29.txt", b"nothing of X12")
    assert run() == {"file": 1, "remittances": 1, "refused": 1}
    written = [*names("done"), *names("refused")]
    assert len(written) == 3
    assert [name for name in written if not re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]+(\.835)?(\.reason\.txt)?", name)] == []
    assert rows(db, PayerFileRow) == 2


def test_one_file_s_failure_never_stops_another(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    put("bad.835", content("BAD"))
    put("good.835", content("GOOD"), age=LONG_AGO + 1)
    record = store.record_file

    def fails(session: object, file: object, **rest: object) -> Counter[str]:
        if file.evidence[0].trace == "BAD":  # type: ignore[attr-defined]
            raise RuntimeError
        return record(session, file, **rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(store, "record_file", fails)
        assert run() == {"file": 1, "remittances": 1, "failed: RuntimeError": 1}
    assert names("inbox") == ["bad.835"]
    assert run() == {"file": 1, "remittances": 1}


def test_a_folder_that_cannot_be_used_is_told(own_settings: Settings) -> None:
    own_settings.payer_folder.write_text("a file in its place")
    assert "cannot be written to" in str(payer_files.waiting_files.fn(limit=1))


@pytest.fixture
def intake(own_settings: Settings) -> Path:
    own_settings.intake_folder.mkdir(parents=True)
    return own_settings.intake_folder


def test_a_file_of_the_intake_folder_is_read_and_stays(db: Database, intake: Path) -> None:
    (intake / "one.835").write_bytes(content())
    answer = payer_files.read_intake_file.fn("one.835", as_of=MARCH)
    assert (answer.is_done, answer.sentence) == (True, "The file was read: 1 remittances.")
    assert "read before" in payer_files.read_intake_file.fn("one.835", as_of=MARCH).sentence
    assert (intake / "one.835").exists()
    missing = payer_files.read_intake_file.fn("two.835", as_of=MARCH)
    assert not missing.is_done
    assert "files there: one.835" in missing.sentence


def test_a_file_of_the_intake_folder_that_is_no_x12_says_why(db: Database, intake: Path) -> None:
    (intake / "letter.txt").write_text("Dear payer")
    answer = payer_files.read_intake_file.fn("letter.txt", as_of=MARCH)
    assert not answer.is_done
    assert answer.sentence.startswith("This is no X12 file")


def staffed(db: Database) -> Office:
    office = an_office(db)
    db.transaction(lambda s: practices.register_staff(s, an_intake().team, as_of=MARCH))
    return office


def load(intake: Path, *lines: str, by: str = "poster-1") -> Answer:
    (intake / "deposits.csv").write_text("\n".join(["practice,trace,amount,deposited_on", *lines]))
    return payer_files.load_deposits.fn("deposits.csv", by=by, as_of=MARCH)


def test_good_deposits_are_taken_and_bad_lines_named_e_44(db: Database, intake: Path) -> None:
    office = staffed(db)
    answer = load(
        intake,
        "maple-street,880001,90.00,2026-03-02",
        "maple-street,880001,ninety,2026-03-02",
        "maple-street,880001,90.00,03/02/2026",
        "nowhere,880001,90.00,2026-03-02",
        "maple-street,a b,90.00,2026-03-02",
        "Maple Street!,880001,90.00,2026-03-02",
        "maple-street,880001,90.00",
    )
    summary, *faults = answer.sentence.split(" deposits.csv ")
    assert (answer.is_done, summary) == (False, "1 recorded, 0 known already, 6 faults.")
    assert [fault.partition(":")[0] for fault in faults] == [f"line {line}" for line in (3, 4, 6, 7, 8, 5)]
    assert "03/02" not in answer.sentence
    again = load(intake, "maple-street,880001,90.00,2026-03-02")
    assert (again.is_done, again.sentence) == (True, "0 recorded, 1 known already, 0 faults.")
    assert db.read(lambda s: s.scalars(select(DepositRow.amount_cents)).all()) == [9_000]
    assert office.deposit("880001", 9_000, MARCH.date()) == {"known": 1}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("trace,amount\n1,2", "must begin with the line practice,trace,amount,deposited_on"),
        ("", "must begin with the line"),
        ('practice,trace,amount,deposited_on\n"maple-street,1,1.00,2026-03-02', "line 2: the quotes"),
    ],
)
def test_a_list_of_deposits_without_its_first_line_is_refused(
    db: Database, intake: Path, content: str, sentence: str
) -> None:
    staffed(db)
    (intake / "deposits.csv").write_text(content)
    answer = payer_files.load_deposits.fn("deposits.csv", by="poster-1", as_of=MARCH)
    assert not answer.is_done
    assert sentence in answer.sentence


def test_whoever_records_a_deposit_is_in_the_history(db: Database) -> None:
    office = staffed(db)
    told = ("maple-street", "880001", "90.00", MARCH.date())
    refused = payer_files.record_deposit.fn(*told, by="stranger", as_of=MARCH)
    assert "no member of staff" in refused.sentence
    assert payer_files.record_deposit.fn(*told, by="poster-1", as_of=MARCH).is_done
    assert "recorded before" in payer_files.record_deposit.fn(*told, by="poster-1", as_of=MARCH).sentence
    query = select(Event.actor, Event.subject).where(Event.kind == "deposit_recorded")
    assert [tuple(row) for row in db.read(lambda s: s.execute(query.where(Event.practice_id == office.practice)))] == [
        ("poster-1", "880001")
    ]
