"""Enrollments in the database: begun once, moved once per key, their days counted, their lines for digests cleared."""

from collections import Counter
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.db import Database
from models.reports.enrollment_rows import days_by_party, enrollment_rows, history_rows, span_rows
from models.rules.decisions import Process, Refusal
from models.rules.enrollment import Contradiction, Need, Proof, RejectReason, State
from models.rules.enrollment_events import (
    Acknowledge,
    Approve,
    Bounce,
    ChangeRoute,
    CompleteTasks,
    Contradict,
    HearUnknownWord,
    Prepare,
    Prove,
    Reject,
    RequestDevelopment,
    Resubmit,
    SeeClaim,
    Submit,
    Waive,
    Withdraw,
)
from models.rules.enrollment_watching import UNKNOWN_PAYER
from models.rules.onboarding_events import ChooseTopPayers
from models.rules.onboarding_facts import Reason, Transaction
from models.rules.roles import Party
from models.sealing import INSTALLATION
from models.store import enrollment, enrollment_begin, enrollment_changes, events
from models.store.enrollment import Which
from models.store.enrollment_begin import Identity, Wanted
from models.store.enrollment_changes import Done, Seen
from models.store.enrollment_lists import Billing, begin_from_journey
from models.store.keys import keys_of, make_keys
from models.tables.enrollment import BillingIdentityRow, EnrollmentRow, NoticeRow, SpanRow
from models.tables.events import Event
from models.tables.onboarding import JourneyPayerRow
from models.tables.timers import Timer, TimerState
from models.tables.work_items import WorkItem
from tests.factories import MONDAY, a_journey, record
from tests.store.enrolling import Enrolling, enrolling
from tests.store.journeys import begun, until_handoff
from tests.store.test_at_once import at_once

SENT = (Prepare(), Submit(UNKNOWN_PAYER), Acknowledge())
BY = "enroll-1"


@pytest.fixture
def made(db: Database) -> Enrolling:
    """Give a practice with one claims enrollment at each of three payers."""
    return enrolling(db)


def rows_of(made: Enrolling) -> int:
    return made.db.read(lambda s: s.scalar(select(func.count()).select_from(EnrollmentRow))) or 0


def open_timers(db: Database) -> list[tuple[int, str]]:
    query = select(Timer.process_id, Timer.kind).where(
        Timer.process == Process.ENROLLMENT, Timer.state == TimerState.OPEN
    )
    return sorted(db.read(lambda s: s.execute(query).tuples().all()))


def tasks_of(made: Enrolling, payer: str = "medicare") -> list[str]:
    query = select(WorkItem.key).where(
        WorkItem.process == Process.ENROLLMENT,
        WorkItem.process_id == made.number(payer),
        WorkItem.closed_at.is_(None),
    )
    return sorted(made.db.read(lambda s: s.scalars(query).all()))


def lines_of(made: Enrolling, payer: str = "medicare") -> list[tuple[str, str]]:
    query = select(NoticeRow.kind, NoticeRow.state).where(NoticeRow.enrollment_id == made.number(payer))
    return [
        (kind.value, state) for kind, state in made.db.read(lambda s: s.execute(query.order_by(NoticeRow.id)).all())
    ]


def begin_again(made: Enrolling, *wanted: Wanted, key: str = "again") -> dict[str, int]:
    return dict(
        made.db.transaction(
            lambda s: enrollment_begin.begin_enrollments(s, made.practice, wanted, by=BY, key=key, as_of=made.now)
        )
    )


def test_a_list_is_begun_once_with_one_timer_each_and_ranks(made: Enrolling) -> None:
    """E-01, E-04: the payers with the most expected claims are the top three."""
    found = made.db.read(lambda s: enrollment.of_practices(s, [made.practice]))[made.practice]
    assert [(one.payer, one.rank, one.state) for one in found] == [
        ("medicare", 1, State.DRAFT),
        ("evergreen", 2, State.DRAFT),
        ("harbor", 3, State.DRAFT),
    ]
    assert open_timers(made.db) == sorted((one.id, "watch_top") for one in found)
    known = begin_again(made, *(Wanted(one.payer, one.payer, one.transaction) for one in found))
    assert known == {"known": 3}
    assert rows_of(made) == 3
    assert tasks_of(made) == ["prepare.medicare:claims"]


def test_the_same_list_at_the_same_moment_begins_once(db: Database) -> None:
    """E-01, O-48."""
    a_journey(db)

    def begin(key: str) -> Counter[str] | Refusal:
        return db.transaction(
            lambda s: begin_from_journey(s, "maple-street", Billing(), by="coach-1", key=key, as_of=MONDAY)
        )

    begun = at_once(*(partial(begin, key) for key in "abcd"))
    assert sorted(one["begun"] for one in begun if not isinstance(one, Refusal)) == [0, 0, 0, 3]
    assert db.read(lambda s: s.scalar(select(func.count()).select_from(EnrollmentRow))) == 3
    assert db.read(lambda s: s.scalar(select(func.count()).select_from(SpanRow))) == 3


def test_two_identities_plan_a_transaction_once(made: Enrolling) -> None:
    """E-01: the journey's list names each transaction once, whoever bills."""
    made.db.transaction(
        lambda s: enrollment_begin.save_identities(s, made.practice, [Identity("1234567893", "1234567893", False)])
    )
    both = [
        Wanted("zeta", "Zeta", Transaction.ERA, one, expected_claims=n) for n, one in ((70, "group"), (0, "1234567893"))
    ]
    assert begin_again(made, *both) == {"begun": 2}
    row = made.db.read(lambda s: s.scalars(select(JourneyPayerRow).where(JourneyPayerRow.payer == "zeta")).one())
    assert (row.transactions, row.expected_claims, row.name) == ("era", 70, "Zeta")
    found = made.db.read(lambda s: enrollment.of_practices(s, [made.practice]))[made.practice]
    assert [(one.payer, one.rank) for one in found if one.payer in ("zeta", "harbor")] == [
        ("zeta", 2),
        ("zeta", 2),
        ("harbor", 0),
    ]


def test_what_needs_no_enrollment_is_usable_at_once_and_watched_by_nobody(made: Enrolling) -> None:
    """E-01."""
    assert begin_again(made, Wanted("eta", "Eta", Transaction.EFT, is_required=False)) == {"not_required": 1}
    [number] = made.db.read(lambda s: enrollment.find_enrollments(s, Which("maple-street", "eta", Transaction.EFT)))
    assert number not in {one for one, _ in open_timers(made.db)}
    found = made.db.read(lambda s: enrollment.load_enrollment(s, number))
    assert found is not None
    assert found.state is State.NOT_REQUIRED


def test_another_choice_of_the_top_three_moves_ranks_and_timers(made: Enrolling) -> None:
    """E-04: the choice is recorded, and each waiting enrollment keeps exactly one timer."""
    begin_again(made, Wanted("zeta", "Zeta", Transaction.ERA))
    chosen = ChooseTopPayers(("zeta", "harbor"), Reason.PRACTICE_ASKED)
    assert not isinstance(record(made.db, made.journey, chosen), Refusal)
    moved = made.db.transaction(lambda s: enrollment_begin.rank_payers(s, made.practice, by=BY, as_of=made.now))
    assert moved == 4
    kinds = dict(open_timers(made.db))
    assert len(kinds) == len(open_timers(made.db)) == 4
    assert (kinds[made.number("evergreen")], kinds[made.number("medicare")]) == ("watch", "watch_top")
    assert made.look("harbor").rank == 2
    assert made.db.transaction(lambda s: enrollment_begin.rank_payers(s, made.practice, by=BY, as_of=made.now)) == 0
    assert made.db.read(lambda s: history_rows(s, made.number("evergreen")))[0]["what"] == "ranked"


def test_a_command_is_carried_out_once_per_key(made: Enrolling) -> None:
    """E-11."""

    def prepare() -> Done | Refusal:
        return made.db.transaction(
            lambda s: enrollment_changes.carry_out_command(
                s, made.number("medicare"), Prepare(), by=BY, key="form-1", as_of=made.now
            )
        )

    done = at_once(*(prepare for _ in range(4)))
    assert sorted(isinstance(one, Done) and one.again for one in done) == [False, True, True, True]
    assert made.look("medicare").state is State.READY


def test_two_people_at_once_move_an_enrollment_once_and_the_other_is_told(made: Enrolling) -> None:
    """E-10, O-48."""
    made.do("medicare", *SENT)

    def answer(event: Approve | Reject, key: str) -> Done | Refusal:
        return made.db.transaction(
            lambda s: enrollment_changes.carry_out_command(
                s, made.number("medicare"), event, by=BY, key=key, as_of=made.now
            )
        )

    done = at_once(lambda: answer(Approve(), "a"), lambda: answer(Reject(reason=RejectReason.DUPLICATE), "b"))
    [told] = [one for one in done if isinstance(one, Refusal)]
    state = made.look("medicare").state
    assert state in (State.APPROVED, State.REJECTED)
    assert "nothing was changed" in told.sentence
    assert state.value in told.sentence
    assert made.db.read(lambda s: events.check_chain(s, made.practice)).is_intact


def test_an_event_that_does_not_fit_names_state_and_event_and_changes_nothing(made: Enrolling) -> None:
    """E-10."""
    before = made.look("medicare")
    told = made.db.transaction(
        lambda s: enrollment_changes.carry_out_command(s, before.id, Approve(), by=BY, key="k", as_of=made.now)
    )
    assert isinstance(told, Refusal)
    assert "draft" in told.sentence
    assert "approve" in told.sentence
    assert made.look("medicare") == before


def test_days_are_counted_by_who_was_waited_for(made: Enrolling) -> None:
    """E-28: practice, us, clearinghouse and payer, over two attempts; the sum is the whole time."""
    steps = (
        (Prepare((Need.W9,)), 2),  # us: 2
        (CompleteTasks(), 3),  # practice: 3
        (Submit(UNKNOWN_PAYER), 1),  # us: 1
        (Acknowledge(), 4),  # clearinghouse: 4
        (RequestDevelopment(), 10),  # payer: 10
        (CompleteTasks(), 5),  # practice: 5
        (Reject(reason=RejectReason.OTHER), 6),  # payer: 6
        (Resubmit(Reason.MUST_BE_REPEATED), 7),  # us: 7
    )
    moment = made.now
    for event, days in steps:
        moment += timedelta(days=days)
        made.do("medicare", event, as_of=moment)
    moment += timedelta(days=8)  # us, in the second attempt
    number = made.number("medicare")
    counted = made.db.read(lambda s: days_by_party(s, number, as_of=moment))
    first = {Party.PRACTICE: 8, Party.US: 10, Party.CLEARINGHOUSE: 4, Party.PAYER: 16}
    assert counted == {(1, 1): pytest.approx(first), (1, 2): pytest.approx({**dict.fromkeys(first, 0), Party.US: 8})}
    whole = made.db.read(lambda s: span_rows(s, number, as_of=moment))[-1]
    assert whole == {
        "attempt": "all",
        "practice": "8.0",
        "us": "18.0",
        "clearinghouse": "4.0",
        "payer": "16.0",
        "days": "46.0",
    }


def test_events_of_one_moment_leave_a_span_for_each_state(made: Enrolling) -> None:
    """E-10, E-28: a file can bring several of them at once."""
    number = made.number("medicare")
    made.do("medicare", Prepare(), Submit(UNKNOWN_PAYER))
    seen = [Seen(number, Acknowledge(), "a"), Seen(number, Approve(), "b"), Seen(number, Approve(), "b")]
    counts = made.db.transaction(lambda s: enrollment_changes.apply(s, seen, as_of=made.now))
    assert counts == {"enrollment_acknowledged": 1, "enrollment_approve": 1, "again": 1}
    query = select(SpanRow.state, SpanRow.until).where(SpanRow.enrollment_id == number).order_by(SpanRow.id)
    spans = made.db.read(lambda s: s.execute(query).tuples().all())
    assert [state for state, _ in spans] == [
        State.DRAFT, State.READY, State.SUBMITTED, State.PENDING_PAYER, State.APPROVED,
    ]  # fmt: skip
    assert [until is None for _, until in spans] == [False, False, False, False, True]


def test_evidence_again_and_late_answers_are_counted_and_change_nothing(made: Enrolling) -> None:
    """E-11, E-12."""
    number = made.number("medicare")
    made.do("medicare", *SENT, Approve())
    proof = Seen(number, Prove(Proof.CLAIM_ACCEPTED_BY_PAYER, date(2026, 11, 23), "277-1"), "277-1")
    claim = Seen(number, SeeClaim(date(2026, 11, 23)), "claim-1")

    def take(*seen: Seen) -> dict[str, int]:
        return dict(made.db.transaction(lambda s: enrollment_changes.apply(s, seen, as_of=made.now)))

    assert take(proof, claim) == {"enrollment_evidence": 1, "nothing new": 1}
    assert made.look("medicare").state is State.LIVE
    assert take(proof) == {"again": 1}
    assert take(Seen(number, Approve(on=date(2026, 11, 1)), "late")) == {"late": 1}
    against = Contradict(Contradiction.SUBMITTER_NOT_APPROVED, date(2026, 11, 24), "277-2")
    assert take(Seen(number, against, "277-2")) == {"enrollment_contradiction": 1}
    assert tasks_of(made) == ["repair.medicare:claims"]


def test_an_unknown_word_keeps_the_state_and_asks_a_person_once(made: Enrolling) -> None:
    """E-15."""
    seen = Seen(made.number("medicare"), HearUnknownWord("abc"), "word:abc")
    for expected in ({"enrollment_unknown_word": 1}, {"again": 1}):
        assert made.db.transaction(lambda s: enrollment_changes.apply(s, [seen], as_of=made.now)) == expected
    assert made.look("medicare").state is State.DRAFT
    assert tasks_of(made) == ["prepare.medicare:claims", "unknown_word.medicare:claims"]
    assert lines_of(made) == [("unknown_word", "pending")]


def test_what_was_to_be_told_is_taken_back_when_its_cause_goes_away(made: Enrolling) -> None:
    """E-26: in the same transaction as the answer."""
    made.do("medicare", Prepare((Need.W9, Need.PROVIDER_SIGNATURE)))
    assert lines_of(made) == [("tasks_open", "pending")]
    assert tasks_of(made) == ["give.medicare:claims"]
    made.do("medicare", CompleteTasks())
    assert lines_of(made) == [("tasks_open", "cancelled")]
    assert tasks_of(made) == ["submit.medicare:claims"]


def test_a_document_that_the_journey_lacks_is_asked_for_by_itself(db: Database) -> None:
    """O-13: an EFT cannot be prepared without the bank letter."""
    play = begun(db)
    until_handoff(play)
    wanted = [Wanted("medicare", "Medicare", Transaction.EFT)]

    def begin(session: Session) -> int:
        make_keys(session, INSTALLATION, as_of=play.now)
        enrollment_begin.save_identities(session, play.practice_id, [Identity("group", "1234567893")])
        enrollment_begin.begin_enrollments(session, play.practice_id, wanted, by="coach-1", key="k", as_of=play.now)
        [number] = enrollment.find_enrollments(session, Which("maple", "medicare", Transaction.EFT))
        return number

    number = db.transaction(begin)
    db.transaction(lambda s: enrollment_changes.carry_out_command(s, number, Prepare(), by=BY, key="p", as_of=play.now))
    found = db.read(lambda s: enrollment.load_enrollments(s, [number]))[number]
    assert found.state is State.NEEDS_PRACTICE
    assert found.needs == {Need.BANK_LETTER: False, Need.W9: False}


def test_a_returned_submission_waits_for_the_practice_and_counts_no_attempt(made: Enrolling) -> None:
    made.do("medicare", Prepare(), Submit(UNKNOWN_PAYER), Bounce(reason=RejectReason.SIGNATURE))
    found = made.look("medicare")
    assert (found.state, found.attempt, found.submitted_on, found.dates) == (State.NEEDS_PRACTICE, 1, None, None)
    assert found.needs == {Need.CORRECTED_FORM: False}


def test_a_waived_enrollment_leaves_neither_timer_nor_task(made: Enrolling) -> None:
    made.do("medicare", Waive(Reason.NOT_NEEDED))
    assert made.number("medicare") not in {one for one, _ in open_timers(made.db)}
    assert tasks_of(made) == []
    made.do("medicare", ChangeRoute("manual", "00123"))
    assert made.look("medicare").payer_id == "00123"
    assert len([one for one, _ in open_timers(made.db) if one == made.number("medicare")]) == 1


def test_the_tax_id_is_sealed_and_found_by_its_blind_index(made: Enrolling) -> None:
    """E-01: nobody reads it from the file, and storing it again rewrites nothing."""

    def save() -> None:
        made.db.transaction(
            lambda s: enrollment_begin.save_identities(
                s, made.practice, [Identity("group", "1234567893", tax_id="12-3456789")]
            )
        )

    def row() -> tuple[str, str]:
        one = made.db.read(lambda s: s.scalars(select(BillingIdentityRow)).one())
        return one.tax_id, one.tax_id_index

    save()
    sealed, index = row()
    assert "3456789" not in sealed
    assert index == made.db.read(lambda s: keys_of(s, INSTALLATION)).blind("123456789", purpose="tax_id")
    save()
    assert row() == (sealed, index)


def test_rows_show_the_top_three_first_with_the_one_next_step(made: Enrolling) -> None:
    """E-04, O-42."""
    begin_again(made, Wanted("zeta", "Zeta", Transaction.ERA))
    made.do("harbor", Prepare((Need.W9,)))
    made.do("evergreen", Withdraw(Reason.NOT_NEEDED))
    rows = made.db.read(lambda s: enrollment_rows(s, [made.practice]))
    assert [(row["top"], row["payer"]) for row in rows] == [
        ("1", "medicare"), ("2", "evergreen"), ("3", "harbor"), ("", "zeta"),
    ]  # fmt: skip
    assert rows[2]["waits for"] == "practice"
    assert rows[2]["since"] == "2026-11-23"
    assert rows[2]["next step"] == "The practice gives Form W-9: complete-enrollment-tasks."
    assert rows[1]["waits for"] == ""
    assert all(row["next step"] for row in rows)


def test_history_holds_who_and_why_and_is_only_appended(made: Enrolling) -> None:
    """E-10."""
    made.do("medicare", *SENT, Reject(reason=RejectReason.TAX_ID_MISMATCH))
    lines = made.db.read(lambda s: history_rows(s, made.number("medicare")))
    assert [line["what"] for line in lines][:2] == ["reject", "acknowledged"]
    assert (lines[0]["who"], lines[0]["reason"]) == (BY, "tax id mismatch")
    count = made.db.read(lambda s: s.scalar(select(func.count()).where(Event.process == Process.ENROLLMENT)))
    assert count == 3 * 2 + 4  # created and ranked, then four steps
    assert made.db.read(lambda s: events.check_chain(s, made.practice)).is_intact
