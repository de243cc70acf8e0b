"""Submissions in the database: queued once per attempt, claimed by one, and what clearinghouses answer."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from models.db import Database
from models.inputs.clearinghouse import ForeignEnrollment, ForeignTask
from models.rules.enrollment import Need, RejectReason, State
from models.rules.enrollment_events import (
    Acknowledge,
    CompleteTasks,
    Prepare,
    RequestDevelopment,
    Resubmit,
    Submit,
)
from models.rules.enrollment_watching import UNKNOWN_PAYER
from models.rules.enrollment_words import Asked
from models.rules.onboarding_facts import Reason
from models.store import submission_answers, submissions
from models.store.claims import Claim
from models.store.submissions import QUEUED, REFUSED, SENDING, SENT, STUCK, UNKNOWN, Submission
from models.tables.enrollment import EnrollmentRow, SubmissionRow
from tests.store.submitting import NOON, Applicant, an_applicant, shown

MINUTE = timedelta(minutes=1)
LATER = NOON + timedelta(hours=1)


def claim(one: Applicant, *, minutes: float = 0, limit: int = 10) -> tuple[Claim, list[Submission]]:
    at = NOON + minutes * MINUTE
    made = one.db.transaction(lambda s: submissions.claim_due(s, as_of=at, limit=limit))
    return made, one.db.read(lambda s: submissions.claimed(s, made))


def sent(one: Applicant, *places: int, minutes: float = 0) -> None:
    """Bring submissions to the clearinghouse, whose ids are named by the place of the enrollment."""
    one.submit(*places)
    made, mine = claim(one)
    at = NOON + minutes * MINUTE
    for each in mine:
        there = shown(f"there-{one.ids.index(each.enrollment_id)}-{each.attempt}", "SUBMITTED", minutes=minutes)
        done = one.db.transaction(
            lambda s, each=each, there=there: submission_answers.sent(s, each, there, fence=made.fence, as_of=at)  # type: ignore[misc]
        )
        assert done == SENT


def see(one: Applicant, *seen: ForeignEnrollment, minutes: float = 60) -> Counter[str]:
    at = NOON + minutes * MINUTE
    return one.db.transaction(lambda s: submission_answers.take_in(s, "built_in", seen, as_of=at))


def test_what_goes_to_a_clearinghouse_is_queued_with_the_submission_once(db: Database) -> None:
    one = an_applicant(db)
    assert one.rows() == []
    one.submit()
    (row,) = one.rows()
    assert (row.state, row.clearinghouse, row.due_at) == (QUEUED, "built_in", NOON)
    assert row.key == f"golive-{one.ids[0]:x}-1-1"
    known = one.facts()
    one.db.transaction(lambda s: submissions.queue(s, [known], as_of=LATER))
    assert len(one.rows()) == 1


@pytest.mark.parametrize("clearinghouse", ["manual", "availity", ""])
def test_what_people_send_by_hand_is_not_queued(db: Database, clearinghouse: str) -> None:
    one = an_applicant(db, clearinghouse=clearinghouse)
    one.submit()
    assert one.state() is State.SUBMITTED
    assert one.rows() == []
    assert db.read(submissions.next_due) is None


def test_each_attempt_has_a_key_of_its_own_e_10(db: Database) -> None:
    one = an_applicant(db)
    sent(one)
    see(one, shown("there-0-1", "REJECTED", minutes=10, reason=RejectReason.SIGNATURE))
    assert one.state() is State.REJECTED
    one.do(Resubmit(Reason.MUST_BE_REPEATED), as_of=LATER)
    one.submit(as_of=LATER)
    assert [row.key[-3:] for row in one.rows()] == ["1-1", "1-2"]
    assert [row.state for row in one.rows()] == [SENT, QUEUED]


def test_the_top_three_go_first_e_04(db: Database) -> None:
    one = an_applicant(db, payers=4)
    one.submit()
    _, mine = claim(one, limit=2)
    assert [each.enrollment_id for each in mine][:1] == [one.ids[3]]
    assert len(mine) == 2


def test_a_claim_is_won_by_one_and_ends_with_its_lease(db: Database) -> None:
    one = an_applicant(db)
    one.submit()
    first, mine = claim(one)
    assert len(mine) == 1
    assert claim(one, minutes=4)[1] == []
    second, again = claim(one, minutes=6)
    assert (len(again), second.fence != first.fence) == (1, True)
    assert db.read(lambda s: submissions.claimed(s, first)) == []
    for late in (first.fence, 7):
        assert not db.transaction(lambda s, late=late: submissions.mark(s, mine[0].id, fence=late, as_of=NOON))  # type: ignore[misc]
        assert not db.transaction(lambda s, late=late: submissions.settle(s, mine[0].id, SENT, "", fence=late))  # type: ignore[misc]
    assert one.row().state == QUEUED


def test_many_workers_share_the_work_and_nothing_is_claimed_twice(db: Database) -> None:
    one = an_applicant(db, payers=24)
    one.submit()
    with ThreadPoolExecutor(4) as threads:
        claims = list(
            threads.map(lambda _: db.transaction(lambda s: submissions.claim_due(s, as_of=NOON, limit=4)), range(12))
        )
    taken = [id_ for made in claims for id_ in made.ids]
    assert len(taken) == len(set(taken)) == 24


def test_what_a_dead_worker_left_may_have_been_made(db: Database) -> None:
    one = an_applicant(db)
    one.submit()
    made, (mine,) = claim(one)
    assert not mine.is_unsure
    assert db.transaction(lambda s: submissions.mark(s, mine.id, fence=made.fence, as_of=NOON))
    assert db.read(submissions.next_due) == NOON + submissions.LEASE
    _, (left,) = claim(one, minutes=6)
    assert (left.state, left.is_unsure, left.tries) == (SENDING, True, 1)


def test_what_is_put_off_is_due_later_and_what_was_not_let_through_counts_as_no_try(db: Database) -> None:
    one = an_applicant(db)
    one.submit()
    made, (mine,) = claim(one)
    db.transaction(lambda s: submissions.mark(s, mine.id, fence=made.fence, as_of=NOON))
    db.transaction(lambda s: submissions.give_back(s, mine, "throttled", fence=made.fence, due_at=LATER))
    assert (one.row().state, one.row().tries, one.row().due_at) == (QUEUED, 0, LATER)
    assert db.read(submissions.next_due) == LATER
    made, (mine,) = claim(one, minutes=61)
    db.transaction(lambda s: submissions.put_off(s, mine, UNKNOWN, "no_answer", fence=made.fence, due_at=LATER))
    assert (one.row().state, one.row().tries, one.row().lease_until) == (UNKNOWN, 1, None)


def test_a_clearinghouse_that_rests_is_left_alone_by_all(db: Database) -> None:
    one = an_applicant(db, payers=2)
    one.submit()
    db.transaction(lambda s: submissions.rest(s, "built_in", until=LATER))
    assert claim(one, minutes=59)[1] == []
    assert len(claim(one, minutes=60)[1]) == 2


def test_pauses_grow_and_then_stay() -> None:
    minutes = [submissions.pause_after(tries) / MINUTE for tries in range(8)]
    assert minutes == [1, 1, 5, 15, 60, 240, 240, 240]


def test_a_refusal_brings_the_enrollment_back_and_the_same_attempt_goes_out_anew(db: Database) -> None:
    one = an_applicant(db)
    one.submit()
    made, (mine,) = claim(one)
    done = db.transaction(lambda s: submission_answers.refused(s, mine, "unknown_payer", fence=made.fence, as_of=NOON))
    assert (done, one.state(), one.facts().reason) == (REFUSED, State.NEEDS_PRACTICE, RejectReason.NOT_CONTRACTED)
    assert (one.row().state, one.row().reason) == (REFUSED, "unknown_payer")
    again = db.transaction(lambda s: submission_answers.refused(s, mine, "other", fence=made.fence, as_of=NOON))
    assert again == "lost"
    one.do(CompleteTasks(), as_of=LATER)
    one.submit(as_of=LATER)
    (row,) = one.rows()
    assert (row.state, row.due_at, row.tries, row.reason) == (QUEUED, LATER, 0, "")


def test_a_refusal_of_what_a_person_moved_on_changes_only_the_submission(db: Database) -> None:
    one = an_applicant(db)
    one.submit()
    made, (mine,) = claim(one)
    one.do(Acknowledge())
    db.transaction(lambda s: submission_answers.refused(s, mine, "malformed", fence=made.fence, as_of=NOON))
    assert (one.state(), one.row().state) == (State.PENDING_PAYER, REFUSED)


def test_statuses_lead_on_by_allowed_steps_e_15(db: Database) -> None:
    one = an_applicant(db)
    sent(one)
    assert one.state() is State.SUBMITTED
    assert see(one, shown("there-0-1", "PROVISIONING", minutes=5))["enrollment_acknowledged"] == 1
    assert one.state() is State.PENDING_PAYER
    see(one, shown("there-0-1", "LIVE", minutes=50))
    assert one.state() is State.APPROVED
    assert one.kinds()[-2:] == ["acknowledged", "approve"]
    assert (one.row().status, one.row().status_at) == ("LIVE", NOON + 50 * MINUTE)


def test_live_seen_first_brings_both_steps_once(db: Database) -> None:
    one = an_applicant(db)
    sent(one)
    live = shown("there-0-1", "LIVE", minutes=50)
    see(one, live)
    before = one.kinds()
    assert before[-2:] == ["acknowledged", "approve"]
    assert see(one, live, live) == Counter(late=1)
    assert one.kinds() == before


def test_doubled_and_reordered_answers_change_nothing_e_11(db: Database) -> None:
    one = an_applicant(db, payers=2)
    sent(one)
    pages = [
        shown("there-0-1", "LIVE", minutes=50),
        shown("there-1-1", "PROVISIONING", minutes=20),
        shown("there-0-1", "PROVISIONING", minutes=5),
        shown("there-0-1", "LIVE", minutes=50),
    ]
    see(one, *pages)
    states = one.state(0), one.state(1)
    for each in reversed(pages):
        assert see(one, each)["late"] == 1
    assert (one.state(0), one.state(1)) == states == (State.APPROVED, State.PENDING_PAYER)


def test_strangers_are_counted_and_left_alone(db: Database) -> None:
    one = an_applicant(db)
    sent(one)
    assert see(one, shown("somebody-else", "LIVE", minutes=5)) == Counter(not_ours=1)
    elsewhere = [shown("there-0-1", "LIVE", minutes=5)]
    counts = db.transaction(lambda s: submission_answers.take_in(s, "stedi", elsewhere, as_of=LATER))
    assert counts == Counter(not_ours=1)


def test_an_unknown_word_keeps_the_state_and_alerts_once_e_15(db: Database) -> None:
    one = an_applicant(db)
    sent(one)
    hold = shown("there-0-1", "ON_HOLD", minutes=5)
    see(one, hold)
    see(one, hold)
    assert (one.state(), one.tasks()) == (State.SUBMITTED, ["unknown_word"])
    assert one.kinds().count("unknown_word") == 1
    see(one, shown("there-0-1", "PROVISIONING", minutes=9))
    assert (one.state(), one.tasks()) == (State.PENDING_PAYER, [])


def test_words_that_are_no_words_are_not_kept(db: Database) -> None:
    one = an_applicant(db)
    sent(one)
    see(one, shown("there-0-1", "Dr. Avery Stone <b>", minutes=5))
    assert (one.row().status, one.tasks()) == ("unreadable", ["unknown_word"])


def test_what_is_asked_there_is_asked_of_the_practice_and_answered_there(db: Database) -> None:
    one = an_applicant(db)
    sent(one)
    task = ForeignTask("t", Asked.FORM, is_done=False, is_practices=True)
    see(one, shown("there-0-1", "PROVIDER_ACTION_REQUIRED", minutes=5, tasks=(task,)))
    assert (one.state(), dict(one.facts().needs)) == (State.NEEDS_PRACTICE, {Need.CORRECTED_FORM: False})
    see(one, shown("there-0-1", "STEDI_ACTION_REQUIRED", minutes=30))
    assert one.state() is State.PENDING_PAYER
    assert len(one.rows()) == 1


def test_an_old_word_does_not_answer_what_was_asked_here_since(db: Database) -> None:
    one = an_applicant(db)
    sent(one)
    one.do(Acknowledge(), as_of=NOON + 10 * MINUTE)
    one.do(RequestDevelopment(), as_of=NOON + 20 * MINUTE)
    see(one, shown("there-0-1", "PROVISIONING", minutes=15))
    assert one.state() is State.NEEDS_PRACTICE
    see(one, shown("there-0-1", "PROVISIONING", minutes=25))
    assert one.state() is State.PENDING_PAYER


def test_a_status_of_an_earlier_attempt_means_nothing(db: Database) -> None:
    one = an_applicant(db)
    sent(one)
    see(one, shown("there-0-1", "REJECTED", minutes=5))
    one.do(Resubmit(Reason.MUST_BE_REPEATED), as_of=LATER)
    see(one, shown("there-0-1", "LIVE", minutes=70), minutes=80)
    assert one.state() is State.DRAFT


def test_a_clock_that_is_ahead_there_puts_no_answer_into_the_future(db: Database) -> None:
    one = an_applicant(db)
    sent(one)
    see(one, shown("there-0-1", "LIVE", minutes=60 * 15), minutes=5)
    assert one.state() is State.APPROVED
    assert str(one.facts().approved_on) == "2026-03-02"


def test_what_stays_unknown_is_given_to_a_person_who_says_what_is_true(db: Database) -> None:
    one = an_applicant(db)
    one.submit()
    made, (mine,) = claim(one)
    assert db.transaction(lambda s: submission_answers.stuck(s, mine, "several", fence=made.fence, as_of=NOON)) == STUCK
    assert (one.row().state, one.tasks()) == (STUCK, ["unknown_word"])
    assert [row.state for row in db.read(submissions.listed)] == [STUCK]
    assert claim(one, minutes=600)[1] == []
    assert db.transaction(lambda s: submissions.decide_stuck(s, mine.id, SENT, foreign_id="there", as_of=LATER))
    assert (one.row().state, one.row().foreign_id) == (SENT, "there")
    assert not db.transaction(lambda s: submissions.decide_stuck(s, mine.id, QUEUED, as_of=LATER))


def test_the_cursor_never_goes_back(db: Database) -> None:
    assert db.read(lambda s: submission_answers.read_until(s, "stedi")) is None
    for to in (NOON, LATER, NOON):
        db.transaction(lambda s, to=to: submission_answers.move_cursor(s, "stedi", to=to, as_of=to))  # type: ignore[misc]
    assert db.read(lambda s: submission_answers.read_until(s, "stedi")) == LATER
    assert db.read(lambda s: submission_answers.read_until(s, "built_in")) is None


def test_only_a_clearinghouse_that_has_something_is_asked(db: Database) -> None:
    one = an_applicant(db)
    one.submit()
    assert not db.read(lambda s: submissions.is_anything_sent(s, "built_in"))
    db.transaction(lambda s: s.execute(update(SubmissionRow).values(foreign_id="x")))
    assert db.read(lambda s: submissions.is_anything_sent(s, "built_in"))


def test_a_refused_way_that_became_another_one_goes_out_by_that(db: Database) -> None:
    one = an_applicant(db)
    one.submit()
    made, (mine,) = claim(one)
    db.transaction(lambda s: submission_answers.refused(s, mine, "malformed", fence=made.fence, as_of=NOON))
    db.transaction(lambda s: s.execute(update(EnrollmentRow).values(clearinghouse="stedi")))
    one.do(CompleteTasks(), as_of=LATER)
    one.do(Submit(UNKNOWN_PAYER), as_of=LATER)
    assert (one.row().state, one.row().clearinghouse) == (QUEUED, "stedi")


def test_prepare_comes_before_submission(db: Database) -> None:
    one = an_applicant(db)
    one.do(Prepare())
    assert one.rows() == []
