"""Payer lists and status updates taken in: good lines applied, the rest told, the same file twice changes nothing."""

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deployments.example_practices import FOLDER
from models.db import Database
from models.rules.decisions import Process
from models.rules.enrollment import RejectReason, State
from models.rules.enrollment_events import Acknowledge, Approve, Prepare, Reject, Resubmit, Submit
from models.rules.enrollment_watching import UNKNOWN_PAYER
from models.rules.onboarding_facts import Reason, Transaction
from models.settings import Settings, settings
from models.store import enrollment_begin
from models.store.enrollment import Which, find_enrollments, load_enrollments, of_practices
from models.store.enrollment_begin import Identity, Wanted
from models.store.keys import keys_of
from models.tables.enrollment import BillingIdentityRow, EnrollmentRow
from models.tables.events import Event
from models.tables.practices import Practice
from models.tables.work_items import WorkItem
from tasks import enrollment_files
from tasks.enrollment_files import Progress
from tests.factories import MONDAY, a_journey, an_intake
from tests.store.enrolling import Enrolling, enrolling

P = "maple-street"
BY = "enroll-1"
HEAD = "practice,payer,transaction,status,billing,date,reason"


@pytest.fixture
def made(db: Database, own_settings: Settings) -> Enrolling:
    """Give a practice with claims enrollments at three payers, and an intake folder."""
    own_settings.intake_folder.mkdir()
    return enrolling(db)


def lay(made: Enrolling, *lines: str, head: str = HEAD, file: str = "f.csv") -> str:
    _ = made

    (settings().intake_folder / file).write_text("\n".join([head, *lines]), encoding="utf-8")
    return file


def load(made: Enrolling, *lines: str, **more: str) -> Progress:
    """Take in status updates."""
    opened = enrollment_files.open_statuses(lay(made, *lines, **more), by=BY)
    assert not isinstance(opened, str), opened
    progress, batches = opened
    for batch in batches:
        progress.add(batch, enrollment_files.take_statuses.fn(batch, by=BY, as_of=made.now))
    return progress


def load_list(made: Enrolling, *lines: str, head: str = "practice,payer,payer_name,transactions,billing") -> Progress:
    """Take in a payer list."""
    opened = enrollment_files.open_payer_list(lay(made, *lines, head=head), by=BY)
    assert not isinstance(opened, str), opened
    progress, batches = opened
    for batch in batches:
        progress.add(batch, enrollment_files.take_payer_list.fn(batch, by=BY, key="run:1", as_of=made.now))
    return progress


def everything(made: Enrolling) -> list[object]:
    """Give what must not change when a file comes again."""
    rows = made.db.read(lambda s: s.execute(select(EnrollmentRow.__table__).order_by(EnrollmentRow.id)).all())
    return [*rows, made.db.read(lambda s: s.scalar(select(func.count()).select_from(Event)))]


def test_good_lines_are_applied_and_bad_ones_are_told_by_line_and_reason(made: Enrolling) -> None:
    """E-44."""
    progress = load(
        made,
        "maple-street,medicare,claims,ready,,,",
        "oak-street,medicare,claims,ready,,,",
        "maple-street,nobody,claims,ready,,,",
        "maple-street,medicare,era,ready,,,",
        "maple-street,medicare,claims,ready,1555010101,,",
        "maple-street,harbor,claims,approved,,,",
        "maple-street,harbor,claims,Sent by pigeon,,,",
        "maple-street,evergreen,claims,Work in Progress,,,",
    )
    assert made.look("medicare").state is State.READY
    assert progress.counts == {"updated": 1, "known": 1, "asked": 1}
    assert [(int(row["line"]), row["what to do"]) for row in progress.rows()] == [
        (3, "there is no practice with the key oak-street."),
        (4, "maple-street has no enrollment with a payer nobody; begin it with a payer list."),
        (5, "maple-street has no enrollment medicare:era; begin it with a payer list."),
        (6, "maple-street has medicare:claims for another billing: group."),
        (7, "it is draft here, and approved does not follow from that; nothing was changed."),
        (8, "the word in status is not known; the state stays as it is, and a task was opened to look there."),
    ]
    answer = progress.answer()
    assert answer.is_done
    assert answer.sentence.startswith("f.csv: 1 asked, 1 known, 1 updated, 6 faults. Line 3: there is no practice")
    assert made.look("harbor").state is State.DRAFT


def test_a_word_that_is_not_known_changes_nothing_and_asks_a_person_once(made: Enrolling) -> None:
    """E-15."""
    for _ in range(2):
        load(made, "maple-street,harbor,claims,Sent by pigeon,,,")
    query = select(WorkItem.key).where(WorkItem.process == Process.ENROLLMENT, WorkItem.key.like("unknown_word%"))
    assert made.db.read(lambda s: s.scalars(query).all()) == ["unknown_word.harbor:claims"]
    history = select(Event.evidence).where(Event.kind == "enrollment_unknown_word")
    assert "pigeon" not in str(made.db.read(lambda s: s.scalars(history).all()))


def test_the_same_status_file_twice_changes_nothing(made: Enrolling) -> None:
    """E-44."""
    made.do("medicare", Prepare())
    lines = (
        "maple-street,medicare,claims,Pending Insurance,,2026-11-23,",
        "maple-street,medicare,claims,approved,,11/23/2026,",
        "maple-street,medicare,claims,approved,,11/23/2026,",
        "maple-street,evergreen,claims,ready,,,",
    )
    assert load(made, *lines).counts == {"updated": 3, "known": 1}
    assert made.look("medicare").state is State.APPROVED
    assert made.look("medicare").submitted_on == date(2026, 11, 23)
    before = everything(made)
    again = load(made, *lines)
    assert (again.counts, again.faults) == ({"known": 4}, [])
    assert everything(made) == before


def test_an_old_file_says_nothing_about_a_new_attempt(made: Enrolling) -> None:
    """E-11, E-44: what was rejected once is not rejected again."""
    made.do("medicare", Prepare(), Submit(UNKNOWN_PAYER), Acknowledge())
    lines = ("maple-street,medicare,claims,rejected,,,npi not on file",)
    assert load(made, *lines).counts == {"updated": 1}
    assert made.look("medicare").reason == RejectReason.NPI_NOT_ON_FILE
    made.now += timedelta(days=9)
    made.do("medicare", Resubmit(Reason.MUST_BE_REPEATED), Prepare(), Submit(UNKNOWN_PAYER), Acknowledge())
    assert load(made, *lines).counts == {"known": 1}
    dated = load(made, "maple-street,medicare,claims,rejected,,11/24/2026,other")
    assert "older than the submission" in dated.faults[0].sentence
    assert made.look("medicare").state is State.PENDING_PAYER


def test_trouble_after_the_approval_is_looked_at_by_a_person(made: Enrolling) -> None:
    """E-15: a status alone takes nothing back."""
    made.do("medicare", Prepare(), Submit(UNKNOWN_PAYER), Acknowledge(), Approve())
    progress = load(made, "maple-street,medicare,claims,Action Required,,,")
    assert progress.counts == {"asked": 1}
    assert "after the approval" in progress.faults[0].sentence
    assert made.look("medicare").state is State.APPROVED


def test_a_word_proves_nothing_of_claims(made: Enrolling) -> None:
    """E-12: approved is not live."""
    made.do("medicare", Prepare(), Submit(UNKNOWN_PAYER), Acknowledge(), Reject(reason=RejectReason.OTHER))
    told = load(made, "maple-street,medicare,claims,approved,,,").faults
    assert told == [(2, "it is rejected here, and approved does not follow from that; nothing was changed.")]
    made.do("harbor", Prepare(), Submit(UNKNOWN_PAYER), Acknowledge(), Approve())
    assert "live does not follow" in load(made, "maple-street,harbor,claims,live,,,").faults[0].sentence


def test_a_payer_list_begins_what_is_new_and_the_same_list_changes_nothing(made: Enrolling) -> None:
    """E-01, E-44."""
    lines = (
        "maple-street,medicare,,claims era,",
        "maple-street,Zeta Mutual,,,",
        "maple-street,unknown,,claims,",
        "elm-street,medicare,,claims,",
        "maple-street,harbor,,era,1234567893",
        "maple-street,harbor,,era,1555010200",
    )
    first = load_list(made, *lines)
    assert first.counts == {"begun": 5, "known": 1}
    assert sorted(first.faults) == [
        (4, "there is no payer unknown yet; give its name in payer_name."),
        (5, "there is no practice with the key elm-street; start its journey."),
        (7, "maple-street has no provider with this NPI; add billing_npi."),
    ]
    found = made.db.read(lambda s: of_practices(s, [made.practice]))[made.practice]
    assert {(one.payer, one.transaction.value, one.identity) for one in found} >= {
        ("zeta-mutual", "eft", "group"),
        ("harbor", "era", "1234567893"),
    }
    before = everything(made)
    again = load_list(made, *lines)
    assert again.counts == {"known": 6}
    assert again.faults == first.faults
    assert everything(made) == before


def test_a_payer_list_seals_the_tax_id_that_it_names_or_that_of_the_practice(
    db: Database, own_settings: Settings
) -> None:
    """E-01."""
    own_settings.intake_folder.mkdir()
    a_journey(db, an_intake(tax_id="12-3456789"))
    practice = db.read(lambda s: s.scalars(select(Practice.id)).one())
    made = Enrolling(db, 0, practice, an_intake())
    head = "practice,payer,transactions,billing,billing_npi,tax_id"
    load_list(made, "maple-street,medicare,era,,,", "maple-street,medicare,era,second,1555010101,98-7654321", head=head)

    def tax_ids() -> dict[str, str]:
        def opened(session: Session) -> dict[str, str]:
            keys = keys_of(session, practice)
            return {
                row.key: keys.unseal(row.tax_id, table="billing_identities", column="tax_id", row_id=row.id)
                for row in session.scalars(select(BillingIdentityRow))
            }

        return db.read(opened)

    assert tax_ids() == {"group": "12-3456789", "second": "98-7654321"}


def test_several_identities_must_be_named(made: Enrolling) -> None:
    def add(session: Session) -> None:
        enrollment_begin.save_identities(session, made.practice, [Identity("1234567893", "1234567893", is_group=False)])
        wanted = [Wanted("medicare", "Medicare", Transaction.CLAIMS, "1234567893")]
        enrollment_begin.begin_enrollments(session, made.practice, wanted, by=BY, key="x", as_of=MONDAY)

    made.db.transaction(add)
    told = load(made, "maple-street,medicare,claims,ready,,,").faults
    expected = "maple-street has medicare:claims for several billings: 1234567893, group; name one of them in billing."
    assert told == [(2, expected)]
    assert load(made, "maple-street,medicare,claims,ready,group,,").counts == {"updated": 1}
    both = made.db.read(lambda s: find_enrollments(s, Which(P, "medicare", Transaction.CLAIMS)))
    states = Counter(one.state for one in made.db.read(lambda s: load_enrollments(s, both)).values())
    assert states == {State.READY: 1, State.DRAFT: 1}


def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(made: Enrolling, own_settings: Settings) -> None:
    opened = enrollment_files.open_statuses
    assert "There is no file gone.csv" in str(opened("gone.csv", by=BY))
    assert "There is no member of staff" in str(opened(lay(made), by="stranger"))
    assert str(opened(lay(made), by=BY)) == "f.csv has no line below its first one; add one line per enrollment."
    assert "unknown columns: phone" in str(opened(lay(made, head="practice,payer,transaction,status,phone"), by=BY))
    (own_settings.intake_folder / "latin.csv").write_bytes(b"practice,payer\n\xe9\n")
    assert "UTF-8" in str(opened("latin.csv", by=BY))


def test_the_examples_are_taken_whole(made: Enrolling, own_settings: Settings) -> None:

    for name in ("payer-list.csv", "enrollment-statuses.csv"):
        (own_settings.intake_folder / name).write_bytes((FOLDER / name).read_bytes())
    for name, opening in (
        ("payer-list.csv", enrollment_files.open_payer_list),
        ("enrollment-statuses.csv", enrollment_files.open_statuses),
    ):
        opened = opening(name, by=BY)
        assert not isinstance(opened, str)
        progress, batches = opened
        for batch in batches:
            if name == "payer-list.csv":
                progress.add(batch, enrollment_files.take_payer_list.fn(batch, by=BY, key="e", as_of=MONDAY))
            else:
                progress.add(batch, enrollment_files.take_statuses.fn(batch, by=BY, as_of=MONDAY))
        assert progress.faults == []
        assert progress.answer().is_done


def test_ten_thousand_lines_are_read_once_and_taken_in_batches(made: Enrolling) -> None:
    """E-44: each batch is one task run and one transaction, and a practice stands in as few of them as can be."""
    lines = [f"p{number % 400},payer{number // 400},era,approved,,11/23/2026," for number in range(10_000)]
    opened = enrollment_files.open_statuses(lay(made, *lines), by=BY)
    assert not isinstance(opened, str)
    progress, batches = opened
    assert (progress.total, len(batches)) == (10_000, 20)
    assert all(len({line.practice for line in batch.lines}) == 20 for batch in batches)
    assert repr(batches[0]) == "<500 lines>", "what the lines say goes into no log"
