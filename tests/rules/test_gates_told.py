"""What is decided at the gate and about public replies, word by word, as it was approved (tests/golden.py)."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

from models.rules.appointments import Status
from models.rules.decisions import Refusal
from models.rules.readiness import CHECKS
from models.rules.readiness_commands import (
    Command,
    CountForms,
    DisableForm,
    Exempt,
    Fail,
    Launch,
    Look,
    SignOff,
    decide,
)
from models.rules.readiness_facts import Facts, Finding, Proof
from models.rules.readiness_gate import Standing, gate
from models.rules.reply_checker import Verdict
from models.rules.reputation_private import AnswerState, PrivateAnswer, may_draft, release, take_back
from models.rules.reputation_replies import (
    Absent,
    Accepted,
    Answered,
    Begin,
    CheckAgain,
    Draft,
    Event,
    Override,
    PostedByHand,
    Refused,
    Release,
    Reply,
    ReplyState,
    ReviewMoved,
    TakeBack,
    TakenDown,
    Unsure,
    Way,
)
from models.rules.reputation_replies import decide as decide_reply
from models.rules.retention import before
from models.rules.system_pace import FRESH, burst_of, next_watch, refilled
from tests.golden import compare
from tests.rules import visits
from tests.rules.readiness_examples import COACH, NOON, NPI, OTHER, practice, provider, without
from tests.rules.told import decision_as_text, different, words

APPROVED = Path(__file__).parent / "approved"
EVENTS: tuple[Event, ...] = (
    *(Draft("ana", verdict) for verdict in Verdict),
    *(CheckAgain(verdict) for verdict in Verdict),
    Release("ana"),
    Release("ben"),
    Release("cleo", next(iter(Override))),
    *(TakeBack(), Begin(), Accepted(), Absent(), Unsure("http_503"), Refused("malformed")),
    *(TakenDown(), PostedByHand(), ReviewMoved()),
)


SHOWN = Answered(4, 1, is_shown=True, way=Way.CONNECTOR)
CHANGED = Answered(1, 2, is_shown=True, way=Way.BY_HAND)


def replies() -> Iterator[str]:
    """Let everything happen to replies in every state."""
    for state in ReplyState:
        for verdict, review in ((Verdict.CLEAN, SHOWN), (Verdict.CLEAN, CHANGED), (Verdict.DOUBTFUL, SHOWN)):
            known = Reply(state, 2, "ana", verdict, ("ben",), 1, None, 1, "why")
            yield f"{words(known)} at {words(review)}\n"
            for event in EVENTS:
                told = decide_reply(known, event, review)
                text = words(told) if isinstance(told, Refusal) else ", ".join(different(told, known)) or "the same"
                yield f"  {words(event)}: {text}\n"


def practices() -> Iterator[tuple[str, Facts]]:
    """Give practices that stand at different places of the gate."""
    plain = practice()
    yield "everything in order", plain
    yield "nothing signed", without(plain, *(check.key for check in CHECKS))
    yield (
        "nothing set up",
        practice(
            alert_recipients=0, insurances=0, booking_reasons=0, visit_reasons=0, feedback_attempts=0, providers=()
        ),
    )
    bare = provider(calendars=0, calendars_with_hours=0, reminders=None)
    yield "two providers, one bare", practice(providers=(provider(), replace(bare, npi=OTHER)))
    yield "without Kareo", practice(has_kareo=False, is_engage=False)


def commands() -> Iterator[Command]:
    for check in CHECKS:
        yield SignOff(check.key, Proof.SEEN_ON_SCREEN)
        yield SignOff(check.key, Proof.SEEN_ON_SCREEN, OTHER)
        yield Fail(check.key, Finding.STILL_ON)
        yield Exempt(check.key, NPI)
    yield from (SignOff("tea", Proof.SEEN_ON_SCREEN), CountForms(2), CountForms(0), DisableForm(), Launch(), Look())


def standing_as_text(one: Standing) -> str:
    """Write how a check stands, without what the check itself is."""
    parts = {name.name: getattr(one, name.name) for name in fields(one) if name.name not in ("check", "waits_for")}
    return f"{words(parts)} after {words(one.waits_for)}"


def at_the_gate() -> Iterator[str]:
    """Say how each practice stands, and what each command leads to; what was written before is not written again."""
    written = set[str]()
    for name, facts in practices():
        found = gate(facts, as_of=NOON)
        yield f"== {name}: {words(found.state)}\n"
        yield "".join(f"{one.check.key}: {standing_as_text(one)}\n" for one in found.standings)
        for command in commands():
            told = decision_as_text(decide(facts, command, by=COACH, as_of=NOON))
            text = f"{words(command)}\n{told}"
            if told not in written:
                yield text
            written.add(told)


def test_replies_go_as_was_approved_f_209_f_211() -> None:
    compare(APPROVED / "replies.txt", "".join(replies()))


def test_the_gate_stands_and_moves_as_was_approved_a_01_a_09() -> None:
    compare(APPROVED / "gate.txt", "".join(at_the_gate()))


def test_private_answers_are_released_and_taken_back_as_was_approved_f_209() -> None:
    lines = []
    for state in AnswerState:
        for verdict in Verdict:
            known = PrivateAnswer(state, verdict)
            told = (may_draft(known), release(known), take_back(known, is_out=False), take_back(known, is_out=True))
            lines += [f"{words(known)}\n", *(f"    {words(one)}\n" for one in told)]
    compare(APPROVED / "private_answers.txt", "".join(lines))


def test_calls_come_back_by_what_the_minute_allows_less_the_burst() -> None:
    assert [burst_of(many) for many in (0, 1, 3, 59, 60)] == [1, 1, 1, 19, 20]
    later = NOON + timedelta(seconds=3)
    assert refilled(5, NOON, calls_per_minute=60, as_of=later) == (7, later)
    assert refilled(5, NOON, calls_per_minute=60, as_of=later + timedelta(seconds=1)) == (7, later)
    assert refilled(19, NOON, calls_per_minute=60, as_of=later) == (20, later)
    assert refilled(5, NOON, calls_per_minute=60, as_of=NOON - timedelta(minutes=1)) == (5, NOON)


def test_what_is_kept_for_ever_is_never_over() -> None:
    assert before(0, as_of=NOON) is None
    assert before(2, as_of=NOON) == NOON - timedelta(days=2)


def test_a_request_is_watched_closely_at_first_and_not_for_ever_a_76() -> None:
    request = visits.a_request()
    fresh, old = visits.NOW + timedelta(minutes=1), visits.NOW + FRESH
    assert next_watch(request, as_of=fresh) == fresh + timedelta(seconds=20)
    assert next_watch(request, as_of=old) == old + timedelta(seconds=45)
    assert next_watch(request, as_of=visits.START) == visits.START + timedelta(minutes=30)
    assert next_watch(request, as_of=visits.START + timedelta(days=2)) is None
    assert next_watch(visits.a_visit(), as_of=fresh) is None
    assert next_watch(visits.a_visit(wanted=Status.CANCELLED), as_of=fresh) is not None
    assert next_watch(visits.a_request(system_id=""), as_of=fresh) is None
