"""Enrollments to decide about, showing only the fact that matters, and a stage on which their timers fall due."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from models.rules.calendars import Calendar
from models.rules.decisions import Ask, CancelTimers, Note, Refusal, SetTimer, Settle
from models.rules.enrollment import Happening, Need, State
from models.rules.enrollment_decision import decide
from models.rules.enrollment_events import Due, Event
from models.rules.enrollment_facts import Dates, Decision, Enrollment, Notice, NoticeKind, Turnaround
from models.rules.enrollment_moves import after, watch
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Role

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""A Monday, ten in the morning in New York; Thanksgiving is on Thursday."""
TODAY = date(2026, 11, 23)
USUAL = Turnaround(low=10, typical=20, late=30, very_late=40, high=60, source="test")

RULES = """
not_required: route_changed -> draft
draft: checked_ok -> ready; checked_missing -> needs_practice; withdraw -> withdrawn
needs_practice: tasks_done -> ready; withdraw -> withdrawn
ready: submit -> submitted
submitted: acknowledged -> pending_payer; bounced -> needs_practice
pending_payer: development_request -> needs_practice; approve -> approved; reject -> rejected; needs_test -> testing
testing: test_ok -> approved; test_failed -> pending_payer
approved: effective_date_reached -> proving; evidence -> live
proving: evidence -> live; contradiction -> degraded; proof_overdue -> degraded
live: heartbeat_lost -> degraded; contradiction -> degraded; recertification_due -> recertifying; displaced -> displaced
degraded: evidence -> live; resubmit -> draft
recertifying: recertified -> live; lapsed -> ended
rejected: resubmit -> draft; withdraw -> withdrawn
displaced: reopen -> draft
ended: reopen -> draft
withdrawn: reopen -> draft
"""
"""The table of the rules, before there was code; `tasks_done` goes on to the payer if the payer has it."""
ADDED = """
draft: waived -> not_required
needs_practice: waived -> not_required
ready: waived -> not_required
"""
"""What we added: a payer that turns out to need nothing."""


def _ways(table: str) -> Iterable[tuple[tuple[State, Happening], State]]:
    for line in filter(None, table.splitlines()):
        state, _, ways = line.partition(": ")
        for way in ways.split("; "):
            what, _, reached = way.partition(" -> ")
            yield (State(state), Happening(what)), State(reached)


WAYS: Mapping[tuple[State, Happening], State] = dict(_ways(RULES + ADDED))
EDGES = frozenset((start, end) for (start, _), end in WAYS.items()) | {(State.NEEDS_PRACTICE, State.PENDING_PAYER)}
WAITS = frozenset(State) - {State.NOT_REQUIRED, State.LIVE, State.DISPLACED, State.ENDED, State.WITHDRAWN}
TASKS = {
    State.DRAFT: "prepare",
    State.NEEDS_PRACTICE: "give",
    State.READY: "submit",
    State.TESTING: "test",
    State.DEGRADED: "repair",
    State.REJECTED: "correct",
    State.RECERTIFYING: "recertify",
}
_WITH_PAYER = {State.SUBMITTED, State.PENDING_PAYER, State.TESTING, State.REJECTED}
_DECIDED = {State.APPROVED, State.PROVING, State.LIVE, State.DEGRADED, State.RECERTIFYING, State.DISPLACED, State.ENDED}


def days_from(day: date, count: int) -> date:
    return day + timedelta(days=count)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 17, tzinfo=UTC)


def an_enrollment(state: State = State.DRAFT, **changes: Any) -> Enrollment:
    """Give an enrollment that came into a state just now, in the usual way."""
    facts: dict[str, Any] = {
        "id": 7,
        "practice_id": 1,
        "practice": "lakeside",
        "zone": "America/New_York",
        "calendar": Calendar.GOVERNMENT,
        "payer": "aetna",
        "transaction": Transaction.ERA,
        "identity": "group",
        "state": state,
        "version": 3,
        "state_since": NOW,
        "silent_since": NOW,
    }
    if state in _WITH_PAYER | _DECIDED:
        facts |= {"submitted_on": TODAY, "dates": dates(TODAY)}
    if state in _DECIDED:
        facts |= {"approved_on": TODAY, "effective_on": TODAY}
    if state is State.NEEDS_PRACTICE:
        facts |= {"needs": {Need.W9: False}}
    if state is State.RECERTIFYING:
        facts |= {"expires_on": days_from(TODAY, 60), "rung": 1}
    return Enrollment(**(facts | changes))


def dates(submitted_on: date) -> Dates:
    """Give the days on which the usual payer is asked, unmoved."""
    return Dates(*(days_from(submitted_on, days) for days in (20, 30, 40, 60)))


def decided(enrollment: Enrollment, event: Event, *, as_of: datetime = NOW) -> Decision:
    """Decide, where nothing is to be refused."""
    decision = decide(enrollment, event, as_of=as_of)
    assert isinstance(decision, Decision), decision
    return decision


def refused(enrollment: Enrollment, event: Event, *, as_of: datetime = NOW) -> Refusal:
    """Decide, where the answer is a refusal in a sentence."""
    decision = decide(enrollment, event, as_of=as_of)
    assert isinstance(decision, Refusal), decision
    assert decision.sentence.endswith(".")
    return decision


def led(enrollment: Enrollment, *events: Event, as_of: datetime = NOW) -> Enrollment:
    """Give the enrollment as events leave it."""
    for event in events:
        enrollment = after(enrollment, decided(enrollment, event, as_of=as_of))
    return enrollment


def asked(decision: Decision) -> dict[str, Ask]:
    return {one.key.partition(".")[0]: one for one in decision.effects if isinstance(one, Ask)}


def settled(decision: Decision) -> list[str]:
    return [one.key.partition(".")[0] for one in decision.effects if isinstance(one, Settle)]


def timer(decision: Decision) -> SetTimer:
    """Give the one timer that a decision sets."""
    (found,) = (one for one in decision.effects if isinstance(one, SetTimer))
    return found


def told(decision: Decision) -> list[tuple[NoticeKind, Role]]:
    return [(one.kind, one.to) for one in decision.notices]


class Line(NamedTuple):
    """One line for a digest, and the local day on which it was written."""

    day: date
    kind: NoticeKind
    to: Role


class Stage:
    """One enrollment with its timers, work items, lines for digests and history, kept as the database keeps them."""

    def __init__(self, enrollment: Enrollment, *, as_of: datetime = NOW) -> None:
        self.enrollment = enrollment
        self.now = as_of
        self.timers: dict[str, SetTimer] = {}
        self.work: dict[str, Ask] = {}
        self.notices: list[tuple[datetime, Notice]] = []
        self.history: list[tuple[datetime, Note]] = []
        self.keys: set[str] = set()
        self.moves: list[tuple[State, State]] = []
        for one in watch(enrollment):
            if isinstance(one, SetTimer):
                self.timers[one.kind] = one

    def state(self) -> State:
        return self.enrollment.state

    def tell(self, event: Event, key: str = "") -> Decision | Refusal | None:
        """Let something happen now, once per key; none when it happened before."""
        if key and key in self.keys:
            return None
        decision = decide(self.enrollment, event, as_of=self.now)
        if isinstance(decision, Decision):
            self.keys.add(key)
            self._apply(decision)
        return decision

    def do(self, *events: Event) -> None:
        """Let things happen one after the other, none of which may be refused."""
        for event in events:
            assert isinstance(self.tell(event), Decision), event

    def wait(self, days: int) -> None:
        """Let days pass, with everything that falls due meanwhile."""
        self.until(self.now + timedelta(days=days))

    def until(self, moment: datetime) -> None:
        while (due := self._next()) is not None and due.due_at <= moment:
            self.now = max(self.now, due.due_at)
            self.fire(due)
        self.now = moment

    def sleep(self, days: int) -> None:
        """Let days pass while nothing runs, as in an outage."""
        self.now += timedelta(days=days)

    def catch_up(self) -> None:
        """Do what fell due; it must leave nothing that is due."""
        due = self._next()
        if due is not None and due.due_at <= self.now:
            self.fire(due)

    def fire(self, due: SetTimer) -> None:
        """Let one timer fall due; what it sets lies in the future."""
        del self.timers[due.kind]
        self.do(Due(due.kind, due.due_at, due.number))
        late = [one for one in self.timers.values() if one.due_at <= self.now]
        assert late == [], f"{self.enrollment} would be looked at again at once"

    def lines(self, *kinds: NoticeKind, to: Role | None = None) -> list[Line]:
        """List the lines of some kinds, or of all, that were written."""
        found = (
            Line(at.astimezone(ZoneInfo(self.enrollment.zone)).date(), one.kind, one.to) for at, one in self.notices
        )
        return [one for one in found if (not kinds or one.kind in kinds) and to in (None, one.to)]

    def _next(self) -> SetTimer | None:
        return min(self.timers.values(), key=lambda one: one.due_at, default=None)

    def _apply(self, decision: Decision) -> None:
        self.enrollment = after(self.enrollment, decision)
        self.history += [(self.now, note) for note in decision.notes]
        ways = (note.evidence for note in decision.notes if "from" in note.evidence)
        self.moves += [(State(str(way["from"])), State(str(way["to"]))) for way in ways]
        self.notices += [(self.now, one) for one in decision.notices]
        for effect in decision.effects:
            match effect:
                case SetTimer(kind=kind):
                    self.timers[kind] = effect
                case CancelTimers(kind=kind):
                    self.timers.pop(kind, None)
                case Ask(key=key):
                    self.work.setdefault(key.partition(".")[0], effect)
                case Settle(key=key):
                    self.work.pop(key.partition(".")[0], None)
                case _:
                    raise AssertionError(effect)


def ranked(enrollment: Enrollment, rank: int) -> Enrollment:
    return replace(enrollment, rank=rank)
