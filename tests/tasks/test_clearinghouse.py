"""Submissions and polls over the stand-in for Stedi and the built-in payers: each enrollment is there exactly once."""

import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from models.db import Database
from models.inputs.clearinghouse import Finding
from models.rules.clearinghouse_failures import sentence_of
from models.rules.enrollment import RejectReason, State
from models.rules.enrollment_events import CompleteTasks
from models.rules.enrollment_words import BUILT_IN, STEDI
from models.rules.onboarding_facts import Transaction
from models.settings import Settings, use_settings
from models.store import submission_answers
from models.store.submissions import MOST_TRIES, QUEUED, REFUSED, SENT, UNKNOWN
from models.tables.enrollment import SubmissionRow
from tasks import clearinghouse
from tasks.connectors import registry
from tasks.connectors.payer_simulator_plan import plan
from tasks.moment import standing_at
from tasks.policy import TaskFailed
from tests.connectors.stedi_server import BASE, EMAIL, KEY, Fault, Stedi, a_stedi
from tests.store.submitting import NOON, STREET, TAX_ID, Applicant, an_applicant

CREATE = "POST /enrollments"
MINUTE = timedelta(minutes=1)


@dataclass
class Exchange:
    """A practice and a clearinghouse, at one moment."""

    applicant: Applicant
    stedi: Stedi
    time: datetime = NOON

    def tick(self, **time: float) -> None:
        self.time += timedelta(**time)
        self.stedi.now = self.time

    def push(self) -> Counter[str]:
        """Do what the dispatch does."""
        counts = Counter[str]()
        for claim in clearinghouse.claims_of_submissions(as_of=self.time, limit=100):
            counts.update(clearinghouse.push_submissions.fn(claim, as_of=self.time))
        return counts

    def poll(self) -> Counter[str]:
        return clearinghouse.poll_statuses.fn(as_of=self.time)

    def fails(self, *faults: Fault, call: str = CREATE) -> None:
        self.stedi.faults_of.setdefault(call, type(self.stedi.faults)()).extend(faults)

    def there(self, place: int = 0) -> str:
        """Name an enrollment as the clearinghouse does."""
        return self.applicant.row(place).foreign_id


@pytest.fixture
def stedi() -> Iterator[Stedi]:
    with a_stedi() as running:
        running.now = NOON
        yield running


@pytest.fixture
def exchange(db: Database, own_settings: Settings, stedi: Stedi) -> Iterator[Exchange]:
    """Give a practice with one ERA enrollment that goes to Stedi."""
    with speaking_stedi(own_settings, stedi):
        yield Exchange(an_applicant(db, clearinghouse=STEDI), stedi)


def speaking_stedi(own: Settings, stedi: Stedi, **facts: Any) -> Any:
    chosen = {
        "home": own.home,
        "clearinghouse": STEDI,
        "stedi_api_key": SecretStr(KEY),
        "stedi_base_url": f"{stedi.url}{BASE}",
        "stedi_email": EMAIL,
    }
    return use_settings(Settings(**{**chosen, **facts}))


def test_an_enrollment_arrives_once_and_its_status_is_taken_in(exchange: Exchange) -> None:
    exchange.applicant.submit()
    assert exchange.push() == Counter(sent=1)
    assert exchange.push() == Counter()
    (record,) = exchange.stedi.enrollments.values()
    row = exchange.applicant.row()
    assert (row.state, row.foreign_id, row.status) == (SENT, record["id"], "STEDI_ACTION_REQUIRED")
    assert record["primaryContact"]["streetAddress1"] == STREET
    assert record["provider"]["taxId"] == TAX_ID.replace("-", "")
    assert exchange.applicant.state() is State.SUBMITTED


@pytest.mark.parametrize(
    "fault",
    [
        Fault(acts=True, cut=True),
        Fault(acts=True, status=500, body={}),
        Fault(acts=True, status=504, body={}),
        Fault(acts=True, raw=b"{"),
        Fault(acts=True, body={"id": "x"}),
    ],
)
def test_what_was_made_without_an_answer_is_found_and_not_made_again(exchange: Exchange, fault: Fault) -> None:
    exchange.applicant.submit()
    exchange.fails(fault)
    assert exchange.push() == Counter(unknown=1)
    assert exchange.applicant.row().state == UNKNOWN
    exchange.tick(minutes=1)
    assert exchange.push() == Counter()  # it may take a moment until it is listed
    exchange.tick(minutes=5)
    assert exchange.push() == Counter(sent=1)
    assert list(exchange.stedi.enrollments) == [exchange.there()]


@pytest.mark.parametrize("fault", [Fault(cut=True), Fault(status=503, body={}), Fault(status=408, body={})])
def test_what_was_not_made_is_made_once_it_is_surely_absent(exchange: Exchange, fault: Fault) -> None:
    exchange.applicant.submit()
    exchange.fails(fault)
    assert exchange.push() == Counter(unknown=1)
    exchange.tick(minutes=6)
    assert exchange.push() == Counter(sent=1)
    assert list(exchange.stedi.enrollments) == [exchange.there()]


def test_a_clearinghouse_that_is_down_is_tried_again_later_and_later(exchange: Exchange) -> None:
    exchange.applicant.submit()
    exchange.stedi.faults.extend(Fault(status=401, body={}) for _ in range(3))
    pauses = []
    for _ in range(3):
        assert exchange.push() == Counter(later=1)
        due = exchange.applicant.row().due_at
        pauses.append(round((due - exchange.time) / MINUTE))
        exchange.tick(minutes=pauses[-1] + 1)
    assert pauses == [1, 5, 15]
    assert exchange.applicant.row().reason == "not_authorised"
    assert exchange.push() == Counter(sent=1)


def test_a_throttled_clearinghouse_rests_for_all_as_long_as_it_asks(
    db: Database, own_settings: Settings, stedi: Stedi
) -> None:
    with speaking_stedi(own_settings, stedi):
        one = Exchange(an_applicant(db, clearinghouse=STEDI, payers=2), stedi)
        one.applicant.submit()
        stedi.faults.append(Fault(status=429, body={}, headers={"Retry-After": "600"}))
        counts = one.push()
        assert counts["later"] == 1
        rested = [row for row in one.applicant.rows() if row.state == QUEUED]
        assert [(row.tries, row.reason) for row in rested] == [(0, "throttled")]
        assert round((rested[0].due_at - one.time) / MINUTE) == 10
        one.tick(minutes=11)
        one.push()
        assert {row.state for row in one.applicant.rows()} == {SENT}
        assert len(stedi.enrollments) == 2


def test_a_refusal_is_returned_to_the_practice_with_its_reason(exchange: Exchange) -> None:
    exchange.applicant.submit()
    exchange.fails(Fault(status=400, body={"message": "no", "fieldList": [{"path": "/payer/idOrAlias"}]}))
    assert exchange.push() == Counter(refused=1)
    facts = exchange.applicant.facts()
    assert (facts.state, facts.reason) == (State.NEEDS_PRACTICE, RejectReason.NOT_CONTRACTED)
    exchange.tick(hours=1)
    exchange.applicant.do(CompleteTasks(), as_of=exchange.time)
    exchange.applicant.submit(as_of=exchange.time)
    assert exchange.push() == Counter(sent=1)
    assert exchange.applicant.row().attempt == 1


def test_what_says_that_it_is_there_already_is_ours_if_our_mark_is_on_it(exchange: Exchange) -> None:
    exchange.applicant.submit()
    exchange.fails(Fault(acts=True, status=400, body={"message": "This enrollment already exists"}))
    assert exchange.push() == Counter(sent=1)
    assert list(exchange.stedi.enrollments) == [exchange.there()]


def test_what_is_there_already_from_somebody_else_is_refused(exchange: Exchange) -> None:
    exchange.applicant.submit()
    exchange.fails(Fault(status=400, body={"message": "This enrollment already exists"}))
    assert exchange.push() == Counter(refused=1)
    assert exchange.applicant.facts().reason == RejectReason.DUPLICATE


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"street": ""}, "no_street"), ({"transaction": Transaction.EFT}, "transaction_not_offered")],
)
def test_what_cannot_be_sent_comes_back_without_a_call(
    db: Database, own_settings: Settings, stedi: Stedi, changes: dict[str, Any], code: str
) -> None:
    with speaking_stedi(own_settings, stedi):
        one = Exchange(an_applicant(db, clearinghouse=STEDI, **changes), stedi)
        one.applicant.submit()
        assert one.push() == Counter(refused=1)
        assert (one.applicant.row().reason, stedi.calls) == (code, [])
        (line,) = clearinghouse.submission_rows.fn()
        assert line["why"] == sentence_of(code) != ""


def test_what_stays_unknown_is_given_to_a_person(exchange: Exchange) -> None:
    exchange.applicant.submit()
    exchange.fails(*(Fault(status=500, body={}) for _ in range(MOST_TRIES)))
    counts = Counter[str]()
    for _ in range(MOST_TRIES):
        counts.update(exchange.push())
        exchange.tick(minutes=6)
    assert counts == Counter(unknown=MOST_TRIES - 1, stuck=1)
    assert exchange.applicant.tasks() == ["unknown_word"]
    assert exchange.push() == Counter()


def stuck(exchange: Exchange) -> SubmissionRow:
    """Leave an outcome to a person: two enrollments carry our mark."""
    exchange.applicant.submit()
    exchange.fails(Fault(acts=True, cut=True))
    exchange.push()
    (record,) = exchange.stedi.enrollments.values()
    exchange.stedi.enrollments["another"] = {**record, "id": "another"}
    exchange.tick(minutes=6)
    assert exchange.push() == Counter(stuck=1)
    return exchange.applicant.row()


def resolve(exchange: Exchange, finding: Finding, *, there: str = "", number: int = 0) -> tuple[bool, str]:
    answer = clearinghouse.resolve_submission.fn(
        number or exchange.applicant.row().id, finding, there=there, as_of=exchange.time
    )
    return answer.is_done, answer.sentence


def test_a_person_says_that_it_arrived_and_its_status_is_taken_in(exchange: Exchange) -> None:
    row = stuck(exchange)
    assert row.reason == "several"
    exchange.stedi.show("another", "PROVISIONING")
    assert resolve(exchange, Finding.ARRIVED) == (
        False,
        "Write the number that the enrollment has at the clearinghouse.",
    )
    assert not resolve(exchange, Finding.ARRIVED, there="nobody")[0]
    assert resolve(exchange, Finding.ARRIVED, there="another")[0]
    assert (exchange.there(), exchange.applicant.state()) == ("another", State.PENDING_PAYER)
    assert not resolve(exchange, Finding.NOT_THERE)[0]


def test_a_person_says_that_it_is_not_there_and_it_goes_out_again(exchange: Exchange) -> None:
    stuck(exchange)
    exchange.stedi.enrollments.clear()
    assert resolve(exchange, Finding.NOT_THERE)[0]
    assert exchange.push() == Counter(sent=1)


def test_a_person_gives_it_up_and_the_enrollment_comes_back(exchange: Exchange) -> None:
    stuck(exchange)
    assert resolve(exchange, Finding.GIVEN_UP)[0]
    assert (exchange.applicant.row().state, exchange.applicant.state()) == (REFUSED, State.NEEDS_PRACTICE)


def test_only_what_is_unknown_can_be_resolved(exchange: Exchange) -> None:
    exchange.applicant.submit()
    done, sentence = resolve(exchange, Finding.GIVEN_UP)
    assert (done, "list-submissions" in sentence) == (False, True)
    assert not resolve(exchange, Finding.GIVEN_UP, number=5)[0]


def test_a_poll_follows_what_changed_and_asks_a_little_again(exchange: Exchange) -> None:
    assert exchange.poll() == Counter()
    assert exchange.stedi.calls == []
    exchange.applicant.submit()
    exchange.push()
    exchange.tick(hours=2)
    exchange.stedi.show(exchange.there(), "PROVISIONING")
    exchange.tick(minutes=10)
    assert exchange.poll()["enrollment_acknowledged"] == 1
    exchange.tick(days=3)
    exchange.stedi.show(exchange.there(), "LIVE")
    exchange.tick(minutes=10)
    exchange.poll()
    assert exchange.applicant.state() is State.APPROVED
    before = exchange.applicant.kinds()
    assert exchange.poll() == Counter(late=1)
    assert exchange.applicant.kinds() == before
    asked = [path for _, path in exchange.stedi.calls if "statusUpdatedFrom" in path][-1]
    assert "statusUpdatedFrom=2026-03-05T18%3A20%3A00Z" in asked


def test_a_poll_that_is_cut_short_begins_at_the_same_place_again(exchange: Exchange) -> None:
    exchange.applicant.submit()
    exchange.push()
    exchange.poll()
    before = exchange.applicant.db.read(lambda s: submission_answers.read_until(s, STEDI))
    exchange.tick(hours=5)
    exchange.stedi.show(exchange.there(), "PROVISIONING")
    exchange.stedi.faults.append(Fault(cut=True))
    with pytest.raises(TaskFailed, match="Unavailable:no_answer"):
        exchange.poll()
    assert exchange.applicant.db.read(lambda s: submission_answers.read_until(s, STEDI)) == before
    exchange.poll()
    assert exchange.applicant.state() is State.PENDING_PAYER


def test_a_faulty_enrollment_stops_neither_its_page_nor_moves_the_cursor(
    db: Database, own_settings: Settings, stedi: Stedi, monkeypatch: pytest.MonkeyPatch
) -> None:
    with speaking_stedi(own_settings, stedi):
        one = Exchange(an_applicant(db, clearinghouse=STEDI, payers=3), stedi)
        one.applicant.submit()
        one.push()
        one.tick(minutes=5)
        for place in range(3):
            stedi.show(one.there(place), "PROVISIONING")
        bad, take_in = one.there(1), submission_answers.take_in

        def failing(session: Any, clearinghouse: str, seen: Any, *, as_of: datetime) -> Counter[str]:
            if any(each.id == bad for each in seen):
                raise ValueError(bad)
            return take_in(session, clearinghouse, seen, as_of=as_of)

        with monkeypatch.context() as patch:
            patch.setattr(submission_answers, "take_in", failing)
            assert one.poll()["failed"] == 1
        assert [one.applicant.state(place) for place in range(3)] == [
            State.PENDING_PAYER,
            State.SUBMITTED,
            State.PENDING_PAYER,
        ]
        assert db.read(lambda s: submission_answers.read_until(s, STEDI)) is None
        one.poll()
        assert one.applicant.state(1) is State.PENDING_PAYER


def test_an_unknown_word_alerts_and_changes_nothing_e_15(exchange: Exchange) -> None:
    exchange.applicant.submit()
    exchange.push()
    exchange.tick(minutes=5)
    exchange.stedi.show(exchange.there(), "UNDER_REVIEW_BY_PAYER")
    exchange.poll()
    assert (exchange.applicant.state(), exchange.applicant.tasks()) == (State.SUBMITTED, ["unknown_word"])


def test_nothing_goes_to_a_clearinghouse_that_is_not_in_use(db: Database, own_settings: Settings) -> None:
    one = an_applicant(db, clearinghouse=STEDI)
    one.submit()
    for claim in clearinghouse.claims_of_submissions(as_of=NOON, limit=10):
        assert clearinghouse.push_submissions.fn(claim, as_of=NOON) == Counter(not_in_use=1)
    (line,) = clearinghouse.submission_rows.fn()
    assert (line["state"], "GOLIVE_CLEARINGHOUSE" in line["why"]) == (QUEUED, True)


def test_payers_are_simulated_locally_only(own_settings: Settings) -> None:
    assert registry.clearinghouse_in_use(own_settings) == BUILT_IN
    assert registry.clearinghouse_in_use(own_settings.model_copy(update={"mode": "server"})) == ""
    assert registry.clearinghouse_in_use(Settings(clearinghouse="stedi")) == STEDI


def test_no_name_and_no_tax_id_leaves_a_task(exchange: Exchange) -> None:
    exchange.applicant.submit()
    exchange.fails(Fault(cut=True))
    assert exchange.push() == Counter(unknown=1)
    exchange.stedi.faults.append(Fault(cut=True))
    with pytest.raises(TaskFailed) as failure:
        resolve(exchange, Finding.ARRIVED, there="another")
    told = "".join(traceback.format_exception(failure.value))
    assert (failure.value.code, failure.value.is_worth_retry) == ("Unavailable:no_answer", True)
    assert not any(word in told for word in (TAX_ID, "621874305", STREET))


@pytest.mark.slow
def test_half_a_year_with_built_in_payers_ends_as_they_planned(db: Database, own_settings: Settings) -> None:
    """E-15: eight payers, polled every day; what the practice must give is given after two days."""
    one = an_applicant(db, payers=8)
    clock = [NOON]
    with standing_at(lambda: clock[0]):
        one.submit()
        exchange = Exchange(one, Stedi())
        assert exchange.push() == Counter(sent=8)
        for _ in range(190):
            clock[0] += timedelta(days=1)
            clearinghouse.poll_statuses.fn(as_of=clock[0])
    ends = {plan(row.key, "commercial", Transaction.ERA, NOON)[-1].word for row in one.rows()}
    assert "LIVE" in ends
    for place, row in enumerate(one.rows()):
        planned = plan(row.key, "commercial", Transaction.ERA, NOON)
        expected = State.APPROVED if planned[-1].word == "LIVE" else State.REJECTED
        assert (one.state(place), row.status) == (expected, planned[-1].word)
        kinds = [kind for kind in one.kinds(place) if kind in ("development_request", "tasks_done")]
        asked = sum(each.word == "PROVIDER_ACTION_REQUIRED" for each in planned)
        assert len(kinds) <= 2 * asked
